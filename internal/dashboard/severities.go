package dashboard

import (
	"context"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// newFor is how long a failure is called new.
const newFor = 7 * 24 * time.Hour

// What is read at most to tell new failures from old ones.
const (
	newRuns    = 100
	maxChanges = 4000
)

// newAndOld counts the failures of one severity.
type newAndOld struct {
	Name          string
	New, Old, All int
	// NewWidth and OldWidth compare with the severity that has most.
	NewWidth, OldWidth int
}

// severities tells failures that began lately from those before. The severity is
// that of the rule.
func (d *overviewData) severities(ctx context.Context, q *request) error {
	fresh, err := d.fresh(ctx, q)
	if err != nil {
		return err
	}
	all, most := map[string]int{}, 0
	for i := range d.Fleet.Rules {
		r := &d.Fleet.Rules[i]
		all[r.Severity.String()] += r.Fail
	}
	for _, name := range severityNames {
		most = max(most, all[name])
		n := min(fresh[name], all[name])
		d.Severities = append(d.Severities, newAndOld{Name: name, New: n, Old: all[name] - n, All: all[name]})
	}
	for i := range d.Severities {
		s := &d.Severities[i]
		s.NewWidth, s.OldWidth = scaled(s.New, most), scaled(s.Old, most)
	}
	return nil
}

// beganToFail reports whether a change is of a finding that fails since a time and
// did not before: it was opened since then, or only warned. What was undecided for a
// night is open from before.
func beganToFail(c *history.Change, since time.Time) bool {
	f := c.Finding
	opened := f.OpenSince.IsZero() || !f.OpenSince.Before(since) || c.Kind == history.ChangeRegressed
	return f.Verdict == audit.Fail && !f.Since.Before(since) && opened
}

// fresh counts, by the severity of their rules, the findings that fail since no
// longer than newFor. They are found among the changes of the runs since then, of
// which the latest of each finding counts: whether it is new, came back or flaps
// does not matter, and what only got heavier failed before.
func (d *overviewData) fresh(ctx context.Context, q *request) (map[string]int, error) {
	since := q.now.Add(-newFor)
	severity := map[[2]string]string{}
	for i := range d.Fleet.Rules {
		r := &d.Fleet.Rules[i]
		severity[[2]string{r.Profile, r.Rule}] = r.Severity.String()
	}
	runs, next, err := q.History.Runs(ctx, history.Page{Limit: newRuns})
	if err != nil {
		return nil, err
	}
	d.Cut = next != "" && len(runs) > 0 && runs[len(runs)-1].Started.After(since)
	counts, known, left := map[string]int{}, map[string]bool{}, maxChanges
	for i := range runs {
		if runs[i].Started.Before(since) || !runs[i].Reported() {
			continue
		}
		for p := (history.Page{Limit: 500}); ; {
			changes, next, err := q.History.Changes(ctx, runs[i].ID, p)
			if err != nil {
				return nil, err
			}
			for k := range changes {
				f := changes[k].Finding
				switch {
				case f == nil:
					if changes[k].Kind == history.ChangeGone {
						known[changes[k].Subject] = true
					}
				case !known[f.Fingerprint] && !known[f.Subject]:
					known[f.Fingerprint] = true
					if beganToFail(&changes[k], since) {
						counts[severity[[2]string{f.Profile, f.Rule}]]++
					}
				}
			}
			if left -= len(changes); left <= 0 {
				d.Cut = true
				return counts, nil
			}
			if p.After = next; next == "" {
				break
			}
		}
	}
	return counts, nil
}
