package cipherstring

import (
	"slices"
	"strings"
)

// word applies one word that is not a level; it returns what is wrong with it.
func (p *priority) word(word string, at int) string {
	if word == "" {
		return "an empty word"
	}
	name := word[1:]
	switch word[0] {
	case '%':
		if !slices.Contains(gnutlsOptions, name) {
			if option, ok := named(name, gnutlsOptions); ok {
				return "no such option; case matters: %" + option
			}
			return "no such option"
		}
		p.selection.Options = append(p.selection.Options, name)
		return ""
	case '+':
		if level, ok := gnutlsLevels[strings.ToUpper(name)]; ok {
			p.level(level, true)
			return ""
		}
	case '-', '!':
	default:
		if strings.EqualFold(word, "NONE") {
			return "NONE has a meaning at the very start only"
		}
		return "neither a level nor a word with + - ! or %"
	}
	return p.item(name, Word{Text: word, Offset: at}, word[0] == '+')
}

// apply adds names to a list or removes them.
func apply(list *[]string, add bool, names ...string) {
	if add {
		addTo(list, names...)
	} else {
		removeFrom(list, names...)
	}
}

// all adds the usual members of a kind; removing all of a kind empties it,
// whatever its members.
func all(list *[]string, add bool, names []string) {
	if add {
		addTo(list, names...)
	} else {
		*list = nil
	}
}

// item adds or removes one item by name, in the order in which the library
// tries the kinds.
func (p *priority) item(name string, w Word, add bool) string {
	for _, kind := range []struct {
		list  *[]string
		known []string
	}{{&p.macs, gnutlsNames.macs}, {&p.ciphers, gnutlsNames.ciphers}, {&p.kx, gnutlsNames.kx}} {
		if known, ok := named(name, kind.known); ok {
			apply(kind.list, add, known)
			return ""
		}
	}
	ignore := func(reason string) string {
		w.Reason = reason
		p.selection.Ignored = append(p.selection.Ignored, w)
		return ""
	}
	// The library compares the words for all of a kind by their beginning.
	upper := strings.ToUpper(name)
	is := func(prefix string) bool { return strings.HasPrefix(upper, prefix) }
	switch {
	case upper == "RSA-EXPORT", upper == "MAC-NULL", upper == "CIPHER-NULL", upper == "ARCFOUR-40":
		return ignore("known by name only")
	case upper == "GOST":
		p.gost(add)
		return ""
	case is("VERS-"):
		return p.versionItem(upper, add, ignore)
	case is("COMP-"):
		return ignore("compression is not supported any more")
	case is("CURVE-ALL"), is("GROUP-ALL"):
		all(&p.groups, add, gnutlsNormal.groups)
	case is("CURVE-ED25519"), is("CURVE-ED448"):
		return ignore("a curve for signatures is not a group")
	case is("GROUP-DH-ALL"):
		apply(&p.groups, add, gnutlsDH...)
	case is("GROUP-EC-ALL"):
		apply(&p.groups, add, gnutlsEC...)
	case is("GROUP-GOST-ALL"):
		apply(&p.groups, add, gnutlsGOST...)
	case is("CURVE-"), is("GROUP-"):
		known, ok := named(name[len("GROUP-"):], gnutlsNames.groups)
		if !ok || is("CURVE-FFDHE") {
			return "no such group"
		}
		apply(&p.groups, add, known)
	case is("CTYPE-"):
		return certificateType(upper, ignore)
	case is("SIGN-ALL"):
		all(&p.signatures, add, gnutlsSigns)
	case is("SIGN-GOST-ALL"):
		all(&p.signatures, add, gnutlsAllGOST.signatures)
	case is("SIGN-"):
		known, ok := named(name[len("SIGN-"):], gnutlsNames.signatures)
		if !ok {
			return "no such signature algorithm"
		}
		apply(&p.signatures, add, known)
	case is("MAC-ALL"):
		all(&p.macs, add, gnutlsNormal.macs)
	case is("MAC-GOST-ALL"):
		all(&p.macs, add, gnutlsAllGOST.macs)
	case is("CIPHER-ALL"):
		all(&p.ciphers, add, gnutlsNormal.ciphers)
	case is("CIPHER-GOST-ALL"):
		all(&p.ciphers, add, gnutlsAllGOST.ciphers)
	case is("KX-ALL"):
		all(&p.kx, add, gnutlsNormal.kx)
	case is("KX-GOST-ALL"):
		all(&p.kx, add, gnutlsAllGOST.kx)
	default:
		return "no such name"
	}
	return ""
}

// gost adds everything of GOST; taking it away takes everything away but the
// other groups, as the library has it.
func (p *priority) gost(add bool) {
	all(&p.ciphers, add, gnutlsAllGOST.ciphers)
	all(&p.macs, add, gnutlsAllGOST.macs)
	all(&p.kx, add, gnutlsAllGOST.kx)
	all(&p.signatures, add, gnutlsAllGOST.signatures)
	apply(&p.groups, add, gnutlsAllGOST.groups...)
}

func (p *priority) versionItem(upper string, add bool, ignore func(string) string) string {
	is := func(prefix string) bool { return strings.HasPrefix(upper, prefix) }
	switch {
	case is("VERS-TLS-ALL"):
		apply(&p.versions, add, gnutlsTLS...)
	case is("VERS-DTLS-ALL"):
		if add {
			addTo(&p.versions, gnutlsDTLS...)
		} else {
			removeFrom(&p.versions, gnutlsEveryDTLS...)
		}
	case is("VERS-ALL"):
		all(&p.versions, add, gnutlsVersions)
	case upper == "VERS-SSL3.0":
		return ignore("SSL 3.0 is not compiled in")
	default:
		known, ok := named(upper[len("VERS-"):], gnutlsNames.versions)
		if !ok {
			return "no such version"
		}
		apply(&p.versions, add, known)
	}
	return ""
}

// certificateType accepts the types of certificates, which do not matter here.
func certificateType(upper string, ignore func(string) string) string {
	rest := strings.TrimPrefix(upper, "CTYPE-")
	if strings.HasPrefix(upper, "CTYPE-OPENPGP") {
		return ignore("OpenPGP certificates are not supported any more")
	}
	for _, side := range []string{"CLI-", "SRV-"} {
		rest = strings.TrimPrefix(rest, side)
	}
	if strings.HasPrefix(rest, "ALL") || slices.Contains([]string{"X.509", "X509", "RAWPK"}, rest) {
		return ""
	}
	return "no such certificate type"
}
