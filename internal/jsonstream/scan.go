package jsonstream

import (
	"strconv"
)

// Skip passes over the value at hand without holding it.
func (r *Reader) Skip() error {
	_, err := r.scan(nil, 0)
	return err
}

// raw returns the bytes of the value at hand, of at most limit bytes. They are
// valid until the next call.
func (r *Reader) raw(limit int) ([]byte, error) {
	value, err := r.scan(r.value[:0], limit)
	if err == nil {
		r.value = value
	}
	return value, err
}

// span is the state of a scan through one value.
type span struct {
	// open holds the closing brackets that are due.
	open []byte
	// text and escaped tell the inside of a string, scalar that of a number or
	// a word.
	text, escaped, scalar bool
}

// scan moves behind the value at hand. With a limit it gathers the bytes
// behind keep and refuses more than that many.
func (r *Reader) scan(keep []byte, limit int) ([]byte, error) {
	r.pending = false
	if _, err := r.peek(); err != nil {
		return nil, err
	}
	start := r.Place()
	var s span
	for {
		b, err := r.buffered()
		if err != nil {
			return nil, err
		}
		n, done, fault := s.over(b, r.depth)
		if limit > 0 {
			if len(keep)+n > limit {
				return nil, r.Fault(start, "a value larger than %d bytes", limit)
			}
			keep = append(keep, b[:n]...)
		}
		r.consume(b[:n])
		if fault != "" {
			return nil, r.Fault(r.Place(), "%s", fault)
		}
		if done {
			return keep, nil
		}
	}
}

// plain are the bytes that mean nothing inside a string.
var plain = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= 0x20 && c != '"' && c != '\\'
	}
	return table
}()

// over moves through bytes and returns how many belong to the value, whether
// it ends there, and what is wrong with the byte behind them.
func (s *span) over(b []byte, depth int) (n int, done bool, fault string) {
	for i := 0; i < len(b); i++ {
		if s.text && !s.escaped { // most of a document is inside strings
			for i < len(b)-1 && plain[b[i]] {
				i++
			}
		}
		switch c := b[i]; {
		case s.escaped:
			s.escaped = false
		case s.text && c == '\\':
			s.escaped = true
		case s.text && c == '"':
			s.text = false
			if len(s.open) == 0 {
				return i + 1, true, ""
			}
		case s.text && c < 0x20:
			return i, false, "not valid JSON: control character " + strconv.QuoteRune(rune(c)) + " in a string"
		case s.text:
		case s.scalar && len(s.open) == 0 && delimits(c):
			return i, true, ""
		case c == '"':
			if s.scalar && len(s.open) == 0 {
				return i, false, "not valid JSON: '\"' in the middle of a value"
			}
			s.text = true
		case c == '{':
			s.open = append(s.open, '}')
		case c == '[':
			s.open = append(s.open, ']')
		case c == '}' || c == ']':
			if len(s.open) == 0 || s.open[len(s.open)-1] != c {
				return i, false, "not valid JSON: " + strconv.QuoteRune(rune(c)) + " closes nothing"
			}
			if s.open = s.open[:len(s.open)-1]; len(s.open) == 0 {
				return i + 1, true, ""
			}
		case len(s.open) == 0 && (c == ',' || c == ':'):
			return i, false, "not valid JSON: " + strconv.QuoteRune(rune(c)) + " where a value is wanted"
		case len(s.open) == 0:
			s.scalar = true
		}
		if depth+len(s.open) > MaxDepth {
			return i, false, "nested deeper than " + strconv.Itoa(MaxDepth) + " levels"
		}
	}
	return len(b), false, ""
}

// delimits reports whether a byte ends a number or a word.
func delimits(c byte) bool {
	switch c {
	case ',', ':', '}', ']', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}
