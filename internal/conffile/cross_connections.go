package conffile

// connectionsRules are the rules over the files of HCL Connections and the
// servers below it.
var connectionsRules []*EstateRule
