package notify

import (
	"context"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/strictyaml"
)

// Parts is what a Notifier works with.
type Parts struct {
	// Source and Claims are the history. Both may be nil for one that sends tests
	// and previews only.
	Source Source
	Claims Claims
	// Outlook may be nil: then nothing is forecast.
	Outlook Outlook
	// Alone runs work while nobody else tells of this history: what one is about to
	// send must not be taken by another for broken off. It returns history.ErrHeld
	// (wrapped) and does not run it while somebody does. If it is nil, nobody can.
	Alone func(ctx context.Context, work func(context.Context) error) error
	// Pending reports whether somebody is at work on a run that has ended, and will
	// tell of it; may be nil.
	Pending func(ctx context.Context, run *history.Run) (bool, error)
	// Now is the clock, Getenv the environment.
	Now    func() time.Time
	Getenv func(string) string
}

// Notifier sends messages. It may be used concurrently.
type Notifier struct {
	config   *Config
	parts    Parts
	channels []opened
	// since is when it was made: runs that ended before are told in one message.
	since time.Time

	mu sync.Mutex // guards what follows
	// missed are the latest audits that did not happen, by schedule.
	missed map[string]Missed
	// remarks are what Finished was told to say of a run, for later tries.
	remarks map[string][]string
	// fates are what became of messages in this process, by channel and key.
	fates map[string]fate
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
	n := &Notifier{config: c, parts: p, since: p.Now(), missed: map[string]Missed{}, remarks: map[string][]string{}, fates: map[string]fate{}}
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
