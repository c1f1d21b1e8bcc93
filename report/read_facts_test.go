package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// sound is evidence of an endpoint with one of everything.
const sound = `{"subject":"https://a.example.com:443","observed":{"target":{"protocol":"https","host":"a.example.com","port":443},"reach":"tls",
"versions":[
{"version":"TLSv1.0","answer":"refused","suites":[],"suites_answer":"not-asked","groups_answer":"not-asked"},
{"version":"TLSv1.2","answer":"accepted","suites":[{"id":"0xC02F","name":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","bits":128},{"id":"0x000A","name":"TLS_RSA_WITH_3DES_EDE_CBC_SHA","bits":112},{"id":"0xABCD","name":"0xABCD","bits":0}],"suites_answer":"accepted","groups_answer":"accepted"}],
"groups":[
{"id":"0x0013","name":"secp192r1","version":"TLSv1.2","answer":"accepted","bits":96},
{"id":"0x0017","name":"P-256","version":"TLSv1.2","answer":"accepted","bits":128},
{"id":"0x7777","name":"0x7777","version":"TLSv1.2","answer":"refused"}],
"chains":[{"certificates":[{"subject":"CN=a","not_before":"2026-01-01T00:00:00Z","not_after":"2027-01-01T00:00:00Z","key":{"type":"rsa","bits":2048},"signature":"rsa+sha1","signature_hash":"sha1"},
{"subject":"CN=b","not_before":"2026-01-01T00:00:00Z","not_after":"2027-01-01T00:00:00Z","key":{"type":"1.2.3"},"signature":"1.2.3.4"},
{"subject":"","sha256":"ab","error":"unreadable"}],"names":{"reference":"a.example.com"}}],
"features":[{"name":"later","version":"TLSv1.2","answer":"accepted"}],
"schemes":[{"id":"0x0201","name":"rsa_pkcs1_sha1","version":"TLSv1.2","answer":"accepted"},{"id":"0x7788","name":"0x7788","version":"TLSv1.2","answer":"undetermined"}]}}`

