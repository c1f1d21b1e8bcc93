package gateway

import (
	"strings"

	"tlsaudit/audit"
)

// sensitiveDomains finds the rows that list a sensitive domain, or a part of it.
type sensitiveDomains struct {
	list []string
	// under maps a pattern to the sensitive domains it contains, above a
	// sensitive wildcard to itself.
	under, above map[string][]int
}

func newSensitive(list []string) *sensitiveDomains {
	d := &sensitiveDomains{list, map[string][]int{}, map[string][]int{}}
	for k, name := range list {
		if p := strings.TrimPrefix(name, "*"); strings.HasPrefix(p, ".") {
			d.above[p] = append(d.above[p], k)
		}
		for _, p := range wider(name) {
			d.under[p] = append(d.under[p], k)
		}
	}
	return d
}

// met returns the sensitive domains a row is for, with whether it takes them
// wholly.
func (d *sensitiveDomains) met(m *Match) map[int]bool {
	met := map[int]bool{}
	if m.HostsOnly {
		return met
	}
	for _, pattern := range m.Domains {
		p := strings.TrimPrefix(pattern, "*")
		for _, k := range d.under[p] {
			met[k] = true
		}
		for _, w := range wider(p) {
			for _, k := range d.above[w] {
				met[k] = met[k] || w == p
			}
		}
	}
	return met
}

// governSensitive finds the rows mail to each sensitive domain may meet: in
// each ruleset those that list it, or a part of it, and that no row before
// takes away.
func (s *survey) governSensitive() {
	n := len(s.t.Rows)
	s.sensitive, s.elsewhere, s.uncertain = make([][]string, n), make([]bool, n), make([]bool, n)
	if len(s.t.Wants.Sensitive) == 0 {
		return
	}
	d := newSensitive(s.t.Wants.Sensitive)
	groups, _ := priorities(s.t.Rows)
	var walks []*sensitiveWalk
	of := map[string]*sensitiveWalk{}
	for _, g := range groups {
		for _, i := range g {
			r := &s.t.Rows[i]
			if r.Direction != Outbound || r.Disabled {
				continue
			}
			w := of[r.Ruleset]
			if w == nil {
				w = &sensitiveWalk{s: s, d: d, ruleset: r.Ruleset, taken: map[int]bool{}, weak: map[int]bool{}}
				of[r.Ruleset], walks = w, append(walks, w)
			}
			w.row(i)
		}
		for _, w := range walks {
			w.endGroup()
		}
	}
	s.joinSensitive(walks)
}

// sensitiveWalk goes through the rows of one ruleset.
type sensitiveWalk struct {
	s       *survey
	d       *sensitiveDomains
	ruleset string
	// taken are the domains no later row meets, ending those of the group of
	// equal priority under way.
	taken  map[int]bool
	ending []int
	// weak are those that met a row which does not make sure of the receiver.
	weak map[int]bool
	// hosts says that an earlier row is for hosts or addresses, and weak.
	hosts bool
	rows  []sensitiveRow
}

// sensitiveRow is a row with the sensitive domains it is for.
type sensitiveRow struct {
	row     int
	domains []int
}

func (w *sensitiveWalk) row(i int) {
	r := &w.s.t.Rows[i]
	m := &r.Match
	proves := w.s.proves(i)
	w.s.uncertain[i] = w.hosts
	w.hosts = w.hosts || m.byHost() && !proves || r.Undecided != ""
	met := w.d.met(m)
	one := sensitiveRow{row: i}
	for k := range w.d.list {
		whole, ok := met[k]
		if w.taken[k] || !ok && !m.Any {
			continue
		}
		one.domains = append(one.domains, k)
		w.weak[k] = w.weak[k] || !proves || w.s.uncertain[i]
		if (whole || m.Any) && !m.Partial && m.Port == 0 {
			w.ending = append(w.ending, k)
		}
	}
	if one.domains != nil {
		w.rows = append(w.rows, one)
	}
}

// endGroup takes away what the rows of one priority took.
func (w *sensitiveWalk) endGroup() {
	for _, k := range w.ending {
		w.taken[k] = true
	}
	w.ending = w.ending[:0]
}

// byHost reports whether a row is found by the host mail is sent to, which the
// table does not tell for a domain.
func (m *Match) byHost() bool {
	return !m.NextHop && (len(m.Addresses) > 0 || m.HostsOnly && len(m.Domains) > 0)
}

// proves reports whether a row makes sure who receives the mail.
func (s *survey) proves(i int) bool {
	r, effective, known := s.row(i)
	return known && r.Undecided == "" && !r.WeakName && authenticates(effective)
}

// authenticates reports whether a level makes sure who receives the mail.
func authenticates(l Level) bool { return l == VerifyCN || l == DANEOnly || l == Fingerprint }

// joinSensitive puts together what the rulesets say. All of them apply, so that
// one that makes sure of the receiver is enough; but one that keeps TLS from
// being tried makes what the others say uncertain.
func (s *survey) joinSensitive(walks []*sensitiveWalk) {
	noTLS := false
	for _, w := range walks {
		noTLS = noTLS || w.ruleset == tryTLS
	}
	for _, w := range walks {
		for _, one := range w.rows {
			for _, k := range one.domains {
				if w.ruleset != tryTLS && !noTLS && provedElsewhere(walks, w, k) && !s.proves(one.row) {
					s.elsewhere[one.row] = true
					continue
				}
				s.sensitive[one.row] = append(s.sensitive[one.row], w.d.list[k])
			}
			s.uncertain[one.row] = s.uncertain[one.row] || noTLS && w.ruleset != tryTLS
		}
	}
	for k, name := range s.t.Wants.Sensitive {
		governed := false
		for _, w := range walks {
			governed = governed || w.ruleset != tryTLS && w.taken[k]
		}
		if !governed {
			s.ungoverned = append(s.ungoverned, name)
		}
	}
	for i := range s.t.Rows {
		r, effective, known := s.row(i)
		if r.Direction != Outbound || r.Disabled || r.Ruleset == tryTLS {
			continue
		}
		s.perhaps = s.perhaps || r.Undecided != "" || r.Match.byHost() && (r.Match.HostsOnly || !known || authenticates(effective) || effective == Verify)
	}
}

// provedElsewhere reports whether rows of another ruleset make sure of the
// receiver of all mail to a domain.
func provedElsewhere(walks []*sensitiveWalk, own *sensitiveWalk, k int) bool {
	for _, w := range walks {
		if w != own && w.ruleset != tryTLS && w.taken[k] && !w.weak[k] {
			return true
		}
	}
	return false
}

// withoutRow is the record of sensitive domains no row governs.
func (s *survey) withoutRow() audit.Record {
	subject := s.t.subject(Outbound + "/0:no row")
	place := s.t.Place
	said := fail("no outbound row governs all of " + few(s.ungoverned) + ": TLS is opportunistic and nothing is enforced")
	security := string(Opportunistic)
	if s.perhaps {
		said = unknown("no outbound row names all of " + few(s.ungoverned) + "; one for hosts or addresses, or one that could not be read, may govern the mail")
		security = ""
	}
	return audit.Record{
		Evidence: audit.Evidence{Subject: subject, Connection: &audit.Connection{
			Direction: Outbound, Name: "(no row)", Security: security, Effective: security,
			Match: few(s.ungoverned), Source: s.t.Product, Place: &place,
		}},
		Findings: []audit.Finding{s.t.finding(sensitiveDomain, subject, nil, said)},
	}
}
