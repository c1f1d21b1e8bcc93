package gateway

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

var sendmailAccess = &Format{
	Name: "sendmail", Title: "Sendmail access map, as text", Product: "Sendmail",
	Detect: func(file, text string) bool {
		lower := strings.ToLower(text)
		for _, tag := range sendmailTags {
			if strings.HasPrefix(lower, tag+":") || strings.Contains(lower, "\n"+tag+":") {
				return true
			}
		}
		return fileNamed(file, "access", "access.txt", "*sendmail*access*")
	},
	read: readSendmail,
}

// sendmailTags are the entries that speak of TLS; an access map has many more,
// which are none of this program's business.
var sendmailTags = []string{"tls_srv", "tls_clt", "tls_rcpt", tryTLS}

// tryTLS is the ruleset that says with whom TLS is not tried.
const tryTLS = "try_tls"

type sendmailEntry struct {
	row   Row
	depth int
}

// readSendmail reads the entries about TLS. Sendmail looks the full name up
// first and then the domains above it, so an entry for a domain is for all
// below it too.
func readSendmail(s *source) (*Table, error) {
	lines, err := s.lines()
	if err != nil {
		return nil, err
	}
	t := &Table{}
	var entries []sendmailEntry
	seen := map[string]at{}
	for i, line := range lines {
		w := words(line, i+1)
		if len(w) == 0 || strings.HasPrefix(w[0].text, "#") {
			continue
		}
		tag, of, tagged := strings.Cut(w[0].text, ":")
		lower := strings.ToLower(tag)
		if !tagged || !slices.Contains(sendmailTags, lower) {
			if err := s.sendmailMisspelt(w[0], lower); err != nil {
				return nil, err
			}
			continue
		}
		if first, twice := seen[strings.ToLower(w[0].text)]; twice {
			return nil, s.fault(w[0].at, "keep one of the two: makemap keeps only one of them", "the key %s stands here a second time; the first is on line %d", quote(w[0].text), first.line)
		}
		seen[strings.ToLower(w[0].text)] = w[0].at
		if len(w) != 2 {
			return nil, s.fault(w[0].at, "write the key, blanks, and one value such as VERIFY:128", "%d values behind the key %s", len(w)-1, quote(w[0].text))
		}
		if err := s.count(t, w[0].at, 1); err != nil {
			return nil, err
		}
		e, err := s.sendmailEntry(lower, of, w[0], w[1])
		if err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, Row{})
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, s.fault(at{1, 1}, "entries begin with TLS_Srv:, TLS_Clt:, TLS_Rcpt: or Try_TLS:", "no entry about TLS")
	}
	slices.SortStableFunc(entries, func(a, b sendmailEntry) int { return -cmp.Compare(a.depth, b.depth) })
	next := map[string]int{}
	for i, e := range entries {
		next[e.row.Direction]++
		e.row.Priority = next[e.row.Direction]
		t.Rows[i] = e.row
	}
	return t, nil
}

// sendmailMisspelt refuses what is most likely meant for one of the tags. Others
// that begin like them, such as TLS_Srv_features, are tags of their own.
func (s *source) sendmailMisspelt(key word, tag string) error {
	if slices.Contains(sendmailTags, tag) {
		return s.fault(key.at, "write TLS_Srv:host and a value behind blanks", "no colon behind the tag %s", quote(key.text))
	}
	if !strings.HasPrefix(tag, "tls") && !strings.HasPrefix(tag, "try") || strings.Contains(tag, ".") || !near(tag, sendmailTags...) {
		return nil
	}
	return s.choose(key.at, "tag", tag, sendmailTags)
}

func (s *source) sendmailEntry(tag, of string, key, value word) (sendmailEntry, error) {
	e := sendmailEntry{row: Row{Direction: Outbound, Ruleset: tag, Place: s.place(key.at)}}
	if tag == "tls_clt" {
		e.row.Direction = Inbound
	}
	var err error
	if e.row.Name, err = s.rowName(key.at, key.text); err != nil {
		return e, err
	}
	if err := s.sendmailPeers(tag, strings.ToLower(of), key, &e); err != nil {
		return e, err
	}
	if tag == tryTLS {
		if err := s.choose(value.at, "value", strings.ToLower(value.text), []string{"no"}); err != nil {
			return e, err
		}
		e.row.Level, e.row.Note = None, "TLS is not tried with these hosts"
		return e, nil
	}
	return e, s.sendmailDemand(value, &e.row)
}

