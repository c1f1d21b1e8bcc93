package report

import (
	"crypto/sha1" //nolint:gosec // RFC 9562 section 5.5 names it, and nothing is kept secret by it
	"encoding/hex"
	"encoding/json"
	"strconv"

	"tlsaudit/audit"
)

// uuidSpace is the namespace of every UUID this program makes. It is itself the
// name-based UUID of "tlsaudit" in the DNS namespace of RFC 9562 section 6.6.
var uuidSpace = [16]byte{0xd2, 0xef, 0x11, 0x4f, 0xfa, 0xae, 0x5e, 0x9e, 0x9b, 0xe7, 0x7c, 0x17, 0x1f, 0xea, 0xb4, 0xc3}

// nameUUID returns the UUID of version 5 (RFC 9562 section 5.5) for a name made
// of parts, such as "8a4b…-…". The same parts give the same UUID, on any machine
// and in any year; the length of each part counts, so that "a", "bc" and "ab",
// "c" differ.
func nameUUID(parts ...string) string { return uuid5(uuidSpace, joinName(parts)) }

func joinName(parts []string) string {
	name := make([]byte, 0, 128)
	for _, part := range parts {
		name = strconv.AppendInt(name, int64(len(part)), 10)
		name = append(append(append(name, ':'), part...), ',')
	}
	return string(name)
}

func uuid5(space [16]byte, name string) string {
	h := sha1.New() //nolint:gosec // as above
	h.Write(space[:])
	h.Write([]byte(name))
	b := h.Sum(nil)[:16]
	b[6] = b[6]&0x0f | 0x50 // version 5
	b[8] = b[8]&0x3f | 0x80 // the variant of the RFC
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// runUUID identifies a run for one kind of document: whoever renders the same
// report again, from a file and elsewhere, gets the same one.
func runUUID(r *audit.Report, kind string) string {
	id, err := json.Marshal([]any{kind, r.Tool, r.Generated.UTC(), r.Now.UTC(), r.Policies, r.Sources, filledSummary(r.Summary)})
	if err != nil { // a year beyond 9999 is all that can be
		id = []byte(err.Error())
	}
	return nameUUID(string(id))
}
