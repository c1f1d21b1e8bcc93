package notify

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/strictyaml"
)

const (
	// resumeAge is how old a run may be whose message is tried again at a start,
	// resumeRuns how many of the latest runs are looked at.
	resumeAge  = 3 * day
	resumeRuns = 10
	// recordTimeout bounds the time to record a failure when everything else was
	// told to stop.
	recordTimeout = 10 * time.Second
)

// Parts is what a Notifier works with.
type Parts struct {
	// Source and Claims are the history. Both may be nil for one that sends tests
	// and previews only.
	Source Source
	Claims Claimer
	// Outlook may be nil: then nothing is forecast.
	Outlook Outlook
	// Now is the clock, Getenv the environment.
	Now    func() time.Time
	Getenv func(string) string
}

// Notifier sends messages. It may be used concurrently.
type Notifier struct {
	config   *Config
	parts    Parts
	channels []opened

	mu sync.Mutex
	// missed are the schedules of which a run did not happen since the last one
	// that did.
	missed map[string]bool
}

// opened is a channel with its secrets read.
type opened struct {
	name     string
	allClear AllClear
	way      channel
}

// channel is a way to reach somebody.
type channel interface {
	// compose makes what is sent. Id is the same for every try.
	compose(d *Digest, id string) ([]byte, error)
	// send sends it; an error that is a *failure says what is known of its fate.
	send(ctx context.Context, d *Digest, id string) error
	// secrets are what must not be seen in an error.
	secrets() []secret
}

// opener makes channels of a configuration.
type opener struct {
	config *Config
	parts  *Parts
}

// New reads the secrets and makes the channels. Every error is an
// *audit.InputError. Nothing is sent.
func New(c *Config, p Parts) (*Notifier, error) {
	n := &Notifier{config: c, parts: p, missed: map[string]bool{}}
	o := &opener{config: c, parts: &n.parts}
	for i := range c.Channels {
		way, err := o.open(&c.Channels[i])
		if err != nil {
			return nil, err
		}
		n.channels = append(n.channels, opened{name: c.Channels[i].Name, allClear: c.Channels[i].AllClear, way: way})
	}
	return n, nil
}

func (o *opener) open(c *Channel) (channel, error) {
	switch {
	case c.Webhook != nil:
		return o.webhook(c.Webhook)
	case c.Slack != nil:
		return o.chat(c.Slack, slackBody)
	case c.Teams != nil:
		return o.chat(c.Teams, teamsBody)
	}
	return o.mail(c.Mail)
}

func (o *opener) secret(file, env strictyaml.Node) (secret, error) {
	return readSecret(file, env, o.config.dir, o.parts.Getenv)
}

func (o *opener) retry() retry {
	return retry{attempts: 5, first: time.Second, most: time.Minute, patience: 5 * time.Minute, budget: 15 * time.Minute, random: mathrand.Float64}
}

// Outcome is what became of a message on one channel.
type Outcome string

// What can become of a message.
const (
	// Sent: the receiver took it.
	Sent Outcome = "sent"
	// Skipped: there was no reason to send it, or it was sent before.
	Skipped Outcome = "skipped"
	// Failed: it certainly did not arrive; it is tried again at the next start.
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

// Finished tells what a run changed, once. The errors are those of the history;
// what became of the messages is in the deliveries.
func (n *Notifier) Finished(ctx context.Context, run string) ([]Delivery, error) {
	r, err := n.parts.Source.Run(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("reading run %s: %w", run, err)
	}
	return n.tell(ctx, r, true)
}

func (n *Notifier) tell(ctx context.Context, r *history.Run, begin bool) ([]Delivery, error) {
	d, err := n.digest(ctx, r)
	if err != nil {
		return nil, err
	}
	return n.deliver(ctx, d, begin, func(o *opened, d *Digest) (bool, string) { return d.decide(o.allClear, n.config.Changes) })
}

func (n *Notifier) digest(ctx context.Context, r *history.Run) (*Digest, error) {
	b := &builder{source: n.parts.Source, outlook: n.parts.Outlook, horizons: n.config.Horizons, lines: n.config.Lines, dashboard: n.config.Dashboard}
	d, err := b.run(ctx, r, n.parts.Now())
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if r.State == history.Complete && n.missed[r.Schedule] {
		delete(n.missed, r.Schedule)
		d.Recovered = true
	}
	return d, nil
}

// Missed tells that an audit did not run, once for each slot of a schedule.
func (n *Notifier) Missed(ctx context.Context, m Missed) ([]Delivery, error) {
	n.mu.Lock()
	n.missed[m.Schedule] = true
	n.mu.Unlock()
	d := &Digest{Kind: KindMissed, Key: "missed/" + m.Schedule + "/" + m.Slot.UTC().Format(time.RFC3339), At: n.parts.Now(), Missed: &m, Dashboard: n.config.Dashboard}
	return n.deliver(ctx, d, true, func(*opened, *Digest) (bool, string) { return true, "" })
}

// Resume is called at the start of a program: it tries again what certainly did
// not arrive, and tells of the latest run if nobody did. Older runs nobody told
// of are left alone, so that a new channel is not flooded.
func (n *Notifier) Resume(ctx context.Context) ([]Delivery, error) {
	runs, _, err := n.parts.Source.Runs(ctx, history.Page{Limit: resumeRuns})
	if err != nil {
		return nil, fmt.Errorf("reading the latest runs: %w", err)
	}
	var all []Delivery
	var failures []error
	latest := slices.IndexFunc(runs, func(r history.Run) bool { return r.State != history.Running })
	for i := len(runs) - 1; i >= 0; i-- { // the oldest first
		r := &runs[i]
		at := r.Finished
		if at.IsZero() {
			at = r.Started
		}
		if r.State == history.Running || n.parts.Now().Sub(at) > resumeAge {
			continue
		}
		done, err := n.tell(ctx, r, i == latest)
		all, failures = append(all, done...), append(failures, err)
	}
	return all, errors.Join(failures...)
}

// deliver sends a digest to every channel that wants it, all at once, and waits
// for them.
func (n *Notifier) deliver(ctx context.Context, d *Digest, begin bool, wants func(*opened, *Digest) (bool, string)) ([]Delivery, error) {
	deliveries, failures := make([]Delivery, len(n.channels)), make([]error, len(n.channels))
	var wg sync.WaitGroup
	for i := range n.channels {
		c, own := &n.channels[i], *d // decide fills in a kind for each
		wg.Go(func() {
			deliveries[i].Channel, deliveries[i].Outcome = c.name, Skipped
			if send, why := wants(c, &own); !send {
				deliveries[i].Why = why
				return
			}
			deliveries[i], failures[i] = n.once(ctx, c, &own, begin)
		})
	}
	wg.Wait()
	return deliveries, errors.Join(failures...)
}

// once sends a digest to one channel unless that was done before.
func (n *Notifier) once(ctx context.Context, c *opened, d *Digest, begin bool) (Delivery, error) {
	o := outbox{claims: n.parts.Claims, base: "notify/" + c.name + "/" + d.Key, now: n.parts.Now}
	try, err := o.next(ctx, begin)
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
