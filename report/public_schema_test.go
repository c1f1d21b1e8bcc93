package report

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// publicSchema compiles one of the schemas in testdata/schema, formats asserted.
// The first file is the schema; the others are what it refers to, each by the
// name it is referred to with.
func publicSchema(t testing.TB, file string, others map[string]string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	const base = "https://schema.test/"
	if err := compiler.AddResource(base+file, schemaDocument(t, file)); err != nil {
		t.Fatal(err)
	}
	for url, other := range others {
		if err := compiler.AddResource(url, schemaDocument(t, other)); err != nil {
			t.Fatal(err)
		}
	}
	compiled, err := compiler.Compile(base + file)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// schemaDocument reads a packed schema.
func schemaDocument(t testing.TB, file string) any {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "schema", file+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(unpacked)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return doc
}
