package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"

	"tlsaudit/audit"
)

// maxDamage bounds the list of what is wrong.
const maxDamage = 100

// Verify works out every digest again: that of the file, if it was closed with
// one, the sums of all rows and how many each table has, the digests of all
// contents, and the chains of runs and of the audit log. What is wrong is damage,
// and no error: that is kept for what stopped it from looking.
//
// Noted, if it is not empty, is a digest that was noted elsewhere, of the whole
// (Verification.Digest) or of a run (Run.Digest): it is damage if the history does
// not have it any more. What the database says of itself can be made to agree by
// whoever may write to it; that digest cannot.
func (s *Store) Verify(ctx context.Context, noted string) (*Verification, error) {
	noted = strings.ToLower(noted)
	if raw, err := hex.DecodeString(noted); noted != "" && (err != nil || len(raw) != sha256.Size) {
		return nil, &audit.InputError{Cause: "that is not the digest of a history or of a run", Hint: "it has 64 hexadecimal digits, and tlsaudit history verify prints it"}
	}
	v := &verifier{store: s, noted: noted, whole: sha256.New()}
	damage, sealed, err := s.checkSeal()
	if err != nil {
		return nil, err
	}
	v.Sealed = sealed
	if damage != "" {
		v.damaged("%s", damage)
	}
	err = s.snapshot(ctx, func(q querier) error {
		v.querier = q
		v.all(ctx)
		return ctx.Err()
	})
	return &v.Verification, err
}

// all looks at everything.
func (v *verifier) all(ctx context.Context) {
	if v.store.source.file != "" {
		lines, err := integrity(ctx, v, "integrity_check")
		v.note("the file", err)
		for _, line := range lines {
			v.damaged("the file: %s", line)
		}
	}
	for _, t := range append([]*table{tallyTable}, tables...) {
		v.note("the table "+t.name, v.rows(ctx, t))
	}
	v.Digest = hex.EncodeToString(v.whole.Sum(nil))
	v.note("the contents", v.contents(ctx))
	v.note("the audit log", v.log(ctx))
	v.note("the chain of runs", v.chain(ctx))
	v.note("the state of subjects", v.relations(ctx))
	v.note("what was forgotten", v.forgotten(ctx))
	v.note("the definitions of the tables", v.schema(ctx))
	v.compare()
}

// verifier notes what is wrong, in one state of the database.
type verifier struct {
	Verification
	querier
	store *Store
	// noted is the digest that was noted elsewhere, whole that of all rows.
	noted string
	whole hash.Hash
	// entries are the digests of the audit log, the first first.
	entries [][]byte
}

func (v *verifier) damaged(format string, args ...any) {
	switch n := len(v.Damage); {
	case n < maxDamage:
		v.Damage = append(v.Damage, fmt.Sprintf(format, args...))
	case n == maxDamage:
		v.Damage = append(v.Damage, "and more")
	}
}

// note makes damage of an error: what cannot be read is not as it was written.
func (v *verifier) note(what string, err error) {
	damage := new(DamageError)
	switch {
	case errors.As(err, &damage):
		v.damaged("%s: %s", what, damage.What)
	case err != nil:
		v.damaged("%s cannot be read: %v", what, err)
	}
}

// compare holds what was found against the digest that was noted elsewhere.
func (v *verifier) compare() {
	switch {
	case v.noted == "" || v.Noted != "":
	case v.noted == v.Digest:
		v.Noted = "all of it is as it was when the digest was noted"
	default:
		v.damaged("nothing here has the digest %s: it was noted of another history, or runs were changed, taken out or put in since; a digest of the whole holds only until the next run is written, one of a run for ever", v.noted)
	}
}

// momentary are the tables that say who is at work. They are in no digest of the
// whole, which is to stay as it is while nothing is written.
func momentary(t *table) bool { return t == leaseTable || t == heartbeatTable || t == tallyTable }

// rows holds every row of a table against its sum, and all of them against the
// tally.
func (v *verifier) rows(ctx context.Context, t *table) error {
	wrong := 0
	var is tally
	if !momentary(t) {
		v.whole.Write(values(t.name).encode(nil))
	}
	err := v.query(ctx, t.selection("t")+" ORDER BY t."+strings.Join(t.columns[:t.keys], ", t."), nil, func(rows *sql.Rows) error {
		r, sum, err := t.read(rows)
		if err != nil {
			return err
		}
		kept, _ := sum.(int64)
		if sum != t.sum(r) {
			wrong++
		}
		is.rows, is.total = is.rows+1, is.total+kept
		if !momentary(t) {
			v.whole.Write(r.encode(nil))
		}
		return nil
	})
	if wrong > 0 {
		v.damaged("the table %s: %d rows are not as they were written", t.name, wrong)
	}
	if t == objectTable {
		v.Objects = int(is.rows)
	}
	if err != nil || t == tallyTable {
		return err
	}
	kept, err := readTally(ctx, v, t)
	if words := kept.differs(t, is); err == nil && words != "" {
		v.damaged("%s", words)
	}
	return err
}

// contents unpacks every content.
func (v *verifier) contents(ctx context.Context) error {
	var ids []int64
	err := v.query(ctx, "SELECT id FROM object ORDER BY base, id", nil, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return err
	}
	fresh := newObjects() // not what was read before the damage
	for _, id := range ids {
		if _, err := fresh.get(ctx, v, id); err != nil {
			if ctx.Err() != nil {
				return err
			}
			v.note(fmt.Sprintf("content %d", id), err)
		}
	}
	return nil
}
