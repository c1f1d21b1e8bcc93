package scanner

import (
	"bufio"
	"context"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// askEnforced asks a mail server whether it takes mail without TLS. The one
// command it takes to learn that, MAIL FROM with the empty address of a bounce,
// begins a transaction: no recipient is named and no mail sent, and RSET takes
// the beginning back. It has a connection of its own.
func askEnforced(ctx context.Context, e *endpoint, _ []*version, _ *audit.Observation) {
	if e.proto.Name != "smtp" {
		return
	}
	a, reply, said := e.enforced(ctx)
	if !said && sleep(ctx, e.timing.scaled(retryWaits[0])) {
		a, reply, _ = e.enforced(ctx)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.startTLS != nil {
		e.startTLS.Enforced, e.startTLS.EnforcedReply = a, reply
	}
}

// enforced holds one dialogue without TLS; said reports that it came to a
// definite reply. 530 is the one of RFC 3207 section 4 to a command that needs
// TLS first, but also that of RFC 4954 section 6 to one that needs a login
// first: only its text tells them apart. Any other refusal may have other
// reasons.
func (e *endpoint) enforced(ctx context.Context) (answer audit.Answer, reply string, said bool) {
	c, release, err := e.connect(ctx)
	defer release()
	if err != nil {
		return audit.Undetermined, dialFault(err, e.timing.connect).Error(), false
	}
	defer c.Close()
	d := dialogue{conn: c, in: bufio.NewReaderSize(c, maxLine), name: e.s.opt.EHLO, timing: e.timing, replies: mailReplies}
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })()
	for _, s := range []Step{{Name: "greeting", Want: "220"}, {Name: "EHLO", Send: "EHLO %s", Want: "250"}, {Name: "MAIL", Send: "MAIL FROM:<>"}} {
		if err := d.wait(ctx, s.Send == ""); err != nil {
			return audit.Undetermined, plain(err), false
		}
		a, err := d.say(s)
		switch {
		case err != nil:
			return audit.Undetermined, d.fault(s.Name, err).Error(), false
		case s.Want != "":
			if a.status != s.Want {
				return audit.Undetermined, a.text(), !a.temporary
			}
		case a.status == "530" && speaksOfTLS(a.first):
			e.takeLeave(&d)
			return audit.Accepted, a.text(), true
		case a.status == "250":
			e.takeLeave(&d)
			return audit.Refused, a.text(), true
		default:
			e.takeLeave(&d)
			return audit.Undetermined, a.text(), !a.temporary
		}
	}
	return audit.Undetermined, "", false
}

// speaksOfTLS reports whether a refusal is for want of TLS.
func speaksOfTLS(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc([]string{"tls", "ssl", "encrypt"}, func(word string) bool { return strings.Contains(text, word) })
}

// takeLeave takes the transaction back and says good-bye, for a server that
// writes down who does not.
func (e *endpoint) takeLeave(d *dialogue) {
	for _, command := range []string{"RSET", "QUIT"} {
		if _, err := d.say(Step{Name: command, Send: command}); err != nil {
			return
		}
	}
}
