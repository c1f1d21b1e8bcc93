package gateway

import (
	"math/rand"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// walk is what the index has to find, written down as it is said: in each
// ruleset the first row that matches, and before it those that leave it open;
// of rows through a smart host all, where the target says no mail domain.
func walk(rows []Row, direction string, peers []peer) map[int]bool {
	found := map[int]bool{}
	for _, p := range peers {
		done := map[string]bool{}
		for i := range rows {
			r := &rows[i]
			if r.Direction != direction || r.Disabled || !r.Match.matches(&p) {
				continue
			}
			relay := len(r.Match.Via) > 0 && !p.labelled
			if !relay && done[r.Ruleset] {
				continue
			}
			found[i] = true
			if relay || !r.Match.Partial || r.Undecided == "" {
				done[r.Ruleset] = true
			}
		}
	}
	return found
}

// The index finds what walking the rows finds.
func TestGoverningEqualsWalk(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	labels := []string{"a", "b", "mx"}
	name := func() string {
		s := "test"
		for range r.Intn(3) {
			s = labels[r.Intn(len(labels))] + "." + s
		}
		return s
	}
	found := 0
	for range 3000 {
		table := &Table{}
		for k := range 1 + r.Intn(6) {
			m := Match{}
			switch r.Intn(8) {
			case 0:
				m.Any = true
			case 1, 2:
				m.Addresses = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.Intn(2)), byte(r.Intn(2)), 0}), 8+8*r.Intn(3)).Masked()}
			case 3:
				m.Via = []string{name()}
				if m.Any = r.Intn(3) == 0; !m.Any {
					m.Domains = []string{[]string{"", "."}[r.Intn(2)] + name()}
				}
			default:
				m.Domains = []string{[]string{"", ".", "*."}[r.Intn(3)] + name()}
				m.HostsOnly = r.Intn(3) == 0
			}
			if m.NextHop = r.Intn(8) == 0 && !m.Any && m.Via == nil; m.NextHop {
				m.HostsOnly = true
			}
			row := Row{Priority: k, Direction: []string{Outbound, Inbound}[r.Intn(2)], Disabled: r.Intn(8) == 0, Ruleset: []string{"", "", "b"}[r.Intn(3)]}
			if m.Partial = r.Intn(6) == 0; m.Partial && r.Intn(2) == 0 {
				row.Undecided = "a macro"
			}
			if r.Intn(4) == 0 {
				m.Port = 25
			}
			row.Match = m
			table.Rows = append(table.Rows, row)
		}
		table.Sort()
		host := name()
		if r.Intn(6) == 0 {
			host = "10.0.0.0"
		}
		target := &audit.Target{Protocol: "smtp", Host: host, Port: []uint16{25, 26}[r.Intn(2)], IP: netip.AddrFrom4([4]byte{10, byte(r.Intn(2)), byte(r.Intn(2)), 1})}
		if r.Intn(2) == 0 {
			target.Labels = map[string]string{"domain": name() + []string{",", " ", ", "}[r.Intn(3)] + name()}
		}
		for _, direction := range []string{Outbound, Inbound} {
			want := walk(table.Rows, direction, peersOf(target, nil))
			got := map[int]bool{}
			g := table.governor()
			for range 2 { // what is remembered of another target is not taken for this one
				other := *target
				switch r.Intn(5) {
				case 0:
					other.Port ^= 3
				case 1:
					other.Labels = nil
				case 2:
					other.IP = netip.MustParseAddr("10.9.9.9")
				case 3:
					other.SNI = name()
				case 4:
					other.Direction = Inbound
				}
				g.governing(direction, &other, nil)
			}
			g.governing(direction, target, nil) // what is remembered is the same
			rows, _ := g.governing(direction, target, nil)
			for _, i := range rows {
				got[i] = true
				found++
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%v\n%+v (-want +got):\n%s", table.Rows, target, diff)
			}
		}
	}
	if found < 1000 {
		t.Errorf("only %d rows found: the test sees too little", found)
	}
}
