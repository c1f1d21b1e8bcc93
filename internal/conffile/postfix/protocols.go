package postfix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tlsaudit/audit"
)

// protocols is what a list of protocols comes to.
type protocols struct {
	// excluded and included are the names with and without an exclamation mark;
	// without any included, all but the excluded are.
	excluded, included []audit.Version
	// floor and ceiling are the bounds, 0 for none.
	floor, ceiling audit.Version
	// invalid is a word Postfix does not know, which makes it do without TLS.
	invalid string
	// bounds is set if the list has one, which takes 3.6 or later.
	bounds bool
}

// protocolNames are the names Postfix knows, in any case.
var protocolNames = map[string]audit.Version{
	"sslv2": audit.SSLv2, "sslv3": audit.SSLv3, "tlsv1": audit.TLSv10, "tlsv1.1": audit.TLSv11, "tlsv1.2": audit.TLSv12, "tlsv1.3": audit.TLSv13,
}

// readProtocols reads a list: bounds if the version has them, names to include
// and names to exclude.
func readProtocols(text string, bounds bool) protocols {
	var p protocols
	for _, w := range words(text, colonSeparators) {
		var ok bool
		var v audit.Version
		switch {
		case strings.HasPrefix(w, ">="):
			p.floor, ok = bound(w[2:])
			p.bounds = true
			ok = ok && bounds
		case strings.HasPrefix(w, "<="):
			p.ceiling, ok = bound(w[2:])
			p.bounds = true
			ok = ok && bounds
		case strings.HasPrefix(w, "!"):
			if v, ok = protocolNames[strings.ToLower(w[1:])]; ok {
				p.excluded = append(p.excluded, v)
			}
		default:
			if v, ok = protocolNames[strings.ToLower(w)]; ok {
				p.included = append(p.included, v)
			}
		}
		if !ok {
			p.invalid = w
			return p
		}
	}
	return p
}

// bound reads a version by name or by hexadecimal number. OpenSSL takes no bound
// it does not know.
func bound(s string) (audit.Version, bool) {
	if v, ok := protocolNames[strings.ToLower(s)]; ok {
		return v, v != audit.SSLv2
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "0X")
	if s == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(s, 16, 31)
	if err != nil {
		return 0, false
	}
	if v := audit.Version(n); n <= 0xffff && slices.Contains(audit.Versions[1:], v) {
		return v, true
	}
	return 0, true
}

// allows reports whether the list leaves a version on.
func (p protocols) allows(v audit.Version) bool {
	switch {
	case p.invalid != "",
		slices.Contains(p.excluded, v),
		len(p.included) > 0 && !slices.Contains(p.included, v),
		p.ceiling != 0 && v > p.ceiling:
		return false
	}
	return v >= p.floor
}

// allowed lists the versions left on.
func (p protocols) allowed() []audit.Version {
	var list []audit.Version
	for _, v := range audit.Versions {
		if p.allows(v) && (v != audit.SSLv2 || slices.Contains(p.included, v)) {
			list = append(list, v)
		}
	}
	return list
}

// below lists the versions left on that are lower than a minimum.
func (p protocols) below(lowest audit.Version) []audit.Version {
	return slices.DeleteFunc(p.allowed(), func(v audit.Version) bool { return v >= lowest })
}

func names(versions []audit.Version) string {
	list := make([]string, len(versions))
	for i, v := range versions {
		list[i] = v.String()
	}
	return strings.Join(list, ", ")
}

// postfixName is what Postfix calls a version.
func postfixName(v audit.Version) string {
	if v == audit.TLSv10 {
		return "TLSv1"
	}
	return v.String()
}

// spell writes the list that allows exactly the versions given, as bounds where
// the version of Postfix has them and they suffice.
func spell(versions []audit.Version, bounds bool) (string, error) {
	versions = slices.DeleteFunc(slices.Clone(versions), func(v audit.Version) bool { return v == audit.SSLv2 })
	slices.Sort(versions)
	versions = slices.Compact(versions)
	if len(versions) == 0 {
		return "", fmt.Errorf("no version is left to allow")
	}
	low, high := versions[0], versions[len(versions)-1]
	var off, holes []string
	for _, v := range audit.Versions {
		if slices.Contains(versions, v) {
			continue
		}
		off = append(off, "!"+postfixName(v))
		if v > low && v < high {
			holes = append(holes, "!"+postfixName(v))
		}
	}
	if !bounds {
		return strings.Join(off, ", "), nil
	}
	list := []string{">=" + postfixName(low)}
	if high != audit.TLSv13 {
		list = append(list, "<="+postfixName(high))
	}
	return strings.Join(append(list, holes...), ", "), nil
}

// from lists the versions from a minimum on.
func from(lowest audit.Version) []audit.Version {
	return slices.DeleteFunc(slices.Clone(audit.Versions), func(v audit.Version) bool { return v < lowest })
}
