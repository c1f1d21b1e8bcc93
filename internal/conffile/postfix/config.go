package postfix

import (
	"strings"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// config is main.cf and master.cf together: the syntax of a document.
type config struct {
	doc          *confdoc.Document
	reader       *confdoc.Reader
	main, master *conftree.File
	// defined are the definitions of main.cf in order, global the last of each
	// name.
	defined  []*definition
	global   map[string]*definition
	services []*service
	// mu guards what is worked out when it is asked for: rules may ask at the
	// same time. spent counts what was expanded, for the whole document.
	mu    sync.Mutex
	spent int
	cache map[place]value
	// strings are the cipher strings evaluated; excluding what was found to be
	// taken away from them, by what is wanted.
	strings   map[string]*evaluated
	excluding map[string][]string
	// maps are the policy tables read, by path.
	tables []*table
	// unread says which tables could not be read, and why.
	unread []confdoc.Gap
}

// place is where a value holds: in a service, or everywhere.
type place struct {
	service *service
	name    string
}

// maxFaults bounds the faults of one document that are told.
const maxFaults = 100

// fail adds a fault, and reports whether there is room for more.
func (c *config) fail(kind confdoc.FaultKind, at audit.Place, message, hint string) {
	if len(c.doc.Faults) < maxFaults {
		c.doc.Fail(kind, at, message, hint)
	}
}

// maxSpent bounds the text all expansions of a document make.
const maxSpent = 16 << 20

// scope is what one program sees: the options of its service above main.cf.
type scope struct {
	*config
	service *service
}

// everywhere is main.cf without the options of any service.
func (c *config) everywhere() *scope { return &scope{config: c} }

// definition returns what defines a name, nil if nothing does.
func (s *scope) definition(name string) *definition {
	if s.service != nil {
		if d := s.service.overrides[name]; d != nil {
			return d
		}
	}
	return s.global[name]
}

// raw is the lookup of the expansion.
func (s *scope) raw(name string) (string, bool) {
	if d := s.definition(name); d != nil {
		return d.value, false
	}
	if v, ok := s.standard(name); ok {
		return v, s.main == nil
	}
	return "", known[name] || s.main == nil
}

// value returns what a parameter comes to.
func (s *scope) value(name string) value {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{s.service, name}
	if v, ok := s.cache[at]; ok {
		return v
	}
	v := value{name: name, def: s.definition(name)}
	text, open := s.raw(name)
	if v.open = open; s.spent > maxSpent || len(text) > maxExpanded && strings.Contains(text, "$") {
		v.err = errExpanded
	} else {
		expanded, more, err := expand(text, s.raw)
		s.spent += len(expanded)
		v.text, v.open, v.err = trim(expanded), open || more, err
	}
	s.cache[at] = v
	return v
}

// release is the version the files are read for, and whether that is assumed. A
// file that asks for the behaviour of a version is for that one at least.
func (c *config) release() (version string, isAssumed bool) {
	if v, ok := c.reader.Version("postfix"); ok {
		return v, false
	}
	version = assumed
	if d := c.global["compatibility_level"]; d != nil {
		if _, err := level(d.value); err == nil && confdoc.CompareVersions(d.value, version) > 0 {
			version = d.value
		}
	}
	return version, true
}

// since reports whether the version is at least the given one.
func (c *config) since(first string) bool {
	version, _ := c.release()
	return confdoc.CompareVersions(version, first) >= 0
}

// standard returns the default of a parameter in the version at hand.
func (c *config) standard(name string) (value string, ok bool) {
	value, ok = defaults[name]
	if !ok {
		return "", false
	}
	switch name {
	case "smtp_tls_security_level":
		if c.since("3.11") {
			value = "${{$compatibility_level} >=level {3.11} ? {may} : {}}"
		}
	case "smtpd_tls_protocols", "smtpd_tls_mandatory_protocols", "smtp_tls_protocols", "smtp_tls_mandatory_protocols", "lmtp_tls_protocols", "lmtp_tls_mandatory_protocols":
		switch {
		case c.since("3.6"):
		case c.since("3.0.2"), c.between("2.11.6", "3"), c.between("2.10.8", "2.11"), c.between("2.9.14", "2.10"), c.between("2.8.20", "2.9"):
			value = "!SSLv2, !SSLv3"
		default:
			value = "!SSLv2"
		}
	case "smtpd_tls_ciphers", "smtp_tls_ciphers", "lmtp_tls_ciphers":
		if !c.since("3.0.2") && !c.between("2.11.6", "3") {
			value = "export"
		}
	case "tls_medium_cipherlist", "tls_high_cipherlist":
		if _, guess := c.release(); guess || c.since("3.8") {
			value += lessSince38
		}
	}
	return value, true
}

// lessSince38 is what later versions leave out of the two lists.
const lessSince38 = ":!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5"

func (c *config) between(first, next string) bool { return c.since(first) && !c.since(next) }

// origin says where the value of a parameter comes from, for evidence.
func (c *config) origin(v value) string {
	if v.given() {
		return v.String()
	}
	if c.main == nil {
		return v.name + " is for main.cf to say, which is not here"
	}
	text := v.name + " is not set, and empty by default in Postfix "
	if v.text != "" {
		text = v.name + " is not set; default " + shown(v.name, v.text) + " of Postfix "
	}
	version, guess := c.release()
	if guess {
		return text + version + " and later (assumed)"
	}
	return text + version
}

// at is where a finding about a value points: at its definition, or at the start
// of main.cf.
func (c *config) at(v value) audit.Place {
	if v.given() {
		return v.place()
	}
	return c.start()
}

func (c *config) start() audit.Place {
	f := c.main
	if f == nil {
		f = c.doc.Main()
	}
	return audit.Place{File: f.Name, Line: 1}
}
