// Package strictyaml reads the YAML that people write for this program, and
// says precisely what is wrong with it.
//
// Exactly one document, known keys only, no key twice, no anchors, aliases,
// merge keys or explicit tags, text where text is wanted, bounded size and
// depth. YAML's generosity is the enemy of a policy: a misspelt key that is
// ignored is a demand that is never made.
//
// Every error is an *audit.InputError with file, line and column, the offending
// value, what is allowed, and where possible what to type instead. The first
// error ends the reading. The package knows nothing of policies or
// inventories; their shapes are Go structs with `yaml:"name"` tags, see Decode.
package strictyaml
