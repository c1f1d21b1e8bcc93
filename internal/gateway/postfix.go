package gateway

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

var postfixPolicy = &Format{
	Name: "postfix", Title: "Postfix smtp_tls_policy_maps, as text", Product: "Postfix",
	Detect: func(file, text string) bool {
		if fileNamed(file, "tls_policy*", "*tls-policy*", "*tls_policy*", "*smtp_tls_policy*") {
			return true
		}
		for line := range strings.SplitSeq(text, "\n") {
			w := strings.Fields(line)
			if len(w) == 0 || strings.HasPrefix(w[0], "#") {
				continue
			}
			return len(w) > 1 && slices.Contains(postfixLevels, w[1])
		}
		return false
	},
	read: readPostfix,
}

var postfixLevels = []string{"none", "may", "encrypt", "dane", "dane-only", "fingerprint", "verify", "secure"}

var postfixAttributes = []string{"protocols", "ciphers", "exclude", "match", "tafile", "servername", "connection_reuse", "enable_rpk"}

// postfixEntry is a row with how specific its key is: Postfix looks the full
// key up first and parent domains, longest first, after it.
type postfixEntry struct {
	row    Row
	parent int
}

// readPostfix reads a policy table in the source form of postmap. The order of
// its lines does not matter to Postfix; the rows are put into the order of the
// look-ups.
func readPostfix(s *source) (*Table, error) {
	lines, err := s.lines()
	if err != nil {
		return nil, err
	}
	var entries []postfixEntry
	var entry []word
	seen := map[string]at{}
	t := &Table{}
	flush := func() error {
		if len(entry) == 0 {
			return nil
		}
		e, err := s.postfixEntry(entry)
		if err != nil {
			return err
		}
		if err := s.count(t, entry[0].at, 1); err != nil {
			return err
		}
		t.Rows = append(t.Rows, Row{}) // counted; filled below
		key := strings.ToLower(entry[0].text)
		if first, twice := seen[key]; twice {
			return s.fault(entry[0].at, "keep one of the two: postmap keeps only one of them", "the key %s stands here a second time; the first is on line %d", quote(entry[0].text), first.line)
		}
		seen[key] = entry[0].at
		entries, entry = append(entries, e), nil
		return nil
	}
	for i, line := range lines {
		w := words(line, i+1)
		switch {
		case len(w) == 0 || strings.HasPrefix(w[0].text, "#"):
		case line[0] == ' ' || line[0] == '\t': // continued, also behind comments and empty lines
			if len(entry) == 0 {
				return nil, s.fault(w[0].at, "remove the leading blanks", "the line continues none before it")
			}
			entry = append(entry, w...)
		default:
			if err := flush(); err != nil {
				return nil, err
			}
			entry = w
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(entries, func(a, b postfixEntry) int { return -cmp.Compare(a.parent, b.parent) })
	for i := range entries {
		entries[i].row.Priority = i + 1
		t.Rows[i] = entries[i].row
	}
	return t, nil
}

// exactKey is more specific than any parent domain.
const exactKey = 1000

func (s *source) postfixEntry(entry []word) (postfixEntry, error) {
	key := entry[0]
	e := postfixEntry{row: Row{Direction: Outbound, Place: s.place(key.at)}}
	var err error
	if e.row.Name, err = s.rowName(key.at, key.text); err != nil {
		return e, err
	}
	if err := s.postfixKey(key, &e); err != nil {
		return e, err
	}
	if len(entry) < 2 {
		return e, s.fault(key.at, "one of "+strings.Join(postfixLevels, ", "), "no level behind the key %s", quote(key.text))
	}
	level := entry[1]
	if err := s.choose(level.at, "level", strings.ToLower(level.text), postfixLevels); err != nil {
		return e, err
	}
	attributes, ciphers := map[string]string{}, level.at
	for _, w := range entry[2:] {
		name, value, found := strings.Cut(w.text, "=")
		if !found || value == "" {
			return e, s.fault(w.at, "write name=value without blanks", "%s is not an attribute", quote(w.text))
		}
		if err := s.choose(w.at, "attribute", strings.ToLower(name), postfixAttributes); err != nil {
			return e, err
		}
		if _, twice := attributes[strings.ToLower(name)]; twice && name != "match" {
			return e, s.fault(w.at, "keep one of the two", "the attribute %s stands here a second time", quote(name))
		}
		attributes[strings.ToLower(name)] += ":" + value
		if strings.EqualFold(name, "ciphers") {
			ciphers = w.at
		}
	}
	e.row.postfixLevel(strings.ToLower(level.text), attributes)
	return e, s.postfixCiphers(ciphers, &e.row, attributes["ciphers"])
}

// postfixKey reads a next hop: a domain, one of the two forms below it, or a
// host in brackets, each perhaps with a port.
func (s *source) postfixKey(key word, e *postfixEntry) error {
	text := strings.ToLower(key.text)
	m := &e.row.Match
	e.parent = exactKey
	host := text
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return s.fault(key.at, "write [host] or [host]:port", "%s has no closing bracket", quote(key.text))
		}
		m.HostsOnly, m.NextHop, m.Port, e.parent = true, true, 25, exactKey+1
		host, text = text[1:end], text[end+1:]
	} else if i := strings.LastIndexByte(text, ':'); i >= 0 {
		host, text = text[:i], text[i:]
	} else {
		text = ""
	}
	if text != "" {
		port, err := strconv.ParseUint(strings.TrimPrefix(text, ":"), 10, 16)
		switch {
		case text == ":smtp":
			port = 25
		case text == ":submission":
			port = 587
		case text == ":smtps" || text == ":submissions":
			port = 465
		case err != nil || port == 0 || text[0] != ':':
			return s.fault(key.at, "write a number from 1 to 65535 behind the colon", "%s has no valid port", quote(key.text))
		}
		m.Port = uint16(port)
		e.parent = max(e.parent, exactKey+1)
	}
	if strings.HasSuffix(host, ".") {
		return s.fault(key.at, "write "+clip(strings.TrimRight(host, "."))+" without the final dot", "%s matches nothing: Postfix looks next hops up without a final dot", quote(key.text))
	}
	address := strings.TrimPrefix(host, "ipv6:")
	if _, err := netip.ParseAddr(address); err == nil && m.HostsOnly {
		p, fault := Address(address)
		if fault != nil {
			return s.fault(key.at, fault.Hint, "%s", fault.Cause)
		}
		m.Addresses = []netip.Prefix{p}
		return nil
	}
	d, err := s.domain(key.at, host)
	if err != nil {
		return err
	}
	if strings.HasPrefix(d, "*") || strings.HasPrefix(d, ".") && text != "" {
		return s.fault(key.at, "write .example.com for all names below it", "%s matches nothing: Postfix knows no such wildcard", quote(key.text))
	}
	if strings.HasPrefix(d, ".") {
		e.parent = strings.Count(d, ".")
	}
	m.Domains = []string{d}
	return nil
}

