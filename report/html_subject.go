package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/grade"
	"tlsaudit/internal/hypertext"
)

// subject is one record as a template reads it.
type subject struct {
	*page
	*audit.Record
	// O is the observation; nil for what is no endpoint.
	O *audit.Observation
	// Anchor is the same for a subject in every report.
	Anchor string
	System *systemTally
	// Worst is an index of allVerdicts, or its length for nothing judged.
	Worst   int
	Numbers [len(allVerdicts)]int
	// Open are the findings to act upon, those with one cause together; Passed
	// and Moot the others.
	Open         []entry
	Passed, Moot []*audit.Finding
	Remedies     []remedyEntry
}

// entry is one finding that is open, or several unknown ones of a profile with
// one cause. It is flat: there are very many, and templates find plain fields
// soonest.
type entry struct {
	// Rank is the place of the verdict in allVerdicts, Grade the severity as a
	// number, ProfileIndex that of the profile: what the filters go by.
	Rank, Grade, ProfileIndex int
	Status                    string
	// Word is the verdict; a waived one keeps the one it had.
	Word, Severity string
	// Profile and Rules name the rule, or the rules; Anchor is where it is
	// explained, empty for several and for one the report does not describe.
	Profile, Rules, Anchor string
	Message, Evidence      string
	// At is where the subject stands in a file; for an endpoint, only if that is
	// not said of it already.
	At    string
	Notes []string
}

func (s *subject) entry(f *audit.Finding) entry {
	e := entry{
		Rank: rank(f.Verdict), Grade: int(f.Severity), ProfileIndex: s.Tally.profiles[f.Profile], Status: f.Status, Word: strings.ToLower(verdictText(f)), Severity: f.Severity.String(),
		Profile: f.Profile, Rules: f.Rule, Anchor: s.Tally.anchor(f.Profile, f.Rule), Message: f.Message, Evidence: f.Evidence, Notes: notes(f),
	}
	if told := s.O != nil && s.O.Target.Place != nil && f.Place != nil && *f.Place == *s.O.Target.Place; f.Place != nil && !told {
		e.At = f.Place.String()
	}
	return e
}

// remedyEntry is a remedy with the rules it is for.
type remedyEntry struct {
	*audit.Remedy
	For []string
}

// anchorOf is the id of a subject within the page, of 64 bits of its hash: a
// link to it holds in the next report as well.
func anchorOf(subject string) string {
	sum := sha256.Sum256([]byte(subject))
	return "s" + hex.EncodeToString(sum[:8])
}

func (p *page) subject(record *audit.Record) *subject {
	s := &subject{page: p, Record: record, Anchor: anchorOf(record.Evidence.Subject), System: p.Tally.system(record), Worst: len(allVerdicts)}
	if record.Evidence.Endpoint() {
		s.O = observed(record)
	}
	unknown := map[[2]string]int{}
	remedies := map[audit.Remedy]int{}
	for i := range record.Findings {
		f := &record.Findings[i]
		at := rank(f.Verdict)
		s.Numbers[at]++
		s.Worst = min(s.Worst, at)
		switch f.Verdict {
		case audit.Pass:
			s.Passed = append(s.Passed, f)
			continue
		case audit.NotApplicable:
			s.Moot = append(s.Moot, f)
			continue
		}
		s.remedy(f, remedies)
		if f.Verdict == audit.Unknown {
			key := [2]string{f.Profile, f.Message}
			if at, ok := unknown[key]; ok {
				s.Open[at].Rules += ", " + f.Rule
				s.Open[at].Anchor = ""
				continue
			}
			unknown[key] = len(s.Open)
		}
		s.Open = append(s.Open, s.entry(f))
	}
	return s
}

// remedy keeps each distinct remedy of the subject once.
func (s *subject) remedy(f *audit.Finding, known map[audit.Remedy]int) {
	if f.Remedy == nil || f.Remedy.Text == "" && f.Remedy.Diff == "" {
		return
	}
	at, ok := known[*f.Remedy]
	if !ok {
		at = len(s.Remedies)
		known[*f.Remedy] = at
		s.Remedies = append(s.Remedies, remedyEntry{Remedy: f.Remedy})
	}
	if rule := f.Profile + "/" + f.Rule; !slices.Contains(s.Remedies[at].For, rule) {
		s.Remedies[at].For = append(s.Remedies[at].For, rule)
	}
}

