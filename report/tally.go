package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// tally gathers, while findings pass by, what a summary wants to say about all
// of them. It grows with the number of rules and remedies, not of endpoints.
type tally struct {
	rules     map[[2]string]*ruleTally
	protocols map[string]int
	remedies  remedies
	peers     peerTally
	from, to  time.Time // of the scan
}

// ruleTally counts the subjects by what a rule said of them.
type ruleTally struct {
	profile, rule, control, check string
	fail, warn, unknown           int
	waived, pass, notApplicable   int
}

func newTally() tally {
	return tally{rules: map[[2]string]*ruleTally{}, protocols: map[string]int{}, remedies: remedies{limit: 10_000, subjects: 500}}
}

func (t *tally) add(record *audit.Record) {
	o := observed(record)
	if record.Evidence.Endpoint() {
		t.protocols[protocolOf(record)]++
	}
	if !o.Started.IsZero() && (t.from.IsZero() || o.Started.Before(t.from)) {
		t.from = o.Started
	}
	if o.Finished.After(t.to) {
		t.to = o.Finished
	}
	for i := range record.Findings {
		f := &record.Findings[i]
		r := t.rules[[2]string{f.Profile, f.Rule}]
		if r == nil {
			r = &ruleTally{profile: f.Profile, rule: f.Rule, control: f.Control, check: f.Check}
			t.rules[[2]string{f.Profile, f.Rule}] = r
		}
		switch f.Verdict {
		case audit.Fail:
			r.fail++
		case audit.Warn:
			r.warn++
		case audit.Unknown:
			r.unknown++
		case audit.Waived:
			r.waived++
		case audit.Pass:
			r.pass++
		case audit.NotApplicable:
			r.notApplicable++
		}
		if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
			t.remedies.add(f)
		}
	}
}

// worst returns up to n rules that failed, warned or stayed open, most failures
// first.
func (t *tally) worst(n int) []*ruleTally {
	var list []*ruleTally
	for _, r := range t.rules {
		if r.fail+r.warn+r.unknown > 0 {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *ruleTally) int {
		return cmp.Or(cmp.Compare(b.fail, a.fail), cmp.Compare(b.warn, a.warn), cmp.Compare(b.unknown, a.unknown),
			strings.Compare(a.profile, b.profile), strings.Compare(a.rule, b.rule))
	})
	return list[:min(n, len(list))]
}

// protocolOf is taken from the subject, which is there even if nothing was seen.
func protocolOf(record *audit.Record) string {
	name, _, _ := strings.Cut(record.Evidence.Subject, "://")
	return name
}