// TestReadFlaws: what is missing or contradicts itself is refused where it
// stands; with the zero it reads as, a rule would pass.
func TestReadFlaws(t *testing.T) {
	if got, err := readAll(strings.NewReader(stored(sound))); err != nil || len(got) != 1 {
		t.Fatalf("sound evidence: %d, %v", len(got), err)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"scheme without number", `"id":"0x0201",`, ``, `schemes[0].id: 0x0000 is not the number of signature scheme "rsa_pkcs1_sha1", which is 0x0201`},
		{"number of another scheme", `"id":"0x0201"`, `"id":"0x0804"`, `schemes[0].id: 0x0804 is not the number of signature scheme "rsa_pkcs1_sha1", which is 0x0201`},
		{"scheme without number and name", `"id":"0x0201","name":"rsa_pkcs1_sha1",`, ``, `schemes[0].name: signature scheme 0x0000 has no name`},
		{"scheme without version", `"rsa_pkcs1_sha1","version":"TLSv1.2"`, `"rsa_pkcs1_sha1"`, `schemes[0].version: "0x0000" is not a protocol version that is judged here`},
		{"scheme without answer", `"rsa_pkcs1_sha1","version":"TLSv1.2","answer":"accepted"`, `"rsa_pkcs1_sha1","version":"TLSv1.2"`, `schemes[0].answer: there is no answer about rsa_pkcs1_sha1`},
		{"group without number", `"id":"0x0013",`, ``, `groups[0].id: 0x0000 is not the number of group "secp192r1", which is 0x0013`},
		{"group with the number null", `"id":"0x0013"`, `"id":null`, `groups[0].id: 0x0000 is not the number of group "secp192r1", which is 0x0013`},
		{"group without number and name", `"id":"0x0013","name":"secp192r1",`, ``, `groups[0].name: group 0x0000 has no name`},
		{"number of another group", `"id":"0x0013"`, `"id":"0x0017"`, `groups[0].id: 0x0017 is not the number of group "secp192r1", which is 0x0013`},
		{"number of no group", `"id":"0x0013"`, `"id":"0xABCD"`, `groups[0].id: 0xABCD is not the number of group "secp192r1", which is 0x0013`},
		{"name of no group", `"secp192r1"`, `"later"`, `groups[0].name: "later" is not the name of group 0x0013, which is "secp192r1"`},
		{"group without name", `"name":"secp192r1",`, ``, `groups[0].name: group 0x0013 has no name`},
		{"group without answer", `"version":"TLSv1.2","answer":"accepted","bits":96`, `"version":"TLSv1.2"`, `groups[0].answer: there is no answer about secp192r1`},
		{"group without version", `"secp192r1","version":"TLSv1.2"`, `"secp192r1"`, `groups[0].version: "0x0000" is not a protocol version that is judged here`},
		{"group with too much strength", `"bits":96`, `"bits":128`, `groups[0].bits: 128 bits are more than the 96 of secp192r1`},
		{"two answers about a group", `{"id":"0x7777"`, `{"id":"0x0013","name":"secp192r1","version":"TLSv1.2","answer":"refused"},{"id":"0x7777"`, `groups[2].answer: two answers about secp192r1 at TLSv1.2`},
		{"complete list of no groups", `"TLSv1.0","answer":"refused","suites":[],"suites_answer":"not-asked","groups_answer":"not-asked"`, `"TLSv1.0","answer":"accepted","groups_answer":"accepted"`,
			`versions[0].groups_answer: the list of groups is said to be complete at TLSv1.0, but holds none of it`},
		{"suite without number", `"id":"0x000A",`, ``, `versions[1].suites[1].id: 0x0000 is not the number of cipher suite "TLS_RSA_WITH_3DES_EDE_CBC_SHA", which is 0x000A`},
		{"suite without number and name", `"id":"0x000A","name":"TLS_RSA_WITH_3DES_EDE_CBC_SHA",`, ``, `versions[1].suites[1].name: cipher suite 0x0000 has no name`},
		{"suite with too much strength", `"bits":112`, `"bits":168`, `versions[1].suites[1].bits: 168 bits are more than the 112 of TLS_RSA_WITH_3DES_EDE_CBC_SHA`},
		{"suites of a refused version", `"TLSv1.2","answer":"accepted","suites"`, `"TLSv1.2","answer":"refused","suites"`, `versions[1].suites: cipher suites are listed, but the answer about TLSv1.2 is "refused"`},
		{"suites of a version without answer", `"TLSv1.2","answer":"accepted","suites"`, `"TLSv1.2","suites"`, `versions[1].suites: cipher suites are listed, but the answer about TLSv1.2 is "not-asked"`},
		{"complete list of no suites", `"suites":[{`, `"other":[{`, `versions[1].suites: TLSv1.2 is accepted and its list of cipher suites is said to be complete, but holds none`},
		{"suites refused beside a complete list", `"TLSv1.2","answer":"accepted",`, `"TLSv1.2","answer":"accepted","suites_refused":["0x0004"],`,
			`versions[1].suites_refused: cipher suites refused are listed, but TLSv1.2 is "accepted" and the answer about all its suites "accepted"`},
		{"suites refused at a refused version", `"TLSv1.0","answer":"refused",`, `"TLSv1.0","answer":"refused","suites_refused":["0x0004"],`,
			`versions[0].suites_refused: cipher suites refused are listed, but TLSv1.0 is "refused" and the answer about all its suites "not-asked"`},
		{"suites refused twice", `"bits":0}],"suites_answer":"accepted"`, `"bits":0}],"suites_refused":["0x0004","0x0004"],"suites_answer":"not-asked"`,
			`versions[1].suites_refused: the suites refused are not in the order of their numbers, each once`},
		{"suites refused in disorder", `"bits":0}],"suites_answer":"accepted"`, `"bits":0}],"suites_refused":["0x0005","0x0004"],"suites_answer":"not-asked"`,
			`versions[1].suites_refused: the suites refused are not in the order of their numbers, each once`},
		{"suite accepted and refused", `"bits":0}],"suites_answer":"accepted"`, `"bits":0}],"suites_refused":["0x000A"],"suites_answer":"not-asked"`,
			`versions[1].suites[1]: TLS_RSA_WITH_3DES_EDE_CBC_SHA is both accepted and refused`},
		{"facts of no version", `"version":"TLSv1.0",`, ``, `versions[0].version: "0x0000" is not a protocol version that is judged here`},
		{"facts of a later version", `"version":"TLSv1.0"`, `"version":"0x0305"`, `versions[0].version: "0x0305" is not a protocol version that is judged here`},
		{"hash nobody knows", `"signature_hash":"sha1"`, `"signature_hash":"x"`, `chains[0].certificates[0].signature_hash: "x" is not the hash of signature "rsa+sha1", which is "sha1"`},
		{"hash of another signature", `"signature_hash":"sha1"`, `"signature_hash":"sha256"`, `chains[0].certificates[0].signature_hash: "sha256" is not the hash of signature "rsa+sha1", which is "sha1"`},
		{"hash missing", `,"signature_hash":"sha1"`, ``, `chains[0].certificates[0].signature_hash: "" is not the hash of signature "rsa+sha1", which is "sha1"`},
		{"pair nobody knows", `"rsa+sha1","signature_hash":"sha1"`, `"rsa+x","signature_hash":"x"`, `chains[0].certificates[0].signature: "rsa+x" is not a signature algorithm that is judged here`},
		{"hash beside an OID", `"1.2.3.4"`, `"1.2.3.4","signature_hash":"intrinsic"`, `chains[0].certificates[1].signature_hash: "intrinsic" is not the hash of signature "1.2.3.4", which is ""`},
		{"signature missing", `"signature":"1.2.3.4"`, `"x":1`, `chains[0].certificates[1].signature: "" is not a signature algorithm that is judged here`},
		{"beginning missing", `"not_before":"2026-01-01T00:00:00Z",`, ``, `chains[0].certificates[0].not_before: the date of a certificate is missing`},
		{"end null", `"not_after":"2027-01-01T00:00:00Z"`, `"not_after":null`, `chains[0].certificates[0].not_after: the date of a certificate is missing`},
		{"key without type", `"type":"rsa",`, ``, `chains[0].certificates[0].key.type: the key has no type`},
		{"chain of nothing", `"certificates":[{`, `"other":[{`, `chains[0].certificates: a chain without certificates`},
		{"another name", `"reference":"a.example.com"`, `"reference":"b.example.com"`, `chains[0].names.reference: the certificate was compared with "b.example.com", but the name of the endpoint is "a.example.com"`},
		{"no name", `"reference":"a.example.com"`, ``, `chains[0].names.reference: the certificate was compared with "", but the name of the endpoint is "a.example.com"`},
		{"two answers about a feature", `"features":[`, `"features":[{"name":"later","version":"TLSv1.2","answer":"refused"},`, `features[1].answer: two answers about "later" at TLSv1.2`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			damaged := strings.Replace(sound, tt.old, tt.new, 1)
			if damaged == sound {
				t.Fatalf("%s does not occur", tt.old)
			}
			got, err := readAll(strings.NewReader(stored(endpoint("first.example.com", ""), damaged)))
			var fault *audit.InputError
			if !errors.As(err, &fault) || fault.Place.Line == 0 || fault.Hint == "" {
				t.Fatalf("%T without place or hint: %v", err, err)
			}
			if want := "evidence[1].observed." + tt.want; fault.Cause != want {
				t.Errorf("got  %s\nwant %s", fault.Cause, want)
			}
			if len(got) != 1 {
				t.Errorf("%d were read before, want 1", len(got))
			}
		})
	}
}

