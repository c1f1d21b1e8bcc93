package notify

import (
	"context"
	"fmt"
	"slices"

	"tlsaudit/internal/history"
	"tlsaudit/internal/strictyaml"
)

// Channels are the names of the channels, in the order they are written.
func (n *Notifier) Channels() []string {
	var names []string
	for i := range n.channels {
		names = append(names, n.channels[i].name)
	}
	return names
}

// Preview is what a channel would be sent about a run: the body of a request, or
// a mail. Send is false, and why says the reason, if it would not be sent.
// Nothing is claimed.
func (n *Notifier) Preview(ctx context.Context, run, channel string) (text []byte, send bool, why string, err error) {
	c, err := n.channel(channel)
	if err != nil {
		return nil, false, "", err
	}
	r, err := n.parts.Source.Run(ctx, run)
	if err != nil {
		return nil, false, "", fmt.Errorf("reading run %s: %w", run, err)
	}
	var earlier []*history.Run
	if n.parts.Claims != nil { // it is asked, and nothing is claimed
		if earlier, err = n.gathered(ctx, c, r); err != nil {
			return nil, false, "", err
		}
	}
	d, err := n.digest(ctx, r, earlier...)
	if err != nil {
		return nil, false, "", err
	}
	send, why = d.decide(c.allClear, n.config.Changes)
	text, err = c.way.compose(d, idOf(c.name, d.Key))
	return text, send, why, err
}

// PreviewTest is the test message as a channel would be sent it.
func (n *Notifier) PreviewTest(channel string) ([]byte, error) {
	c, err := n.channel(channel)
	if err != nil {
		return nil, err
	}
	d := &Digest{Kind: KindTest, Key: "test/preview", At: n.parts.Now(), Dashboard: n.config.Dashboard}
	return c.way.compose(d, idOf(c.name, d.Key))
}

// Knows returns nil if there is a channel of that name.
func (n *Notifier) Knows(name string) *strictyaml.ChoiceError {
	if slices.Contains(n.Channels(), name) {
		return nil
	}
	return &strictyaml.ChoiceError{Value: name, Allowed: n.Channels()}
}

func (n *Notifier) channel(name string) (*opened, error) {
	if err := n.Knows(name); err != nil {
		return nil, err
	}
	return &n.channels[slices.Index(n.Channels(), name)], nil
}
