package confdoc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// stringsFor works out strings of an empty document.
func stringsFor(versions map[string]string) (*CipherStrings, *Document) {
	doc := &Document{Files: []*conftree.File{conftree.NewFile("a.conf", "a.conf", "x\n", conftree.Encoding{Charset: "utf-8"})}}
	return NewCipherStrings(&Reader{Versions: versions}, doc, "Toy"), doc
}

// settings allow TLS 1.2 with a cipher string.
func settings(text string) OpenSSL {
	place := audit.Place{File: "a.conf", Line: 1}
	return OpenSSL{
		Enabled:       map[audit.Version]Fact{audit.TLSv12: {Answer: audit.Accepted, Evidence: "set", Place: place}},
		Ciphers:       &Written{Text: text, Place: place},
		SecurityLevel: -1,
	}
}

// TestStringsLeaveOut: suites that are never completed are not told, and what is
// kept does not keep the place of another listener.
func TestStringsLeaveOut(t *testing.T) {
	s, _ := stringsFor(map[string]string{"openssl": "3.0.2"})
	names := func(noDHE bool) string {
		posture := s.Posture(settings("AES128-SHA:DHE-RSA-AES128-SHA:PSK-AES128-CBC-SHA"), noDHE)
		var list []string
		for _, suite := range posture.Version(audit.TLSv12).Suites {
			list = append(list, suite.OpenSSL)
		}
		return strings.Join(list, " ")
	}
	if got := names(false); got != "AES128-SHA DHE-RSA-AES128-SHA" {
		t.Error(got)
	}
	if got := names(true); got != "AES128-SHA" {
		t.Error(got)
	}
	o := settings("AES128-SHA")
	s.Posture(o, false)
	o.Enabled[audit.TLSv12] = Fact{Answer: audit.Accepted, Evidence: "elsewhere", Place: audit.Place{File: "b.conf", Line: 2}}
	posture := s.Posture(o, false)
	if fact := posture.Version(audit.TLSv12); fact.Place.File != "b.conf" || !strings.HasPrefix(fact.Evidence, "elsewhere") {
		t.Errorf("%v %q", fact.Place, fact.Evidence)
	}
}

// TestStringsBound: beyond the bound nothing is worked out, and that is told
// once.
func TestStringsBound(t *testing.T) {
	s, doc := stringsFor(map[string]string{"openssl": "3.0.2"})
	for i := range maxStrings + 5 {
		o := settings(fmt.Sprintf("AES128-SHA:-X%d", i))
		posture := s.Posture(o, false)
		fact := posture.Version(audit.TLSv12)
		if undetermined := fact.SuitesAnswer == audit.Undetermined && len(fact.Suites) == 0; undetermined != (i >= maxStrings) {
			t.Fatalf("%d: %v, %d suites", i, fact.SuitesAnswer, len(fact.Suites))
		}
		if unknown := s.study(o.Ciphers.Text).unknown; unknown != (i >= maxStrings) {
			t.Fatalf("%d: study unknown %v", i, unknown)
		}
	}
	if len(doc.Gaps) != 1 {
		t.Errorf("%d gaps", len(doc.Gaps))
	}
}

// TestStringsRefused: a fault only where no version takes the string, once for
// each place.
func TestStringsRefused(t *testing.T) {
	for text, want := range map[string]int{"nosuch": 1, "HIGH": 0, "@SECLEVEL=1:HIGH": 0} {
		s, doc := stringsFor(nil)
		s.NoteRefused(settings(text))
		s.NoteRefused(settings(text))
		if len(doc.Faults) != want {
			t.Errorf("%q: %v", text, doc.Faults)
		}
		for _, f := range doc.Faults {
			if f.Kind != NotLoaded || !strings.HasPrefix(f.Message, "Toy does not load the file: ") {
				t.Errorf("%v", f)
			}
		}
	}
	s, doc := stringsFor(nil)
	o := settings("HIGH")
	o.Ciphersuites = &Written{Text: "nosuch", Place: audit.Place{File: "a.conf", Line: 2}}
	if s.NoteRefused(o); len(doc.Faults) != 1 || doc.Faults[0].Place.Line != 2 {
		t.Errorf("%v", doc.Faults)
	}
}

