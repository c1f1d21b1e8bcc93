package notify

import (
	"context"

	"tlsaudit/internal/history"
)

// around are the runs a digest looks at beside its own.
type around struct {
	// second is the second look at the run; nil if there is none.
	second *history.Run
	// before is the complete run before it, alike the one of the same schedule; a
	// second look is neither.
	before, alike *history.Run
	// unclear is set if the run right before it, complete or not, was not clear.
	unclear bool
	// recovers is set if something was not clear, or not audited, before the run or
	// one told with it.
	recovers bool
	// gaps are the latest complete runs of other schedules, where they did not judge
	// all of theirs.
	gaps []*history.Run
}

// gapAge is how long the run of another schedule counts, and how far back runs are
// looked at for it.
const gapAge = 31 * day

// around looks from the newest run back to those before a run.
func (b *builder) around(ctx context.Context, r *history.Run) (*around, error) {
	a, found := &around{}, false
	seen := map[string]bool{r.Schedule: true}
	first := true
	page := history.Page{Limit: pageSize}
	for range maxPages {
		runs, next, err := b.source.Runs(ctx, page)
		if err != nil {
			return nil, err
		}
		for i := range runs {
			one := &runs[i]
			switch {
			case one.ID == r.ID:
				found = true
				continue
			case !found:
				if one.State == history.Complete && one.LooksAt(r) {
					a.second = one
				}
				continue
			case one.State == history.Running:
				continue
			case first:
				first, a.unclear = false, !wasClear(one)
			}
			if one.State != history.Complete || one.Trigger == history.TriggerRecheck {
				continue
			}
			if a.before == nil {
				a.before = one
			}
			if a.alike == nil && one.Schedule == r.Schedule {
				a.alike = one
			}
			recent := r.Started.Sub(one.Started) < gapAge
			if recent && one.Schedule != "" && !seen[one.Schedule] {
				if seen[one.Schedule] = true; !one.Whole {
					a.gaps = append(a.gaps, one)
				}
			}
			if !recent && a.alike != nil {
				return a, nil
			}
		}
		if next == "" {
			break
		}
		page.After = next
	}
	return a, nil
}

// afterMissed reports whether the run is the first of its schedule since one did
// not happen.
func (a *around) afterMissed(r *history.Run, m *Missed) bool {
	return m != nil && r.Schedule == m.Schedule && !r.Slot.Before(m.Slot) && (a.alike == nil || a.alike.Slot.Before(m.Slot))
}
