package conftest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// CheckDocument fails if a place lies outside of the document's files, if a rule
// or a change breaks down, or if the edits of a change cannot be applied.
func CheckDocument(t testing.TB, d *confdoc.Document) {
	t.Helper()
	inside := func(what string, p audit.Place) {
		t.Helper()
		if !slices.ContainsFunc(d.Files, func(f *conftree.File) bool {
			return f.Name == p.File && p.Line >= 1 && p.Line <= f.Lines() && p.Col >= 0
		}) {
			t.Fatalf("%s at %v, outside of the files", what, p)
		}
	}
	for _, f := range d.Faults {
		inside("fault", f.Place)
		if _, err := conftree.Apply(f.Edits); err != nil {
			t.Fatalf("fault: edits: %v", err)
		}
	}
	for _, g := range d.Gaps {
		inside("gap", g.Place)
	}
	for _, s := range d.Settings {
		inside("setting", s.Place)
	}
	for _, l := range d.Listeners {
		for _, s := range l.Settings {
			inside("setting", s.Place)
		}
		for i := range l.Versions {
			if p := l.Versions[i].Place; p != nil {
				inside("version", *p)
			}
		}
		if l.Place != nil {
			inside("listener", *l.Place)
		}
	}
	for _, j := range confdoc.Judge(d, Demands) {
		for i := range j.Findings {
			f, fix := &j.Findings[i], j.Fixes[i]
			if f.Place != nil {
				inside(f.Rule, *f.Place)
			}
			if strings.Contains(f.Message, "internal error") {
				t.Fatalf("%s: %s", f.Rule, f.Message)
			}
			if strings.Contains(fix.None, "internal error") {
				t.Fatalf("%s: %s", f.Rule, fix.None)
			}
			if _, err := conftree.Apply(fix.Edits); err != nil {
				t.Fatalf("%s: edits: %v", f.Rule, err)
			}
		}
	}
}

// CheckNamed fails if a listener has no place or no name.
func CheckNamed(t testing.TB, d *confdoc.Document) {
	t.Helper()
	for i, l := range d.Listeners {
		if l.Place == nil || l.Listener == "" {
			t.Errorf("listener %d, %q, is without place or name", i, l.Listener)
		}
	}
}

// Canary stands for a secret in the texts of tests.
const Canary = "CANARY-4711"

// CheckCanary fails if Canary is in anything that leaves a reader.
func CheckCanary(t testing.TB, d *confdoc.Document) {
	t.Helper()
	told := []any{d.Faults, d.Gaps, d.Settings}
	for _, j := range confdoc.Judge(d, Demands) {
		told = append(told, j.Findings)
	}
	for _, l := range d.Listeners {
		told = append(told, l.Declared)
	}
	b, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	if at := strings.Index(string(b), Canary); at >= 0 {
		t.Errorf("a secret got out: ...%s", b[max(0, at-150):min(len(b), at+50)])
	}
}

// Wants are what standards want, each by itself.
func Wants() map[string]audit.Want {
	yes, no := true, false
	return map[string]audit.Want{
		"TLS 1.3 only":  {MinVersion: audit.TLSv13, Versions: []audit.Version{audit.TLSv13}},
		"TLS 1.2 only":  {MinVersion: audit.TLSv12, Versions: []audit.Version{audit.TLSv12}},
		"strong":        {MinVersion: audit.TLSv12, Strong: true},
		"server order":  {ServerOrder: &yes},
		"client order":  {ServerOrder: &no},
		"one suite":     {AllowSuites: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"}},
		"without CBC":   {ForbidSuites: []string{"TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_CHACHA20_POLY1305_SHA256"}},
		"groups":        {Groups: []string{"x25519", "secp256r1"}},
		"large modulus": {MinDHBits: 3072},
	}
}

// CheckWant fails if a listener does not satisfy want; text is what it was
// declared by.
func CheckWant(t testing.TB, l *confdoc.Listener, want audit.Want, text string) {
	t.Helper()
	spoken := l.Spoken()
	for _, fact := range spoken {
		if fact.Version < want.MinVersion || len(want.Versions) > 0 && !slices.Contains(want.Versions, fact.Version) {
			t.Errorf("%s is still on\n%s", fact.Version, text)
		}
		for _, s := range fact.Suites {
			if slices.Contains(want.ForbidSuites, s.Name) || len(want.AllowSuites) > 0 && !slices.Contains(want.AllowSuites, s.Name) || want.MinDHBits > 0 && strings.HasPrefix(s.Name, "TLS_DHE") {
				t.Errorf("%s is still allowed\n%s", s.Name, text)
			}
			if want.Strong && fact.Version < audit.TLSv13 && (!strings.Contains(s.Name, "DHE") || strings.Contains(s.Name, "CBC")) {
				t.Errorf("%s is still allowed\n%s", s.Name, text)
			}
		}
		if want.ServerOrder != nil && len(fact.Suites) > 1 && (fact.Preference == audit.PreferenceServer) != *want.ServerOrder {
			t.Errorf("%s: preference %s\n%s", fact.Version, fact.Preference, text)
		}
		if len(want.Groups) > 0 && fact.GroupsAnswer != audit.Accepted {
			t.Errorf("%s: groups %v\n%s", fact.Version, l.Groups, text)
		}
	}
	if len(spoken) == 0 {
		t.Errorf("no version is left\n%s", text)
	}
}
