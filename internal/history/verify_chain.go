package history

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"
)

// chain works out the digests of the runs, and those of what the database has of
// them: of a run that was pruned what is left must be proven, whatever says that it
// was.
func (v *verifier) chain(ctx context.Context) error {
	var links []*link
	err := v.query(ctx, linkTable.selection("l")+" ORDER BY l.seq", nil, func(rows *sql.Rows) error {
		r, _, err := linkTable.read(rows)
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
		log, there := v.entry(l.log)
		if !there {
			v.damaged("the audit log ends before entry %d, which the run %s covers", l.log, l.run)
		} else if !bytes.Equal(l.digest, l.chained(before, log)) {
			v.damaged("the digest of the run %s does not follow from the one before it", l.run)
		}
		before = l.digest
		if digest := hex.EncodeToString(l.digest); digest == v.noted {
			v.Noted = "the runs up to " + l.run + " of " + l.at.Format(time.RFC3339) + ", and the audit log up to it, are as they were when the digest was noted; what was written later it does not cover"
		}
		v.note("the run "+l.run, v.run(ctx, l))
	}
	return nil
}

// entry is the digest of an entry of the audit log; the one before the first has
// none.
func (v *verifier) entry(id int64) (digest []byte, there bool) {
	switch {
	case id == 0:
		return nil, true
	case id < 0 || id > int64(len(v.entries)):
		return nil, false
	}
	return v.entries[id-1], true
}

// run holds what the database has of a run against its digest.
func (v *verifier) run(ctx context.Context, l *link) error {
	h, err := held(ctx, v, l)
	if err != nil {
		return err
	}
	if h == nil {
		if l.pruned { // to nothing; a result that says it is of this run is found elsewhere
			return nil
		}
		return errors.New("it is not there")
	}
	content := h.content()
	if l.pruned {
		proof, err := remainsOf(ctx, v, l.seq)
		if err != nil {
			return err
		}
		content = h.left(proof)
	}
	if runTable.int(h.run, "pruned") != 0 != l.pruned {
		v.damaged("the run %s does not say of itself whether it was pruned, as the chain does", l.run)
	}
	if !bytes.Equal(content, l.content) {
		v.damaged("the run %s is not as it was written", l.run)
	}
	return nil
}

// log works out the chain of the audit log.
func (v *verifier) log(ctx context.Context) error {
	var before []byte
	next := int64(1)
	return v.query(ctx, logTable.selection("g")+" ORDER BY g.id", nil, func(rows *sql.Rows) error {
		r, _, err := logTable.read(rows)
		if err != nil {
			return err
		}
		kept, id := logTable.bytes(r, "digest"), logTable.int(r, "id")
		if id != next || !bytes.Equal(kept, logDigest(before, r[:len(r)-1])) {
			v.damaged("the audit log is not as it was written at entry %d", next)
		}
		v.entries = append(v.entries, kept)
		before, next = kept, id+1
		return nil
	})
}

// relations looks for rows that others rely on and that are not there.
func (v *verifier) relations(ctx context.Context) error {
	for _, one := range []struct{ what, statement string }{
		{"subjects are without their latest result", "SELECT COUNT(*) FROM subject AS s LEFT JOIN result AS r ON r.run = s.last_run AND r.subject = s.id WHERE r.run IS NULL"},
		{"results are without what was seen or found", "SELECT COUNT(*) FROM result AS r LEFT JOIN object AS a ON a.id = r.facts LEFT JOIN object AS b ON b.id = r.findings WHERE a.id IS NULL OR b.id IS NULL"},
		{"results are without their run", "SELECT COUNT(*) FROM result WHERE run IN (SELECT run FROM result EXCEPT SELECT seq FROM run)"},
		{"runs are without a link in the chain", "SELECT COUNT(*) FROM run AS r LEFT JOIN link AS l ON l.seq = r.seq WHERE r.seq > 0 AND l.seq IS NULL"},
		{"changes are without their finding", "SELECT COUNT(*) FROM change AS c LEFT JOIN finding AS f ON f.id = c.finding WHERE c.finding > 0 AND f.id IS NULL"},
		{"subjects are hidden: the audit log does not say that they were forgotten", unsaid},
		{"certificates are not presented as often as they say", "SELECT COUNT(*) FROM certificate AS c WHERE c.subjects <> (SELECT COUNT(*) FROM presents AS p JOIN subject AS s ON s.id = p.subject WHERE p.certificate = c.id AND s.gone_since = " + noTime + ")"},
	} {
		err := v.query(ctx, one.statement, nil, func(rows *sql.Rows) error {
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