func (p *page) endpoints() error {
	return p.list("endpoints", "subject", p.Tally.Endpoints, func(record *audit.Record) bool { return record.Evidence.Endpoint() })
}

func (p *page) configuration() error {
	return p.list("configuration", "subject", p.Tally.Files, isConfiguration)
}

// gateway writes the rows of the gateway's table, what raising them would do,
// and what each peer would take.
func (p *page) gateway() error {
	if err := p.list("gateway", "subject", p.Tally.Rows, func(record *audit.Record) bool { return record.Evidence.Connection != nil }); err != nil {
		return err
	}
	if len(p.Report.Impact) > 0 {
		if err := p.execute("impact", p); err != nil {
			return err
		}
	}
	return p.list("peers", "peer", p.Tally.Peers, func(record *audit.Record) bool { return record.WhatIf != nil })
}

// Word names the worst verdict.
func (s *subject) Word() string {
	if s.Worst == len(allVerdicts) {
		return "not judged"
	}
	return word(allVerdicts[s.Worst])
}

// Class is the class of the worst verdict in the style.
func (s *subject) Class() string {
	if s.Worst == len(allVerdicts) {
		return "moot"
	}
	return className(allVerdicts[s.Worst])
}

// Counts says "3 fail, 1 unknown; 2 new".
func (s *subject) Counts() string {
	text := counts(s.Numbers[:])
	if n := newOnes(s.Findings); n > 0 {
		text += fmt.Sprintf("; %d new", n)
	}
	return text
}

// SystemName is the system the inventory names; empty if it names none.
func (s *subject) SystemName() string {
	if s.O == nil {
		return ""
	}
	return s.O.Target.System
}

// Connection is the row of the gateway's table, nil for others.
func (s *subject) Connection() *audit.Connection { return s.Evidence.Connection }

// Effective says what the gateway makes of the level of the row.
func (s *subject) Effective() string { return effective(s.Evidence.Connection) }

// Address is what was dialled.
func (s *subject) Address() string { return address(s.O) }

// Took says how long the scan took.
func (s *subject) Took() string {
	if s.O.Started.IsZero() || s.O.Finished.Before(s.O.Started) {
		return ""
	}
	return s.O.Finished.Sub(s.O.Started).Round(100 * time.Millisecond).String()
}

// Trust says how far the remedy can be relied upon.
func (r remedyEntry) Trust() string { return trustIn(r.Remedy) }

// Patch is the diff, line by line.
func (r remedyEntry) Patch() []hypertext.DiffLine {
	if r.Diff == "" {
		return nil
	}
	return hypertext.DiffLines(CleanLines(r.Diff))
}

// Left says how long a certificate still is valid at the time of judgement.
func (p *page) Left(c audit.Certificate) string {
	n, ok := daysUntil(c.NotAfter, p.Report.Now).(int)
	switch {
	case !ok:
		return ""
	case n < 0:
		return "expired " + plural(-n, "day", "days") + " before"
	}
	return plural(n, "day", "days") + " left"
}

// LeftClass marks what ends soon.
func (p *page) LeftClass(c audit.Certificate) string {
	n, ok := daysUntil(c.NotAfter, p.Report.Now).(int)
	switch {
	case !ok:
		return "moot"
	case n < 0:
		return "fail"
	case n <= 30:
		return "warn"
	}
	return "pass"
}

// Answer words what is known of a thing that was asked.
func (p *page) Answer(a audit.Answer) string { return strings.ReplaceAll(a.String(), "-", " ") }

// Holds is yes, no, or why neither.
func (p *page) Holds(a audit.Answer) string { return strings.ReplaceAll(holds(a), "-", " ") }

// Names joins versions.
func (p *page) Names(list []audit.Version) string { return versions(list) }

// Key says "rsa 2048 bits".
func (p *page) Key(k audit.Key) string {
	text := k.Type
	if k.Bits > 0 {
		text += fmt.Sprintf(" %d bits", k.Bits)
	}
	return joinText(", ", text, k.Curve)
}

// Grade is the letter of an endpoint, empty if it was not asked for.
func (s *subject) Grade() string {
	if !s.page.Grades || !s.Evidence.Endpoint() {
		return ""
	}
	return grade.Of(s.O, s.page.Report.Now).String()
}

// GradeReasons are what keeps the letter from being better, and what is not
// known.
func (s *subject) GradeReasons() []string {
	g := grade.Of(s.O, s.page.Report.Now)
	return slices.Concat(g.Caps, g.Open)
}
