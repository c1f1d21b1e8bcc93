package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/docs/schema"
	"tlsaudit/fixtures"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/inventory"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/strictyaml"
	"tlsaudit/internal/waiver"
)

// schemaFolder is where the schemas stand.
var schemaFolder = filepath.Join("..", "..", "docs", "schema")

// schemaDate is the time at which the documents of these tests are read.
var schemaDate = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// readers read a document of each kind as the program does.
var readers = map[string]func(data []byte) error{
	"inventory-v1.schema.json": func(data []byte) error {
		_, err := inventory.ReadYAML("f.yaml", data, protocols())
		return err
	},
	"policy-v1.schema.json": func(data []byte) error {
		_, err := policy.Parse("f.yaml", data, checks.All)
		return err
	},
	"waivers-v1.schema.json": func(data []byte) error {
		file, err := os.CreateTemp("", "waivers")
		if err != nil {
			return err
		}
		defer os.Remove(file.Name())
		if err := errors.Join(os.WriteFile(file.Name(), data, 0o600), file.Close()); err != nil {
			return err
		}
		known := waiver.Known{Checks: checkIDs(), Profiles: policy.ProfileIDs()}
		for _, id := range []string{"BASE-RC4", "BASE-IDENTITY", "R-1"} {
			known.Rules = append(known.Rules, audit.Rule{Profile: "baseline", ID: id, Check: "suite.predicate"})
		}
		_, err = waiver.Load([]string{file.Name()}, schemaDate, known)
		return err
	},
}