// TestStringsBroken: violated where every version that may be meant selects
// broken suites, undecided where only some do.
func TestStringsBroken(t *testing.T) {
	l := &Listener{Declared: audit.Declared{Posture: audit.Posture{Versions: []audit.VersionFact{{Version: audit.TLSv12, Answer: audit.Accepted}}}}}
	for _, tt := range []struct {
		text, openssl string
		want          []audit.OutcomeKind
	}{
		{"HIGH:!aNULL", "", nil},
		{"eNULL", "", []audit.OutcomeKind{audit.Violated}},
		{"RC4-SHA:AES128-SHA", "", []audit.OutcomeKind{audit.Undecided}},
		{"RC4-SHA:AES128-SHA", "1.0.2", []audit.OutcomeKind{audit.Violated}},
		{"RC4-SHA:AES128-SHA", "3.0.2", nil},
	} {
		versions := map[string]string{}
		if tt.openssl != "" {
			versions["openssl"] = tt.openssl
		}
		s, _ := stringsFor(versions)
		o := settings(tt.text)
		var got []audit.OutcomeKind
		for _, r := range s.Broken(l, &o) {
			got = append(got, r.Kind)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s, OpenSSL %q: %v, want %v", tt.text, tt.openssl, got, tt.want)
		}
	}
}

// TestStringsChoose: what is wanted of what is in force, otherwise of what is
// offered instead.
func TestStringsChoose(t *testing.T) {
	l := &Listener{Declared: audit.Declared{Posture: audit.Posture{Versions: []audit.VersionFact{{Version: audit.TLSv12, Answer: audit.Accepted}}}}}
	s, _ := stringsFor(map[string]string{"openssl": "3.0.2"})
	for _, tt := range []struct {
		text    string
		want    audit.Want
		tls13   bool
		names   string
		changed bool
	}{
		{"AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256", audit.Want{Strong: true}, false, "ECDHE-RSA-AES128-GCM-SHA256", true},
		{"ECDHE-RSA-AES128-GCM-SHA256", audit.Want{Strong: true}, false, "ECDHE-RSA-AES128-GCM-SHA256", false},
		{"AES128-SHA", audit.Want{Strong: true}, false, "ECDHE-RSA-AES256-GCM-SHA384", true},
		{"AES128-SHA", audit.Want{Strong: true}, true, "", false}, // no TLS 1.3 is spoken
	} {
		o := settings(tt.text)
		names, changed := s.Choose(l, &o, tt.want, tt.tls13, []string{"ECDHE-RSA-AES256-GCM-SHA384"})
		if got := strings.Join(names, ":"); got != tt.names || changed != tt.changed {
			t.Errorf("%s: %s, %v", tt.text, got, changed)
		}
	}
}

// TestStringsMissing: versions the library is built without are latent, where
// its version is known.
func TestStringsMissing(t *testing.T) {
	for _, tt := range []struct {
		openssl string
		version audit.Version
		want    audit.Answer
	}{
		{"1.0.2", audit.SSLv3, audit.Accepted},
		{"1.1.0", audit.SSLv3, audit.Latent},
		{"3.0.2", audit.SSLv2, audit.Latent},
		{"3.0.2", audit.TLSv10, audit.Accepted},
		{"1.1.0", audit.TLSv13, audit.Latent},
		{"1.1.1", audit.TLSv13, audit.Accepted},
		{"", audit.SSLv3, audit.Accepted},
		{"", audit.TLSv13, audit.Accepted},
	} {
		versions := map[string]string{"openssl": tt.openssl}
		if tt.openssl == "" {
			versions = nil
		}
		s, _ := stringsFor(versions)
		l := &Listener{Declared: audit.Declared{Posture: audit.Posture{Versions: []audit.VersionFact{{Version: tt.version, Answer: audit.Accepted}}}}}
		s.MarkMissing(l)
		if fact := l.Versions[0]; fact.Answer != tt.want || (fact.Evidence == "") != (tt.want == audit.Accepted) {
			t.Errorf("OpenSSL %q, %s: %v %q", tt.openssl, tt.version, fact.Answer, fact.Evidence)
		}
	}
}
