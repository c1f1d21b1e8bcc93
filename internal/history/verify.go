package history

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
)

// maxDamage bounds the list of what is wrong.
const maxDamage = 100

// Verify works out every digest again: that of the file, if it was closed with
// one, the sums of all rows, the digests of all contents, and the chains of runs
// and of the audit log. What is wrong is damage, and no error: that is kept for
// what stopped it from looking.
func (s *Store) Verify(ctx context.Context) (*Verification, error) {
	v := &verifier{store: s}
	damage, sealed, err := s.checkSeal()
	if err != nil {
		return nil, err
	}
	v.Sealed = sealed
	if damage != "" {
		v.damaged("%s", damage)
	}
	if s.source.file != "" {
		lines, err := s.integrity(ctx, "integrity_check")
		v.note("the file", err)
		for _, line := range lines {
			v.damaged("the file: %s", line)
		}
	}
	for _, t := range tables {
		v.note("the table "+t.name, v.rows(ctx, t))
	}
	v.note("the contents", v.contents(ctx))
	v.note("the chain of runs", v.chain(ctx))
	v.note("the audit log", v.log(ctx))
	v.note("the state of subjects", v.relations(ctx))
	return &v.Verification, ctx.Err()
}

// verifier notes what is wrong.
type verifier struct {
	Verification
	store *Store
}

func (v *verifier) damaged(format string, args ...any) {
	if len(v.Damage) < maxDamage {
		v.Damage = append(v.Damage, fmt.Sprintf(format, args...))
	}
}

// note makes damage of an error: what cannot be read is not as it was written.
func (v *verifier) note(what string, err error) {
	if err != nil {
		v.damaged("%s cannot be read: %v", what, err)
	}
}

// rows holds every row of a table against its sum.
func (v *verifier) rows(ctx context.Context, t *table) error {
	wrong := 0
	err := v.store.query(ctx, "SELECT "+t.list("t")+", t.sum FROM "+t.name+" AS t", nil, func(rows *sql.Rows) error {
		var sum any
		r, err := t.scan(rows, &sum)
		if err != nil {
			return err
		}
		if kept, is := sum.(int64); !is || kept != t.sum(r) {
			wrong++
		}
		if t == objectTable {
			v.Objects++
		}
		return nil
	})
	if wrong > 0 {
		v.damaged("the table %s: %d rows are not as they were written", t.name, wrong)
	}
	return err
}

