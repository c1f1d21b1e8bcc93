package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

const (
	// pageSize is how many entries are asked for at once, maxPages after how many
	// pages counting is given up.
	pageSize = 500
	maxPages = 400
)

// builder makes digests from what the history says.
type builder struct {
	source    Source
	outlook   Outlook // nil: nothing is forecast
	horizons  horizons
	lines     int
	dashboard string
	// remarks are sentences to say besides.
	remarks []string
	// missed is the latest audit of the schedule that did not happen; may be nil.
	missed *Missed
}

// keyOf is the key of the message about a run.
func keyOf(r *history.Run) string {
	if r.State == history.Complete {
		return "run/" + r.ID
	}
	return "broken-off/" + r.ID
}

// run makes the digest of a run and of earlier ones, the oldest first. Its kind is
// broken-off or the empty one for decide to fill in.
func (b *builder) run(ctx context.Context, r *history.Run, earlier []*history.Run, now time.Time) (*Digest, error) {
	if r.State == history.Running {
		return nil, fmt.Errorf("run %s goes on: nothing can be told about it yet", r.ID)
	}
	d := &Digest{Key: keyOf(r), At: now, Run: r, Earlier: earlier, Dashboard: b.dashboard, Notices: slices.Clone(b.remarks)}
	looks, around, err := b.looks(ctx, r, earlier)
	if err != nil {
		return nil, err
	}
	d.Previous, d.Gaps, d.Recovered = around.before, around.gaps, around.recovers
	if r.State != history.Complete {
		d.Kind = KindBrokenOff
		if !r.Reported() && len(earlier) == 0 {
			return d, nil // what it found is part of a picture; the next whole run tells it
		}
	}
	if d.Fleet = fleetOf(r); around.second != nil {
		d.Fleet = fleetOf(around.second)
	}
	if err := b.oldest(ctx, d); err != nil {
		return nil, fmt.Errorf("reading when all there is was looked at: %w", err)
	}
	if err := b.changes(ctx, d, looks); err != nil {
		return nil, fmt.Errorf("reading the changes of run %s: %w", r.ID, err)
	}
	if d.Kind == KindBrokenOff {
		return d, nil
	}
	if err := b.certificates(ctx, d, now); err != nil {
		return nil, fmt.Errorf("reading the certificates: %w", err)
	}
	b.ahead(ctx, d, now)
	return d, nil
}

// look is a run, and the second look at it if there is one.
type look struct{ run, second *history.Run }

// looks are the runs a digest tells the changes of, and what is around them all.
func (b *builder) looks(ctx context.Context, r *history.Run, earlier []*history.Run) (looks []look, all *around, err error) {
	runs := append(slices.Clip(earlier), r)
	for i, run := range runs {
		a, err := b.around(ctx, run)
		if err != nil {
			return nil, nil, fmt.Errorf("looking for the run before %s: %w", run.ID, err)
		}
		looks = append(looks, look{run, a.second})
		a.recovers = a.unclear || a.afterMissed(run, b.missed)
		if i > 0 { // what was before the first was before all of them
			a.before, a.recovers = all.before, a.recovers || all.recovers
		}
		all = a
	}
	return looks, all, nil
}

// oldest finds out when the oldest of what there is was looked at. What is told of
// an old run is not dated by what came later.
func (b *builder) oldest(ctx context.Context, d *Digest) error {
	fleet, err := b.source.Fleet(ctx)
	if err == nil && fleet.FleetCounts == d.Fleet {
		d.Oldest = fleet.Oldest
	}
	return err
}

// changes reads all changes of the runs, and keeps the gravest of each kind.
func (b *builder) changes(ctx context.Context, d *Digest, looks []look) (err error) {
	together := &sum{spans: map[change]*span{}}
	if len(looks) > 1 {
		for i := range looks {
			if _, _, err := b.changed(ctx, &looks[i], together.see); err != nil {
				return err
			}
		}
	}
	groups := map[history.ChangeKind]*Group{}
	add := func(c *history.Change) {
		if len(looks) > 1 && !together.stands(c) {
			return
		}
		g := groups[c.Kind]
		if g == nil {
			g = &Group{Kind: c.Kind}
			groups[c.Kind] = g
		}
		g.Total++
		g.Items = keep(g.Items, *c, b.lines)
	}
	atLeast := false
	for i := range looks {
		var more bool
		if d.Second, more, err = b.changed(ctx, &looks[i], add); err != nil {
			return err
		}
		atLeast = atLeast || more
	}
	for _, o := range groupOrder {
		if g := groups[o.kind]; g != nil {
			g.AtLeast = atLeast
			d.Groups = append(d.Groups, *g)
		}
	}
	return nil
}

