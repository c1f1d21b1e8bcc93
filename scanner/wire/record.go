package wire

import "slices"

// Record content types (RFC 8446 section 5.1, RFC 6520).
const (
	recordCCS         = 20
	recordAlert       = 21
	recordHandshake   = 22
	recordApplication = 23
	recordHeartbeat   = 24
)

// splitRecords cuts the one record that starts at start, whose length is not
// filled in yet, into records of lawful size.
func splitRecords(b []byte, start int) []byte {
	body := len(b) - start - recordHeader
	count := max(1, (body+maxFragment-1)/maxFragment)
	version := [3]byte(b[start : start+3])
	b = slices.Grow(b, (count-1)*recordHeader)
	b = b[:len(b)+(count-1)*recordHeader]
	// From the last fragment to the first, so that none is overwritten before
	// it has been moved.
	for i := count - 1; i >= 0; i-- {
		from := start + recordHeader + i*maxFragment
		n := min(maxFragment, body-i*maxFragment)
		to := from + i*recordHeader
		copy(b[to:to+n], b[from:from+n])
		copy(b[to-recordHeader:], version[:])
		b[to-2], b[to-1] = byte(n>>8), byte(n)
	}
	return b
}

// Fragment cuts the records of a hello into records of n bytes each.
func Fragment(records []byte, n int) []byte {
	var message, out []byte
	var version [2]byte
	for b := records; len(b) >= recordHeader; {
		size := min(int(b[3])<<8|int(b[4]), len(b)-recordHeader)
		version = [2]byte(b[1:3])
		message = append(message, b[recordHeader:recordHeader+size]...)
		b = b[recordHeader+size:]
	}
	for part := range slices.Chunk(message, n) {
		out = append(out, recordHandshake, version[0], version[1], byte(len(part)>>8), byte(len(part)))
		out = append(out, part...)
	}
	return out
}
