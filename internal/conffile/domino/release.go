package domino

import (
	"regexp"
	"strconv"

	"tlsaudit/internal/confdoc"
)

// release is the release of the server, empty if nobody vouches for one.
type release string

func (r release) known() bool { return r != "" }

// since reports whether the release is known and at least first, before whether
// it is known and older.
func (r release) since(first string) bool {
	return r.known() && confdoc.CompareVersions(string(r), first) >= 0
}

func (r release) before(first string) bool { return r.known() && !r.since(first) }

var fixPack = regexp.MustCompile(`(?i)fp\s*(\d+)`)

// speaks12 says whether the release has TLS 1.2: it came with an interim fix of
// fix pack 3 of 9.0.1.
func (r release) speaks12() (yes, sure bool) {
	switch {
	case !r.known():
		return true, false
	case r.since("9.0.2"):
		return true, true
	case r.before("9.0.1"):
		return false, true
	}
	if m := fixPack.FindStringSubmatch(string(r)); m != nil {
		n, err := strconv.Atoi(m[1])
		return n >= 3 || err != nil, n != 3 && err == nil
	}
	return false, false
}
