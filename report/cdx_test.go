package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"tlsaudit/audit"
)

func TestCycloneDXGolden(t *testing.T) {
	golden(t, "report.cdx.json", write(t, CycloneDX, fullReport(), Options{}))
}

type cdxDoc struct {
	Schema       string `json:"$schema"`
	Format       string `json:"bomFormat"`
	Spec         string `json:"specVersion"`
	Serial       string `json:"serialNumber"`
	Version      int    `json:"version"`
	Metadata     cdxMetadata
	Components   []cdxComponent
	Services     []cdxService
	Dependencies []cdxDependency
	Compositions []cdxComposition
	Properties   []cdxProperty
}

func cdxRead(t *testing.T, data []byte) (d cdxDoc) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCycloneDXFollowsSchema(t *testing.T) {
	const base = "http://cyclonedx.org/schema/" // of the schema's $id
	compiled := publicSchema(t, "cyclonedx-1.7.json", map[string]string{
		base + "spdx.SNAPSHOT.schema.json": "cyclonedx-spdx.json", base + "jsf-0.82.SNAPSHOT.schema.json": "cyclonedx-jsf-0.82.json", base + "cryptography-defs.SNAPSHOT.schema.json": "cyclonedx-cryptography-defs.json",
	})
	for name, r := range interchangeReports() {
		data := write(t, CycloneDX, r, Options{})
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(doc); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
		for _, complaint := range cdxLint(cdxRead(t, data)) {
			t.Errorf("%s: %s", name, complaint)
		}
	}
	for _, edit := range [][2]string{{`"assetType":"protocol"`, `"assetType":"protocols"`}, {`"algorithmFamily":"AES"`, `"algorithmFamily":"Rijndael"`}, {`"notValidAfter":"20`, `"notValidAfter":"on 20`}} {
		good := string(write(t, CycloneDX, fullReport(), Options{}))
		bad := strings.Replace(good, edit[0], edit[1], 1)
		doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if bad == good || compiled.Validate(doc) == nil {
			t.Errorf("the schema takes %s", edit[1])
		}
	}
}

// cdxLint checks what the schema cannot: references are unique and lead
// somewhere.
func cdxLint(d cdxDoc) (complaints []string) {
	refs := map[string]bool{d.Metadata.Component.Ref: true}
	define := func(ref string) {
		if refs[ref] {
			complaints = append(complaints, ref+" is there twice")
		}
		refs[ref] = true
	}
	for _, c := range d.Components {
		define(c.Ref)
	}
	for _, s := range d.Services {
		define(s.Ref)
	}
	refer := func(from string, lists ...[]string) {
		for _, ref := range slices.Concat(lists...) {
			if !refs[ref] {
				complaints = append(complaints, fmt.Sprintf("%s refers to %s, which is not there", from, ref))
			}
		}
	}
	for _, c := range d.Components {
		related := func(list []cdxRelated) {
			for _, r := range list {
				refer(c.Ref, []string{r.Ref})
			}
		}
		if p := c.Crypto.Protocol; p != nil {
			related(p.Related)
			for _, s := range p.Suites {
				refer(c.Ref, s.Algorithms)
			}
		}
		if p := c.Crypto.Certificate; p != nil {
			related(p.Related)
		}
	}
	seen := map[string]bool{}
	for _, dependency := range d.Dependencies {
		if seen[dependency.Ref] {
			complaints = append(complaints, "two lists of dependencies for "+dependency.Ref)
		}
		seen[dependency.Ref] = true
		refer("a dependency", []string{dependency.Ref}, dependency.DependsOn, dependency.Provides)
	}
	return complaints
}