// contents unpacks every content.
func (v *verifier) contents(ctx context.Context) error {
	var ids []int64
	err := v.store.query(ctx, "SELECT id FROM object ORDER BY base, id", nil, func(rows *sql.Rows) error {
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
		if _, err := fresh.get(ctx, v.store, id); err != nil {
			if ctx.Err() != nil {
				return err
			}
			v.damaged("%v", err)
		}
	}
	return nil
}

// chain works out the digests of the runs, and those of what they hold where they
// are there as a whole.
func (v *verifier) chain(ctx context.Context) error {
	var links []*link
	err := v.store.query(ctx, linkTable.selection("l")+" ORDER BY l.seq", nil, func(rows *sql.Rows) error {
		r, err := linkTable.scan(rows)
		if err == nil {
			links = append(links, linkOf(r))
		}
		return err
	})
	if err != nil {
		return err
	}
	var before []byte
	for i, l := range links {
		v.Runs++
		if l.seq != int64(i)+1 {
			v.damaged("the chain of runs has a gap before the run %s", l.run)
		}
		if !bytes.Equal(l.digest, chained(before, l.content)) {
			v.damaged("the digest of the run %s does not follow from the one before it", l.run)
		}
		before = l.digest
		if l.pruned {
			continue
		}
		content, err := v.content(ctx, l)
		if err != nil {
			v.note("the run "+l.run, err)
		} else if !bytes.Equal(content, l.content) {
			v.damaged("the run %s is not as it was written", l.run)
		}
	}
	return nil
}

// content works out the digest of what a run holds.
func (v *verifier) content(ctx context.Context, l *link) ([]byte, error) {
	var run row
	var head []byte
	err := v.store.query(ctx, "SELECT "+runTable.list("r")+", o.hash FROM run AS r JOIN object AS o ON o.id = r.head WHERE r.seq = ? AND r.id = ?", []any{l.seq, l.run}, func(rows *sql.Rows) (err error) {
		run, err = runTable.scan(rows, &head)
		return err
	})
	if err != nil || run == nil {
		return nil, err
	}
	results := sha256.New()
	err = v.store.query(ctx, "SELECT "+resultTable.list("r")+", s.subject, a.hash, b.hash, d.hash FROM result AS r JOIN subject AS s ON s.id = r.subject JOIN object AS a ON a.id = r.facts "+
		"JOIN object AS b ON b.id = r.findings LEFT JOIN object AS d ON d.id = r.declared WHERE r.run = ? ORDER BY s.subject", []any{l.seq}, func(rows *sql.Rows) error {
		var subject string
		var facts, findings, declared []byte
		r, err := resultTable.scan(rows, &subject, &facts, &findings, &declared)
		if err == nil {
			results.Write(resultCanon(subject, facts, findings, declared, r))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	parts := [][]byte{head, results.Sum(nil)}
	for _, t := range []struct {
		*table
		order string
	}{{changeTable, "number"}, {ruleCountTable, "rule"}, {systemCountTable, "system"}} {
		h := sha256.New()
		err := v.store.query(ctx, t.selection("t")+" WHERE t.run = ? ORDER BY t."+t.order, []any{l.seq}, func(rows *sql.Rows) error {
			r, err := t.scan(rows)
			if err == nil {
				h.Write(r.encode(nil))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		parts = append(parts, h.Sum(nil))
	}
	return contentOf(run, parts...), nil
}

// log works out the chain of the audit log.
func (v *verifier) log(ctx context.Context) error {
	var before []byte
	next := int64(1)
	return v.store.query(ctx, logTable.selection("g")+" ORDER BY g.id", nil, func(rows *sql.Rows) error {
		r, err := logTable.scan(rows)
		if err != nil {
			return err
		}
		kept, id := logTable.bytes(r, "digest"), logTable.int(r, "id")
		if id != next || !bytes.Equal(kept, logDigest(before, r[:len(r)-1])) {
			v.damaged("the audit log is not as it was written at entry %d", next)
		}
		before, next = kept, id+1
		return nil
	})
}

// relations looks for rows that others rely on and that are not there.
func (v *verifier) relations(ctx context.Context) error {
	for _, one := range []struct{ what, statement string }{
		{"subjects are without their latest result", "SELECT COUNT(*) FROM subject AS s LEFT JOIN result AS r ON r.run = s.last_run AND r.subject = s.id WHERE r.run IS NULL"},
		{"results are without what was seen or found", "SELECT COUNT(*) FROM result AS r LEFT JOIN object AS a ON a.id = r.facts LEFT JOIN object AS b ON b.id = r.findings WHERE a.id IS NULL OR b.id IS NULL"},
		{"runs are without a link in the chain", "SELECT COUNT(*) FROM run AS r LEFT JOIN link AS l ON l.seq = r.seq WHERE r.seq > 0 AND l.seq IS NULL"},
		{"changes are without their finding", "SELECT COUNT(*) FROM change AS c LEFT JOIN finding AS f ON f.id = c.finding WHERE c.finding > 0 AND f.id IS NULL"},
		{"certificates are not presented as often as they say", "SELECT COUNT(*) FROM certificate AS c WHERE c.subjects <> (SELECT COUNT(*) FROM presents AS p JOIN subject AS s ON s.id = p.subject WHERE p.certificate = c.id AND s.gone_since = " + noTime + ")"},
	} {
		err := v.store.query(ctx, one.statement, nil, func(rows *sql.Rows) error {
			var n int
			err := rows.Scan(&n)
			if n > 0 {
				v.damaged("%d %s", n, one.what)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
