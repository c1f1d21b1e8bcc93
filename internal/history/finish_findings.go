package history

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"tlsaudit/audit"
)

// judge keeps what became of the findings of a record. Where they are as they
// were nothing is written: what was open is so still, as the state of the subject
// tells. That something is undecided is other news when the subject was reached.
func (f *finisher) judge(ctx context.Context, s *seen) error {
	if s.was != nil && s.was.findingsHash == s.findingsHash && s.was.reached() == s.reached() {
		return nil
	}
	states, err := f.states(ctx, s)
	if err != nil {
		return err
	}
	before := &past{finisher: f, seen: s}
	for _, now := range worstOnes(s.record.Findings) {
		print := printOf(now)
		was := states[print]
		delete(states, print)
		fact := factOf(now)
		if was == nil {
			if !violated(fact) && (fact != audit.Unknown || !s.reached()) {
				continue
			}
			prior, err := before.decided(ctx, now.Profile, print)
			if err != nil {
				return err
			}
			rule, err := f.rule(ctx, now)
			if err != nil {
				return err
			}
			f.findings++
			was = &finding{id: f.findings, fingerprint: print, rule: rule, subject: s.id, entered: true}
			if prior != nil {
				was.fact, was.verdict, was.known = factOf(prior), prior.Verdict, true
			}
		}
		if err := f.become(ctx, s, was, now); err != nil {
			return err
		}
	}
	for _, print := range slices.Sorted(maps.Keys(states)) {
		if err := f.absent(ctx, s, states[print]); err != nil {
			return err
		}
	}
	return nil
}

// worstOnes are the findings, of several with one fingerprint the worst, worst
// first.
func worstOnes(findings []audit.Finding) []*audit.Finding {
	all := make(map[string]*audit.Finding, len(findings))
	for i := range findings {
		f := &findings[i]
		print := printOf(f)
		if had := all[print]; had == nil || f.Compare(had) < 0 {
			all[print] = f
		}
	}
	list := slices.Collect(maps.Values(all))
	slices.SortFunc(list, func(a, b *audit.Finding) int {
		return cmp.Or(a.Compare(b), cmp.Compare(printOf(a), printOf(b)))
	})
	return list
}

// printOf is the fingerprint of a finding, also where an old report has none.
func printOf(f *audit.Finding) string {
	return text(cmp.Or(f.Fingerprint, audit.FindingFingerprint(f.Profile, f.Rule, f.Subject)))
}

// factOf is the verdict without a waiver: a waiver accepts what is there, and
// takes nothing away.
func factOf(f *audit.Finding) audit.Verdict {
	switch {
	case f.Verdict != audit.Waived:
		return f.Verdict
	case f.Waiver != nil && f.Waiver.Was == audit.Warn:
		return audit.Warn
	}
	return audit.Fail
}

func violated(fact audit.Verdict) bool { return fact == audit.Fail || fact == audit.Warn }

// finding is the state of one finding.
type finding struct {
	id, rule, subject int64
	fingerprint       string
	// verdict is that of the latest result, fact the last that was decided, without
	// a waiver.
	verdict, fact audit.Verdict
	severity      audit.Severity
	// weight orders what was last decided by how much it weighs: severity, and
	// whether a waiver accepts it.
	weight  int64
	message string
	// open: it was found, and not found to be otherwise since.
	open                      bool
	first, last, since, fixed time.Time
	// opened is when it was opened last.
	opened time.Time
	// toggles counts the changes between open and not; recent are the audits of the
	// subject, counted, of the last three.
	toggles int
	recent  [3]int64
	flaps   bool
	// known: an earlier result says something about it. entered: it is not in the
	// table yet.
	known, entered bool
	// row is how the table has it, if it does.
	row row
}

// window is how many audits of a subject flapping is told from.
const flapWindow = 10

// seenLast is when the finding was seen open last: now, while it is open and
// decided.
func (s *finding) seenLast(now time.Time) time.Time {
	if s.open && s.last.IsZero() {
		return now
	}
	return s.last
}

func weightOf(f *audit.Finding) int64 {
	weight := int64(f.Severity) << 1
	if f.Verdict != audit.Waived {
		weight |= 1
	}
	return weight
}

// states reads the states of a subject's findings by their fingerprints.
func (f *finisher) states(ctx context.Context, s *seen) (map[string]*finding, error) {
	all := map[string]*finding{}
	if s.was == nil {
		return all, nil
	}
	err := f.query(ctx, findingTable.selection("f")+" WHERE f.subject = ?", []any{s.id}, func(rows *sql.Rows) error {
		v, err := findingTable.scan(rows)
		if err != nil {
			return err
		}
		t := findingTable
		all[t.text(v, "fingerprint")] = &finding{
			id: t.int(v, "id"), rule: t.int(v, "rule"), subject: s.id, fingerprint: t.text(v, "fingerprint"), verdict: audit.Verdict(t.int(v, "verdict")),
			fact: audit.Verdict(t.int(v, "fact")), severity: audit.Severity(t.int(v, "severity")), weight: t.int(v, "weight"), message: t.text(v, "message"),
			open: t.int(v, "is_open") != 0, first: t.time(v, "first_seen"), last: t.time(v, "last_seen"), since: t.time(v, "since"), fixed: t.time(v, "fixed_at"), opened: t.time(v, "opened"),
			toggles: int(t.int(v, "toggles")), recent: [3]int64{t.int(v, "toggle1"), t.int(v, "toggle2"), t.int(v, "toggle3")}, known: true, row: v,
		}
		return nil
	})
	return all, err
}

// rule returns the number of a rule, which is entered if it is new.
func (f *finisher) rule(ctx context.Context, of *audit.Finding) (int64, error) {
	name := [2]string{text(of.Profile), text(of.Rule)}
	if id := f.rules[name]; id != 0 {
		return id, nil
	}
	id, err := f.number(ctx, "SELECT COALESCE(MAX(id), 0) + 1 FROM rule")
	if err != nil {
		return 0, err
	}
	f.rules[name] = id
	return id, f.insert(ctx, ruleTable, values(id, of.Profile, of.Rule, of.Check))
}
