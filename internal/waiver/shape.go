package waiver

import "strings"

// stage is how far a text has got on its way to being the subject of an
// endpoint, which audit.Target.Subject writes:
//
//	protocol://host:port[?[ip=address][&][sni=name]]
//
// The host is lower case or an address in brackets; what stands behind the
// question mark is percent-encoded.
type stage uint8

const (
	inProtocol stage = iota
	afterColon
	afterSlash
	atHost
	inHost
	inAddress
	afterAddress
	atPort
	inPort // four more follow, one a digit
	_
	_
	_
	lastOfPort
	atQuery
	queryI
	queryP
	atIP
	inIP
	atSNI
	queryN
	queryNI
	atName
	inName
	stages
)

// next returns the stage behind one more character; ok is false where no
// subject has that character.
func (s stage) next(c byte) (to stage, ok bool) {
	lower, digit := c >= 'a' && c <= 'z', c >= '0' && c <= '9'
	switch s {
	case inProtocol:
		if c == ':' {
			return afterColon, true
		}
		return inProtocol, lower || digit || c == '+' || c == '-' || c == '.'
	case afterColon:
		return afterSlash, c == '/'
	case afterSlash:
		return atHost, c == '/'
	case atHost:
		if c == '[' {
			return inAddress, true
		}
		return inHost, lower || digit || c == '_'
	case inHost:
		if c == ':' {
			return atPort, true
		}
		return inHost, lower || digit || c == '_' || c == '-' || c == '.'
	case inAddress:
		if c == ']' {
			return afterAddress, true
		}
		return inAddress, digit || c >= 'a' && c <= 'f' || c == ':' || c == '.'
	case afterAddress:
		return atPort, c == ':'
	case atPort:
		return inPort, digit && c != '0'
	case lastOfPort:
		return atQuery, c == '?'
	case atQuery:
		if c == 'i' {
			return queryI, true
		}
		return queryN, c == 's'
	case queryI:
		return queryP, c == 'p'
	case queryP:
		return atIP, c == '='
	case atIP, inIP:
		if s == inIP && c == '&' {
			return atSNI, true
		}
		return inIP, digit || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == '.' || c == '%'
	case atSNI:
		return queryN, c == 's'
	case queryN:
		return queryNI, c == 'n'
	case queryNI:
		return atName, c == 'i'
	case atName:
		return inName, c == '='
	case inName:
		return inName, lower || digit || c >= 'A' && c <= 'F' || strings.IndexByte("-_.~%+", c) >= 0
	}
	// within the port
	if c == '?' {
		return atQuery, true
	}
	return s + 1, digit
}

// whole reports whether a subject may end here.
func (s stage) whole() bool { return s >= inPort && s <= lastOfPort || s == inIP || s == inName }

// reached is the set of stages a pattern can have got to.
type reached [stages]bool

// fits reports whether some subject of an endpoint matches the pattern. If none
// does, at is where the first character stands that no subject has there, or
// the length of the pattern if it is too short for one.
func fits(pattern string) (at int, ok bool) {
	now := reached{inProtocol: true}
	for i := range len(pattern) {
		var then reached
		if pattern[i] == '*' {
			then = now.anything()
		} else {
			for s, is := range now {
				if to, ok := stage(s).next(pattern[i]); is && ok {
					then[to] = true
				}
			}
		}
		if then == (reached{}) {
			return i, false
		}
		now = then
	}
	for s, is := range now {
		if is && stage(s).whole() {
			return 0, true
		}
	}
	return len(pattern), false
}

// anything is what can be reached by characters of any number and kind.
func (r reached) anything() reached {
	for again := true; again; {
		again = false
		for s := range stages {
			for c := 0; r[s] && c < 0x80; c++ {
				if to, ok := s.next(byte(c)); ok && !r[to] {
					r[to], again = true, true
				}
			}
		}
	}
	return r
}

// namesHost reports whether a pattern names a host or part of one that is more
// than the end all hosts of a country or a trade have in common: "*.com" and
// "smtp://*:25" do not, "*.example.com" and "https://intranet:443" do.
func namesHost(pattern string) bool {
	host, query, _ := strings.Cut(pattern, "?")
	if _, after, found := strings.Cut(host, "://"); found {
		host = after
		if name, _, found := strings.Cut(host, ":"); found && name != "" && !strings.Contains(name, "*") {
			return true
		}
	}
	for piece := range strings.FieldsFuncSeq(host+"*"+query, func(r rune) bool { return strings.ContainsRune("*/?&=:", r) }) {
		if labels := strings.FieldsFunc(piece, func(r rune) bool { return r == '.' }); len(labels) > 1 || strings.ContainsAny(piece, "[%") {
			return true
		}
	}
	return false
}
