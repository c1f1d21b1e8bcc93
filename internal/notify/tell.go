package notify

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tlsaudit/internal/history"
)

// Outcome is what became of a message on one channel.
type Outcome string

// What can become of a message.
const (
	// Sent: the receiver took it.
	Sent Outcome = "sent"
	// Skipped: there was no reason to send it, or it was sent before.
	Skipped Outcome = "skipped"
	// Failed: it certainly did not arrive; Resume tries it again.
	Failed Outcome = "failed"
	// Unclear: it may have arrived, and is not sent again.
	Unclear Outcome = "unclear"
)

// Delivery says what became of a message on one channel.
type Delivery struct {
	Channel string
	Outcome Outcome
	// Why is one line for Skipped, Failed and Unclear, without secrets.
	Why string
}

const (
	// heldPoll is how often it is asked whether somebody else still sends.
	heldPoll = 2 * time.Second
	// recordTimeout bounds the time to record a failure when everything else was
	// told to stop.
	recordTimeout = 10 * time.Second
)

// Finished tells what a run changed, once; remarks are sentences that are said
// besides. The errors are those of the history; what became of the messages is in
// the deliveries.
func (n *Notifier) Finished(ctx context.Context, run string, remarks ...string) (done []Delivery, err error) {
	r, err := n.parts.Source.Run(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("reading run %s: %w", run, err)
	}
	n.mu.Lock()
	if len(n.remarks) >= mostRemarks {
		clear(n.remarks)
	}
	n.remarks[r.ID] = remarks
	n.mu.Unlock()
	err = n.alone(ctx, func(ctx context.Context) (err error) {
		done, err = n.finished(ctx, r)
		return err
	})
	return done, err
}

