package inventory

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// maxTarget bounds one target, in bytes.
const maxTarget = 2048

// ParseTarget reads a target as it is written on the command line:
//
//	https://www.example.com          smtp://mx.example.com:25?label.env=prod
//	mx.example.com:587               tls://[2001:db8::1]:8443?sni=www.example.com
//	www.example.com                  smtp://mx.example.com?ip=192.0.2.25
//
// Without a scheme the protocol is the one whose well-known port is given,
// "tls" if there is none, and "https" if there is no port either. Settings
// behind "?" are sni, ip, direction, product, system, owner, environment and
// label.NAME. Errors are *audit.InputError without a place.
func ParseTarget(s string, protocols []audit.Protocol) (audit.Target, error) {
	t, err := parseTarget(s, protocols)
	if err != nil {
		f := faultOf(err)
		return audit.Target{}, &audit.InputError{Cause: fmt.Sprintf("target %q: %s", clip(s), f.cause), Hint: f.hint}
	}
	return t, nil
}

// parseTarget returns errors of type *fault only.
func parseTarget(s string, protocols []audit.Protocol) (audit.Target, error) {
	d := draft{protocols: protocols}
	if err := checkTarget(s); err != nil {
		return d.Target, err
	}
	if rest, ok := strings.CutPrefix(s, audit.ProtocolMX+":"); ok && !strings.HasPrefix(rest, "//") && strings.Trim(rest, "0123456789") != "" {
		s = audit.ProtocolMX + "://" + rest // mx:example.com; mx:25 is a host and its port
	}
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		if err := d.set("protocol", scheme); err != nil {
			return d.Target, err
		}
		s = rest
	}
	s, query, asked := strings.Cut(s, "?")
	if strings.ContainsAny(s, "@\\") {
		return d.Target, &fault{"a target has no user name and no backslash", "write protocol://host:port"}
	}
	s, path, _ := strings.Cut(s, "/")
	if path != "" {
		return d.Target, &fault{fmt.Sprintf("a target is an endpoint and has no path %q", "/"+clip(path)), "leave the path off"}
	}
	host, port, err := splitHostPort(s)
	if err != nil {
		return d.Target, err
	}
	if err := d.set("host", host); err != nil {
		return d.Target, err
	}
	if port != "" {
		if err := d.set("port", port); err != nil {
			return d.Target, err
		}
	}
	if asked {
		if err := d.setQuery(query); err != nil {
			return d.Target, err
		}
	}
	return d.Target, d.finish()
}

func checkTarget(s string) error {
	switch {
	case s == "":
		return &fault{"nothing is written", "write protocol://host:port, such as https://www.example.com"}
	case len(s) > maxTarget:
		return &fault{fmt.Sprintf("longer than %d bytes", maxTarget), ""}
	case s[0] == '-':
		return &fault{"a target cannot begin with a dash", "see --help for the options"}
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return &fault{fmt.Sprintf("character %U is not allowed", r), "remove it"}
		}
		if unicode.IsSpace(r) {
			return &fault{"a target has no spaces", "write %20 for a space in a label; separate targets by spaces outside quotes"}
		}
	}
	return nil
}

// splitHostPort splits "host:port", "host", "[::1]:port" and "[::1]".
func splitHostPort(s string) (host, port string, err error) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, after, ok := strings.Cut(rest, "]")
		if !ok {
			return "", "", &fault{`a "]" is missing`, "write [2001:db8::1]:443"}
		}
		if a, err := netip.ParseAddr(host); err != nil || !a.Is6() {
			return "", "", &fault{fmt.Sprintf("%q is not an IPv6 address", clip(host)), "only IPv6 addresses stand in brackets"}
		}
		if after == "" {
			return host, "", nil
		}
		port, ok := strings.CutPrefix(after, ":")
		if !ok || port == "" {
			return "", "", &fault{fmt.Sprintf("%q behind the address is not a port", clip(after)), "write [2001:db8::1]:443"}
		}
		return host, port, nil
	}
	host, port, ok := strings.Cut(s, ":")
	if strings.Contains(port, ":") {
		return "", "", &fault{"more than one colon", "write an IPv6 address in brackets: [2001:db8::1]:443"}
	}
	if ok && port == "" {
		return "", "", &fault{"a colon without a port", "write the port, 1 to 65535, or leave the colon off"}
	}
	return host, port, nil
}

func (d *draft) setQuery(query string) error {
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(query, "&") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return &fault{fmt.Sprintf("%q behind the question mark is no setting", clip(pair)), "write key=value, such as sni=www.example.com"}
		}
		if seen[key] {
			return &fault{fmt.Sprintf("%s is set twice", clip(key)), "keep one of the two"}
		}
		seen[key] = true
		text, err := url.QueryUnescape(value)
		if err != nil {
			return &fault{fmt.Sprintf("%s: %q is not percent-encoded text", clip(key), clip(value)), "write %25 for a percent sign"}
		}
		if !slices.Contains(settings, key) && !strings.HasPrefix(key, "label.") {
			known := append(slices.Clone(settings), "label.NAME")
			return &fault{fmt.Sprintf("unknown setting %q; known settings: %s", clip(key), strings.Join(known, ", ")), didYouMean(key, known)}
		}
		if err := d.set(key, text); err != nil {
			return err
		}
	}
	return nil
}

// fault is what is wrong with a value whose place the caller knows.
type fault struct{ cause, hint string }

func (f *fault) Error() string { return f.cause }

// faultOf returns the fault in err; another error is one without a hint.
func faultOf(err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	return &fault{cause: err.Error()}
}

// at turns a fault into an error with a place.
func at(place audit.Place, err error) error {
	f := faultOf(err)
	return &audit.InputError{Place: place, Cause: f.cause, Hint: f.hint}
}

func didYouMean(word string, known []string) string {
	if near := strictyaml.Nearest(word, known); near != "" {
		return "did you mean " + strconv.Quote(near) + "?"
	}
	return ""
}

// clip shortens text that is quoted in an error.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
