package history

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
)

// bindTallies works out the digests of the chain anew, which cover more than they
// did, and counts all tables. What does not agree with the digests it had keeps
// them, and so goes on to tell of its damage. What is left of pruned runs, and how
// many rows there are, is taken for what was written: nothing tells better.
func (x *tx) bindTallies(ctx context.Context) error {
	old := linkTable.upTo("pruned")
	var links []*link
	err := x.query(ctx, old.selection("l")+" ORDER BY l.seq", nil, func(rows *sql.Rows) error {
		v, sum, err := old.read(rows)
		if err == nil && sum == old.sum(v) {
			links = append(links, linkOf(append(v, int64(0))))
		}
		return err
	})
	var was, is []byte // the digests of the run before
	for _, l := range links {
		if err == nil {
			was, is, err = x.bind(ctx, l, was, is)
		}
	}
	if err != nil {
		return err
	}
	return x.retally(ctx)
}

// bind works out the digest of one run anew, and returns the one it had and the one
// it has.
func (x *tx) bind(ctx context.Context, l *link, was, is []byte) (had, has []byte, err error) {
	had = l.digest
	whole := bytes.Equal(had, chainedV1(was, l.content))
	h, err := (&holding{plain: sha256.New()}).read(ctx, x, l)
	damage := new(DamageError)
	switch {
	case errors.As(err, &damage):
		whole = false
	case err != nil:
		return nil, nil, err
	case h != nil && l.pruned:
		l.content = h.content()
		if err := x.insert(ctx, remainsTable, h.prunedTo().row(l.seq)); err != nil {
			return nil, nil, err
		}
	case h != nil && bytes.Equal(l.content, contentOf(h.run, h.head, h.plain.Sum(nil), h.rest[0], h.rest[1], h.rest[2])):
		l.content = h.content()
	}
	if whole {
		l.digest = l.chained(is, nil)
	}
	_, err = x.exec(ctx, linkTable.replacement(""), linkTable.parameters(l.row())...)
	return had, l.digest, err
}

// chainedV1 is the digest of a run as the first version had it.
func chainedV1(before, content []byte) []byte {
	h := sha256.New()
	h.Write(values("tlsaudit/history/v1", before, content).encode(nil))
	return h.Sum(nil)
}
