package websphere

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// protocols is what a value of sslProtocol, or com.ibm.ssl.protocol, comes to.
type protocols struct {
	// allowed are the versions it allows, maybe those that depend on the level of
	// the SDK.
	allowed, maybe []audit.Version
	// assumed says on what condition allowed ones are.
	assumed string
	// names are the words of the value.
	names []string
	// known is unset if the value is none of WebSphere's.
	known bool
	// doubts say why the reading may be wrong.
	doubts []string
}

// defaultProtocol is what WebSphere uses if no protocol is set.
const defaultProtocol = "SSL_TLSv2"

// protocolTable is what IBMJSSE2 enables for a value that stands alone.
var protocolTable = map[string]protocols{
	"SSLv3":     {allowed: []audit.Version{audit.SSLv3}, assumed: "a patched SDK enables nothing"},
	"SSL":       {allowed: []audit.Version{audit.TLSv10, audit.TLSv11, audit.TLSv12}, maybe: []audit.Version{audit.TLSv13}},
	"SSL_TLS":   {allowed: []audit.Version{audit.TLSv10}},
	"SSL_TLSv2": {allowed: []audit.Version{audit.TLSv10, audit.TLSv11, audit.TLSv12}, maybe: []audit.Version{audit.TLSv13}},
	"TLS":       {allowed: []audit.Version{audit.TLSv10}, maybe: []audit.Version{audit.TLSv11, audit.TLSv12, audit.TLSv13}, assumed: "assumed: the level of the SDK is not known"},
	"TLSv1":     {allowed: []audit.Version{audit.TLSv10}},
	"TLSv1.1":   {allowed: []audit.Version{audit.TLSv11}},
	"TLSv1.2":   {allowed: []audit.Version{audit.TLSv12}},
	"TLSv1.3":   {allowed: []audit.Version{audit.TLSv13}},
}

// listed are the values that may stand in a list.
var listed = []string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}

// nameOf is how WebSphere writes a version.
func nameOf(v audit.Version) string {
	if v == audit.TLSv10 {
		return "TLSv1"
	}
	return v.String()
}

// readProtocol reads a value.
func readProtocol(value string) protocols {
	p := protocols{known: true}
	if value != confdoc.JavaTrim(value) {
		p.doubt("there are blanks around the value, which stay part of it")
	}
	words := strings.Split(value, ",")
	if len(words) > 16 {
		words = words[:16]
		p.doubt("the list is longer than any that makes sense")
	}
	for _, word := range words {
		name := confdoc.JavaTrim(word)
		if len(words) > 1 && name != word {
			p.doubt("there are blanks in the list; IBM writes none")
		}
		entry, exact := protocolTable[name]
		if !exact {
			for _, candidate := range sortedProtocols() {
				if strings.EqualFold(candidate, name) {
					entry, name, exact = protocolTable[candidate], candidate, true
					p.doubt("case differs from IBM's " + candidate)
				}
			}
		}
		switch {
		case !exact:
			p.known = false
			p.doubt(fmt.Sprintf("%q is not a protocol of WebSphere (%s)", shorten(name), strings.Join(sortedProtocols(), ", ")))
		case len(words) > 1 && !slices.Contains(listed, name):
			p.doubt(name + " may not stand in a list")
		}
		p.names = append(p.names, name)
		p.allowed = merge(p.allowed, entry.allowed)
		p.maybe = merge(p.maybe, entry.maybe)
		if entry.assumed != "" {
			p.assumed = entry.assumed
		}
	}
	return p
}

func sortedProtocols() []string {
	return []string{"SSLv3", "SSL", "SSL_TLS", "SSL_TLSv2", "TLS", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
}

func (p *protocols) doubt(why string) {
	if !slices.Contains(p.doubts, why) {
		p.doubts = append(p.doubts, why)
	}
}

// isList reports whether several protocols are named.
func (p protocols) isList() bool { return len(p.names) > 1 }

// below returns the versions allowed for sure that are older than lowest.
func (p protocols) below(lowest audit.Version) []audit.Version {
	return slices.DeleteFunc(slices.Clone(p.allowed), func(v audit.Version) bool { return v >= lowest })
}

func merge(a, b []audit.Version) []audit.Version {
	c := append(slices.Clone(a), b...)
	slices.Sort(c)
	return slices.Compact(c)
}

// versionNames writes versions for a message.
func versionNames(versions []audit.Version) string {
	names := make([]string, len(versions))
	for i, v := range versions {
		names[i] = v.String()
	}
	return strings.Join(names, ", ")
}

// longestValue bounds what is told of a value.
const longestValue = 4000

// shorten makes a word of a file fit for a message: short, and without what has
// the form of a secret.
func shorten(s string) string {
	s = confdoc.RedactText(strings.ToValidUTF8(s[:min(len(s), longestValue)], "?"))
	if runes := []rune(s); len(runes) > 60 {
		return string(runes[:60]) + "..."
	}
	return s
}
