package scanner

import (
	"bufio"
	"context"
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
	a, reply := audit.Undetermined, ""
	for try := range 2 {
		a, reply = e.enforced(ctx)
		if a.Known() || ctx.Err() != nil || !sleep(ctx, e.timing.scaled(retryWaits[try])) {
			break
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.startTLS != nil {
		e.startTLS.Enforced, e.startTLS.EnforcedReply = a, reply
	}
}

// enforced holds one dialogue without TLS. 530 is the reply of RFC 3207 section
// 4 to a command that needs TLS first; any other refusal may have other reasons.
func (e *endpoint) enforced(ctx context.Context) (audit.Answer, string) {
	c, release, err := e.connect(ctx)
	defer release()
	if err != nil {
		return audit.Undetermined, dialFault(err, e.timing.connect).Error()
	}
	defer c.Close()
	d := dialogue{conn: c, in: bufio.NewReaderSize(c, maxLine), name: e.s.opt.EHLO, timing: e.timing, replies: mailReplies}
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })()
	for _, s := range []Step{{Name: "greeting", Want: "220"}, {Name: "EHLO", Send: "EHLO %s", Want: "250"}, {Name: "MAIL", Send: "MAIL FROM:<>"}} {
		if err := d.wait(ctx, s.Send == ""); err != nil {
			return audit.Undetermined, plain(err)
		}
		a, err := d.say(s)
		switch {
		case err != nil:
			return audit.Undetermined, d.fault(s.Name, err).Error()
		case s.Want != "":
			if a.status != s.Want {
				return audit.Undetermined, a.text()
			}
		case a.status == "530":
			e.takeLeave(&d)
			return audit.Accepted, a.text()
		case a.status == "250":
			e.takeLeave(&d)
			return audit.Refused, a.text()
		default:
			e.takeLeave(&d)
			return audit.Undetermined, a.text()
		}
	}
	return audit.Undetermined, ""
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
