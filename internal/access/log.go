package access

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/time/rate"

	"tlsaudit/internal/history"
)

// Log keeps who did what.
type Log interface {
	Log(ctx context.Context, entry history.AuditEntry) error
}

// The actions the gate tells a Log of.
const (
	ActionLogin        = "login"
	ActionLoginRefused = "login refused"
	ActionLogout       = "logout"
	ActionRefused      = "request refused"
)

// The bounds of what is logged of a request.
const (
	maxName   = 128
	maxDetail = 512
)

// journal writes to a Log. Refusals are what strangers can cause, so there is a
// bound on how many of them are written; the next one tells how many were not.
type journal struct {
	log  Log
	now  func() time.Time
	logf func(format string, args ...any)

	mu      sync.Mutex // guards what follows
	refused *rate.Limiter
	dropped int
}

// refusals are written one a second in the long run.
const refusalBurst = 60

func newJournal(log Log, now func() time.Time, logf func(string, ...any)) *journal {
	return &journal{log: log, now: now, logf: logf, refused: rate.NewLimiter(1, refusalBurst)}
}

// keepTime bounds how long an entry may take to be written.
const keepTime = 10 * time.Second

// did keeps something somebody did. What cannot be kept must not be done. That
// the client is gone, or hung up so that nothing be kept, does not matter.
func (j *journal) did(ctx context.Context, who Identity, action, detail string, from netip.Addr) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	entry := history.AuditEntry{At: j.now().UTC(), Actor: clean(who.Name, maxName), Role: string(who.Role), Action: action, Detail: detailed(who, detail), Remote: from.String()}
	err := j.log.Log(ctx, entry)
	if err != nil {
		j.logf("the audit log cannot be written, %s by %s is refused: %v", action, clean(who.Name, maxName), err)
	}
	return err
}

// detailed adds to a detail how it is known who did it: the name of a token and
// what an issuer calls a person may be the same, and the latter may change.
func detailed(who Identity, detail string) string {
	known := ""
	switch {
	case who.Subject != "":
		known = who.Via + ", subject " + who.Subject
	case who.Via != "":
		known = who.Via
	}
	if known == "" {
		return clean(detail, maxDetail)
	}
	known = clean(" ["+known+"]", maxName)
	return strings.TrimSpace(clean(detail, maxDetail-len(known)) + known)
}

// denied keeps that something was refused, within bounds.
func (j *journal) denied(ctx context.Context, who Identity, action, detail string, from netip.Addr) {
	j.mu.Lock()
	if !j.refused.AllowN(j.now(), 1) {
		j.dropped++
		j.mu.Unlock()
		return
	}
	if j.dropped > 0 {
		detail = fmt.Sprintf("%s (and %d refusals before it that are not listed)", detail, j.dropped)
		j.dropped = 0
	}
	j.mu.Unlock()
	_ = j.did(ctx, who, action, detail, from) // it is refused in any case, and said on logf
}

// clean makes text of a stranger fit for a log: bounded, valid and printable.
func clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-3], "") + "..."
}
