package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"hash"
	"maps"
	"slices"
	"time"
)

// link is one run in the chain of digests. It stays when the run is pruned.
type link struct {
	seq             int64
	run, scope      string
	content, digest []byte
	at              time.Time
	pruned          bool
	// log is the last entry of the audit log that was there: the digest covers it,
	// and so all before it.
	log int64
}

func (l *link) row() row {
	return values(l.seq, l.run, l.content, l.digest, l.scope, l.at, l.pruned, l.log)
}

func linkOf(v row) *link {
	t := linkTable
	return &link{
		seq: t.int(v, "seq"), run: t.text(v, "run"), scope: t.text(v, "scope"), content: t.bytes(v, "content"), digest: t.bytes(v, "digest"), at: t.time(v, "at"),
		pruned: t.int(v, "pruned") != 0, log: t.int(v, "log"),
	}
}

// chained is the digest of a run that covers all those before it, and the audit
// log by the digest of its last entry. Whether the run was pruned is not in it:
// that changes later, and what is left of such a run is held against its content.
func (l *link) chained(before, log []byte) []byte {
	h := sha256.New()
	h.Write(values("tlsaudit/history/v2", before, l.seq, l.run, l.scope, l.at, l.log, log, l.content).encode(nil))
	return h.Sum(nil)
}

// extend adds a run to the chain, behind the one whose digest is given.
func (x *tx) extend(ctx context.Context, l *link, before []byte) error {
	var log []byte
	err := x.query(ctx, "SELECT id, digest FROM log ORDER BY id DESC LIMIT 1", nil, func(rows *sql.Rows) error { return rows.Scan(&l.log, &log) })
	if err != nil {
		return err
	}
	l.digest = l.chained(before, log)
	return x.insert(ctx, linkTable, l.row())
}

// contentOf is the digest of a run: of its row, without what the database needs
// it for, and of the digests of all that belongs to it.
func contentOf(run row, parts ...[]byte) []byte {
	own := append(row(nil), run...)
	for _, column := range []string{"seq", "head", "pruned"} {
		own[runTable.column(column)] = int64(0)
	}
	if runTable.text(run, "fleet") == "" { // it was kept when there were no such columns
		own = own[:runTable.column("inventory")]
	}
	h := sha256.New()
	h.Write(own.encode(nil))
	for _, p := range parts {
		h.Write(values(p).encode(nil))
	}
	return h.Sum(nil)
}

// resultCanon is a result as the digest of its run covers it: the contents by
// their digests and not by their numbers.
func resultCanon(subject string, facts, findings, declared []byte, result row) []byte {
	own := append(row(nil), result...)
	for _, column := range []string{"facts", "findings", "declared", "subject", "run"} {
		own[resultTable.column(column)] = int64(0)
	}
	return own.encode(values(subject, facts, findings, declared).encode(nil))
}

// bySubjects are the digests of results in the order in which the database has the
// subjects, whatever the order was in which they came.
func bySubjects(results map[string]digest) (leaves []digest) {
	for _, subject := range slices.Sorted(maps.Keys(results)) {
		leaves = append(leaves, results[subject])
	}
	return leaves
}

// holding is what the database has of a run.
type holding struct {
	run row
	// head is the digest of the head of the report.
	head []byte
	// leaves are the digests of the results in the order of their subjects; latest
	// says which are the latest of theirs.
	leaves []digest
	latest []bool
	// rest are the digests of the changes and of the counts of rules and systems.
	rest [3][]byte
	// plain, if it is asked for, is the digest of all results one behind the other.
	plain hash.Hash
}

// held reads what the database has of a run; nil if it has no row of it.
func held(ctx context.Context, q querier, l *link) (*holding, error) {
	return (&holding{}).read(ctx, q, l)
}

func (h *holding) read(ctx context.Context, q querier, l *link) (*holding, error) {
	err := q.query(ctx, "SELECT "+runTable.list("r")+", o.hash FROM run AS r JOIN object AS o ON o.id = r.head WHERE r.seq = ? AND r.id = ?", []any{l.seq, l.run}, func(rows *sql.Rows) (err error) {
		h.run, err = runTable.scan(rows, &h.head)
		return err
	})
	if err != nil || h.run == nil {
		return nil, err
	}
	err = q.query(ctx, "SELECT "+resultTable.list("r")+", s.subject, s.last_run, a.hash, b.hash, d.hash FROM result AS r JOIN subject AS s ON s.id = r.subject JOIN object AS a ON a.id = r.facts "+
		"JOIN object AS b ON b.id = r.findings LEFT JOIN object AS d ON d.id = r.declared WHERE r.run = ? ORDER BY s.subject", []any{l.seq}, func(rows *sql.Rows) error {
		var subject string
		var last int64
		var facts, findings, declared []byte
		r, err := resultTable.scan(rows, &subject, &last, &facts, &findings, &declared)
		if err == nil {
			canon := resultCanon(subject, facts, findings, declared, r)
			h.leaves = append(h.leaves, leafOf(canon))
			h.latest = append(h.latest, last == l.seq)
			if h.plain != nil {
				h.plain.Write(canon)
			}
		}
		return err
	})
	for i, t := range []struct {
		*table
		order string
	}{{changeTable, "number"}, {ruleCountTable, "rule"}, {systemCountTable, "system"}} {
		if err != nil {
			return nil, err
		}
		sum := sha256.New()
		err = q.query(ctx, t.selection("t")+" WHERE t.run = ? ORDER BY t."+t.order, []any{l.seq}, func(rows *sql.Rows) error {
			r, err := t.scan(rows)
			if err == nil {
				sum.Write(r.encode(nil))
			}
			return err
		})
		h.rest[i] = sum.Sum(nil)
	}
	return h, err
}

// content is the digest of a run of which all is there.
func (h *holding) content() []byte {
	root := rootOf(h.leaves)
	return contentOf(h.run, h.head, root[:], h.rest[0], h.rest[1], h.rest[2])
}

// remains are what proves the rest of a pruned run: the digests of what went.
type remains struct{ changes, rules, systems, proof []byte }

// prunedTo makes the proof of those results that are the latest of their subjects.
func (h *holding) prunedTo() remains {
	return remains{h.rest[0], h.rest[1], h.rest[2], prove(nil, h.leaves, h.latest)}
}

func (r remains) row(seq int64) row { return values(seq, r.changes, r.rules, r.systems, r.proof) }

// left is the digest of a pruned run, from what is left of it and what proves it;
// nil if that does not prove anything.
func (h *holding) left(r remains) []byte {
	root, ok := proven(r.proof, h.leaves)
	if !ok {
		return nil
	}
	return contentOf(h.run, h.head, root[:], r.changes, r.rules, r.systems)
}

// remainsOf reads the proof of a pruned run; empty if there is none.
func remainsOf(ctx context.Context, q querier, seq int64) (r remains, err error) {
	err = q.query(ctx, remainsTable.selection("r")+" WHERE r.run = ?", []any{seq}, func(rows *sql.Rows) error {
		v, err := remainsTable.scan(rows)
		if err == nil {
			t := remainsTable
			r = remains{t.bytes(v, "changes"), t.bytes(v, "rules"), t.bytes(v, "systems"), t.bytes(v, "proof")}
		}
		return err
	})
	return r, err
}
