package scanner

import (
	"math"
	"strconv"
	"strings"

	"tlsaudit/audit"
)

// parseHSTS reads the headers Strict-Transport-Security of a response; nil if
// there is none. A header that breaks the grammar of RFC 6797 section 6.1 is
// ignored as a whole (section 8.1), and so are all but the first.
func parseHSTS(headers []string) *audit.HSTS {
	if len(headers) == 0 {
		return nil
	}
	h := &audit.HSTS{Value: clipped(headers[0]), More: len(headers) - 1}
	h.Fault = readHSTS(h, headers[0])
	if h.Fault != "" {
		h.MaxAge, h.IncludeSubDomains, h.Preload = 0, false, false
	}
	return h
}

// readHSTS reads the directives and returns what is wrong with them.
func readHSTS(h *audit.HSTS, text string) (fault string) {
	seen := map[string]bool{}
	for {
		name, value, rest, more, ok := nextDirective(text)
		if !ok {
			return "the syntax is broken"
		}
		if name != "" {
			name = strings.ToLower(name)
			if seen[name] {
				return "a directive is there twice"
			}
			seen[name] = true
			switch name {
			case "max-age":
				age, err := strconv.ParseUint(value, 10, 63)
				if strings.Trim(value, "0123456789") != "" || value == "" {
					return "max-age is no number of seconds"
				}
				if err != nil { // too large for anything but digits
					age = math.MaxInt64
				}
				h.MaxAge = int64(age)
			case "includesubdomains":
				h.IncludeSubDomains = true
			case "preload":
				h.Preload = true
			}
		}
		if !more {
			break
		}
		text = rest
	}
	if !seen["max-age"] {
		return "max-age is missing"
	}
	return ""
}

// nextDirective takes one directive, which may be empty, from the front of a
// header: a token, perhaps with a value that is a token or a quoted string.
func nextDirective(text string) (name, value, rest string, more, ok bool) {
	text = strings.TrimLeft(text, " \t")
	name, text = takeToken(text)
	text = strings.TrimLeft(text, " \t")
	if after, assigned := strings.CutPrefix(text, "="); assigned {
		after = strings.TrimLeft(after, " \t")
		var valid bool
		if strings.HasPrefix(after, `"`) {
			value, text, valid = takeQuoted(after)
		} else {
			value, text = takeToken(after)
			valid = value != ""
		}
		if name == "" || !valid {
			return "", "", "", false, false
		}
		text = strings.TrimLeft(text, " \t")
	}
	if text == "" {
		return name, value, "", false, true
	}
	rest, more = strings.CutPrefix(text, ";")
	return name, value, rest, more, more
}

// takeToken takes a token of RFC 9110 section 5.6.2 from the front.
func takeToken(s string) (token, rest string) {
	end := strings.IndexFunc(s, func(c rune) bool {
		return c <= ' ' || c > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

// takeQuoted takes a quoted string of RFC 9110 section 5.6.4 from the front.
func takeQuoted(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}
