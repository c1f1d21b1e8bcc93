package history

import (
	"context"
	"database/sql"
)

// bindTallies works out the digests of the chain anew, which cover more than they
// did, and counts all tables. What is there is taken for what was written: of an
// older history nothing better is known.
func (x *tx) bindTallies(ctx context.Context) error {
	var links []*link
	old := newTable("link", 1, "seq", "run", "content", "digest", "scope", "at", "pruned") // their sums do not know of the new column
	err := x.query(ctx, "SELECT "+old.list("l")+" FROM link AS l ORDER BY l.seq", nil, func(rows *sql.Rows) error {
		v, err := old.scan(rows)
		if err == nil {
			links = append(links, linkOf(append(v, int64(0))))
		}
		return err
	})
	var before []byte
	for _, l := range links {
		if err == nil {
			err = x.rebind(ctx, l, before)
		}
		before = l.digest
	}
	if err != nil {
		return err
	}
	return x.retally(ctx)
}

// rebind works out the digest of one run anew. What is left of a pruned one is
// what its digest covers from now on.
func (x *tx) rebind(ctx context.Context, l *link, before []byte) error {
	h, err := held(ctx, x, l)
	if err != nil {
		return err
	}
	if h != nil {
		l.content = h.content()
		if l.pruned {
			if err := x.insert(ctx, remainsTable, h.prunedTo().row(l.seq)); err != nil {
				return err
			}
		}
	}
	l.digest = l.chained(before, nil)
	return x.put(ctx, linkTable, l.row())
}
