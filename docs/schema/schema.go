// Package schema holds the JSON Schemas (2020-12) of what people write for this
// program and of the report it writes, so that the program can hand them out
// and editors complete inventories, policies and waivers.
//
// The schemas are for people at work: they refuse what the strict readers
// refuse by name and shape, and know nothing of what spans several values. The
// readers decide; a test holds the names in both together.
package schema

import "embed"

// Files holds every schema by file name.
//
//go:embed *.schema.json
var Files embed.FS

// Inputs are the schemas of what people write.
var Inputs = []string{"inventory-v1.schema.json", "policy-v1.schema.json", "waivers-v1.schema.json"}
