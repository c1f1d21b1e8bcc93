package scanner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Step is one exchange of an upgrade dialogue in lines: what to send, and the
// reply that leads on.
type Step struct {
	// Name says what the step is, in messages.
	Name string
	// Send is the command, without CRLF; %s stands for our own name. Empty
	// means the peer speaks unasked.
	Send string
	// Want is the status of the reply that leads to the next step, such as "220"
	// or "OK"; several are separated by spaces.
	Want string
	// Capability is a keyword one of the lines of the reply must begin with; a
	// second word is one of its parameters.
	Capability string
	// Fallback is sent when Send is refused for good, only to learn that the
	// peer speaks the protocol without capabilities.
	Fallback string
	// Optional: servers of this protocol need not announce capabilities, so that
	// the upgrade is asked for in any case.
	Optional bool
}

// Bounds on replies. RFC 5321 section 4.5.3.1.5 allows 512 bytes a line.
const (
	maxLine  = 4096
	maxLines = 100
	maxText  = 512 // kept of a line as evidence
)

// upgradeKind says what a failed upgrade means for the next try.
type upgradeKind uint8

const (
	// upgradeTemporary: the peer asks to come back later, such as 4yz.
	upgradeTemporary upgradeKind = iota
	// upgradeRefused: the peer does not offer, or refuses, the upgrade.
	upgradeRefused
	// upgradeRejected: the peer refuses to talk to us at all.
	upgradeRejected
	// upgradeForeign: the peer does not speak the protocol.
	upgradeForeign
)

// upgradeError is a dialogue the peer ended, as against a broken connection.
type upgradeError struct {
	kind   upgradeKind
	reason string
}

func (e *upgradeError) Error() string { return e.reason }

// dialogue speaks the steps of a protocol on one connection and notes what it
// hears.
type dialogue struct {
	conn    net.Conn
	in      *bufio.Reader
	name    string // our own
	peer    string // the name of the service asked for
	timing  *timing
	replies replies
	heard   audit.StartTLS
}

// run speaks all steps. On success the next byte on the connection is the
// first of the ClientHello; bytes the peer sent too early are in heard.
func (d *dialogue) run(ctx context.Context, p *Protocol, look bool) error {
	d.in, d.replies = bufio.NewReaderSize(d.conn, maxLine), p.Replies
	if d.replies == nil {
		d.replies = mailReplies
	}
	stop := context.AfterFunc(ctx, func() { _ = d.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var err error
	if p.Negotiate != nil {
		err = p.Negotiate(ctx, d)
	} else {
		err = d.steps(ctx, p.Upgrade)
	}
	if err != nil {
		return err
	}
	d.injection(look)
	return nil
}

func (d *dialogue) steps(ctx context.Context, steps []Step) error {
	for _, step := range steps {
		if err := d.wait(ctx, step.Send == ""); err != nil {
			return err
		}
		if err := d.step(step); err != nil {
			return err
		}
	}
	return nil
}

// wait sets the deadline of the next exchange; a greeting may take longer than
// a reply.
func (d *dialogue) wait(ctx context.Context, greeting bool) error {
	wait := d.timing.reply
	if greeting {
		wait = d.timing.banner
	}
	_ = d.conn.SetDeadline(time.Now().Add(wait))
	return ctx.Err()
}

// step speaks one step and files what it heard.
func (d *dialogue) step(s Step) error {
	a, err := d.say(s)
	if err != nil {
		return d.fault(s.Name, err)
	}
	text := a.text()
	greets, announces, wanted := s.Send == "", s.Capability != "", slices.Contains(strings.Fields(s.Want), a.status)
	switch {
	case greets:
		d.heard.Banner = text
	case !announces:
		d.heard.Reply = text
	}
	if announces && wanted {
		d.heard.Capabilities = a.capabilities
	}
	switch {
	case a.temporary:
		if !announces && !greets {
			d.heard.Accepted = audit.Undetermined
		}
		return &upgradeError{upgradeTemporary, s.Name + " answered " + text}
	case greets && !wanted:
		return &upgradeError{upgradeRejected, s.Name + " " + text}
	case announces && !wanted && s.Optional:
		return nil // the command itself will tell
	case announces && !wanted:
		return d.fallback(s, text)
	case announces && !announced(a.capabilities, s.Capability):
		d.heard.Offered = audit.Refused
		if s.Optional {
			return nil
		}
		return &upgradeError{upgradeRefused, s.Capability + " is not among the capabilities"}
	case announces:
		d.heard.Offered = audit.Accepted
	case greets:
	case !wanted:
		d.settle(audit.Refused)
		return &upgradeError{upgradeRefused, s.Name + " answered " + text}
	default:
		d.settle(audit.Accepted)
	}
	return nil
}

// settle notes the answer to the upgrade command. Where nothing was announced
// either way, the command has told what is offered.
func (d *dialogue) settle(a audit.Answer) {
	d.heard.Accepted = a
	if d.heard.Offered == audit.NotAsked {
		d.heard.Offered = a
	}
}

// fallback tells a peer without extensions from one that refuses to talk.
func (d *dialogue) fallback(s Step, refusal string) error {
	if s.Fallback != "" {
		_ = d.conn.SetDeadline(time.Now().Add(d.timing.reply))
		again := s
		again.Send = s.Fallback
		if a, err := d.say(again); err == nil && a.status == s.Want {
			d.heard.Offered = audit.Refused
			keyword, _, _ := strings.Cut(s.Fallback, " ")
			return &upgradeError{upgradeRefused, fmt.Sprintf("%s answered %s, %s accepted: no extensions, so no %s",
				s.Name, refusal, keyword, s.Capability)}
		}
	}
	return &upgradeError{upgradeRejected, s.Name + " answered " + refusal}
}

// fault tells a peer of another kind from a broken connection.
func (d *dialogue) fault(step string, err error) error {
	if u := new(upgradeError); errors.As(err, &u) {
		return &upgradeError{u.kind, step + ": " + u.reason}
	}
	return &worded{step + ": " + plain(err), err}
}

// say sends a command, unless it is empty, and reads the reply.
func (d *dialogue) say(s Step) (answer, error) {
	if s.Send != "" {
		command := s.Send
		if strings.Contains(command, "%s") {
			command = fmt.Sprintf(command, d.name)
		}
		if _, err := d.conn.Write([]byte(command + "\r\n")); err != nil {
			return answer{}, err
		}
	}
	return d.replies(d.in, &s)
}

// injection notes bytes behind the last reply. Between it and our hello the
// peer has nothing to say; what comes was put there in clear by it, or by
// somebody in between. If look is set they are waited for, for a moment.
func (d *dialogue) injection(look bool) {
	d.heard.Injection = audit.Refused
	if d.in.Buffered() == 0 && look {
		_ = d.conn.SetReadDeadline(time.Now().Add(d.timing.grace))
		if _, err := d.in.Peek(1); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return // closed: the exchange will say so
		}
	}
	if n := d.in.Buffered(); n > 0 {
		early, _ := d.in.Peek(min(n, maxText))
		d.heard.Injection, d.heard.Injected = audit.Accepted, string(early)
	}
}
