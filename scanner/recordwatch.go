package scanner

import (
	"encoding/binary"
	"errors"
	"net"
)

// errAlerted ends a wait when the peer has answered with an alert that a
// library drops in silence.
var errAlerted = errors.New("a warning alert")

// maxWatched bounds the records remembered after a recordWatch is armed.
const maxWatched = 64

// recordWatch follows the headers of the records that are read from a
// connection up to TLS 1.2, where they say in clear what is inside. Once it is
// armed it remembers them, and reads nothing behind an alert.
type recordWatch struct {
	net.Conn
	header [5]byte
	have   int // bytes of header that are there
	left   int // bytes of content to come
	armed  bool
	kinds  []byte // of the records begun since it was armed
	over   bool   // an alert among them has passed whole
}

// Read implements net.Conn.
func (w *recordWatch) Read(b []byte) (int, error) {
	if w.over {
		return 0, errAlerted
	}
	n, err := w.Conn.Read(b)
	w.follow(b[:n])
	return n, err
}

func (w *recordWatch) follow(b []byte) {
	for len(b) > 0 {
		if w.have < len(w.header) {
			n := copy(w.header[w.have:], b)
			w.have += n
			b = b[n:]
			if w.have < len(w.header) {
				return
			}
			w.left = int(binary.BigEndian.Uint16(w.header[3:]))
			if w.armed && len(w.kinds) < maxWatched {
				w.kinds = append(w.kinds, w.header[0])
			}
		}
		n := min(w.left, len(b))
		w.left -= n
		b = b[n:]
		if w.left == 0 {
			w.have = 0
			w.over = w.over || w.armed && w.header[0] == 21
		}
	}
}