// TestReadWhatPeersSend: what a peer can make of its facts is no reason to
// refuse a report.
func TestReadWhatPeersSend(t *testing.T) {
	for _, tt := range [][2]string{
		{`"not_before":"2026-01-01T00:00:00Z"`, `"not_before":"0001-01-01T00:00:00Z"`},
		{`"features"`, `"handshake":{"version":"0x7F1C"},"features"`},
		{`"version":"TLSv1.0","answer":"refused","suites":[],"suites_answer":"not-asked"`, `"version":"SSLv2","answer":"accepted","suites":[],"suites_answer":"accepted"`},
		{`"0xABCD","name":"0xABCD"`, `"0x0000","name":"TLS_NULL_WITH_NULL_NULL"`},
		{`"1.2.3.4"`, `"` + strings.Repeat("1.2", 500) + `…"`},
	} {
		text := strings.Replace(sound, tt[0], tt[1], 1)
		if _, err := readAll(strings.NewReader(stored(text))); err != nil || text == sound {
			t.Errorf("%.80s: %v", tt[1], err)
		}
	}
}

// TestReadManyFacts: evidence made to be slow to look at is refused, or looked
// at in time.
func TestReadManyFacts(t *testing.T) {
	certificate := `{"not_before":"0001-01-01T00:00:00Z","not_after":"0001-01-01T00:00:00Z","key":{"type":"rsa"},"signature":"1.2"},`
	for name, tt := range map[string]struct{ facts, want string }{
		"groups":   {`"groups":[` + strings.TrimSuffix(strings.Repeat("{},", 100_000), ","), "evidence[0].observed.groups: 100000 groups are more than there can be"},
		"features": {`"features":[` + strings.TrimSuffix(strings.Repeat("{},", 100_000), ","), "evidence[0].observed.features: 100000 features are more than there can be"},
		"dates":    {`"chains":[{"names":{"reference":"a.example.com"},"certificates":[` + strings.TrimSuffix(strings.Repeat(certificate, 10_000), ",") + `]}`, ""},
	} {
		_, err := readAll(strings.NewReader(stored(endpoint("a.example.com", ","+tt.facts+"]"))))
		cause := ""
		if fault := (*audit.InputError)(nil); errors.As(err, &fault) {
			cause = fault.Cause
		}
		if cause != tt.want || (err == nil) != (tt.want == "") {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

// TestReadProtocols: evidence of a protocol that is not judged is no evidence.
func TestReadProtocols(t *testing.T) {
	read := func(protocol string) (n int, err error) {
		text := stored(strings.ReplaceAll(endpoint("a.example.com", ""), "https", protocol))
		for _, err = range ReadEvidence("r.json", strings.NewReader(text), "https", "smtp") {
			if err == nil {
				n++
			}
		}
		return n, err
	}
	if n, err := read("smtp"); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for protocol, want := range map[string]string{
		"gopher": "r.json:1:117: evidence[0].observed.target.protocol: \"gopher\" is not a protocol that is judged here: one of https, smtp\nhint: " + newerHint,
		"htpps":  "r.json:1:116: evidence[0].observed.target.protocol: \"htpps\" is not a protocol that is judged here: one of https, smtp\nhint: did you mean \"https\"?",
	} {
		if n, err := read(protocol); n != 0 || err == nil || err.Error() != want {
			t.Errorf("%d, got %v, want %s", n, err, want)
		}
	}
}

// TestReadTail: what stands behind the evidence does not go unseen.
func TestReadTail(t *testing.T) {
	head := `{"schema":"tlsaudit/report/v1","evidence":[` + endpoint("a.example.com", "") + `]`
	for tail, want := range map[string]string{
		`}`:                        "",
		`,"findings":[{}],"x":1}`:  "",
		`,"stopped":true}`:         "stopped: this stands behind the evidence, and is written before it",
		`,"x":1,"complete":false}`: "complete: this stands behind the evidence, and is written before it",
		`,"incomplete":"x"}`:       "incomplete: this stands behind the evidence, and is written before it",
		`,"schema":"later"}`:       "the member \"schema\" stands here a second time",
		`,"evidence":[]}`:          "the member \"evidence\" stands here a second time",
		``:                         "the file ends here, in the middle of the document",
		`,"findings":[`:            "findings: the file ends here, in the middle of the document",
		`} x`:                      "'x' stands behind the end of the document",
		`}{}`:                      "'{' stands behind the end of the document",
	} {
		got, err := readAll(strings.NewReader(head + tail))
		cause := ""
		if fault := (*audit.InputError)(nil); errors.As(err, &fault) {
			cause = fault.Cause
		}
		if cause != want || len(got) != 1 || (err == nil) != (want == "") {
			t.Errorf("%s: %d read, %v, want %s", tail, len(got), err, want)
		}
	}
}

// TestReadOlderReports: evidence written before facts had all their fields is
// evidence still.
func TestReadOlderReports(t *testing.T) {
	for name, want := range map[string]int{"report-before-waivers.json": 8, "report.json": 8} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readAll(bytes.NewReader(text)); err != nil || len(got) != want {
			t.Errorf("%s: %d, %v", name, len(got), err)
		}
	}
}

// BenchmarkContradicts is what looking for flaws adds to each endpoint.
func BenchmarkContradicts(b *testing.B) {
	var list []*audit.Observation
	for s, err := range ReadEvidence("r.json", strings.NewReader(stored(sound))) {
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, s.Observed)
	}
	o := list[0]
	for i := range 40 {
		o.Groups = append(o.Groups, audit.GroupFact{ID: 0x001d, Name: "x25519", Version: audit.TLSv13, Answer: audit.Accepted})
		o.Versions[1].Suites = append(o.Versions[1].Suites, audit.Suite{ID: 0xFF00 + audit.Code(i), Name: fmt.Sprintf("0xFF%02X", i)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if f := contradicts(o.Target.Subject(), o); f != nil {
			b.Fatal(f.cause)
		}
	}
}
