package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tlsaudit/audit"
)

// readAll returns what was read, and the error that ended it.
func readAll(in io.Reader) (list []*audit.Observation, err error) {
	for s, err := range ReadEvidence("r.json", in) {
		if err != nil {
			return list, err
		}
		list = append(list, s.Observed)
	}
	return list, nil
}

// TestReadEvidence: what the JSON format writes is read back as it was, in the
// same order.
func TestReadEvidence(t *testing.T) {
	r := zooReport()
	text := write(t, JSON, r, Options{})
	for name, in := range map[string]io.Reader{"at once": bytes.NewReader(text), "in pieces": iotest.HalfReader(bytes.NewReader(text))} {
		got, err := readAll(in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var want []*audit.Observation
		for record := range r.Records.BySubject() {
			if record.Evidence.Observed == nil {
				continue
			}
			var e audit.Evidence
			line, err := json.Marshal(record.Evidence)
			if err == nil {
				err = json.Unmarshal(line, &e)
			}
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, e.Observed)
		}
		if len(want) < 8 {
			t.Fatalf("only %d endpoints to compare", len(want))
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateComparable(audit.Observation{}.Address, audit.Target{}.IP)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestReadText: the text of evidence is handed on, except with a connection,
// which would make a row of the gateway table of an endpoint.
func TestReadText(t *testing.T) {
	plain := endpoint("a.example.com", `, "reason" : "é\u0000"`)
	row := strings.TrimSuffix(endpoint("b.example.com", ""), "}") + `,"CONNECTION":{"direction":"outbound"}}`
	var got []string
	for s, err := range ReadEvidence("r.json", strings.NewReader(stored(plain, row, endpoint("c.example.com", "")))) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(s.Text))
	}
	if diff := cmp.Diff([]string{plain, "", endpoint("c.example.com", "")}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadHead(t *testing.T) {
	r := zooReport()
	r.Stopped = true
	text := write(t, JSON, r, Options{})
	at := bytes.Index(text, []byte(`"evidence"`))
	for name, in := range map[string]io.Reader{"whole": bytes.NewReader(text), "the head alone": bytes.NewReader(text[:at+13])} {
		got, err := ReadHead("r.json", in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := &Head{Schema: r.Schema, Tool: r.Tool, Generated: r.Generated, Origin: r.Origin, Now: r.Now, Policies: r.Policies, Summary: r.Summary,
			Complete: r.Complete, Incomplete: r.Incomplete, Stopped: true}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestReadIsForwardCompatible: names a later program adds are passed over, at
// every level; and members may stand in another order, but for the schema.
func TestReadIsForwardCompatible(t *testing.T) {
	const text = `{"later":[{"x":[]}],"schema":"tlsaudit/report/v1","evidence":[
{"subject":"https://www.example.com:443","later":{},"observed":{"target":{"protocol":"https","host":"www.example.com","port":443,"later":1},"reach":"tls","later":"x","versions":[{"version":"TLSv1.2","answer":"accepted","later":true}]}},
{"subject":"gateway:corp/outbound/1:Bank","observed":null,"connection":{"direction":"outbound"}}
],"summary":{}}`
	got, err := readAll(strings.NewReader(text))
	if err != nil || len(got) != 1 || got[0].Target.Host != "www.example.com" || got[0].Version(audit.TLSv12).Answer != audit.Accepted {
		t.Errorf("%+v: %v", got, err)
	}
	head, err := ReadHead("r.json", strings.NewReader(text))
	if err != nil || head.Schema != audit.SchemaV1 {
		t.Errorf("%+v: %v", head, err)
	}
}

// endpoint is evidence of one endpoint.
func endpoint(host, observed string) string {
	return fmt.Sprintf(`{"subject":"https://%s:443","observed":{"target":{"protocol":"https","host":%q,"port":443},"reach":"tls"%s}}`, host, host, observed)
}

func stored(evidence ...string) string {
	return `{"schema":"tlsaudit/report/v1","evidence":[` + strings.Join(evidence, ",") + `],"findings":[]}`
}

func TestReadFaults(t *testing.T) {
	const damaged = "\nhint: use the file as tlsaudit wrote it; this one was cut off, edited, or is something else"
	a := endpoint("a.example.com", "")
	tests := []struct {
		name, in, want string
		before         int // what is read before the fault
	}{
		{"empty", "", "r.json:1:1: the file ends here, in the middle of the document" + damaged, 0},
		{"a workbook", "PK\x03\x04", "r.json:1:1: not valid JSON: 'P' where '{' is wanted" + damaged, 0},
		{"another schema", `{"schema":"tlsaudit/report/v2","evidence":[]}`, "r.json:1:11: schema: \"tlsaudit/report/v2\" is not a schema that is read here; known: \"tlsaudit/report/v1\"\nhint: " + schemaHint, 0},
		{"schema is no text", `{"schema":1}`, "r.json:1:11: schema: 1 is out of place: text is wanted" + damaged, 0},
		{"no schema", `{}`, "r.json:1:1: no member \"schema\" stands before the evidence; \"tlsaudit/report/v1\" is wanted\nhint: " + schemaHint, 0},
		{"schema too late", `{"evidence":[],"schema":"tlsaudit/report/v1"}`, "r.json:1:1: no member \"schema\" stands before the evidence; \"tlsaudit/report/v1\" is wanted\nhint: " + schemaHint, 0},
		{"a baseline", `{"schema":"tlsaudit/baseline/v1","findings":[]}`, "r.json:1:11: schema: \"tlsaudit/baseline/v1\" is not a schema that is read here; known: \"tlsaudit/report/v1\"\nhint: " + schemaHint, 0},
		{"no evidence", `{"schema":"tlsaudit/report/v1"}`, "r.json:1:32: the report has no list of evidence\nhint: " + schemaHint, 0},
		{"cut off", stored(a, a)[:200], "r.json:1:201: evidence[1]: the file ends here, in the middle of the document" + damaged, 1},
		{"twice", stored(a, endpoint("b.example.com", ""), a), "r.json:1:306: evidence[2]: evidence of \"https://a.example.com:443\" stands here a second time" + damaged, 2},
		{"subject of another", stored(strings.Replace(a, "https://a", "https://b", 1)), "r.json:1:104: evidence[0].observed.target: the evidence of \"https://b.example.com:443\" was taken of \"https://a.example.com:443\"" + damaged, 0},
		{"nothing observed", stored(`{"subject":"https://a.example.com:443","observed":null}`), "r.json:1:44: evidence[0]: nothing was observed of \"https://a.example.com:443\"" + damaged, 0},
		{"no subject", stored(`{"observed":{}}`), "r.json:1:44: evidence[0]: the subject is missing" + damaged, 0},
		{"a word nobody knows", stored(a, endpoint("b.example.com", `,"chains_answer":"yes"`)), "r.json:1:320: evidence[1].observed.chains_answer: \"yes\" is not an answer: one of not-asked, undetermined, accepted, refused, latent" + damaged, 1},
		{"two answers", stored(endpoint("a.example.com", `,"versions":[{"version":"TLSv1.0","answer":"refused"},{"version":"TLSv1.0","answer":"accepted"}]`)), "r.json:1:237: evidence[0].observed.versions[1].version: two answers about TLSv1.0" + damaged, 0},
		{"deep", stored(endpoint("a.example.com", `,"x":`+strings.Repeat("[", 100))), "r.json:1:237: evidence[0]: nested deeper than 64 levels" + damaged, 0},
		{"large", stored(endpoint("a.example.com", `,"reason":"`+strings.Repeat("x", 4<<20)+`"`)), "r.json:1:44: evidence[0]: a value larger than 4194304 bytes" + damaged, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readAll(strings.NewReader(tt.in))
			var fault *audit.InputError
			if !errors.As(err, &fault) {
				t.Fatalf("%T is no *audit.InputError: %v", err, err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(got) != tt.before {
				t.Errorf("%d were read before, want %d", len(got), tt.before)
			}
		})
	}
}

// TestEveryCut: wherever a report breaks off, inside its evidence or behind it,
// the reading ends in a fault, and what came before it is what stood there.
func TestEveryCut(t *testing.T) {
	text := stored(endpoint("a.example.com", ""), endpoint("b.example.com", `,"notes":["é]}\" "]`), endpoint("c.example.com", ""))
	for cut := range len(text) {
		got, err := readAll(strings.NewReader(text[:cut]))
		if err == nil {
			t.Fatalf("cut behind %q: %v", text[:cut], err)
		}
		for i, o := range got {
			if want := string(rune('a'+i)) + ".example.com"; o.Target.Host != want {
				t.Errorf("cut at %d: element %d is of %s", cut, i, o.Target.Host)
			}
		}
	}
}

// TestReadStops: who has seen enough reads no further.
func TestReadStops(t *testing.T) {
	in := strings.NewReader(stored(endpoint("a.example.com", ""), "broken"))
	for s, err := range ReadEvidence("r.json", in) {
		if err != nil || s.Observed.Target.Host != "a.example.com" {
			t.Errorf("%+v: %v", s.Observed, err)
		}
		break
	}
}

// FuzzReadEvidence: stored reports are foreign. Whatever they hold, each piece
// of evidence is of the subject it names, no subject comes twice, it can be
// stored again, and a fault has a place.
func FuzzReadEvidence(f *testing.F) {
	f.Add([]byte(stored(endpoint("a.example.com", `,"versions":[{"version":"TLSv1.2","answer":"accepted","suites":[{"id":"0xC02F","name":"x","bits":128}]}]`))))
	f.Add([]byte(stored(endpoint("a.example.com", `,"chains":[{"certificates":[{"der":"AAAA","not_after":"2026-11-20T12:00:00Z"}],"trust":{"answer":"latent"}}]`))))
	f.Add([]byte(stored(endpoint("a.example.com", `,"address":"192.0.2.1:443","starttls":{},"sametime":{},"handshake":{"version":"0x7F1C"}`))[:200]))
	f.Fuzz(func(t *testing.T, data []byte) {
		seen := map[string]bool{}
		for stored, err := range ReadEvidence("r.json", bytes.NewReader(data)) {
			if err != nil {
				var fault *audit.InputError
				if !errors.As(err, &fault) || fault.Place.Line == 0 || fault.Hint == "" {
					t.Errorf("%T without place or hint: %v", err, err)
				}
				continue
			}
			o := stored.Observed
			subject := o.Target.Subject()
			if seen[subject] {
				t.Errorf("%q twice", subject)
			}
			seen[subject] = true
			var again audit.Evidence
			if stored.Text != nil {
				if err := json.Unmarshal(stored.Text, &again); err != nil {
					t.Errorf("the text of %q cannot be read again: %v", subject, err)
				}
				if again.Subject != subject || again.Connection != nil || !reflect.DeepEqual(again.Observed, o) {
					t.Errorf("the text of %q is that of other evidence: %+v", subject, again)
				}
			}
			line, err := json.Marshal(o)
			if err == nil {
				err = json.Unmarshal(line, new(audit.Observation))
			}
			if err != nil {
				t.Errorf("%q cannot be stored again: %v", subject, err)
			}
		}
		if _, err := ReadHead("r.json", bytes.NewReader(data)); err != nil && !errors.As(err, new(*audit.InputError)) {
			t.Errorf("%T is no *audit.InputError: %v", err, err)
		}
	})
}
