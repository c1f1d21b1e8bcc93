package waiver

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// load reads waivers as the tests write them.
func load(t *testing.T, now time.Time, text string) *Set {
	t.Helper()
	s := &Set{}
	if err := s.add("w.yaml", []byte(text), now, known); err != nil {
		t.Fatal(err)
	}
	return s
}

const subject = "smtp://mx.partner.example.com:25"

// failing is a finding of the rule corp/versions.
func failing(v audit.Verdict) audit.Finding {
	return audit.Finding{Profile: "corp", Rule: "versions", Check: "protocol.offered", Subject: subject, Verdict: v, Message: "broken",
		Remedy: &audit.Remedy{Text: "mend it"}, Fingerprint: audit.FindingFingerprint("corp", "versions", subject)}
}

// TestTerms is the table of edges: when a waiver holds, and when it is refused.
func TestTerms(t *testing.T) {
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	const refused = "refused: "
	tests := []struct{ name, head, created, expires, now, want string }{
		{"expires today, in the morning", "", "", "2026-11-20", "2026-11-20T00:00:00Z", "waived expiring"},
		{"expires today, last moment", "", "", "2026-11-20", "2026-11-20T23:59:59Z", "waived expiring"},
		{"expired yesterday, by a second", "", "", "2026-11-20", "2026-11-21T00:00:00Z", "fail expired: waiver W-1 expired 2026-11-20"},
		{"expires tomorrow", "", "", "2026-11-21", "2026-11-20T12:00:00Z", "waived expiring"},
		{"expired long ago", "", "2024-01-01", "2024-06-30", "2026-11-20T12:00:00Z", "fail expired: waiver W-1 expired 2024-06-30"},
		{"30 days left", "", "", "2026-12-19", "2026-11-20T00:00:00Z", "waived expiring"},
		{"a second more than 30 days left", "", "", "2026-12-19", "2026-11-19T23:59:59Z", "waived active"},
		{"a day ends in UTC, judged east of it", "", "", "2026-11-20", "2026-11-21T08:59:59+09:00", "waived expiring"},
		{"a day ends in UTC, judged west of it", "", "", "2026-11-20", "2026-11-20T19:00:00-05:00", "fail expired: waiver W-1 expired 2026-11-20"},
		{"a moment in New York, just before", "", "", "2026-11-21T23:30:00-05:00", "2026-11-22T04:29:59Z", "waived expiring"},
		{"a moment in New York, then", "", "", "2026-11-21T23:30:00-05:00", "2026-11-22T04:30:00Z", "fail expired: waiver W-1 expired 2026-11-22T04:30:00Z"},
		{"exactly 365 days from created", "", "2026-11-20", "2027-11-20", "2026-11-20T12:00:00Z", "waived active"},
		{"366 days from created", "", "2026-11-20", "2027-11-21", "2026-11-20T12:00:00Z", refused + "2027-11-21 is 366 days after created, 2026-11-20; at most 365 are allowed"},
		{"a year over a leap day", "", "2027-11-20", "2028-11-20", "2027-11-20T12:00:00Z", refused + "2028-11-20 is 366 days after created, 2027-11-20; at most 365 are allowed"},
		{"365 days over a leap day", "", "2027-11-20", "2028-11-19", "2027-11-20T12:00:00Z", "waived active"},
		{"until a leap day", "", "2027-11-20", "2028-02-29", "2028-02-29T23:59:59Z", "waived expiring"},
		{"over-long for one that has run out", "", "2024-01-01", "2025-06-30", "2026-11-20T12:00:00Z", refused + "2025-06-30 is 546 days after created, 2024-01-01; at most 365 are allowed"},
		{"exactly 365 days from today", "", "", "2027-11-20", "2026-11-20T23:59:59Z", "waived active"},
		{"366 days from today", "", "", "2027-11-21", "2026-11-20T23:59:59Z", refused + "2027-11-21 is 366 days after today; at most 365 are allowed"},
		{"the day counts in UTC", "", "2026-11-20", "2027-11-20T23:30:00-05:00", "2026-11-20T12:00:00Z", refused + "2027-11-20T23:30:00-05:00 is 366 days after created, 2026-11-20; at most 365 are allowed"},
		{"max_days longer", "max_days: 730\n", "2026-11-20", "2028-11-19", "2026-11-20T12:00:00Z", "waived active"},
		{"max_days longer, and a day more", "max_days: 730\n", "2026-11-20", "2028-11-20", "2026-11-20T12:00:00Z", refused + "2028-11-20 is 731 days after created, 2026-11-20; at most 730 are allowed"},
		{"max_days shorter", "max_days: 1\n", "2026-11-20", "2026-11-21", "2026-11-20T12:00:00Z", "waived expiring"},
		{"max_days shorter, and a day more", "max_days: 1\n", "2026-11-20", "2026-11-22", "2026-11-20T12:00:00Z", refused + "2026-11-22 is 2 days after created, 2026-11-20; at most 1 are allowed"},
		{"created today in the east", "", "2026-11-21", "2026-12-31", "2026-11-20T10:00:00Z", "waived active"},
		{"created tomorrow everywhere", "", "2026-11-21", "2026-12-31", "2026-11-20T09:59:59Z", refused + "2026-11-21 lies ahead: it is 2026-11-20T09:59:59Z"},
		{"for one day", "", "2026-11-20", "2026-11-20", "2026-11-20T12:00:00Z", "waived expiring"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := tt.head + "waivers:\n- id: W-1\n  rule: versions\n  target: " + subject + "\n  reason: Until the move.\n  expires: " + tt.expires + "\n"
			if tt.created != "" {
				text += "  created: " + tt.created + "\n"
			}
			var s Set
			if err := s.add("w.yaml", []byte(text), at(tt.now), known); err != nil {
				cause, _, _ := strings.Cut(err.Error(), "\n")
				if _, short, _ := strings.Cut(cause, "]."); !strings.HasSuffix(refused+short[strings.Index(short, ": ")+2:], tt.want) {
					t.Errorf("%s, want %q", cause, tt.want)
				}
				return
			}
			session := s.Session(at(tt.now))
			findings := []audit.Finding{failing(audit.Fail)}
			session.Apply(subject, nil, findings)
			got := findings[0].Verdict.String() + " " + string(session.Status(true)[0].State)
			if note, found := strings.CutPrefix(findings[0].Message, "broken; "); found {
				got += ": " + note
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestVerdicts: only what fails or warns can be waived, and it says what it was.
func TestVerdicts(t *testing.T) {
	s := load(t, noon, "waivers:\n- {id: W-1, rule: versions, target: '"+subject+"', reason: r, owner: o, approved_by: a, ticket: t, expires: 2026-12-31}\n")
	for was, want := range map[audit.Verdict]audit.Verdict{
		audit.Fail: audit.Waived, audit.Warn: audit.Waived, audit.Unknown: audit.Unknown, audit.Pass: audit.Pass, audit.NotApplicable: audit.NotApplicable,
	} {
		findings := []audit.Finding{failing(was)}
		s.Session(noon).Apply(subject, nil, findings)
		expected := failing(want)
		if want == audit.Waived {
			expected.Waiver = &audit.WaiverRef{ID: "W-1", Was: was, Expires: time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC), Reason: "r", Owner: "o", ApprovedBy: "a", Ticket: "t"}
		}
		if diff := cmp.Diff(expected, findings[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", was, diff)
		}
	}
}

// TestScope: what a waiver does not name, it does not touch.
func TestScope(t *testing.T) {
	leaf := func(sums ...string) *audit.Observation {
		o := &audit.Observation{}
		for _, sum := range sums {
			o.Chains = append(o.Chains, audit.Chain{Certificates: []audit.Certificate{{SHA256: sum}, {SHA256: "ca"}}})
		}
		return o
	}
	sum, other := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	tests := []struct {
		name, scope string
		o           *audit.Observation
		want        bool
	}{
		{"rule", "rule: versions", nil, true},
		{"another rule", "rule: validity", nil, false},
		{"check", "check: protocol.offered", nil, true},
		{"another check", "check: cert.validity", nil, false},
		{"rule of the profile", "rule: versions, profile: corp", nil, true},
		{"rule of another profile", "rule: versions, profile: pci", nil, false},
		{"the finding itself", "rule: versions, fingerprint: " + audit.FindingFingerprint("corp", "versions", subject), nil, true},
		{"another finding", "rule: versions, fingerprint: '00000000000000000000000000000000'", nil, false},
		{"the certificate", "rule: versions, fingerprint: " + sum, leaf(sum), true},
		{"the certificate in two chains", "rule: versions, fingerprint: " + sum, leaf(sum, sum), true},
		{"another certificate", "rule: versions, fingerprint: " + sum, leaf(other), false},
		{"the certificate and another", "rule: versions, fingerprint: " + sum, leaf(sum, other), false},
		{"no certificate", "rule: versions, fingerprint: " + sum, leaf(), false},
		{"no observation", "rule: versions, fingerprint: " + sum, nil, false},
		{"an intermediate", "rule: versions, fingerprint: " + strings.Repeat("ca", 32), leaf(sum), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := load(t, noon, "waivers:\n- {id: W-1, "+tt.scope+", target: '"+subject+"', reason: r, expires: 2026-12-31}\n")
			findings := []audit.Finding{failing(audit.Fail)}
			s.Session(noon).Apply(subject, tt.o, findings)
			if got := findings[0].Verdict == audit.Waived; got != tt.want {
				t.Errorf("waived: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestGlob(t *testing.T) {
	tests := map[string]map[string]bool{
		"smtp://mx.example.com:25": {"smtp://mx.example.com:25": true, "smtp://mx.example.com:250": false, "smtp://mx.example.com:25?ip=192.0.2.1": false, "xsmtp://mx.example.com:25": false},
		"smtp://*.example.com:25":  {"smtp://mx.example.com:25": true, "smtp://a.b.example.com:25": true, "smtp://example.com:25": false, "smtp://mx.example.com:25?sni=x": false, "smtp://mx.example.com.evil.test:25": false},
		"smtp://mx.example.com:2*": {"smtp://mx.example.com:25": true, "smtp://mx.example.com:2": true, "smtp://mx.example.com:1": false},
		"*":                        {"": true, "https://www.example.com:443": true, "gateway:corp/outbound/1:x": true},
		"*://*:25*":                {"smtp://mx.example.com:25": true, "smtp://mx.example.com:25?ip=192.0.2.1": true, "smtp://mx.example.com:587": false},
		"a*b*c":                    {"abc": true, "aXbYc": true, "abcbc": true, "ab": false, "ac": false, "acb": false},
		"a*a":                      {"a": false, "aa": true, "aba": true},
		"gateway:corp/outbound/*":  {"gateway:corp/outbound/10:Bank (old)": true, "gateway:corp/inbound/10:Bank": false},
	}
	for text, subjects := range tests {
		for subject, want := range subjects {
			if got := pattern(text).matches(subject); got != want {
				t.Errorf("%q matches %q: %v", text, subject, got)
			}
		}
	}
}

// TestFirstWins: the first that holds, before any that has run out.
func TestFirstWins(t *testing.T) {
	s := load(t, noon, `waivers:
- {id: old, rule: versions, target: 'smtp://*', reason: r, created: 2026-01-01, expires: 2026-11-19}
- {id: first, rule: versions, target: 'smtp://*', reason: r, expires: 2026-12-31}
- {id: second, rule: versions, target: '`+subject+`', reason: r, expires: 2027-03-31}
- {id: idle, rule: validity, target: 'smtp://*', reason: r, expires: 2027-03-31}
- {id: elsewhere, rule: versions, target: 'smtp://mx.example.org:25', reason: r, expires: 2027-03-31}
- {id: changed, rule: versions, fingerprint: `+strings.Repeat("ab", 32)+`, target: 'smtp://*', reason: r, expires: 2027-03-31}
`)
	session := s.Session(noon)
	findings := []audit.Finding{failing(audit.Fail)}
	session.Apply(subject, nil, findings)
	if f := findings[0]; f.Verdict != audit.Waived || f.Waiver.ID != "first" || f.Message != "broken" {
		t.Errorf("%+v by %+v", f, f.Waiver)
	}
	var got []string
	for _, st := range session.Status(true) {
		got = append(got, fmt.Sprintf("%s %s %d: %s", st.ID, st.State, st.Findings, strings.Join(st.Notes, "; ")))
	}
	const everyHost = "over-broad: the target names no host, and matches those of tomorrow too"
	want := []string{
		"old expired 0: expired 2026-11-19; unused: other waivers cover the same findings; " + everyHost,
		"first active 1: " + everyHost,
		"second unused 0: unused: other waivers cover the same findings",
		"idle unused 0: unused: nothing it is for fails or warns; " + everyHost,
		"elsewhere unused 0: unused: no subject of this run matches the target",
		"changed unused 0: unused: the fingerprint is not that of what was found; 1 finding is left without a waiver; " + everyHost,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, st := range session.Status(false) {
		if st.State == audit.WaiverUnused || strings.Contains(strings.Join(st.Notes, ""), "unused") {
			t.Errorf("a run that was cut short cannot know: %+v", st)
		}
	}
}

func TestOverBroad(t *testing.T) {
	s := load(t, noon, `waivers:
- {id: everything, rule: versions, target: '*', reason: r, expires: 2027-03-31}
- {id: every-host, rule: versions, target: '*://*:*', reason: r, expires: 2027-03-31}
- {id: many, rule: validity, target: 'smtp://*.example.com:25', reason: r, expires: 2027-03-31}
- {id: some, rule: validity, target: 'smtp://mx0*.example.com:25', reason: r, expires: 2027-03-31}
- {id: check, check: cert.validity, target: 'smtp://mx01.example.com:25', reason: r, expires: 2027-03-31}
`)
	session := s.Session(noon)
	for i := range 21 {
		f := failing(audit.Fail)
		session.Apply(fmt.Sprintf("smtp://mx%02d.example.com:25", i), nil, []audit.Finding{f})
	}
	var got []string
	for _, st := range session.Status(false) {
		got = append(got, st.ID+": "+strings.Join(st.Notes, "; "))
	}
	want := []string{
		"everything: over-broad: the target is every subject",
		"every-host: over-broad: the target is every subject",
		"many: over-broad: the target matches 21 subjects",
		"some: ",
		"check: over-broad: it names a check and so every rule that uses it",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