// TestCycloneDXOfAnEndpoint looks at one service as somebody who plans the way
// to post-quantum cryptography does.
func TestCycloneDXOfAnEndpoint(t *testing.T) {
	r := zooReport()
	rec := r.Records.(zoo)[4]
	p := &rec.Evidence.Observed.Posture
	p.Groups = append(p.Groups, audit.GroupFact{ID: 0x11ec, Name: "X25519MLKEM768", Version: audit.TLSv13, Answer: audit.Accepted}, audit.GroupFact{ID: 0x17, Name: "secp256r1", Version: audit.TLSv13, Answer: audit.Refused})
	r.Records = zoo{rec}
	d := cdxRead(t, write(t, CycloneDX, r, Options{}))
	components := map[string]cdxComponent{}
	for _, c := range d.Components {
		components[c.Ref] = c
	}
	if len(d.Services) != 1 || !slices.Equal(d.Services[0].Endpoints, []string{"https://www.example.com:443"}) {
		t.Fatalf("%+v", d.Services)
	}
	var provided []string
	for _, dependency := range d.Dependencies {
		if dependency.Ref == d.Services[0].Ref {
			for _, ref := range dependency.Provides {
				protocol := components[ref].Crypto.Protocol
				text := protocol.Version + ":"
				for _, s := range protocol.Suites {
					text += " " + s.Name + fmt.Sprint(s.Groups)
				}
				provided = append(provided, text)
			}
			if len(dependency.DependsOn) != 1 || components[dependency.DependsOn[0]].Crypto.Certificate == nil {
				t.Errorf("it depends on %q", dependency.DependsOn)
			}
		}
	}
	want := []string{
		"1.2: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256[x25519] TLS_DHE_RSA_WITH_AES_128_GCM_SHA256[]",
		"1.3: TLS_AES_128_GCM_SHA256[X25519MLKEM768] TLS_AES_256_GCM_SHA384[X25519MLKEM768]",
	}
	if diff := cmp.Diff(want, provided); diff != "" {
		t.Error(diff)
	}
	for ref, level := range map[string]int{"algorithm/x25519mlkem768": 3, "algorithm/x25519": 0, "algorithm/aes-128-gcm": 1, "algorithm/aes-256-gcm": 5, "algorithm/rsa-2048": 0, "algorithm/dhe-2048": 0, "algorithm/rsassa-pkcs1-sha-256": 0} {
		c, there := components[ref]
		if !there || c.Crypto.Algorithm.Quantum == nil || *c.Crypto.Algorithm.Quantum != level {
			t.Errorf("%s: %+v, not of category %d", ref, c.Crypto, level)
		}
	}
	if _, there := components["algorithm/secp256r1"]; there {
		t.Error("a group that is refused is an asset")
	}
	told := map[string]string{}
	for _, property := range d.Services[0].Properties {
		told[property.Name] = property.Value
	}
	if told["tlsaudit:versions-latent"] != "TLSv1.1" || told["tlsaudit:versions-refused"] != "SSLv2 SSLv3 TLSv1.0" || told["tlsaudit:reach"] != "tls" {
		t.Errorf("%q", told)
	}
}

// TestCycloneDXUnreached: of an endpoint that did not answer the bill says so.
func TestCycloneDXUnreached(t *testing.T) {
	r := zooReport()
	r.Records = r.Records.(zoo)[2:3]
	d := cdxRead(t, write(t, CycloneDX, r, Options{}))
	if got := fmt.Sprint(d.Services[0].Properties); !strings.Contains(got, "{tlsaudit:reach unreachable}") || !strings.Contains(got, "5 unknown") || !strings.Contains(got, "versions-not-asked SSLv2 SSLv3") {
		t.Error(got)
	}
	if len(d.Components) != 0 || d.Compositions[0].Aggregate != "incomplete" {
		t.Errorf("%+v, %+v", d.Components, d.Compositions)
	}
}

func TestCycloneDXIsBounded(t *testing.T) {
	all := cdxRead(t, write(t, CycloneDX, fullReport(), Options{}))
	for _, limit := range []int{0, 1, 4, 9, 13} {
		var b bytes.Buffer
		if err := cdxWithin(&b, fullReport(), limit); err != nil {
			t.Fatal(err)
		}
		d := cdxRead(t, b.Bytes())
		if len(d.Components) != limit || len(d.Services) != len(all.Services) || d.Compositions[0].Aggregate != "incomplete" || len(d.Properties) != 1 {
			t.Errorf("within %d: %d components, %d services, %+v", limit, len(d.Components), len(d.Services), d.Properties)
		}
		for _, complaint := range cdxLint(d) {
			t.Errorf("within %d: %s", limit, complaint)
		}
	}
}

// TestCycloneDXSharesAssets: what is the same is told once, and what differs is
// not.
func TestCycloneDXSharesAssets(t *testing.T) {
	r := zooReport()
	a, b := r.Records.(zoo)[4], r.Records.(zoo)[5]
	r.Records = zoo{a, b}
	count := func() (protocols, certificates int) {
		for _, c := range cdxRead(t, write(t, CycloneDX, r, Options{})).Components {
			switch c.Crypto.AssetType {
			case "protocol":
				protocols++
			case "certificate":
				certificates++
			}
		}
		return protocols, certificates
	}
	if p, c := count(); p != 2 || c != 2 {
		t.Errorf("%d protocols, %d certificates of two equal endpoints", p, c)
	}
	b.Evidence.Observed.Versions = slices.Clone(b.Evidence.Observed.Versions)
	v := &b.Evidence.Observed.Versions[len(b.Evidence.Observed.Versions)-1]
	v.Suites = v.Suites[:1]
	if p, c := count(); p != 3 || c != 2 {
		t.Errorf("%d protocols, %d certificates of two endpoints, one with fewer suites", p, c)
	}
}
