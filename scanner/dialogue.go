package scanner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Step is one exchange of an upgrade dialogue: what to send, and the reply
// code that leads on. Replies are those of RFC 5321 section 4.2.
type Step struct {
	// Name says what the step is, in messages.
	Name string
	// Send is the command, without CRLF; %s stands for our own name. Empty
	// means the peer speaks unasked.
	Send string
	// Want is the reply code that leads to the next step.
	Want int
	// Capability is a keyword one of the lines of the reply must begin with.
	Capability string
	// Fallback is sent when Send is refused for good, only to learn that the
	// peer speaks the protocol without capabilities.
	Fallback string
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
	// upgradeTemporary: the peer asks to come back later (4yz).
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
	conn   net.Conn
	in     *bufio.Reader
	name   string // our own
	timing *timing
	heard  audit.StartTLS
}

// run speaks all steps. On success the next byte on the connection is the
// first of the ClientHello; bytes the peer sent too early are in heard.
func (d *dialogue) run(ctx context.Context, steps []Step, look bool) error {
	d.in = bufio.NewReaderSize(d.conn, maxLine)
	stop := context.AfterFunc(ctx, func() { _ = d.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	for i, step := range steps {
		wait := d.timing.reply
		if i == 0 {
			wait = d.timing.banner
		}
		_ = d.conn.SetDeadline(time.Now().Add(wait))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := d.step(step); err != nil {
			return err
		}
	}
	d.injection(look)
	return nil
}

// step speaks one step and files what it heard.
func (d *dialogue) step(s Step) error {
	code, lines, err := d.say(s.Send)
	if err != nil {
		return d.fault(s, err)
	}
	text := fmt.Sprintf("%d %s", code, lines[0])
	switch {
	case s.Send == "":
		d.heard.Banner = text
	case s.Capability != "" && code == s.Want:
		d.heard.Capabilities = lines[1:]
	case s.Capability == "":
		d.heard.Reply = text
	}
	switch {
	case code/100 == 4:
		if s.Capability == "" && s.Send != "" {
			d.heard.Accepted = audit.Undetermined
		}
		return &upgradeError{upgradeTemporary, s.Name + " answered " + text}
	case s.Send == "" && code != s.Want:
		return &upgradeError{upgradeRejected, s.Name + " " + text}
	case s.Capability != "" && code != s.Want:
		return d.fallback(s, text)
	case s.Capability != "" && !hasKeyword(lines[1:], s.Capability):
		d.heard.Offered = audit.Refused
		return &upgradeError{upgradeRefused, s.Capability + " is not among the capabilities"}
	case s.Capability != "":
		d.heard.Offered = audit.Accepted
	case code != s.Want:
		d.heard.Accepted = audit.Refused
		return &upgradeError{upgradeRefused, s.Name + " answered " + text}
	case s.Send != "":
		d.heard.Accepted = audit.Accepted
	}
	return nil
}

// fallback tells a peer without extensions from one that refuses to talk.
func (d *dialogue) fallback(s Step, refusal string) error {
	if s.Fallback != "" {
		_ = d.conn.SetDeadline(time.Now().Add(d.timing.reply))
		if code, _, err := d.say(s.Fallback); err == nil && code == s.Want {
			d.heard.Offered = audit.Refused
			keyword, _, _ := strings.Cut(s.Fallback, " ")
			return &upgradeError{upgradeRefused, fmt.Sprintf("%s answered %s, %s accepted: no extensions, so no %s",
				s.Name, refusal, keyword, s.Capability)}
		}
	}
	return &upgradeError{upgradeRejected, s.Name + " answered " + refusal}
}

// fault tells a peer of another kind from a broken connection.
func (d *dialogue) fault(s Step, err error) error {
	if u := new(upgradeError); errors.As(err, &u) {
		u.reason = s.Name + ": " + u.reason
		return u
	}
	return &worded{s.Name + ": " + plain(err), err}
}

// say sends a command, unless it is empty, and reads the reply.
func (d *dialogue) say(command string) (code int, lines []string, err error) {
	if command != "" {
		if strings.Contains(command, "%s") {
			command = fmt.Sprintf(command, d.name)
		}
		if _, err := d.conn.Write([]byte(command + "\r\n")); err != nil {
			return 0, nil, err
		}
	}
	return readReply(d.in)
}

// readReply reads one reply of one or more lines: "250-first", "250 last". It
// reads not a byte more from the connection than the reader's buffer holds.
func readReply(in *bufio.Reader) (code int, lines []string, err error) {
	for len(lines) < maxLines {
		raw, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return 0, nil, &upgradeError{upgradeForeign, fmt.Sprintf("a line is longer than %d bytes", maxLine)}
		case err != nil && len(raw) > 0 && len(lines) == 0 && !digits(raw):
			return 0, nil, foreign(raw)
		case err != nil:
			return 0, nil, err
		}
		line := strings.TrimRight(string(raw), "\r\n")
		if len(line) < 3 || !digits(raw[:3]) || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
			return 0, nil, foreign(raw)
		}
		n, _ := strconv.Atoi(line[:3])
		if n < 200 || n > 599 || len(lines) > 0 && n != code {
			return 0, nil, foreign(raw)
		}
		code = n
		text := line[min(4, len(line)):]
		lines = append(lines, text[:min(len(text), maxText)])
		if len(line) == 3 || line[3] == ' ' {
			return code, lines, nil
		}
	}
	return 0, nil, &upgradeError{upgradeForeign, fmt.Sprintf("a reply has more than %d lines", maxLines)}
}

func foreign(raw []byte) error {
	return &upgradeError{upgradeForeign, "answered " + strconv.QuoteToASCII(string(raw[:min(len(raw), 64)])) + ", which is no reply"}
}

func digits(b []byte) bool {
	for i, c := range b[:min(3, len(b))] {
		if c < '0' || c > '9' || i == 0 && c > '5' {
			return false
		}
	}
	return true
}

// hasKeyword looks for an EHLO keyword, which is case-insensitive and may have
// parameters (RFC 5321 section 4.1.1.1).
func hasKeyword(lines []string, keyword string) bool {
	for _, line := range lines {
		first, _, _ := strings.Cut(line, " ")
		if strings.EqualFold(first, keyword) {
			return true
		}
	}
	return false
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