// postfixLevel maps a level. Those that authenticate by other means than chain
// and name keep words of their own.
func (r *Row) postfixLevel(level string, attributes map[string]string) {
	names := strings.FieldsFunc(attributes["match"], func(c rune) bool { return c == ':' })
	switch level {
	case "none":
		r.Level = None
	case "may":
		r.Level = Opportunistic
	case "encrypt":
		r.Level = Encrypt
	case "dane":
		r.Level, r.Note = Opportunistic, "DANE if the peer publishes usable TLSA records, else opportunistic"
	case "dane-only":
		r.Level, r.Note = DANEOnly, "the peer's TLSA records decide; no delivery without them"
	case "fingerprint":
		r.Level, r.Note = Fingerprint, "the certificate must be one of those listed"
	case "verify":
		r.postfixNames(names, []string{"hostname"})
	case "secure":
		r.postfixNames(names, []string{"nexthop", "dot-nexthop"})
	}
	if file := strings.TrimPrefix(attributes["tafile"], ":"); file != "" && r.Level.Chain() {
		r.Note = strings.TrimPrefix(r.Note+"; only the trust anchors of tafile count", "; ")
	}
}

// postfixNames sets what verify and secure compare. The words stand for the
// host, which Postfix learns from MX records nobody signed, and for the next
// hop, which it was told.
func (r *Row) postfixNames(names, usual []string) {
	r.Level = VerifyCN
	if len(names) == 0 {
		names = usual
	}
	var accepted []string
	for _, n := range names {
		switch {
		case n == "hostname":
			r.WeakName = !r.Match.HostsOnly
			accepted = append(accepted, "")
		case n == "nexthop" && r.Match.HostsOnly:
			accepted = append(accepted, "")
		case n == "nexthop" && len(r.Match.Domains) == 1 && strings.HasPrefix(r.Match.Domains[0], "."):
			accepted = append(accepted, "the next hop (a name below "+r.Match.Domains[0]+")")
		case n == "nexthop":
			accepted = append(accepted, r.Match.Domains...)
		case n == "dot-nexthop" && len(r.Match.Domains) == 1:
			accepted = append(accepted, "names below "+strings.TrimPrefix(r.Match.Domains[0], "."))
		default:
			accepted = append(accepted, strings.ToLower(n))
		}
	}
	if len(accepted) == 1 && (accepted[0] == "" || r.Match.HostsOnly && slices.Equal(r.Match.Domains, accepted)) {
		return // the host's own name
	}
	for _, n := range accepted {
		if n == "" {
			n = "the host's own"
		}
		if n = clip(n); !slices.Contains(r.Names, n) {
			r.Names = append(r.Names, n)
		}
	}
}

var postfixGrades = []string{"export", "low", "medium", "high", "null"}

// postfixCiphers sets the strength. The grade high of Postfix contains AES-128,
// and no attribute limits the suites of TLS 1.3, so no row is High.
func (s *source) postfixCiphers(p at, r *Row, ciphers string) error {
	grade := strings.ToLower(strings.TrimPrefix(ciphers, ":"))
	switch {
	case grade != "":
		if err := s.choose(p, "ciphers", grade, postfixGrades); err != nil {
			return err
		}
	case r.Level.Encrypts():
		grade = "medium" // the default of smtp_tls_mandatory_ciphers
	}
	if grade == "medium" || grade == "high" {
		r.MinBits = 128
	} else if grade != "" {
		r.Note = strings.TrimPrefix(r.Note+"; ciphers="+grade+" admits suites weaker than medium", "; ")
	}
	return nil
}
