package waiver

import (
	"slices"
	"strings"

	"tlsaudit/internal/strictyaml"
)

// glob is a pattern for whole subjects. An asterisk stands for any characters,
// also none; nothing else is special, since brackets and question marks are
// parts of subjects.
type glob string

// matches compares the whole subject.
func (g glob) matches(subject string) bool {
	parts := strings.Split(string(g), "*")
	if len(parts) == 1 {
		return subject == parts[0]
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(subject) < len(first)+len(last) || !strings.HasPrefix(subject, first) || !strings.HasSuffix(subject, last) {
		return false
	}
	rest := subject[len(first) : len(subject)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return true
}

// wild reports whether the pattern can match more than one subject; everything
// whether it names no part of any.
func (g glob) wild() bool       { return strings.Contains(string(g), "*") }
func (g glob) everything() bool { return strings.Trim(string(g), "*:/") == "" }

// gatewayScheme begins the subject of a row of the gateway table, such as
// "gateway:corp/outbound/10:Bank".
const gatewayScheme = "gateway:"

// maxTarget bounds a pattern in bytes: no subject is longer.
const maxTarget = 1024

// readTarget reads a pattern and refuses what could never match, or looks like
// a pattern of another kind.
func readTarget(n strictyaml.Node, protocols []string) (glob, error) {
	text, err := n.Text()
	if err != nil {
		return "", err
	}
	const hint = "write the subject as the report shows it, such as smtp://mx.example.com:25, or with * for any characters: smtp://*.example.com:25"
	scheme, rest, found := strings.Cut(text, "://")
	host, query, hasQuery := strings.Cut(rest, "?")
	switch {
	case strings.TrimSpace(text) == "":
		return "", n.Fault(hint, "the target is blank")
	case len(text) > maxTarget:
		return "", n.Fault(hint, "longer than %d bytes", maxTarget)
	case strings.HasPrefix(text, gatewayScheme):
		return glob(text), nil // what follows is a name people gave
	case strings.ContainsAny(text, "^$()|\\") || strings.HasPrefix(text, ".*") || strings.Contains(text, "://.*"):
		return "", n.Fault(hint+"; it always has to match as a whole", "%q is a regular expression", text)
	case strings.Contains(text, "**"):
		return "", n.Fault("write one *: it stands for any characters, dots and slashes too", "%q has two asterisks in a row", text)
	case !found && !strings.HasPrefix(text, "*"):
		return "", n.Fault(hint, "%q is no subject: it has no protocol://", text)
	case strings.ContainsAny(text, " \t\n"):
		return "", n.Fault("remove it", "%q has white space in it", text)
	case !found:
		return glob(text), nil
	case hasQuery && !strings.HasPrefix(query, "*") && !strings.HasPrefix(query, "ip=") && !strings.HasPrefix(query, "sni="):
		return "", n.Fault("write * for any characters; ? begins the ip= and sni= of a subject", "%q: ? stands for no character", text)
	case strings.LastIndex(host, "[") > 0 || strings.Contains(scheme, "["):
		return "", n.Fault("write * for any characters; brackets enclose IPv6 addresses", "%q: [...] stands for no character", text)
	case scheme+host != strings.ToLower(scheme+host):
		return "", n.Fault("write "+strings.ToLower(scheme+"://"+host), "%q has capitals; protocols and hosts of subjects are in lower case", text)
	case len(protocols) > 0 && !strings.Contains(scheme, "*") && !slices.Contains(protocols, scheme):
		return "", unknown(n, "is not a protocol", scheme, sorted(slices.Clone(protocols)), hint)
	}
	return glob(text), nil
}
