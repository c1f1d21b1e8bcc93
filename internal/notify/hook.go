package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// The headers of a webhook.
const (
	// SignatureHeader holds "t=SECONDS,v1=HEX": when the message was signed, and
	// the HMAC-SHA256 of SECONDS, a dot and the body.
	SignatureHeader = "Tlsaudit-Signature"
	// DeliveryHeader is the id of the body: the same for each attempt.
	DeliveryHeader = "Tlsaudit-Delivery"
)

// hook is a channel that posts JSON.
type hook struct {
	client *http.Client
	to     secret
	// key signs; empty for Slack and Teams, whose address is the secret.
	key   secret
	lines int
	// write makes the body. Repeatable is set if the receiver is given an id by
	// which it recognises what it was sent before.
	write      func(d *Digest, id string, lines int) ([]byte, error)
	repeatable bool
	retry      retry
	now        func() time.Time
}

// compose implements channel.
func (h *hook) compose(d *Digest, id string) ([]byte, error) { return h.write(d, id, h.lines) }

// send implements channel.
func (h *hook) send(ctx context.Context, d *Digest, id string) error {
	body, err := h.compose(d, id)
	if err != nil {
		return &failure{certainty: refused, err: err}
	}
	return h.retry.do(ctx, func(ctx context.Context) error {
		head := http.Header{}
		if h.key.set() {
			head.Set(DeliveryHeader, id)
			head.Set(SignatureHeader, sign(h.key, body, h.now()))
		}
		return post(ctx, h.client, h.to.reveal(), head, body, h.repeatable, h.now)
	})
}

// secrets implements channel.
func (h *hook) secrets() []secret { return append(h.to.parts(), h.key) }

// sign makes the value of SignatureHeader.
func sign(key secret, body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key.reveal()))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// The bodies of the three kinds of hook.
func webhookBody(d *Digest, id string, lines int) ([]byte, error) { return d.writeJSON(id, lines) }

func slackBody(d *Digest, _ string, lines int) ([]byte, error) {
	m := d.words()
	return fit(lines, maxSlack, func(lines int) ([]byte, error) { return m.shorten(lines).slack() })
}

func teamsBody(d *Digest, _ string, lines int) ([]byte, error) {
	m := d.words()
	return fit(lines, maxTeams, func(lines int) ([]byte, error) { return m.shorten(lines).teams() })
}
