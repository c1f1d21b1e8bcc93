package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
)

// keeper stores contents in one transaction.
type keeper struct {
	*tx
	objects *objects
	// last is the greatest id given away; firsts are the first contents of kinds.
	last   int64
	firsts map[kind]int64
	press  press
	// added counts the contents that were not there.
	added int
}

func newKeeper(ctx context.Context, x *tx, o *objects) (*keeper, error) {
	k := &keeper{tx: x, objects: o, firsts: map[kind]int64{}, press: press{}}
	last, err := x.number(ctx, "SELECT COALESCE(MAX(id), 0) FROM object")
	if err != nil {
		return nil, err
	}
	k.last = last
	return k, x.query(ctx, "SELECT kind, MIN(id) FROM object WHERE base = 0 GROUP BY kind", nil, func(rows *sql.Rows) error {
		var of kind
		var id int64
		err := rows.Scan(&of, &id)
		k.firsts[of] = id
		return err
	})
}

// keep stores a content unless it is there, and returns its id. Before is the
// content it follows, 0 if there is none.
func (k *keeper) keep(ctx context.Context, of kind, content []byte, hash digest, before int64) (id int64, fresh bool, err error) {
	found, err := k.find(ctx, of, hash)
	if err != nil || found != 0 {
		return found, false, err
	}
	base, packed, err := k.pack(ctx, of, content, before)
	if err != nil {
		return 0, false, err
	}
	k.last++
	k.added++
	at := &object{id: k.last, kind: of, hash: hash, content: content, packed: len(packed)}
	if base != nil {
		at.base, at.depth = base.id, base.depth+1
	} else if k.firsts[of] == 0 {
		k.firsts[of] = at.id
	}
	if at.depth < deepest {
		k.objects.keep(at)
	}
	return at.id, true, k.insert(ctx, objectTable, values(at.id, hash[:], int64(of), at.base, at.depth, len(content), packed))
}

// find returns the id of a content that is there, 0 if it is not.
func (k *keeper) find(ctx context.Context, of kind, hash digest) (id int64, err error) {
	err = k.query(ctx, "SELECT id FROM object WHERE hash = ? AND kind = ?", []any{hash[:], int64(of)}, func(rows *sql.Rows) error { return rows.Scan(&id) })
	return id, err
}

// pack packs a content, as the difference to another one if that is smaller. What
// follows another content leans on the same one as that, as long as they still
// resemble each other.
func (k *keeper) pack(ctx context.Context, of kind, content []byte, before int64) (*object, []byte, error) {
	if before != 0 {
		base, err := k.objects.get(ctx, k.tx, before)
		if err == nil && base.depth == deepest {
			base, err = k.objects.get(ctx, k.tx, base.base)
		}
		if err != nil {
			return nil, nil, err
		}
		packed, err := compress(content, base.content)
		if err != nil || len(packed) <= max(256, base.packed/2) {
			return base, packed, err
		}
	}
	whole, err := k.press.pack(content, nil)
	if err != nil || k.firsts[of] == 0 {
		return nil, whole, err
	}
	first, err := k.objects.get(ctx, k.tx, k.firsts[of])
	if err != nil {
		return nil, nil, err
	}
	packed, err := k.press.pack(content, first)
	if err != nil || len(packed) < len(whole)*4/5 {
		return first, packed, err
	}
	return nil, whole, nil
}

// hashOf is the digest of a content.
func hashOf(content []byte) digest { return sha256.Sum256(content) }
