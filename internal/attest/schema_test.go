package attest

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tlsaudit/audit"
)

// TestManifestFollowsSchema: what is written is what the published schema says,
// and every field of it is there.
func TestManifestFollowsSchema(t *testing.T) {
	raw, err := os.ReadFile("../../docs/schema/manifest-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("manifest.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text []byte) error {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(value)
	}
	tree, _ := folder(t)
	for _, name := range []string{"first.json", "second.json"} {
		if err := valid(tree[name].Data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := valid(bytes.Replace(tree["first.json"].Data, []byte(`"failed"`), []byte(`"passed"`), 1)); err == nil {
		t.Error("a run that failed is said to have passed, and the schema takes it")
	}
	m, _, err := ReadManifest(bytes.NewReader(tree["first.json"].Data))
	if err != nil {
		t.Fatal(err)
	}
	m.Render([]audit.FileRef{{File: "stored.json", SHA256: Digest(nil)}})
	again, err := m.Encode()
	if err != nil || valid(again) != nil {
		t.Errorf("reports written again: %v, %v", err, valid(again))
	}
	if err := valid(bytes.Replace(again, []byte(`"command": "report"`), []byte(`"command": "audit"`), 1)); err == nil {
		t.Error("reports written again are said to be an audit, and the schema takes it")
	}
	properties := doc.(map[string]any)["properties"].(map[string]any)
	for field := range reflect.TypeFor[Manifest]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if properties[name] == nil {
			t.Errorf("the schema does not know %q", name)
		}
	}
}
