package access

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Token is what is kept of a token: enough to know it again, not to use it.
type Token struct {
	Name string
	Role Role
	// Digest is the SHA-256 of the token. It needs no salt and no slow hash:
	// nobody guesses 256 random bits.
	Digest [sha256.Size]byte
	// Until is the day the token stops to hold; zero means never.
	Until time.Time
}

// MaxTokenFile bounds a file of tokens, in bytes.
const MaxTokenFile = 256 << 10

// maxTokens is how many it may have.
const maxTokens = 1000

// tokenMark begins every token, so that scanners for leaked secrets know one.
const tokenMark = "tlsaudit_"

// maxSecret bounds what is taken for a token or a cookie of ours.
const maxSecret = 128

var (
	tokenName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$`)
	tokenDigest  = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	tokenFileDoc = "NAME viewer|operator sha256:DIGEST [until=2006-01-02]"
)

// random returns 256 random bits as text.
func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails: the runtime ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// NewToken makes a token: the secret, which is nowhere kept, and the line of the
// file that stands for it.
func NewToken(name string, role Role, until time.Time) (secret, line string, err error) {
	if !tokenName.MatchString(name) {
		return "", "", &audit.InputError{Cause: fmt.Sprintf("%.80q cannot be the name of a token", name), Hint: "use up to 64 letters, digits and . _ @ + -, such as nightly-report"}
	}
	if !slices.Contains(Roles, role) {
		return "", "", &audit.InputError{Cause: fmt.Sprintf("%.80q is not a role", string(role)), Hint: "give --role viewer, to read, or --role operator, to start audits too"}
	}
	secret = tokenMark + random()
	line = fmt.Sprintf("%s %s sha256:%x", name, role, sha256.Sum256([]byte(secret)))
	if !until.IsZero() {
		line += " until=" + until.Format(time.DateOnly)
	}
	return secret, line + "\n", nil
}

// ParseTokens reads a file of tokens: one a line, with # before a comment.
func ParseTokens(file string, data []byte) ([]Token, error) {
	fault := func(line int, hint, format string, args ...any) error {
		return &audit.InputError{Place: audit.Place{File: file, Line: line}, Cause: fmt.Sprintf(format, args...), Hint: hint}
	}
	if len(data) > MaxTokenFile {
		return nil, fault(0, "remove tokens nobody uses", "larger than %d bytes", MaxTokenFile)
	}
	var tokens []Token
	number := 0
	for line := range bytes.Lines(data) {
		number++
		text := strings.TrimRight(string(line), "\r\n")
		if text = strings.Trim(text, " \t"); text == "" || text[0] == '#' {
			continue
		}
		t, err := parseToken(text)
		switch {
		case err != nil:
			return nil, fault(number, "a line is: "+tokenFileDoc+"; tlsaudit serve token makes one", "%v", err)
		case len(tokens) == maxTokens:
			return nil, fault(number, "remove tokens nobody uses", "more than %d tokens", maxTokens)
		case slices.ContainsFunc(tokens, func(o Token) bool { return o.Name == t.Name }):
			return nil, fault(number, "give each token a name of its own", "the name %q is there twice", t.Name)
		case slices.ContainsFunc(tokens, func(o Token) bool { return o.Digest == t.Digest }):
			return nil, fault(number, "make a token for each: tlsaudit serve token NAME", "the token of %q is that of another name", t.Name)
		}
		tokens = append(tokens, t)
	}
	return tokens, nil
}

// parseToken reads one line. It quotes names only: whoever puts a token where
// its digest belongs must not find it in a log.
func parseToken(text string) (t Token, err error) {
	words := strings.Fields(text)
	if len(words) < 3 || len(words) > 4 {
		return t, fmt.Errorf("%d words, not 3 or 4", len(words))
	}
	if t.Name = words[0]; !tokenName.MatchString(t.Name) {
		return t, fmt.Errorf("the name is not made of up to 64 letters, digits and . _ @ + -")
	}
	if t.Role = Role(words[1]); !slices.Contains(Roles, t.Role) {
		return t, fmt.Errorf("the role of %q is neither viewer nor operator", t.Name)
	}
	if !tokenDigest.MatchString(words[2]) {
		return t, fmt.Errorf("the digest of %q is not sha256: and 64 digits", t.Name)
	}
	if _, err := hex.Decode(t.Digest[:], []byte(strings.TrimPrefix(words[2], "sha256:"))); err != nil {
		return t, fmt.Errorf("the digest of %q: %w", t.Name, err)
	}
	if len(words) == 4 {
		day, ok := strings.CutPrefix(words[3], "until=")
		if t.Until, err = time.Parse(time.DateOnly, day); !ok || err != nil {
			return t, fmt.Errorf("the end of %q is not until= and a day such as 2027-01-31", t.Name)
		}
	}
	return t, nil
}

// holds reports whether the token has not run out: its last day is Until.
func (t *Token) holds(now time.Time) bool {
	return t.Until.IsZero() || now.Before(t.Until.AddDate(0, 0, 1))
}

// find returns the token of a secret. All are compared, so that the time it
// takes tells nothing.
func find(tokens []Token, secret string, now time.Time) (found Token, ok bool) {
	if len(secret) > maxSecret {
		return Token{}, false
	}
	digest := sha256.Sum256([]byte(secret))
	for i := range tokens {
		if subtle.ConstantTimeCompare(digest[:], tokens[i].Digest[:]) == 1 {
			found, ok = tokens[i], true
		}
	}
	return found, ok && found.holds(now)
}
