package sametime

import (
	"fmt"
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

// service is a part of Sametime that listens, or that connects elsewhere.
type service struct {
	name, prefix string
	// section holds plain and secure, the ports of the legacy protocol and of
	// TLS; empty for a client.
	section, plain, secure string
	port                   int
	protocol               string
}

var (
	mux       = service{"mux", "STMUX", "Debug", "VPMX_PORT", "VPMX_TLS_PORT", 1533, "sametime"}
	community = service{"community server", "STSRV", "Connectivity", "VPS_PORT", "VPS_TLS_PORT", 1516, ""}
	everyone  = service{name: "all services", prefix: global}
	ldap      = service{name: "LDAP client", prefix: "STLDAP"}
	saml      = service{name: "SAML", prefix: "STSAML"}
)

// mode is what a port answers.
type mode uint8

const (
	unknownMode mode = iota
	legacyMode       // the legacy protocol only
	bothMode         // legacy and TLS
	strictMode       // TLS only, by inference
)

// server is what the files say about one service.
type server struct {
	service
	params *params
	mode   mode
	// why says in words what mode rests on, at its place; open why it is unknown.
	why, open string
	at        audit.Place
	// legacy is set if the legacy protocol is certainly answered.
	legacy bool
	ports  []int
	// secret is the Kubernetes secret that brings the key store; chart is set for
	// Helm values, where the chart decides what is not written.
	secret string
	chart  bool
}

// port reads the value of a parameter that is a port. Zero means switched off.
func port(f found) (n int, ok bool) {
	n, err := strconv.Atoi(f.value)
	return n, err == nil && n >= 0 && n <= 65535 && f.doubt == ""
}

// settle finds out what the port answers.
func (s *server) settle(home *conftree.File) {
	plain, secure := s.params.get(s.section, s.plain), s.params.get(s.section, s.secure)
	s.at = home.Place(0)
	for _, f := range []found{secure, plain} {
		if f.set() {
			s.at = f.entry.place()
		}
	}
	legacyPort, legacyKnown := port(plain)
	tlsPort, tlsKnown := port(secure)
	noTLS := secure.doubt == "" && (!secure.set() || secure.value == "" || tlsKnown && tlsPort == 0)
	s.legacy = legacyKnown && legacyPort > 0 && plain.set()
	switch {
	case s.legacy && tlsKnown && secure.set() && tlsPort > 0:
		s.mode, s.ports = bothMode, []int{legacyPort}
		s.why = fmt.Sprintf("%s and %s: the legacy protocol and TLS are both answered", plain.entry.shown(), secure.entry.shown())
		if tlsPort != legacyPort {
			s.ports = append(s.ports, tlsPort)
		}
	case s.legacy && noTLS && !s.chart:
		s.mode, s.ports = legacyMode, []int{legacyPort}
		s.why = fmt.Sprintf("%s and no %s: only the legacy protocol is answered", plain.entry.shown(), s.secure)
	case s.legacy:
		s.ports = []int{legacyPort}
		s.why = plain.entry.shown() + ": the legacy protocol is answered"
	case secure.doubt != "" || plain.doubt != "":
		s.open = firstOf(secure.doubt, plain.doubt)
	case noTLS && s.chart:
		s.open = fmt.Sprintf("the values do not say what port %d answers; the chart and the key store secret decide: confirm by a probe", s.port)
	case noTLS && !plain.set() && s.service == community:
		s.open = fmt.Sprintf("the file does not say what port %d answers", s.port)
	case noTLS && !plain.set():
		s.mode, s.legacy, s.ports = legacyMode, true, []int{s.port}
		s.why = fmt.Sprintf("neither %s nor %s is set: by default only the legacy protocol is answered", s.plain, s.secure)
	case noTLS:
		s.open = fmt.Sprintf("%s opens no port, and %s is not set: what port %d answers is not documented", plain.entry.shown(), s.secure, s.port)
	case !tlsKnown:
		s.open = fmt.Sprintf("%s is not a port", secure.entry.shown())
	case !plain.set():
		s.open = fmt.Sprintf("%s is set and %s is not: whether the legacy protocol is answered then is not documented; confirm by a probe", s.secure, s.plain)
	case plain.value == "":
		s.open = fmt.Sprintf("%s is empty: whether that switches the legacy protocol off is not documented; confirm by a probe", s.plain)
	case !legacyKnown:
		s.open = fmt.Sprintf("%s is not a port", plain.entry.shown())
	default:
		s.mode, s.ports = strictMode, []int{tlsPort}
		s.why = fmt.Sprintf("%s and %s: TLS only (the form with port 0 is inferred: confirm by a probe)", plain.entry.shown(), secure.entry.shown())
		s.overruled()
	}
	if tlsKnown && tlsPort > 0 && secure.set() && len(s.ports) == 0 {
		s.ports = []int{tlsPort}
	}
}

// overruled takes TLS only back where the central configuration may win over
// the file.
func (s *server) overruled() {
	if s.service != mux {
		return
	}
	f := s.params.get(s.section, noUpdate)
	switch {
	case f.doubt != "":
		s.mode, s.open = unknownMode, f.doubt
	case f.value != "1":
		s.mode = unknownMode
		s.open = fmt.Sprintf("%s is TLS only by this file, but without %s=1 the central configuration may win over it", s.name, noUpdate)
	}
}

const noUpdate = "VPMX_DISABLE_CONFIGURATION_UPDATE"

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// hasTLS says whether TLS is answered.
func (s *server) hasTLS() audit.Answer {
	secure := s.params.get(s.section, s.secure)
	n, ok := port(secure)
	switch {
	case s.section == "":
		return audit.Undetermined
	case s.mode == legacyMode:
		return audit.Refused
	case s.mode != unknownMode, ok && n > 0, s.secret != "":
		return audit.Accepted
	}
	return audit.Undetermined
}

// hasPlain says whether the legacy protocol is answered.
func (s *server) hasPlain() audit.Answer {
	switch {
	case s.legacy:
		return audit.Accepted
	case s.mode == strictMode:
		return audit.Refused
	}
	return audit.Undetermined
}

// protocol reads a protocol version as Sametime writes it, 0x303, or the same
// number in decimal.
func protocol(value string) (v audit.Version, ok bool) {
	digits, hex := strings.CutPrefix(strings.ToLower(value), "0x")
	base := 10
	if hex {
		base = 16
	}
	n, err := strconv.ParseUint(digits, base, 16)
	return audit.Version(n), err == nil && n >= uint64(audit.SSLv3) && n <= uint64(audit.TLSv12)
}

// bound is the lowest or the highest version a service allows.
type bound struct {
	found
	version audit.Version
	// known is false if the value is not one that is documented.
	known bool
	// text is the number as it reaches the product.
	text string
}

func (s *server) bound(suffix string) bound {
	b := bound{found: s.params.tls(s.prefix, suffix), version: audit.TLSv12, known: true}
	if !b.set() {
		b.known = b.doubt == ""
		return b
	}
	if b.text = b.value; b.entry.number != "" {
		b.text = b.entry.number
	}
	if b.value == "" {
		return b // as if it were not there
	}
	b.version, b.known = protocol(b.text)
	b.known = b.known && b.doubt == ""
	return b
}

// versions are the answers by version. TLS 1.2 is the highest that can be
// configured.
func (s *server) versions() (facts []audit.VersionFact, configured []audit.Version) {
	low, high := s.bound("MIN_PROTOCOL_VERSION"), s.bound("MAX_PROTOCOL_VERSION")
	suites, complete := s.suites()
	for _, v := range audit.Versions {
		fact := audit.VersionFact{Version: v}
		switch {
		case s.hasTLS() == audit.Refused:
			fact.Answer, fact.Evidence = audit.Refused, s.why
		case v == audit.TLSv13 || v == audit.SSLv2:
			fact.Answer, fact.Evidence = audit.Refused, "Sametime cannot be configured for it"
		case low.known && v < low.version:
			fact.Answer = audit.Refused
			low.explain(&fact, "MIN_PROTOCOL_VERSION")
		case high.known && v > high.version:
			fact.Answer = audit.Refused
			high.explain(&fact, "MAX_PROTOCOL_VERSION")
		case low.known && high.known:
			fact.Answer = audit.Accepted
			low.explain(&fact, "MIN_PROTOCOL_VERSION")
			configured = append(configured, v)
		case v == audit.TLSv12 && high.known:
			fact.Answer, fact.Evidence = audit.Accepted, "the highest version there is"
			configured = append(configured, v)
		default:
			fact.Answer, fact.Evidence = audit.Undetermined, firstOf(low.doubt, high.doubt, "the bounds of the protocol versions cannot be read")
		}
		if fact.Answer == audit.Accepted && suites != nil {
			fact.Suites = confdoc.SuitesAt(suites, v)
			fact.SuitesOffered, fact.SuitesAnswer = len(fact.Suites), complete
		}
		facts = append(facts, fact)
	}
	return facts, configured
}

func (b *bound) explain(fact *audit.VersionFact, suffix string) {
	if !b.set() || b.value == "" {
		fact.Evidence = "default of " + suffix + " (0x303)"
		return
	}
	fact.Evidence = b.entry.key + "=" + clip(b.text)
	place := b.entry.place()
	fact.Place = &place
}

// suites are those the service is limited to; nil if it is not.
func (s *server) suites() (list []tlsreg.Suite, complete audit.Answer) {
	f := s.params.tls(s.prefix, "CIPHER_SUITES")
	if !f.set() || f.value == "" {
		return nil, audit.NotAsked
	}
	list, unknown := suitesOf(f.value)
	if len(unknown) > 0 || f.doubt != "" {
		return list, audit.Undetermined
	}
	return list, audit.Accepted
}

// maxSuites bounds how many names of a list are read: there are fewer suites.
const maxSuites = 1000

// suitesOf reads a list of names with commas between them.
func suitesOf(value string) (list []tlsreg.Suite, unknown []string) {
	seen := map[audit.Code]bool{}
	names := 0
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if names++; names > maxSuites {
			return list, append(unknown, "more names than there are suites")
		}
		suite, ok := tlsreg.SuiteByName(name)
		if after, ibm := strings.CutPrefix(name, "SSL_"); !ok && ibm {
			suite, ok = tlsreg.SuiteByName("TLS_" + after)
		}
		switch {
		case !ok:
			unknown = append(unknown, name)
		case !seen[suite.Code]:
			seen[suite.Code] = true
			list = append(list, suite)
		}
	}
	return list, unknown
}
