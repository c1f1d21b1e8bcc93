package jsonstream

import (
	"bytes"
	"slices"

	"tlsaudit/audit"
)

// FaultWithin returns the error that something is wrong with a part of the
// value that Decode read last, which began at start. The steps lead to the
// part, by names and by numbers such as "[2]"; where one leads nowhere, the
// place is that of what should have held it.
func (r *Reader) FaultWithin(start audit.Place, steps []string, format string, args ...any) *audit.InputError {
	place := r.find(start, steps)
	named := Reader{path: slices.Concat(r.path, steps)}
	return named.Fault(place, format, args...)
}

// find walks through the value that Decode read last. It takes the time of
// reading the value again for every step, and is for what went wrong only.
func (r *Reader) find(start audit.Place, steps []string) audit.Place {
	at, raw := start, r.value
	for _, step := range steps {
		next, place, ok := r.at(at, raw, nil).step(step)
		if !ok {
			return at
		}
		at, raw = place, next
	}
	return at
}

// at returns a reader of a value that was read before, at its place.
func (r *Reader) at(place audit.Place, raw []byte, path []string) *Reader {
	in := NewReader(r.file, bytes.NewReader(raw))
	in.line, in.col, in.path = place.Line, place.Col, slices.Clone(path)
	return in
}

// step returns the member or element with that name or number.
func (r *Reader) step(name string) (raw []byte, place audit.Place, ok bool) {
	take := func() {
		place = r.Place()
		value, err := r.raw(MaxValue)
		raw, ok = bytes.Clone(value), err == nil
	}
	if c, err := r.peek(); err != nil || c != '{' && c != '[' {
		return nil, place, false
	} else if c == '{' {
		for member, err := range r.Members() {
			if err == nil && member == name {
				take()
				return raw, place, ok
			}
		}
		return nil, place, false
	}
	for err := range r.Elements() {
		if err == nil && r.path[len(r.path)-1] == name {
			take()
			return raw, place, ok
		}
	}
	return nil, place, false
}
