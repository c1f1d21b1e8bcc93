package gateway

import (
	"strings"

	"tlsaudit/audit"
)

// governSensitive finds the rows mail to each sensitive domain may meet: those
// that list it, or a part of it, and that no row before takes away.
func (s *survey) governSensitive() {
	s.sensitive = make([][]string, len(s.t.Rows))
	s.uncertain = make([]bool, len(s.t.Rows))
	if len(s.t.Wants.Sensitive) == 0 {
		return
	}
	under := map[string][]int{} // a domain pattern -> the sensitive ones it contains
	above := map[string][]int{} // a sensitive wildcard -> itself
	left := map[int]bool{}
	for k, d := range s.t.Wants.Sensitive {
		left[k] = true
		if p := strings.TrimPrefix(d, "*"); strings.HasPrefix(p, ".") {
			above[p] = append(above[p], k)
		}
		for _, p := range wider(d) {
			under[p] = append(under[p], k)
		}
	}
	addresses := false
	for i := range s.t.Rows {
		r := &s.t.Rows[i]
		if r.Direction != Outbound || r.Disabled {
			continue
		}
		s.uncertain[i] = addresses
		addresses = addresses || len(r.Match.Addresses) > 0 || r.Undecided != ""
		met := map[int]bool{} // sensitive domain -> wholly taken
		for _, pattern := range r.Match.Domains {
			if r.Match.HostsOnly {
				continue
			}
			p := strings.TrimPrefix(pattern, "*")
			for _, k := range under[p] {
				met[k] = true
			}
			for _, w := range wider(p) {
				for _, k := range above[w] {
					met[k] = met[k] || w == p
				}
			}
		}
		for k, d := range s.t.Wants.Sensitive {
			whole, ok := met[k]
			if !left[k] || !ok && !r.Match.Any {
				continue
			}
			s.sensitive[i] = append(s.sensitive[i], d)
			if (whole || r.Match.Any) && !r.Match.Partial && r.Match.Port == 0 {
				delete(left, k)
			}
		}
	}
	for k, d := range s.t.Wants.Sensitive {
		if left[k] {
			s.ungoverned = append(s.ungoverned, d)
		}
	}
}

// withoutRow is the record of sensitive domains no row governs.
func (s *survey) withoutRow() audit.Record {
	subject := s.t.subject(Outbound + "/0:no row")
	place := s.t.Place
	said := fail("no outbound row governs all of " + few(s.ungoverned) + ": TLS is opportunistic and nothing is enforced")
	return audit.Record{
		Evidence: audit.Evidence{Subject: subject, Connection: &audit.Connection{
			Direction: Outbound, Name: "(no row)", Security: string(Opportunistic), Effective: string(Opportunistic),
			Match: few(s.ungoverned), Source: s.t.Product, Place: &place,
		}},
		Findings: []audit.Finding{s.t.finding(sensitiveDomain, subject, nil, said)},
	}
}
