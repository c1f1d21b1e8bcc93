package waiver

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// known is the world the tests' waivers are written for.
var known = Known{
	Rules: []audit.Rule{
		{Profile: "corp", ID: "versions", Check: "protocol.offered"},
		{Profile: "corp", ID: "validity", Check: "cert.validity"},
		{Profile: "pci", ID: "versions", Check: "protocol.offered"},
	},
	Unautomated: []audit.Unautomated{{Profile: "corp", Rule: "inventory", Check: "manual"}},
	Checks:      []string{"protocol.offered", "cert.validity", "suite.forbidden"},
	Profiles:    []string{"corp", "pci", "mozilla"},
	Protocols:   []string{"https", "smtp", "ldaps"},
}

// TestErrors reads every fixture below testdata/errors and compares the whole
// text of the error with the file of the same name.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d fixtures: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			err = new(Set).add(filepath.Base(file), data, noon, known)
			var fault *audit.InputError
			if !errors.As(err, &fault) {
				t.Fatalf("%T is no *audit.InputError: %v", err, err)
			}
			if fault.Hint == "" || fault.Place.Line == 0 || fault.Place.Col == 0 {
				t.Errorf("no hint or no place: %+v", fault)
			}
			if diff := cmp.Diff(strings.TrimSpace(string(want)), err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnreadableFile(t *testing.T) {
	_, err := Load([]string{"testdata/none.yaml"}, noon, known)
	want := "testdata/none.yaml: cannot read the waivers: no such file or directory\nhint: name an existing YAML file; tlsaudit init writes one to begin with"
	if err == nil || err.Error() != want || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// TestIDsAreUniqueOverFiles: two teams must not mean different things by one
// id.
func TestIDsAreUniqueOverFiles(t *testing.T) {
	_, err := Load([]string{"testdata/full.yaml", "testdata/full.yaml"}, noon, known)
	if err == nil || !strings.Contains(err.Error(), `the waiver "W-1" stands here a second time; the first is at testdata/full.yaml:`) {
		t.Errorf("error %v", err)
	}
}

func TestFull(t *testing.T) {
	s, err := Load([]string{"testdata/full.yaml"}, noon, known)
	if err != nil {
		t.Fatal(err)
	}
	got := s.Session(noon).Status(false)
	want := []audit.WaiverStatus{
		{
			WaiverRef: audit.WaiverRef{ID: "W-1", Expires: time.Date(2027, 3, 31, 23, 59, 59, 0, time.UTC), Reason: "The partner replaces the gateway in the first quarter.",
				Owner: "mail team", ApprovedBy: "CISO", Ticket: "SEC-1412"},
			State: audit.WaiverActive, Rule: "corp/versions", Check: "protocol.offered", Target: "smtp://*.partner.example.com:25",
			Fingerprint: "0123456789abcdef0123456789abcdef", Created: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), Place: &audit.Place{File: "testdata/full.yaml", Line: 3, Col: 5},
		},
		{
			WaiverRef: audit.WaiverRef{ID: "W-2", Expires: time.Date(2026, 12, 1, 4, 30, 0, 0, time.UTC), Reason: "Moved next week."},
			State:     audit.WaiverExpiring, Check: "cert.validity", Target: "gateway:corp/outbound/10:Bank (old)", Place: &audit.Place{File: "testdata/full.yaml", Line: 15, Col: 5},
			Notes: []string{"expires 2026-12-01T04:30:00Z, in 11 days", "over-broad: it names a check and so every rule that uses it"},
		},
		{
			WaiverRef: audit.WaiverRef{ID: "W-3", Expires: time.Date(2028, 11, 19, 23, 59, 59, 0, time.UTC), Reason: "Two years, as max_days says."},
			State:     audit.WaiverActive, Rule: "mozilla/anything", Target: "ldaps://[2001:db8::1]:636?sni=*", Place: &audit.Place{File: "testdata/full.yaml", Line: 20, Col: 5},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(s.Files) != 1 || s.Files[0].File != "testdata/full.yaml" || len(s.Files[0].SHA256) != 64 {
		t.Errorf("files %+v", s.Files)
	}
}

// FuzzLoad: whatever a file holds, it is waivers with an end and a reason, or
// an error with a place.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "testdata/errors/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Set
		err := s.add("f.yaml", data, noon, known)
		var fault *audit.InputError
		if err != nil && (!errors.As(err, &fault) || fault.Place.Line == 0) {
			t.Fatalf("%T without a place: %v", err, err)
		}
		for _, w := range s.waivers {
			if w.term.until.IsZero() || w.term.until.After(noon.AddDate(0, 0, mostMaxDays+2)) || w.ref.Reason == "" || w.target == "" || w.rule+w.check == "" {
				t.Errorf("accepted: %+v", w)
			}
		}
		findings := []audit.Finding{{Verdict: audit.Fail}, {Verdict: audit.Unknown}}
		s.Session(noon).Apply("https://www.example.com:443", &audit.Observation{}, findings)
		if findings[1].Verdict != audit.Unknown {
			t.Error("an unknown was waived")
		}
	})
}
