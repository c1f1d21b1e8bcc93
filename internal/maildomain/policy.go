package maildomain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tlsaudit/audit"
)

const (
	// maxPolicy bounds a policy file in bytes, as RFC 8461 section 3.3 suggests;
	// maxLines, maxPatterns and maxFaults what is read and kept of it.
	maxPolicy   = 64 << 10
	maxLines    = 1024
	maxPatterns = 256
	maxFaults   = 8
)

// modes are those of RFC 8461 section 3.2.
var modes = []string{"enforce", "testing", "none"}

// maxAge is the longest a policy may be kept, in seconds (RFC 8461 section 3.2).
const maxAge = 31557600

// draft is a policy being read.
type draft struct {
	audit.STSPolicy
	seen map[string]bool
}

// ParsePolicy reads an MTA-STS policy file (RFC 8461 section 3.2): lines of
// "key: value", ended by LF or CRLF. Keys it does not know are passed over; of
// those that may stand once the first counts. What makes it no policy is in
// Faults.
func ParsePolicy(text string) *audit.STSPolicy {
	p := draft{seen: map[string]bool{}}
	lines := strings.Split(strings.TrimRight(text, "\r\n \t"), "\n")
	if len(lines) > maxLines {
		p.fault("the file has more than %d lines", maxLines)
		lines = lines[:maxLines]
	}
	for i, line := range lines {
		line = strings.TrimRight(strings.TrimSuffix(line, "\r"), " \t")
		key, value, ok := strings.Cut(line, ":")
		switch {
		case !ok || key == "" || len(key) > 32 || strings.Trim(key, letters+digits+"_-.") != "":
			p.fault("line %d is no \"key: value\": %s", i+1, quote(line))
		case key != "mx" && p.seen[key]:
		default:
			p.set(key, strings.TrimLeft(value, " \t"))
		}
	}
	for _, key := range []string{"version", "mode", "max_age"} {
		if !p.seen[key] {
			p.fault("%s is missing", key)
		}
	}
	if !p.seen["mx"] && p.seen["mode"] && p.Mode != "none" {
		p.fault("no mx is listed")
	}
	return &p.STSPolicy
}

func (p *draft) fault(format string, args ...any) {
	if len(p.Faults) < maxFaults {
		p.Faults = append(p.Faults, fmt.Sprintf(format, args...))
	}
}

// set takes one pair.
func (p *draft) set(key, value string) {
	p.seen[key] = true
	switch key {
	case "version":
		p.Version = clip(value)
		if value != "STSv1" {
			p.fault("the version is %s, not STSv1", quote(value))
		}
	case "mode":
		p.Mode = clip(value)
		if !slices.Contains(modes, value) {
			p.fault("the mode %s is not one of %s", quote(value), strings.Join(modes, ", "))
		}
	case "max_age":
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil || len(value) > 10 || strings.Trim(value, digits) != "" {
			p.fault("max_age %s is not a number of seconds", quote(value))
			return
		}
		p.MaxAge = int(n)
		if n > maxAge {
			p.fault("max_age is %d seconds, more than the year (%d) it may be", n, maxAge)
		}
	case "mx":
		pattern := strings.ToLower(value)
		switch {
		case !isPattern(pattern):
			p.fault("the mx %s is no host name, nor *. before one", quote(value))
		case len(p.MX) == maxPatterns:
			p.fault("more than %d mx are listed", maxPatterns)
		case !slices.Contains(p.MX, pattern):
			p.MX = append(p.MX, pattern)
		}
	}
}

// isPattern reports whether a policy may name hosts so: a host name, or "*." and
// one (RFC 8461 section 4.1).
func isPattern(pattern string) bool {
	return unfit(strings.TrimPrefix(pattern, "*.")) == "" || strings.HasPrefix(pattern, "*.") && unfit(pattern[2:]+".x") == ""
}

// clip shortens a value that is kept as found.
func clip(s string) string { return s[:min(len(s), 64)] }
