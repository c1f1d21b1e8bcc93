package history

import (
	"encoding/binary"
	"time"

	"tlsaudit/audit"
)

// What differs in every scan: when it was made, what it took, and the time at
// which trust was evaluated. It takes some forty bytes a result. The first byte
// is the version of the form.
const varyingVersion = 1

// takeVarying takes what differs in every scan from an observation, which is a
// copy, and returns it in short.
func takeVarying(o *audit.Observation) []byte {
	b := []byte{varyingVersion}
	var last time.Time
	b, last = appendTime(b, o.Started, last)
	b, last = appendTime(b, o.Finished, last)
	b = binary.AppendVarint(b, int64(o.Connections))
	if o.Cost == nil {
		b = append(b, 0)
	} else {
		b = append(b, 1)
		b = binary.AppendVarint(b, o.Cost.BytesSent)
		b = binary.AppendVarint(b, o.Cost.BytesReceived)
		b = binary.AppendVarint(b, o.Cost.Milliseconds)
	}
	o.Started, o.Finished, o.Connections, o.Cost = time.Time{}, time.Time{}, 0, nil
	ownChains(o)
	for _, chain := range chains(o) {
		b, last = appendTime(b, chain.Trust.At, last)
		chain.Trust.At = time.Time{}
	}
	return b
}

// giveVarying undoes takeVarying.
func giveVarying(o *audit.Observation, b []byte) error {
	r := varyingReader{rest: b}
	if r.byte() != varyingVersion {
		return &DamageError{What: "a result of " + o.Target.Subject() + " is of a form that is not known"}
	}
	o.Started, o.Finished, o.Connections = r.time(), r.time(), int(r.number())
	if r.byte() == 1 {
		o.Cost = &audit.Cost{BytesSent: r.number(), BytesReceived: r.number(), Milliseconds: r.number()}
	}
	for _, chain := range chains(o) {
		chain.Trust.At = r.time()
	}
	if r.failed || len(r.rest) > 0 {
		return &DamageError{What: "a result of " + o.Target.Subject() + " cannot be read"}
	}
	return nil
}

// The ways a time is written: none, in full, and as nanoseconds since the one
// before it, in the same zone.
const (
	timeNone byte = iota
	timeFull
	timeSince
)

// appendTime writes a time; last is the one written before it.
func appendTime(b []byte, t, last time.Time) ([]byte, time.Time) {
	if t.IsZero() && t.Location() == time.UTC {
		return append(b, timeNone), last
	}
	_, offset := t.Zone()
	_, before := last.Zone()
	if since := t.Sub(last); !last.IsZero() && offset == before && (t.Location() == time.UTC) == (last.Location() == time.UTC) && last.Add(since).Equal(t) {
		return binary.AppendVarint(append(b, timeSince), int64(since)), t
	}
	text, err := t.MarshalBinary()
	if err != nil { // a zone no JSON can have either
		text, _ = t.UTC().MarshalBinary()
		t = t.UTC()
	}
	return append(append(b, timeFull, byte(len(text))), text...), t
}

// varyingReader reads what takeVarying wrote; what is not there reads as zero
// and is noted.
type varyingReader struct {
	rest   []byte
	last   time.Time
	failed bool
}

func (r *varyingReader) take(n int) []byte {
	if n > len(r.rest) {
		r.failed = true
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *varyingReader) byte() byte { return r.take(1)[0] }

func (r *varyingReader) number() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *varyingReader) time() time.Time {
	switch r.byte() {
	case timeNone:
		return time.Time{}
	case timeSince:
		r.last = r.last.Add(time.Duration(r.number()))
	case timeFull:
		var t time.Time
		if err := t.UnmarshalBinary(r.take(int(r.byte()))); err != nil {
			r.failed = true
		}
		r.last = t
	default:
		r.failed = true
	}
	return r.last
}
