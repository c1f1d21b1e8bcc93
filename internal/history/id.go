package history

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

// idLetters are the digits of base 32 without letters that look like others, in
// the order of their value, so that ids sort as the bytes they stand for.
const idLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// idLength is the length of a run's id.
const idLength = 26

// newID makes an id: 48 bits of milliseconds since 1970 and 80 random bits.
func newID(at time.Time) string {
	var b [17]byte // 130 bits are 26 digits, the first two bits and the last six are zero
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(max(at.UnixMilli(), 0)))
	var whole [16]byte
	copy(whole[:6], stamp[2:])
	_, _ = rand.Read(whole[6:]) // never fails
	for i, v := range whole {   // moved by two bits, that the first digit has three
		b[i] |= v >> 2
		b[i+1] = v << 6
	}
	return base32.NewEncoding(idLetters).WithPadding(base32.NoPadding).EncodeToString(b[:])[:idLength]
}

// runRef is what somebody calls a run.
type runRef struct {
	// back counts from the newest finished run; -1 if the run is named by its id.
	back   int
	prefix string
}

// latest is the name of the newest finished run.
const latest = "latest"

// maxBack bounds how far back "latest~N" reaches.
const maxBack = 1 << 20

// parseRun reads what somebody calls a run.
func parseRun(text string) (runRef, error) {
	fault := func(cause string) (runRef, error) {
		return runRef{}, &audit.InputError{Cause: cause, Hint: `name a run by its id, by the beginning of it, or as "latest" or "latest~1"`}
	}
	if text == "" {
		return fault("no run is named")
	}
	if len(text) > idLength {
		return fault("what the run is called is too long")
	}
	if text == latest {
		return runRef{}, nil
	}
	if n, ok := strings.CutPrefix(text, latest+"~"); ok {
		back, err := strconv.ParseUint(n, 10, 32)
		if err != nil || back > maxBack {
			return fault(fmt.Sprintf("%q does not say how many runs back", text))
		}
		return runRef{back: int(back)}, nil
	}
	prefix := strings.ToUpper(text)
	if strings.Trim(prefix, idLetters) != "" {
		return fault(fmt.Sprintf("%q is not the id of a run", text))
	}
	return runRef{back: -1, prefix: prefix}, nil
}