// changed takes the changes of a run, less those that the second look at it refuted,
// and those which that brought. More is true if not all were read.
func (b *builder) changed(ctx context.Context, l *look, take func(*history.Change)) (told *Second, more bool, err error) {
	of := func(run string) func(history.Page) ([]history.Change, string, error) {
		return func(p history.Page) ([]history.Change, string, error) { return b.source.Changes(ctx, run, p) }
	}
	switch {
	case !l.run.Reported():
		return nil, false, nil
	case l.second == nil:
		more, err = each(of(l.run.ID), func(c history.Change) { take(&c) })
		return nil, more, err
	}
	again := &secondLook{source: b.source, run: l.second.ID, records: map[string]*audit.Record{}, refuted: map[change]bool{}}
	var unread error
	more, err = each(of(l.run.ID), func(c history.Change) {
		refuted, err := again.refutes(ctx, &c)
		if unread = errors.Join(unread, err); !refuted {
			take(&c)
		}
	})
	if err = errors.Join(err, unread); err == nil {
		_, err = each(of(l.second.ID), func(c history.Change) {
			if !again.answers(&c) {
				take(&c)
			}
		})
	}
	return again.told(l.second), more, err
}

// keep puts a change where it belongs among the gravest so far.
func keep(list []history.Change, c history.Change, most int) []history.Change {
	at, _ := slices.BinarySearchFunc(list, c, gravest)
	if at >= most {
		return list
	}
	list = slices.Insert(list, at, c)
	return list[:min(len(list), most)]
}

// gravest orders changes: what fails before what warns, the graver first, then
// by name, so that the same run gives the same message.
func gravest(x, y history.Change) int {
	var none history.FindingState
	f, g := cmp.Or(x.Finding, &none), cmp.Or(y.Finding, &none)
	return cmp.Or(
		cmp.Compare(verdictRank(f.Verdict), verdictRank(g.Verdict)), cmp.Compare(g.Severity, f.Severity),
		cmp.Compare(x.Subject, y.Subject), cmp.Compare(f.Profile, g.Profile), cmp.Compare(f.Rule, g.Rule), cmp.Compare(x.Text, y.Text),
	)
}

func verdictRank(v audit.Verdict) int {
	return slices.Index([]audit.Verdict{audit.Fail, audit.Unknown, audit.Warn, audit.Waived, audit.Pass, audit.NotApplicable}, v)
}

// certificates reads those that end within the widest horizon.
func (b *builder) certificates(ctx context.Context, d *Digest, now time.Time) error {
	if len(b.horizons) == 0 {
		return nil
	}
	before := b.horizons.widest(now)
	l := &d.Certificates
	atLeast, err := each(func(p history.Page) ([]history.Certificate, string, error) {
		return b.source.Certificates(ctx, before, p)
	}, func(c history.Certificate) {
		within, ok := b.horizons.narrowest(c.NotAfter, now)
		if !ok {
			return
		}
		l.Total++
		if b.horizons.entered(c.NotAfter, d.since(), now) {
			l.Entered++
		}
		if len(l.Items) < b.lines {
			l.Items = append(l.Items, CertificateEnd{Certificate: c, Days: daysLeft(c.NotAfter, now), Horizon: within})
		}
	})
	l.AtLeast = atLeast
	return err
}

// ahead adds what the outlook knows. A digest without it is still worth
// sending, and says what it lacks.
func (b *builder) ahead(ctx context.Context, d *Digest, now time.Time) {
	if b.outlook == nil || len(b.horizons) == 0 {
		return
	}
	until := b.horizons.widest(now)
	if list, err := b.outlook.Forecast(ctx, d.Run, until); err != nil {
		d.Notices = append(d.Notices, "What gets worse later could not be computed: "+err.Error())
	} else {
		d.Forecast = ends(b, d, now, list, func(f *Forecast) time.Time { return f.Date })
	}
	if list, err := b.outlook.Waivers(ctx, d.Run, until); err != nil {
		d.Notices = append(d.Notices, "Which waivers are about to end could not be read: "+err.Error())
	} else {
		d.Waivers = ends(b, d, now, list, func(w *WaiverEnd) time.Time { return w.Expires })
	}
}

// ends bounds a list of things that end, and counts those that came closer.
func ends[T any](b *builder, d *Digest, now time.Time, list []T, at func(*T) time.Time) List[T] {
	l := List[T]{Items: list[:min(len(list), b.lines)]}
	l.Total = len(list)
	for i := range list {
		if b.horizons.entered(at(&list[i]), d.since(), now) {
			l.Entered++
		}
	}
	return l
}

// since is when the run before this one ended; zero if there is none.
func (d *Digest) since() time.Time {
	if d.Previous == nil {
		return time.Time{}
	}
	return d.Previous.Finished
}

// each calls take for every entry of a list that comes in pages. More is true if
// the list was not read to its end.
func each[T any](read func(history.Page) ([]T, string, error), take func(T)) (more bool, err error) {
	page := history.Page{Limit: pageSize}
	for range maxPages {
		list, next, err := read(page)
		if err != nil {
			return false, err
		}
		for _, one := range list {
			take(one)
		}
		if next == "" {
			return false, nil
		}
		page.After = next
	}
	return true, nil
}