// finished tells of a run, and with it of the older ones nobody told of.
func (n *Notifier) finished(ctx context.Context, r *history.Run) ([]Delivery, error) {
	runs, err := n.latest(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(runs, func(one history.Run) bool { return one.ID == r.ID })
	for i := range n.channels {
		c := &n.channels[i]
		untold, err := n.untold(ctx, c, r)
		if err == nil && untold && at >= 0 {
			_, err = n.gather(ctx, c, r, runs[at+1:])
		}
		if err != nil {
			return nil, err
		}
	}
	return n.tell(ctx, r)
}

// Missed tells that an audit did not happen, once for each slot of a schedule.
func (n *Notifier) Missed(ctx context.Context, m Missed) (done []Delivery, err error) {
	n.mu.Lock()
	n.missed[m.Schedule] = m
	n.mu.Unlock()
	err = n.alone(ctx, func(ctx context.Context) (err error) {
		done, err = n.tellMissed(ctx, m)
		return err
	})
	return done, err
}

// tell sends the digest of a run, and of those gathered into it, where it is wanted.
func (n *Notifier) tell(ctx context.Context, r *history.Run) (done []Delivery, err error) {
	parties, err := n.parties(ctx, r)
	if err != nil {
		return nil, err
	}
	var failures []error
	for _, p := range parties {
		d, err := n.digest(ctx, r, p.earlier...)
		if err != nil {
			return done, err
		}
		some, err := n.deliver(ctx, p.channels, d, func(o *opened, d *Digest) (bool, string) { return d.decide(o.allClear, n.config.Changes) })
		done, failures = append(done, some...), append(failures, err)
	}
	return done, errors.Join(failures...)
}

func (n *Notifier) tellMissed(ctx context.Context, m Missed) ([]Delivery, error) {
	d := &Digest{Kind: KindMissed, Key: m.key(), At: n.parts.Now(), Missed: &m, Dashboard: n.config.Dashboard}
	return n.deliver(ctx, n.everyone(), d, func(*opened, *Digest) (bool, string) { return true, "" })
}

// everyone are all channels.
func (n *Notifier) everyone() (all []*opened) {
	for i := range n.channels {
		all = append(all, &n.channels[i])
	}
	return all
}

// digest makes the digest of a run, and of earlier ones nobody told of.
func (n *Notifier) digest(ctx context.Context, r *history.Run, earlier ...*history.Run) (*Digest, error) {
	b := &builder{source: n.parts.Source, outlook: n.parts.Outlook, horizons: n.config.Horizons, lines: n.config.Lines, dashboard: n.config.Dashboard}
	n.mu.Lock()
	for _, one := range append(slices.Clip(earlier), r) {
		b.remarks = append(b.remarks, n.remarks[one.ID]...)
	}
	if m, ok := n.missed[r.Schedule]; ok {
		b.missed = &m
	}
	n.mu.Unlock()
	return b.run(ctx, r, earlier, n.parts.Now())
}

// alone does work as soon as nobody else sends.
func (n *Notifier) alone(ctx context.Context, work func(context.Context) error) error {
	for {
		err := n.exclusive(ctx, work)
		if !errors.Is(err, history.ErrHeld) || !sleep(ctx, heldPoll) {
			return err
		}
	}
}

// exclusive does work, or returns history.ErrHeld because somebody else sends.
func (n *Notifier) exclusive(ctx context.Context, work func(context.Context) error) error {
	if n.parts.Alone == nil {
		return work(ctx)
	}
	worked := false
	err := n.parts.Alone(ctx, func(ctx context.Context) error {
		worked = true
		return work(ctx)
	})
	if worked && errors.Is(err, history.ErrHeld) { // somebody took it meanwhile
		return fmt.Errorf("messages were cut off: %s", err.Error())
	}
	return err
}

// deliver sends a digest to those of some channels that want it and are not done
// with it, all at once, and waits for them.
func (n *Notifier) deliver(ctx context.Context, channels []*opened, d *Digest, wants func(*opened, *Digest) (bool, string)) ([]Delivery, error) {
	deliveries, failures := make([]Delivery, len(channels)), make([]error, len(channels))
	var wg sync.WaitGroup
	for i, c := range channels {
		own := *d // decide fills in a kind for each
		wg.Go(func() {
			deliveries[i] = Delivery{Channel: c.name, Outcome: Skipped}
			if !n.due(c, d.Key) {
				deliveries[i].Why = "it is not its time"
				return
			}
			send, why := wants(c, &own)
			if send {
				deliveries[i], failures[i] = n.once(ctx, c, &own)
			} else {
				// That there is nothing to tell is done as well: a later message does not
				// make up for it.
				deliveries[i].Why = why
				_, failures[i] = n.outbox(c, d.Key).next(ctx, false)
			}
			if failures[i] == nil {
				n.note(c, d.Key, deliveries[i].Outcome)
			}
		})
	}
	wg.Wait()
	return deliveries, errors.Join(failures...)
}

// once sends a digest to one channel unless that was done before.
func (n *Notifier) once(ctx context.Context, c *opened, d *Digest) (Delivery, error) {
	o := n.outbox(c, d.Key)
	try, err := o.next(ctx, true)
	if err != nil {
		return Delivery{Channel: c.name, Outcome: Skipped, Why: "the history could not be asked whether it was sent"}, fmt.Errorf("channel %s: %w", c.name, err)
	}
	if try == 0 {
		return Delivery{Channel: c.name, Outcome: Skipped, Why: "sent before, or given up"}, nil
	}
	result := send(ctx, c, d, idOf(c.name, d.Key))
	if result.Outcome != Failed {
		return result, nil
	}
	// Recorded also when the program is told to end: that is when it matters.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if err := o.failed(keep, try); err != nil {
		return result, fmt.Errorf("channel %s: %w", c.name, err)
	}
	return result, nil
}

func send(ctx context.Context, c *opened, d *Digest, id string) Delivery {
	err := c.way.send(ctx, d, id)
	if err == nil {
		return Delivery{Channel: c.name, Outcome: Sent}
	}
	result := Delivery{Channel: c.name, Outcome: Failed, Why: plain(redact(err.Error(), c.way.secrets()), maxLine)}
	if certain, _ := certaintyOf(err); certain == unclear {
		result.Outcome = Unclear
	}
	return result
}

// idOf is the id of a message on a channel: the same for every try and start.
func idOf(channel, key string) string {
	sum := sha256.Sum256([]byte("tlsaudit/notification/v1\x00" + channel + "\x00" + key))
	return hex.EncodeToString(sum[:16])
}

// Test sends a test message to every channel, or to the one that is named. It is
// sent each time it is asked for.
func (n *Notifier) Test(ctx context.Context, only string) []Delivery {
	d := &Digest{Kind: KindTest, Key: "test/" + rand.Text(), At: n.parts.Now(), Dashboard: n.config.Dashboard}
	var all []Delivery
	for i := range n.channels {
		if c := &n.channels[i]; only == "" || c.name == only {
			all = append(all, send(ctx, c, d, idOf(c.name, d.Key)))
		}
	}
	return all
}
