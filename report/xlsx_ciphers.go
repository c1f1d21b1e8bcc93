package report

import (
	"cmp"
	"slices"
	"strings"

	"tlsaudit/audit"
)

var cipherColumns = []column{
	{"Endpoint", 46, leads}, {"System", 16, text}, {"Owner", 22, text}, {"Version", 10, short}, {"Place", 7, number}, {"Id", 10, short},
	{"Cipher suite", 46, text}, {"OpenSSL name", 32, text}, {"Key exchange", 14, short}, {"Strength (bits)", 11, number}, {"Group", 18, text}, {"DH size (bits)", 10, number}, {"DH prime", 24, text},
	{"Signature scheme", 24, text}, {"Order decided by", 14, short}, {"List complete", 14, answer},
}

// addCiphers lists the accepted suites: place 1 is the server's first choice
// where the server decides. Where its order was not asked for there are no
// places.
func (b *book) addCiphers(record *audit.Record) error {
	o := observed(record)
	protocol := protocolOf(record)
	for _, f := range o.Versions {
		for i, s := range f.Suites {
			place := i + 1
			if f.SuitesUnordered {
				place = 0
			}
			if err := b.ciphers.add(b.ciphers.leading(record.Evidence.Subject), o.Target.System, o.Target.Owner, f.Version.String(), optional(place), s.ID.String(),
				s.Name, s.OpenSSL, keyExchange(&s), s.Bits, s.Group, optional(s.DHBits), primeWords(&s), s.SigScheme, string(f.Preference), holds(f.SuitesAnswer)); err != nil {
				return err
			}
			b.lead(b.ciphers.here(), "A", record.Evidence.Subject, false)
			b.uses.add(use{protocol, f.Version, s.ID, s.Name}, &s, record)
		}
		if f.Answer == audit.Accepted && len(f.Suites) == 0 {
			b.uses.add(use{protocol, f.Version, 0, "(suites not known)"}, &audit.Suite{}, record)
		}
	}
	return nil
}

// keyExchange reads the key exchange from the name of a suite, as registered:
// TLS_ECDHE_RSA_WITH_... . From TLS 1.3 on the group decides it.
func keyExchange(s *audit.Suite) string {
	name, _, found := strings.Cut(s.Name, "_WITH_")
	if !found {
		if s.ID>>8 == 0x13 {
			return "(EC)DHE"
		}
		return ""
	}
	_, name, _ = strings.Cut(name, "_") // TLS_, SSL_ or SSL_CK_
	return clean(strings.ReplaceAll(name, "_", "-"), 40)
}

// maxUses is the number of combinations of protocol, version and suite that are
// counted: the registry has fewer suites, a hostile report need not.
const maxUses = 20_000

// maxNamedUsers is the number of endpoints, systems and owners named of each.
const maxNamedUsers = 15

// use is a suite in a version of TLS under a protocol.
type use struct {
	protocol string
	version  audit.Version
	id       audit.Code
	name     string
}

// uses is the inventory of PCI DSS 4.0.1, requirement 12.3.3: what is in use,
// and where.
type uses struct {
	all   map[use]*users
	total int // endpoints that were left out
}

type users struct {
	suite                     audit.Suite
	endpoints                 int
	last                      string
	subjects, systems, owners []string
	groups, signatures        []string
	moreSystems, moreOwners   bool
}

func (u *uses) add(what use, s *audit.Suite, record *audit.Record) {
	found := u.all[what]
	if found == nil {
		if len(u.all) == maxUses {
			u.total++
			return
		}
		if u.all == nil {
			u.all = map[use]*users{}
		}
		found = &users{suite: *s}
		u.all[what] = found
	}
	note := func(list *[]string, value string) bool {
		if value == "" || slices.Contains(*list, value) {
			return false
		}
		if len(*list) == maxNamedUsers {
			return true
		}
		*list = append(*list, value)
		return false
	}
	note(&found.groups, s.Group)
	note(&found.signatures, s.SigScheme)
	if found.endpoints > 0 && found.last == record.Evidence.Subject {
		return
	}
	found.last = record.Evidence.Subject
	found.endpoints++
	o := observed(record)
	note(&found.subjects, record.Evidence.Subject)
	found.moreSystems = note(&found.systems, o.Target.System) || found.moreSystems
	found.moreOwners = note(&found.owners, o.Target.Owner) || found.moreOwners
}

// The columns of people are for who keeps the inventory: its purpose, its owner
// where the inventory names none, and when it was reviewed.
var inventoryColumns = []column{
	{"Protocol", 11, short}, {"Version", 10, short}, {"Cipher suite", 46, text}, {"Id", 10, short}, {"Key exchange", 14, short}, {"Strength (bits)", 11, number}, {"Groups seen", 20, text},
	{"Endpoints", 11, number}, {"Where used", 46, text}, {"Systems", 22, text}, {"Owners", 22, text},
	{"Purpose", 26, input}, {"Responsible", 20, input}, {"Last reviewed", 13, inputDay}, {"Needed until", 13, inputDay},
}

// addInventory lists what is in use, the oldest version first: that is what a
// review asks about first.
func (b *book) addInventory() error {
	var order []use
	for what := range b.uses.all {
		order = append(order, what)
	}
	slices.SortFunc(order, func(x, y use) int {
		return cmp.Or(cmp.Compare(x.version, y.version), strings.Compare(x.protocol, y.protocol), cmp.Compare(b.uses.all[x].suite.Bits, b.uses.all[y].suite.Bits),
			cmp.Compare(x.id, y.id), strings.Compare(x.name, y.name))
	})
	for _, what := range order {
		u := b.uses.all[what]
		id := any(what.id.String())
		if what.id == 0 && u.suite.Name == "" {
			id = nil
		}
		where := append(lines{}, u.subjects...)
		if more := u.endpoints - len(u.subjects); more > 0 {
			where = append(where, "and "+plural(more, "more", "more"))
		}
		if err := b.inventory.add(what.protocol, what.version.String(), what.name, id, keyExchange(&u.suite), optional(u.suite.Bits), lines(u.groups),
			u.endpoints, where, andMore(u.systems, u.moreSystems), andMore(u.owners, u.moreOwners), nil, nil, nil, nil); err != nil {
			return err
		}
	}
	if b.uses.total == 0 {
		return nil
	}
	return b.inventory.add("…", nil, "further suites stand in the sheet Ciphers", nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil)
}

func andMore(list []string, more bool) lines {
	if more {
		return append(append(lines{}, list...), "and more")
	}
	return list
}
