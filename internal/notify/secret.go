package notify

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"tlsaudit/internal/strictyaml"
)

// secret is text that is never shown: whichever way it is formatted or
// encoded, it says so instead.
type secret struct{ text *string }

func newSecret(s string) secret { return secret{&s} }

func (s secret) set() bool { return s.text != nil && *s.text != "" }

// reveal returns the text to where it is used.
func (s secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// parts are what must not be seen of a URL: all of it, and what stands behind
// the host.
func (s secret) parts() []secret {
	list := []secret{s}
	if u, err := url.Parse(s.reveal()); err == nil && len(u.RequestURI()) > 1 {
		list = append(list, newSecret(u.RequestURI()), newSecret(u.Path))
	}
	return list
}

const hidden = "(secret)"

// String implements fmt.Stringer.
func (secret) String() string { return hidden }

// GoString implements fmt.GoStringer.
func (secret) GoString() string { return hidden }

// Format implements fmt.Formatter, for the verbs the others are not asked for.
func (secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// MarshalText implements encoding.TextMarshaler.
func (secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// redact takes secrets out of a text, should a receiver have repeated one, and
// the beginning of one where the text ends in it: not all that was said is read.
func redact(s string, secrets []secret) string {
	for _, one := range secrets {
		text := one.reveal()
		if len(text) < leastSecret {
			continue
		}
		s = strings.ReplaceAll(s, text, hidden)
		for n := min(len(text)-1, len(s)); n >= leastPart; n-- {
			if strings.HasSuffix(s, text[:n]) {
				s = s[:len(s)-n] + hidden
				break
			}
		}
	}
	return s
}

// leastSecret is how long a secret is at least to be told from other text,
// leastPart the beginning of one.
const leastSecret, leastPart = 4, 8

// maxSecret and maxAuthorities bound a file with a secret and one with
// authorities, in bytes.
const maxSecret, maxAuthorities = 4096, 4 << 20

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// readSecret reads what one of two keys refers to: a file, relative to the
// folder of the configuration, or a variable of the environment. Neither is
// no error.
func readSecret(file, env strictyaml.Node, dir string, getenv func(string) string) (secret, error) {
	if !file.IsZero() && !env.IsZero() {
		return secret{}, env.Fault("keep one of the two", "a secret stands in a file or in the environment, not in both")
	}
	var text string
	node := file
	switch {
	case !file.IsZero():
		name, err := file.Text()
		if err != nil {
			return secret{}, err
		}
		data, err := strictyaml.ReadWhole(inFolder(dir, name), maxSecret)
		if err != nil {
			return secret{}, unread(file, "name a file that holds the secret alone and that only this program may read", err)
		}
		text = strings.TrimRight(string(data), "\r\n")
	case !env.IsZero():
		name, err := env.Text()
		if err != nil {
			return secret{}, err
		}
		if !envName.MatchString(name) {
			return secret{}, env.Fault("write the name of the variable, not its value", "this is not the name of a variable")
		}
		node, text = env, getenv(name)
	default:
		return secret{}, nil
	}
	switch {
	case text == "":
		return secret{}, node.Fault("put the secret there", "the secret is empty")
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return secret{}, node.Fault("one line, without control characters", "the secret has several lines or control characters")
	}
	return newSecret(text), nil
}

func inFolder(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// unread is the fault of a file that could not be read. It names the file if
// there is one: whoever wrote a secret in its place by mistake would see it.
func unread(node strictyaml.Node, hint string, err error) error {
	if large := (*strictyaml.TooLargeError)(nil); errors.As(err, &large) {
		return node.Fault(hint, "the file %v", err)
	}
	return node.Fault(hint, "the file cannot be read: %s", strictyaml.Reason(err))
}
