package conffile

// sametimeRules are the rules over the files of Sametime servers and clients.
var sametimeRules []*EstateRule
