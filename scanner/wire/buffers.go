package wire

import "sync"

// buffers are what an exchange reads into: records, and the messages cut from
// them. Nothing of a Flight refers to them, so that one exchange after another
// can use the same.
type buffers struct{ records, messages []byte }

// mostKept is the size of the largest buffer kept: a peer that made one grow shall not occupy
// memory for good.
const mostKept = 16 << 10

var pool = sync.Pool{New: func() any {
	return &buffers{make([]byte, firstBuffer), make([]byte, 0, firstBuffer)}
}}

// borrow takes buffers that giveBack returns.
func (m *messages) borrow() {
	m.borrowed, _ = pool.Get().(*buffers)
	m.buf, m.pending = m.borrowed.records, m.borrowed.messages[:0]
}

// giveBack ends the use of the buffers, and of whatever refers to them.
func (m *messages) giveBack() {
	b := m.borrowed
	if len(m.buf) <= mostKept {
		b.records = m.buf
	}
	if cap(m.pending) <= mostKept {
		b.messages = m.pending[:0]
	}
	m.buf, m.pending, m.borrowed = nil, nil, nil
	pool.Put(b)
}
