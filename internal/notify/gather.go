package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/internal/history"
)

// Runs that ended while nobody told of them are told in one message: that of a
// later run. Which run they were gathered into is a claim like the others, taken
// before theirs are, so that every later try of the message is about the same
// runs, and what is told with one run is told with no other.
const (
	begunKey  = "/begun/"
	withinKey = "/within/"
	sinceKey  = "since/"
)

func (n *Notifier) outbox(c *opened, key string) outbox {
	return outbox{claims: n.parts.Claims, base: "notify/" + c.name + "/" + key, now: n.parts.Now}
}

// untold reports whether a run is to be told on a channel and nobody began to.
func (n *Notifier) untold(ctx context.Context, c *opened, r *history.Run) (bool, error) {
	if !n.due(c, keyOf(r)) {
		return false, nil
	}
	open, err := n.open(ctx, r)
	if err != nil || !open {
		return false, err
	}
	begun, err := n.claimed(ctx, n.outbox(c, keyOf(r)).base+begunKey)
	return len(begun) == 0, err
}

// claimed lists what stands behind a prefix in the keys that were claimed.
func (n *Notifier) claimed(ctx context.Context, prefix string) ([]string, error) {
	keys, err := n.parts.Claims.Claimed(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("asking the history what was told: %w", err)
	}
	for i, key := range keys {
		keys[i] = strings.TrimPrefix(key, prefix)
	}
	return keys, nil
}

// gatherOld gathers, on each channel, the runs that ended before the program began
// into the newest of them that is untold.
func (n *Notifier) gatherOld(ctx context.Context, runs []history.Run) (done []Delivery, err error) {
	old := slices.IndexFunc(runs, func(r history.Run) bool { return told(r) && !endOf(&r).After(n.since) })
	if old < 0 {
		return nil, nil
	}
	for i := range n.channels {
		c := &n.channels[i]
		for at := old; at < len(runs); at++ {
			untold, err := n.untold(ctx, c, &runs[at])
			if err != nil {
				return done, err
			}
			if untold {
				gathered, err := n.gather(ctx, c, &runs[at], runs[at+1:])
				if done = append(done, gathered...); err != nil {
					return done, err
				}
				break
			}
		}
	}
	return done, nil
}

// news returns how many of the runs before one, the newest first, a channel is
// told of: those that ended since it is there. Which run it began with is a
// claim too; a channel that has others and not this one was there before there
// were such claims.
func (n *Notifier) news(ctx context.Context, c *opened, into *history.Run, older []history.Run) (int, error) {
	since := n.outbox(c, sinceKey)
	first, err := n.claimed(ctx, since.base)
	if err != nil {
		return 0, err
	}
	if len(first) == 0 {
		others, err := n.claimed(ctx, n.outbox(c, "").base)
		if err != nil {
			return 0, err
		}
		id, count := into.ID, 0
		if len(others) > 0 {
			id, count = "ever", len(older)
		}
		_, err = since.claim(ctx, id)
		return count, err
	}
	isFirst := func(r history.Run) bool { return slices.Contains(first, r.ID) }
	if isFirst(*into) {
		return 0, nil
	}
	if at := slices.IndexFunc(older, isFirst); at >= 0 {
		return at + 1, nil
	}
	return len(older), nil
}

// gather has the message of a run tell of all older ones that are untold. Those
// from before a channel was there are left out for good.
func (n *Notifier) gather(ctx context.Context, c *opened, into *history.Run, older []history.Run) (done []Delivery, err error) {
	box := n.outbox(c, keyOf(into))
	news, err := n.news(ctx, c, into, older)
	if err != nil {
		return nil, err
	}
	for i := range older {
		r := &older[i]
		if untold, err := n.untold(ctx, c, r); err != nil || !untold {
			if err != nil {
				return done, err
			}
			continue
		}
		why := "the channel is newer"
		if i < news {
			why = "it is told with the run " + into.ID
			within, err := n.claimed(ctx, n.outbox(c, keyOf(r)).base+withinKey)
			if err != nil {
				return done, err
			}
			for _, id := range append(within, r.ID) {
				if _, err := box.claim(ctx, withinKey+id); err != nil {
					return done, err
				}
			}
		}
		if _, err := n.outbox(c, keyOf(r)).next(ctx, false); err != nil {
			return done, err
		}
		n.note(c, keyOf(r), Skipped)
		done = append(done, Delivery{Channel: c.name, Outcome: Skipped, Why: why})
	}
	return done, nil
}

// party are channels that are told the same of a run.
type party struct {
	channels []*opened
	// earlier are the runs gathered into it, the oldest first.
	earlier []*history.Run
}

// parties groups the channels by what was gathered for them.
func (n *Notifier) parties(ctx context.Context, r *history.Run) (list []*party, err error) {
	for i := range n.channels {
		c := &n.channels[i]
		earlier, err := n.gathered(ctx, c, r)
		if err != nil {
			return nil, err
		}
		same := func(p *party) bool {
			return slices.EqualFunc(p.earlier, earlier, func(a, b *history.Run) bool { return a.ID == b.ID })
		}
		at := slices.IndexFunc(list, same)
		if at < 0 {
			at, list = len(list), append(list, &party{earlier: earlier})
		}
		list[at].channels = append(list[at].channels, c)
	}
	return list, nil
}

// gathered are the runs that were gathered into one for a channel.
func (n *Notifier) gathered(ctx context.Context, c *opened, r *history.Run) ([]*history.Run, error) {
	ids, err := n.claimed(ctx, n.outbox(c, keyOf(r)).base+withinKey)
	if err != nil {
		return nil, err
	}
	return n.read(ctx, ids)
}

// read reads runs, the oldest first. Those that were pruned meanwhile are left out.
func (n *Notifier) read(ctx context.Context, ids []string) (runs []*history.Run, err error) {
	for _, id := range ids {
		r, err := n.parts.Source.Run(ctx, id)
		if errors.Is(err, history.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading run %s: %w", id, err)
		}
		runs = append(runs, r)
	}
	slices.SortStableFunc(runs, func(a, b *history.Run) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
	return runs, nil
}
