package wire

import (
	"errors"
	"io"
	"net"
)

const (
	// firstBuffer holds most whole flights; a longer record grows it.
	firstBuffer = 4096
	// maxRecord is the longest record read: TLS 1.2 allows an expansion of
	// 2048 bytes over the 2^14 of the plain text (RFC 5246 section 6.2.3).
	maxRecord = maxFragment + 2048
)

// stream is a read buffer over a connection.
type stream struct {
	c     net.Conn
	buf   []byte
	r, w  int
	total int
}

// peek returns the next n bytes, reading until they are there. io.EOF means
// that the connection ended before the first of them, io.ErrUnexpectedEOF that
// it ended among them.
func (s *stream) peek(n int) ([]byte, error) {
	if s.r == s.w {
		s.r, s.w = 0, 0
	}
	if s.r+n > len(s.buf) {
		grown := s.buf
		if n > len(grown) {
			grown = make([]byte, max(n, firstBuffer))
		}
		s.w = copy(grown, s.buf[s.r:s.w])
		s.r, s.buf = 0, grown
	}
	for empty := 0; s.w-s.r < n; {
		k, err := s.c.Read(s.buf[s.w:])
		s.w += k
		s.total += k
		if k > 0 {
			empty = 0
			continue
		}
		if empty++; err == nil && empty > 100 {
			err = io.ErrNoProgress
		}
		if errors.Is(err, io.EOF) && s.w > s.r {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return s.buf[s.r:s.w], err
		}
	}
	return s.buf[s.r : s.r+n], nil
}

func (s *stream) skip(n int) { s.r += n }

// record reads one record. The payload is valid until the next call; header is
// a copy, as an AEAD wants it.
func (s *stream) record() (header [recordHeader]byte, payload []byte, err error) {
	b, err := s.peek(recordHeader)
	if err != nil {
		return header, nil, err
	}
	header = [recordHeader]byte(b)
	if !isRecord(b) {
		return header, nil, malformed("bytes % X begin no TLS record", b)
	}
	n := int(b[3])<<8 | int(b[4])
	if n > maxRecord {
		return header, nil, malformed("a record of %d bytes is longer than the %d allowed", n, maxRecord)
	}
	s.skip(recordHeader)
	payload, err = s.peek(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return header, nil, err
	}
	s.skip(n)
	return header, payload, nil
}

// isRecord reports whether b can be the beginning of a record header.
func isRecord(b []byte) bool {
	return b[0] >= recordCCS && b[0] <= recordHeartbeat && (len(b) < 2 || b[1] == 3)
}