// sendmailPeers reads whom an entry is for. The keys of TLS_Rcpt are
// recipients, all others hosts.
func (s *source) sendmailPeers(tag, of string, key word, e *sendmailEntry) error {
	m := &e.row.Match
	m.HostsOnly = tag != "tls_rcpt"
	if of == "" {
		m.Any, m.HostsOnly = true, false
		return nil
	}
	if user, domain, found := strings.Cut(of, "@"); found {
		e.row.Undecided, m.Partial = "the entry is for the recipient "+clip(user)+" only", true
		if of = domain; of == "" {
			return nil
		}
	}
	if p, ok := sendmailNetwork(of); ok {
		m.Addresses, m.HostsOnly, e.depth = []netip.Prefix{p}, false, p.Bits()
		return nil
	}
	d, err := s.domain(key.at, of)
	if err != nil {
		return err
	}
	d = strings.TrimPrefix(d, ".")
	e.depth = 1000 + strings.Count(d, ".")
	if m.Partial {
		return nil // no host can be told for one recipient
	}
	m.Domains = []string{d, "." + d}
	return nil
}

// sendmailNetwork reads an address, perhaps cut short at an octet: "192.0.2"
// is for the whole network.
func sendmailNetwork(text string) (netip.Prefix, bool) {
	if six, ok := strings.CutPrefix(text, "ipv6:"); ok {
		a, err := netip.ParseAddr(six)
		return netip.PrefixFrom(a, 128), err == nil
	}
	octets := strings.Split(text, ".")
	if len(octets) > 4 || strings.Trim(text, "0123456789.") != "" {
		return netip.Prefix{}, false
	}
	a, err := netip.ParseAddr(text + strings.Repeat(".0", 4-len(octets)))
	return netip.PrefixFrom(a, 8*len(octets)), err == nil
}

// sendmailDemand reads [PERM+|TEMP+]VERIFY[:bits] or ENCR:bits, with extras
// behind it that begin with a plus sign.
func (s *source) sendmailDemand(value word, r *Row) error {
	pieces := strings.FieldsFunc(value.text, func(c rune) bool { return c == '+' })
	if len(pieces) > 0 && (strings.EqualFold(pieces[0], "PERM") || strings.EqualFold(pieces[0], "TEMP")) {
		pieces = pieces[1:]
	}
	if len(pieces) == 0 {
		return s.fault(value.at, "write VERIFY, VERIFY:bits or ENCR:bits", "%s demands nothing", quote(value.text))
	}
	demand, bits, withBits := strings.Cut(pieces[0], ":")
	if err := s.choose(value.at, "demand", strings.ToUpper(demand), []string{"VERIFY", "ENCR"}); err != nil {
		return err
	}
	chain := strings.EqualFold(demand, "VERIFY")
	if withBits {
		n, err := strconv.Atoi(bits)
		if err != nil || n < 1 || n > 256 {
			return s.fault(value.at, "a number from 1 to 256", "%s is not a number of bits", quote(bits))
		}
		r.MinBits = n
	} else if !chain {
		return s.fault(value.at, "write ENCR:128", "ENCR needs a number of bits")
	}
	name := false
	for _, extra := range pieces[1:] {
		kind, text, _ := strings.Cut(extra, ":")
		if err := s.choose(value.at, "extra demand", strings.ToUpper(kind), []string{"CN", "CS", "CI"}); err != nil {
			return err
		}
		switch strings.ToUpper(kind) {
		case "CN":
			name = true
			if text != "" {
				r.Names = append(r.Names, strings.ToLower(clip(text)))
			}
		case "CS":
			r.Note = strings.TrimPrefix(r.Note+"; the subject must be "+clip(text), "; ")
		case "CI":
			r.Note = strings.TrimPrefix(r.Note+"; the issuer must be "+clip(text), "; ")
		}
	}
	r.Level = levelOf(chain, name)
	return nil
}
