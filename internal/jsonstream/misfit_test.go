package jsonstream

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

type inner struct {
	Answer audit.Answer            `json:"answer"`
	Port   uint16                  `json:"port"`
	Named  map[string]audit.Answer `json:"named"`
	Bytes  []byte                  `json:"bytes"`
	When   time.Time               `json:"when"`
	On     bool                    `json:"on"`
}

type Embedded struct {
	Deep []*inner `json:"deep"`
}

type outer struct {
	Embedded
	Size int `json:"size"`
}

// TestMisfits: what does not fit is placed and named as the document has it.
func TestMisfits(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`{"deep":[{},` + "\n" + ` {"answer": "ACCEPTED"}]}`, `f.json:2:13: x.deep[1].answer: "ACCEPTED" is not an answer: one of not-asked, undetermined, accepted, refused, latent` + "\nhint: did you mean \"accepted\"?"},
		{`{"deep":[{"ANSWER":"maybe"}]}`, `f.json:1:25: x.deep[0].ANSWER: "maybe" is not an answer: one of not-asked, undetermined, accepted, refused, latent` + "\nhint: " + hint},
		{`{"deep":[{"answer":{}}]}`, "f.json:1:25: x.deep[0].answer: an object is out of place: text is wanted\nhint: " + hint},
		{`{"deep":[{"named":{"é":"accepted","b":"x"}}]}`, `f.json:1:45: x.deep[0].named.b: "x" is not an answer: one of not-asked, undetermined, accepted, refused, latent` + "\nhint: " + hint},
		{`{"deep":[{"port":65536}]}`, "f.json:1:23: x.deep[0].port: 65536 is out of place: a whole number from 0 to 65535 is wanted\nhint: " + hint},
		{`{"deep":[{"port":1.5}]}`, "f.json:1:23: x.deep[0].port: 1.5 is out of place: a whole number from 0 to 65535 is wanted\nhint: " + hint},
		{`{"deep":[{"on":"yes"}]}`, `f.json:1:21: x.deep[0].on: "yes" is out of place: true or false is wanted` + "\nhint: " + hint},
		{`{"deep":[{"when":"soon"}]}`, `f.json:1:23: x.deep[0].when: "soon" is not a time: one such as "2006-01-02T15:04:05Z" is wanted` + "\nhint: " + hint},
		{`{"deep":[{"bytes":[1]},{"bytes":7}]}`, "f.json:1:38: x.deep[1].bytes: 7 is out of place: text in base64 is wanted\nhint: " + hint},
		{`{"deep":{}}`, "f.json:1:14: x.deep: an object is out of place: a list is wanted\nhint: " + hint},
		{`{"deep":[3]}`, "f.json:1:15: x.deep[0]: 3 is out of place: an object is wanted\nhint: " + hint},
		{`{"size":"1"}`, `f.json:1:14: x.size: "1" is out of place: a whole number is wanted` + "\nhint: " + hint},
		{`[]`, "f.json:1:6: x: a list is out of place: an object is wanted\nhint: " + hint},
	} {
		err := decodeMember(`{"x":`+tt.in+`}`, new(outer))
		var fault *audit.InputError
		if !errors.As(err, &fault) {
			t.Errorf("%s: %T is no *audit.InputError: %v", tt.in, err, err)
			continue
		}
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.in, diff)
		}
	}
}

func decodeMember(text string, v any) error {
	r := NewReader("f.json", strings.NewReader(text))
	for _, err := range r.Members() {
		if err != nil {
			return err
		}
		if err := r.Decode(v); err != nil {
			return err
		}
	}
	return nil
}

// TestWithin: a part of what was decoded has a place of its own.
func TestWithin(t *testing.T) {
	const text = "{\"x\": {\"a\":\n [1, {\"b\": null, \"c\":\"é\"}]}}"
	r := NewReader("f.json", strings.NewReader(text))
	for range r.Members() {
		start := r.Place()
		var v json.RawMessage
		if err := r.Decode(&v); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			steps []string
			want  string
		}{
			{nil, "f.json:1:7: x: bad"},
			{[]string{"a"}, "f.json:2:2: x.a: bad"},
			{[]string{"a", "[1]", "c"}, "f.json:2:22: x.a[1].c: bad"},
			{[]string{"a", "[1]", "b"}, "f.json:2:12: x.a[1].b: bad"},
			{[]string{"a", "[1]", "missing"}, "f.json:2:6: x.a[1].missing: bad"},
			{[]string{"a", "[7]", "b"}, "f.json:2:2: x.a[7].b: bad"},
			{[]string{"a", "[0]", "b"}, "f.json:2:3: x.a[0].b: bad"},
		} {
			if got := r.FaultWithin(start, tt.steps, "bad").Error(); got != tt.want+"\nhint: "+hint {
				t.Errorf("%q: got %s, want %s", tt.steps, got, tt.want)
			}
		}
	}
}
