package httpd

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// enabled says of each version, by its index in audit.Versions, whether a list
// of protocols switches it on: no, yes, or only where the library was built so.
type enabled [6]switched

type switched uint8

const (
	off switched = iota
	on
	ifBuilt // SSLv3 as part of "all"
)

func indexOf(v audit.Version) int { return slices.Index(audit.Versions, v) }

var protocolTokens = map[string]audit.Version{
	"sslv3": audit.SSLv3, "tlsv1": audit.TLSv10, "tlsv1.1": audit.TLSv11, "tlsv1.2": audit.TLSv12, "tlsv1.3": audit.TLSv13,
}

// protocolToken are the words of SSLProtocol, by version.
var protocolToken = map[audit.Version]string{
	audit.SSLv3: "SSLv3", audit.TLSv10: "TLSv1", audit.TLSv11: "TLSv1.1", audit.TLSv12: "TLSv1.2", audit.TLSv13: "TLSv1.3",
}

// protocolList is what SSLProtocol or SSLProxyProtocol comes to.
type protocolList struct {
	on enabled
	// resets are the words that threw away what stood before them.
	resets []string
	// illegal is the word the server refuses, why says why.
	illegal, why string
}

// evaluate applies the words of SSLProtocol from left to right: "+" adds, "-"
// removes, a bare word replaces all before it. Case is ignored.
func evaluate(list []string, has13 bool) protocolList {
	var e protocolList
	for _, w := range list {
		name := w
		sign := byte(0)
		if name != "" && (name[0] == '+' || name[0] == '-') {
			sign, name = name[0], name[1:]
		}
		var these enabled
		switch v, known := protocolTokens[strings.ToLower(name)]; {
		case strings.EqualFold(name, "SSLv2"):
			if sign == '-' {
				continue
			}
			e.illegal, e.why = w, "SSLv2 is no longer supported"
			return e
		case strings.EqualFold(name, "all"):
			these = enabled{off, ifBuilt, on, on, on, truthSwitch(has13)}
		case known && (v != audit.TLSv13 || has13):
			these[indexOf(v)] = on
		case known:
			e.illegal, e.why = w, "this version of the server or its library has no TLS 1.3"
			return e
		default:
			e.illegal, e.why = w, "the words are all, SSLv3, TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3, with + or - in front and blanks between"
			return e
		}
		if sign == 0 {
			if e.on != (enabled{}) {
				e.resets = append(e.resets, w)
			}
			e.on = these
			continue
		}
		for i, s := range these {
			switch {
			case s == off:
			case sign == '-':
				e.on[i] = off
			case e.on[i] != on:
				e.on[i] = s
			}
		}
	}
	return e
}

func truthSwitch(b bool) switched {
	if b {
		return on
	}
	return off
}

// defaultProtocols is "all -SSLv3".
func defaultProtocols(has13 bool) enabled { return enabled{off, off, on, on, on, truthSwitch(has13)} }

// library is what is known about the OpenSSL under the server.
type library struct {
	version string
	known   bool
}

func libraryOf(r *confdoc.Reader) library {
	v, ok := r.Version("openssl")
	return library{v, ok}
}

// before and since say that the library is known to be older, or not.
func (l library) before(v string) bool { return l.known && confdoc.CompareVersions(l.version, v) < 0 }
func (l library) since(v string) bool {
	return l.known && confdoc.CompareVersions(l.version, v) >= 0
}

// has13 reports whether TLS 1.3 can be there: unless somebody says otherwise.
func has13(r *confdoc.Reader) bool {
	server, known := r.Version("httpd")
	return !libraryOf(r).before("1.1.1") && !(known && confdoc.CompareVersions(server, "2.4.37") < 0)
}

// contiguous takes out what a gap in the list takes out: since OpenSSL 1.1.0
// the server sets the newest version and the oldest down to which there is no
// gap.
func (e enabled) contiguous() enabled {
	for i := len(e) - 1; i >= 0; i-- {
		if e[i] == off {
			continue
		}
		for i >= 0 && e[i] != off {
			i--
		}
		for ; i >= 0; i-- {
			e[i] = off
		}
	}
	return e
}

// empty reports whether nothing is on.
func (e enabled) empty() bool {
	return !slices.ContainsFunc(e[:], func(s switched) bool { return s != off })
}

// protocolArgs writes SSLProtocol's arguments for exactly these versions.
func protocolArgs(versions []audit.Version) string {
	args := "-all"
	for _, v := range versions {
		if t := protocolToken[v]; t != "" {
			args += " +" + t
		}
	}
	return args
}

// names lists versions for a message.
func names(versions []audit.Version) string {
	list := make([]string, len(versions))
	for i, v := range versions {
		list[i] = v.String()
	}
	return strings.Join(list, ", ")
}

// factOf is one version's answer with its reason.
func factOf(s switched, evidence string, place audit.Place) confdoc.Fact {
	f := confdoc.Fact{Evidence: evidence, Place: place}
	switch s {
	case on:
		f.Answer = audit.Accepted
	case ifBuilt:
		f.Answer = audit.Undetermined
		f.Evidence = fmt.Sprintf("%s; it includes SSLv3 only where OpenSSL was built with it", evidence)
	default:
		f.Answer = audit.Refused
	}
	return f
}

// settled replaces what depends on the library's build by what is usual for a
// version that is known: SSLv3 is not built in since OpenSSL 1.1.0.
func (e enabled) settled(lib library) enabled {
	for i, s := range e {
		switch {
		case s != ifBuilt:
		case lib.since("1.1.0"):
			e[i] = off
		case lib.known:
			e[i] = on
		}
	}
	return e
}
