package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"tlsaudit/audit"
)

// ActionForget is what the audit log says of a subject that was forgotten; its
// detail is the subject.
const ActionForget = "forget"

// zero is the zero time as tables hold it, see noTime.
var zero = micros(time.Time{})

// forgottenAt is what stands in place of the time at which a subject went, when it
// was forgotten: a time before the zero one, as far from it as the moment is from
// 1970. So it is neither among those there are nor among those that are gone.
func forgottenAt(at time.Time) int64 { return zero - max(micros(at), 1) }

// awayOf reads since when a subject is gone, or was forgotten; both are zero for
// one that is there.
func awayOf(n int64) (gone, forgotten time.Time) {
	if n < zero && n > math.MinInt64/2 {
		return time.Time{}, moment(zero - n)
	}
	return moment(n), time.Time{}
}

// Forgotten is a subject that was forgotten.
type Forgotten struct {
	Subject string
	At      time.Time
	// Actor is who did it.
	Actor string
	// Open is how many findings about it were open when it was forgotten, and Back
	// says that it was audited again since; Forget tells the one, Verify the other.
	Open int
	Back bool
}

// Forget takes subjects out of all there is, and out of what is gone: what will not
// be audited again. Each is written into the audit log. The runs that had one stay
// as they are, and when one is audited again it is back. All of them are forgotten,
// or none: of one that is not in the history the error wraps ErrNotFound, and of one
// that was forgotten before it is another. With dry nothing is changed.
func (s *Store) Forget(ctx context.Context, subjects []string, by AuditEntry, dry bool) (done []Forgotten, err error) {
	subjects = slices.Compact(slices.Sorted(slices.Values(subjects)))
	err = s.transact(ctx, func(x *tx) error {
		if err := x.whole(ctx, subjectTable, findingTable, presentsTable, certificateTable, logTable); err != nil {
			return err
		}
		touched := map[int64]bool{}
		for _, subject := range subjects {
			one, err := x.forget(ctx, subject, by, touched)
			if err != nil {
				return err
			}
			done = append(done, *one)
		}
		if err := x.recount(ctx, touched); err != nil || !dry {
			return err
		}
		return errDryRun
	})
	if errors.Is(err, errDryRun) {
		return done, nil
	}
	if err != nil {
		return nil, fmt.Errorf("forgetting: %w", err)
	}
	return done, nil
}

func (x *tx) forget(ctx context.Context, subject string, by AuditEntry, touched map[int64]bool) (*Forgotten, error) {
	t := subjectTable
	var was row
	err := x.query(ctx, t.selection("s")+" WHERE s.subject = ?", []any{text(subject)}, func(rows *sql.Rows) (err error) {
		was, err = t.scan(rows)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case was == nil:
		return nil, missing("the subject "+subject, "tlsaudit history subjects lists those there are, with --gone those that are gone")
	}
	if _, at := awayOf(t.int(was, "gone_since")); !at.IsZero() {
		return nil, &audit.InputError{Cause: "the subject " + subject + " was forgotten on " + day(at), Hint: "leave it off: it is back when an audit sees it again"}
	}
	is := append(row(nil), was...)
	is[t.column("gone_since")] = forgottenAt(by.At)
	id := t.int(was, "id")
	open, err := x.number(ctx, "SELECT COUNT(*) FROM finding WHERE subject = ? AND is_open = 1", id)
	if err == nil {
		err = x.amend(ctx, t, was, is)
	}
	if err == nil {
		err = x.touch(ctx, id, touched)
	}
	if err == nil {
		by.Action, by.Detail = ActionForget, subject
		err = x.log(ctx, by)
	}
	return &Forgotten{Subject: subject, At: by.At, Actor: by.Actor, Open: int(open)}, err
}

// maxMatched bounds the names that are looked for in the audit log: it has the
// beginning of longer ones.
const maxMatched = maxLogText / 4

// unsaid counts subjects that are forgotten and of which the audit log does not say
// so: they were hidden. An inventory that was moved may have many of them, so each
// table is read once.
var unsaid = "SELECT COUNT(*) FROM (SELECT s.subject, " + noTime + " - s.gone_since FROM subject AS s WHERE s.gone_since < " + noTime + " AND LENGTH(s.subject) <= " + strconv.Itoa(maxMatched) +
	" EXCEPT SELECT g.detail, g.at FROM log AS g WHERE g.action = '" + ActionForget + "') AS hidden"

// forgotten lists what the audit log says was forgotten, the first first.
func (v *verifier) forgotten(ctx context.Context) error {
	return v.query(ctx, "SELECT "+logTable.list("g")+", COALESCE(s.gone_since, "+noTime+" - g.at) FROM log AS g LEFT JOIN subject AS s ON s.subject = g.detail WHERE g.action = '"+ActionForget+"' ORDER BY g.id", nil, func(rows *sql.Rows) error {
		var away int64
		r, err := logTable.scan(rows, &away)
		if err == nil {
			at := logTable.time(r, "at")
			v.Forgotten = append(v.Forgotten, Forgotten{Subject: logTable.text(r, "detail"), At: at, Actor: logTable.text(r, "actor"), Back: away != forgottenAt(at)})
		}
		return err
	})
}