// TestSchemaLists holds the words a schema offers to the lists of the program:
// the lines are derived, and renewed with the generated pages.
func TestSchemaLists(t *testing.T) {
	vocabulary, err := os.ReadFile(filepath.Join("..", "..", "internal", "policy", "vocabulary.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var severities, levels []string
	for s := audit.Info; s <= audit.Critical; s++ {
		severities = append(severities, s.String())
	}
	for _, l := range audit.Levels {
		levels = append(levels, string(l))
	}
	var spoken []string
	for _, p := range protocols() {
		spoken = append(spoken, p.Name)
	}
	lists := map[string]map[string][]string{
		"inventory-v1.schema.json": {"product": audit.Products, "protocol": spoken},
		"policy-v1.schema.json": {
			"profile": policy.ProfileIDs(), "check": strings.Fields(string(vocabulary)), "level": levels, "severity": severities, "protocol": policy.Protocols,
			"deployment": gateway.Deployments, "security": gateway.Levels, "format": gateway.FormatNames(),
		},
	}
	for name, words := range lists {
		path := filepath.Join(schemaFolder, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		renewed := string(text)
		for def, list := range words {
			quoted, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			line := regexp.MustCompile(`(?m)^(    "` + def + `": \{.*"enum": )\[[^\]]*\]`)
			if len(line.FindAllString(renewed, -1)) != 1 {
				t.Fatalf("%s: no line of its own for the words of %s", name, def)
			}
			renewed = line.ReplaceAllString(renewed, "${1}"+strings.ReplaceAll(string(quoted), `","`, `", "`))
		}
		if *update {
			if err := os.WriteFile(path, []byte(renewed), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if renewed != string(text) {
			t.Errorf("docs/schema/%s is stale; renew it with: make docs\n%s", name, cmp.Diff(string(text), renewed))
		}
	}
}

// TestSchemaKeys holds the keys of every object in a schema to those the strict
// reader takes in the same place, which its complaint about an unknown one
// lists.
func TestSchemaKeys(t *testing.T) {
	const identity = "policy: {id: x, title: x}\n"
	tests := []struct{ file, def, document string }{
		{"inventory-v1.schema.json", "", "zzz: 1"},
		{"inventory-v1.schema.json", "system", "systems:\n- zzz: 1"},
		{"inventory-v1.schema.json", "endpoint", "systems:\n- name: s\n  endpoints:\n  - zzz: 1"},
		{"inventory-v1.schema.json", "config", "systems:\n- name: s\n  config_files:\n  - zzz: 1"},
		{"waivers-v1.schema.json", "", "zzz: 1"},
		{"waivers-v1.schema.json", "waiver", "waivers:\n- zzz: 1"},
		{"policy-v1.schema.json", "", identity + "zzz: 1"},
		{"policy-v1.schema.json", "identity", "policy: {zzz: 1}"},
		{"policy-v1.schema.json", "rule", identity + "rules:\n- zzz: 1"},
		{"policy-v1.schema.json", "gateway", identity + "gateway: {zzz: 1}"},
		{"policy-v1.schema.json", "import", identity + "gateway: {import: [{zzz: 1}]}"},
		{"policy-v1.schema.json", "certificate", identity + "connections:\n- {name: n, priority: 1, direction: outbound, security: verify, strength: high, match: any}\ngateway: {outgoing_certificate: {zzz: 1}}"},
		{"policy-v1.schema.json", "limited", identity + "profiles: [{zzz: 1}]"},
		{"policy-v1.schema.json", "scope", identity + "profiles: [baseline]\noverrides:\n- {rule: BASE-RC4, severity: low, scope: {zzz: 1}}"},
		{"policy-v1.schema.json", "override", identity + "profiles: [baseline]\noverrides:\n- zzz: 1"},
		{"policy-v1.schema.json", "group", identity + "groups:\n  g: {zzz: 1}"},
		{"policy-v1.schema.json", "connection", identity + "connections:\n- zzz: 1"},
		{"policy-v1.schema.json", "match", identity + "connections:\n- {name: n, priority: 1, direction: outbound, security: verify, strength: high, match: {zzz: 1}}"},
	}
	covered := map[string][]string{}
	for _, tt := range tests {
		t.Run(tt.file+" "+tt.def, func(t *testing.T) {
			err := readers[tt.file]([]byte(tt.document))
			if err == nil {
				t.Fatal("the unknown key is taken")
			}
			m := regexp.MustCompile(`unknown key "zzz"; known keys: (.*)`).FindStringSubmatch(err.Error())
			if m == nil {
				t.Fatalf("the reader does not list the keys: %v", err)
			}
			taken := strings.Split(m[1], ", ")
			offered := sortedKeys(object(t, tt.file, tt.def)["properties"].(map[string]any))
			slices.Sort(taken)
			if diff := cmp.Diff(taken, offered); diff != "" {
				t.Errorf("keys (-reader +schema):\n%s", diff)
			}
		})
		covered[tt.file] = append(covered[tt.file], tt.def)
	}
	for _, name := range schema.Inputs {
		for def, body := range object(t, name, "$defs") {
			if _, ok := body.(map[string]any)["properties"]; ok && !slices.Contains(covered[name], def) {
				t.Errorf("%s: nothing compares the keys of %s", name, def)
			}
		}
	}
}

// object is a part of a schema: the whole, its definitions, or one of these.
func object(t *testing.T, name, def string) map[string]any {
	t.Helper()
	text, err := schema.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defs := doc["$defs"].(map[string]any)
	switch def {
	case "":
		return doc
	case "$defs":
		return defs
	}
	body, ok := defs[def].(map[string]any)
	if !ok {
		t.Fatalf("%s has no definition %s", name, def)
	}
	return body
}

// validate puts a document to a schema.
func validate(t *testing.T, name string, document []byte) error {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(schemaFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("file:///"+name, doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("file:///" + name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	root, err := strictyaml.Parse("f.yaml", document, maxLint)
	if err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	plain, err := json.Marshal(root.Any())
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(value)
}

// TestSchemaAccepts: what the program writes and shows as an example is good
// for the readers and for the schemas.
func TestSchemaAccepts(t *testing.T) {
	file := func(elements ...string) []byte {
		text, err := os.ReadFile(filepath.Join(elements...))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	zoo, err := fixtures.Demo(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer zoo.Close()
	written := (&waiveFlags{reason: "it's \"so\": yes", owner: "no", expires: "2027-02-19"}).stanza("W-1", "", &waivable{Profile: "baseline", Rule: "BASE-RC4", Subject: "https://a.example.com:1?ip=127.0.0.1"}, schemaDate)
	for name, active := range map[string]string{"inventory.yaml": "\n- name: mail gateway\n", "policy.yaml": "\nrules:\n- rule: OUR-", "waivers.yaml": "\n- id: W-"} {
		if !bytes.Contains(uncommented(file("templates", name)), []byte(active)) {
			t.Errorf("%s: the examples stay commented out", name)
		}
	}
	for name, documents := range map[string][][]byte{
		"inventory-v1.schema.json": {
			file("templates", "inventory.yaml"), uncommented(file("templates", "inventory.yaml")), file("..", "..", "docs", "examples", "inventory.yaml"), demoInventory(zoo),
		},
		"policy-v1.schema.json": {
			file("templates", "policy.yaml"), uncommented(file("templates", "policy.yaml")), file("..", "..", "docs", "examples", "policy.yaml"), demoPolicy,
		},
		"waivers-v1.schema.json": {
			file("templates", "waivers.yaml"), uncommented(bytes.Replace(file("templates", "waivers.yaml"), []byte("\nwaivers: []"), nil, 1)), []byte("waivers:\n" + written),
			file("..", "..", "docs", "examples", "waivers.yaml"),
		},
	} {
		for i, document := range documents {
			t.Run(fmt.Sprintf("%s %d", name, i), func(t *testing.T) {
				if err := readers[name](document); err != nil {
					t.Errorf("the reader refuses: %v\n%s", err, document)
				}
				if err := validate(t, name, document); err != nil {
					t.Errorf("the schema refuses: %v\n%s", err, document)
				}
			})
		}
	}
}

// uncommented is a starter file as it becomes when everything commented out is
// put in: examples that do not load would be worse than none.
func uncommented(text []byte) []byte {
	var lines []string
	for line := range strings.SplitSeq(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "# "); ok && exampleLine.MatchString(rest) {
			line = rest
		}
		lines = append(lines, line)
	}
	body := strings.Join(lines, "\n")
	return []byte(strings.Replace(body, "\n- id: W-", "\nwaivers:\n- id: W-", 1))
}

// exampleLine tells a line of YAML from one of prose.
var exampleLine = regexp.MustCompile(`^(- |  +)?[a-z_]+:( |$)|^  *- |^- [a-z]`)
