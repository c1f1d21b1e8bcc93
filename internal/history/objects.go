package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// Contents are kept once, by the digest of what they are, and most of them as the
// difference to another one: what a subject shows changes little from one night
// to the next, and subjects resemble each other. A content leans on its base, and
// that one on another at most: the first content of a subject leans on the first
// of its kind, those that follow lean on the first of the subject.

// kind says what a content is.
type kind int64

// The kinds of contents.
const (
	kindFacts       kind = 1 // what was observed, see facts
	kindFindings    kind = 2 // what was found, see judged
	kindDeclared    kind = 3 // what files declare
	kindCertificate kind = 4
	kindHead        kind = 5 // a report without its records
)

// deepest bounds how many contents lean on one another.
const deepest = 2

// digest is the SHA-256 of a content.
type digest = [sha256.Size]byte

// object is one content as it is stored.
type object struct {
	id, base, depth int64
	kind            kind
	hash            digest
	content         []byte
	// packed is how many bytes of the database it takes.
	packed int
}

// objects reads contents, and keeps those that others lean on at hand.
type objects struct {
	mu    sync.Mutex
	kept  map[int64]*object
	order []int64 // of kept, the oldest first
	size  int
	// certificates finds those kept by their digests.
	certificates map[digest]int64
}

// keptBytes bounds what is kept at hand.
const keptBytes = 24 << 20

func newObjects() *objects {
	return &objects{kept: map[int64]*object{}, certificates: map[digest]int64{}}
}

// source of rows: the pool that reads, or a transaction that sees what it wrote.
type querier interface {
	query(ctx context.Context, text string, args []any, each func(*sql.Rows) error) error
}

// get reads a content and holds it against its digest.
func (o *objects) get(ctx context.Context, q querier, id int64) (*object, error) {
	if at := o.find(id); at != nil {
		return at, nil
	}
	return o.load(ctx, q, id, 0)
}

func (o *objects) load(ctx context.Context, q querier, id int64, level int) (*object, error) {
	var stored row
	err := q.query(ctx, objectTable.selection("o")+" WHERE o.id = ?", []any{id}, func(rows *sql.Rows) (err error) {
		stored, err = objectTable.scan(rows)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading content %d: %w", id, err)
	}
	if stored == nil {
		return nil, &DamageError{What: fmt.Sprintf("content %d is missing", id)}
	}
	if level > deepest {
		return nil, &DamageError{What: fmt.Sprintf("content %d leans on too many others", id)}
	}
	var base []byte
	if on := objectTable.int(stored, "base"); on != 0 {
		b := o.find(on)
		if b == nil {
			if b, err = o.load(ctx, q, on, level+1); err != nil {
				return nil, err
			}
		}
		base = b.content
	}
	at, err := unpack(stored, base)
	if err != nil {
		return nil, err
	}
	if at.depth < deepest || at.kind == kindCertificate { // others may lean on it, or name it
		o.keep(at)
	}
	return at, nil
}

// unpack makes a content of its row.
func unpack(stored row, base []byte) (*object, error) {
	at := &object{
		id: objectTable.int(stored, "id"), base: objectTable.int(stored, "base"), depth: objectTable.int(stored, "depth"), kind: kind(objectTable.int(stored, "kind")),
		packed: len(objectTable.bytes(stored, "data")),
	}
	copy(at.hash[:], objectTable.bytes(stored, "hash"))
	content, err := decompress(objectTable.bytes(stored, "data"), base, objectTable.int(stored, "size"))
	if err == nil && sha256.Sum256(content) != at.hash {
		err = errors.New("it is not what its digest says")
	}
	if err != nil {
		return nil, &DamageError{What: fmt.Sprintf("content %d cannot be read: %v", at.id, err)}
	}
	at.content = content
	return at, nil
}

func (o *objects) find(id int64) *object {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.kept[id]
}

func (o *objects) keep(at *object) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept[at.id] != nil || len(at.content) > keptBytes/4 {
		return
	}
	o.kept[at.id] = at
	if at.kind == kindCertificate {
		o.certificates[at.hash] = at.id
	}
	o.order = append(o.order, at.id)
	o.size += len(at.content)
	for o.size > keptBytes {
		oldest := o.kept[o.order[0]]
		o.size -= len(oldest.content)
		delete(o.certificates, oldest.hash)
		delete(o.kept, oldest.id)
		o.order = o.order[1:]
	}
}

// forget drops what is kept: after a transaction that was taken back, or that
// removed contents, it may not be there any more.
func (o *objects) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.kept)
	clear(o.certificates)
	o.order, o.size = nil, 0
}

// DamageError says that the database does not hold what was written to it.
type DamageError struct{ What string }

// Error implements error.
func (e *DamageError) Error() string {
	return "the history is damaged: " + e.What + "\nhint: tlsaudit history verify tells all of it; restore the database from a backup"
}

// findHash finds a certificate among the contents at hand.
func (o *objects) findHash(hash digest) *object {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at := o.kept[o.certificates[hash]]; at != nil {
		return at
	}
	return nil
}
