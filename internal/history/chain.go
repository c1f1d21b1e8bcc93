package history

import (
	"crypto/sha256"
	"time"
)

// link is one run in the chain of digests. It stays when the run is pruned.
type link struct {
	seq             int64
	run, scope      string
	content, digest []byte
	at              time.Time
	pruned          bool
}

func (l *link) row() row {
	return values(l.seq, l.run, l.content, l.digest, l.scope, l.at, l.pruned)
}

func linkOf(v row) *link {
	t := linkTable
	return &link{
		seq: t.int(v, "seq"), run: t.text(v, "run"), scope: t.text(v, "scope"), content: t.bytes(v, "content"), digest: t.bytes(v, "digest"), at: t.time(v, "at"),
		pruned: t.int(v, "pruned") != 0,
	}
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

// chained is the digest of a run that covers all those before it.
func chained(before, content []byte) []byte {
	h := sha256.New()
	h.Write(values("tlsaudit/history/v1", before, content).encode(nil))
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
