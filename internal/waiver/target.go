package waiver

import (
	"slices"
	"strings"
	"unicode"

	"tlsaudit/internal/glob"
	"tlsaudit/internal/strictyaml"
)

// pattern is for whole subjects. An asterisk stands for any characters, also
// none; nothing else is special, since brackets and question marks are parts of
// subjects.
type pattern string

// matches compares the whole subject.
func (g pattern) matches(subject string) bool { return glob.Match(string(g), subject) }

// wild reports whether the pattern can match more than one subject; everything
// whether it names no part of any.
func (g pattern) wild() bool       { return strings.Contains(string(g), glob.Any) }
func (g pattern) everything() bool { return strings.Trim(string(g), "*:/") == "" }

// gatewayScheme begins the subject of a row of the gateway table, such as
// "gateway:corp/outbound/10:Bank".
const gatewayScheme = "gateway:"

// configScheme begins the subject of a configuration file or of a listener it
// declares, such as "config:conf/nginx.conf#443 www.example.com".
const configScheme = "config:"

// maxTarget bounds a pattern in bytes: no subject is longer.
const maxTarget = 1024

const (
	targetHint = "write the subject as the report shows it, such as smtp://mx.example.com:25, or with * for any characters: smtp://*.example.com:25"
	rowHint    = "write the subject as the report shows it, such as gateway:corp/outbound/10:Bank, or with * for any characters: gateway:corp/outbound/*"
)

// readTarget reads a pattern and refuses what could never match, or looks like
// a pattern of another kind.
func readTarget(n strictyaml.Node, protocols []string) (pattern, error) {
	text, err := n.Text()
	if err != nil {
		return "", err
	}
	scheme, rest, found := strings.Cut(text, "://")
	host, query, hasQuery := strings.Cut(rest, "?")
	lowered := strings.ToLower(text[:len(text)-len(query)]) + query
	at, fit := fits(text)
	switch {
	case strings.TrimSpace(text) == "":
		return "", n.Fault(targetHint, "the target is blank")
	case len(text) > maxTarget:
		return "", n.Fault(targetHint, "longer than %d bytes", maxTarget)
	case strings.HasPrefix(text, gatewayScheme):
		return readRow(n, text)
	case strings.HasPrefix(text, configScheme):
		if strings.Contains(text, "**") || strings.TrimLeft(text[len(configScheme):], glob.Any) == "" {
			return "", n.Fault("write the subject as the report shows it, such as config:conf/nginx.conf, or with * for any characters: config:conf/*", "%q names no configuration file", text)
		}
		return pattern(text), nil
	case strings.ContainsAny(text, "^$()|\\") || strings.HasPrefix(text, ".*") || strings.Contains(text, "://.*"):
		return "", n.Fault(targetHint+"; it always has to match as a whole", "%q is a regular expression", text)
	case strings.Contains(text, "**"):
		return "", n.Fault("write one *: it stands for any characters, dots and slashes too", "%q has two asterisks in a row", text)
	case !found && !strings.HasPrefix(text, glob.Any):
		return "", n.Fault(targetHint, "%q is no subject: it has no protocol://", text)
	case strings.ContainsAny(text, " \t\n"):
		return "", n.Fault("remove it", "%q has white space in it", text)
	case strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }):
		return "", n.Fault("write an internationalised name in its xn-- form (RFC 5891), as subjects have it", "%q is not written in ASCII", text)
	case strings.ContainsAny(text, "{}"):
		return "", n.Fault("write a waiver for each, or * for any characters", "%q: {...} stands for no choice", text)
	case hasQuery && !strings.HasPrefix(query, glob.Any) && !strings.HasPrefix(query, "ip=") && !strings.HasPrefix(query, "sni="):
		return "", n.Fault("write * for any characters; ? begins the ip= and sni= of a subject", "%q: ? stands for no character", text)
	case strings.LastIndex(host, "[") > 0 || strings.Contains(scheme, "["):
		return "", n.Fault("write * for any characters; brackets enclose IPv6 addresses", "%q: [...] stands for no character", text)
	case !fit && lowered != text:
		return "", n.Fault("write "+lowered, "%q has capitals; protocols and hosts of subjects are in lower case", text)
	case found && len(protocols) > 0 && !strings.Contains(scheme, glob.Any) && !slices.Contains(protocols, scheme):
		return "", unknown(n, "is not a protocol", scheme, sorted(slices.Clone(protocols)), targetHint)
	case !fit:
		return "", misfit(n, text, host, at)
	}
	return pattern(text), nil
}

// misfit says what keeps a pattern from ever matching.
func misfit(n strictyaml.Node, text, host string, at int) error {
	switch {
	case at == len(text) && strings.HasPrefix(text[strings.Index(text, "://")+1:], "//"+host) && !strings.Contains(strings.TrimPrefix(host[strings.LastIndex(host, "]")+1:], "*"), ":"):
		return n.Fault("add it, or :* for every port, as in "+text+":443 and "+text+":*", "%q names no port, which every subject has", text)
	case at == len(text):
		return n.Fault(targetHint, "%q matches no subject: it ends too early for one", text)
	case strings.Contains(text[:at], "?ip=") && text[at] == ':':
		return n.Fault("copy it from the report: behind the question mark a colon is written %3A", "%q matches no subject from %q on", text, text[at:])
	}
	return n.Fault(targetHint, "%q matches no subject from %q on", text, text[at:])
}

// readRow reads the pattern of a row's subject.
func readRow(n strictyaml.Node, text string) (pattern, error) {
	switch head, _, _ := strings.Cut(strings.TrimPrefix(text, gatewayScheme), ":"); {
	case strings.Contains(head, "**"):
		return "", n.Fault("write one *: it stands for any characters, slashes and colons too", "%q has two asterisks in a row", text)
	case !fitsRow(strings.TrimPrefix(text, gatewayScheme)):
		return "", n.Fault(rowHint, "%q matches no row of a gateway's table", text)
	}
	return pattern(text), nil
}

// fitsRow reports whether some row can match what stands behind the scheme:
// policy/direction/priority:name. From the first asterisk on everything can.
func fitsRow(text string) bool {
	head, _, wild := strings.Cut(text, glob.Any)
	policy, rest, more := strings.Cut(head, "/")
	if !more {
		return wild
	}
	direction, rest, more := strings.Cut(rest, "/")
	if !more {
		return policy != "" && wild && (strings.HasPrefix("inbound", direction) || strings.HasPrefix("outbound", direction))
	}
	priority, name, more := strings.Cut(rest, ":")
	switch {
	case policy == "" || direction != "inbound" && direction != "outbound" || strings.Trim(priority, "0123456789") != "":
		return false
	case !more:
		return wild
	}
	return priority != "" && (wild || name != "")
}
