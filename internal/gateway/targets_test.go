package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// zone is a resolver of its own. A name that is not in it does not exist.
type zone struct {
	mx    map[string][]*net.MX
	hosts map[string]string
	fail  map[string]error
	// hostFault holds what a look-up of addresses ends with.
	hostFault map[string]error
	// hang lists names no answer comes for.
	hang map[string]bool

	mu    sync.Mutex
	asked map[string]int
}

func (z *zone) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	z.mu.Lock()
	if z.asked == nil {
		z.asked = map[string]int{}
	}
	z.asked[name]++
	z.mu.Unlock()
	if z.hang[name] {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if err := z.fail[name]; err != nil {
		return nil, err
	}
	if mx := z.mx[name]; mx != nil {
		return mx, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z *zone) LookupHost(_ context.Context, name string) ([]string, error) {
	if err := z.hostFault[name]; err != nil {
		return nil, err
	}
	if a := z.hosts[name]; a != "" {
		return []string{a}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func mx(pref uint16, host string) *net.MX { return &net.MX{Host: host, Pref: pref} }

func domainRow(priority int, level Level, domains ...string) Row {
	return Row{Name: fmt.Sprintf("row %d", priority), Priority: priority, Direction: Outbound, Level: level, MinBits: 128, Match: Match{Domains: domains}}
}

func TestTargets(t *testing.T) {
	many := []*net.MX{}
	for i := range 25 {
		many = append(many, mx(uint16(100-i), fmt.Sprintf("mx%02d.many.test.", i)))
	}
	z := &zone{
		mx: map[string][]*net.MX{
			"a.test": {mx(20, "Backup.Hoster.test."), mx(10, "mx.hoster.test."), mx(30, "mx.hoster.test.")}, "b.test": {mx(10, "mx.hoster.test")},
			"null.test": {mx(0, ".")}, "bad.test": {mx(5, "192.0.2.1"), mx(10, "mx.bad.test.")}, "many.test": many,
		},
		hosts: map[string]string{"plain.test": "192.0.2.9"},
		fail:  map[string]error{"broken.test": &net.DNSError{Err: "server misbehaving", Name: "broken.test", IsTemporary: true}, "odd.test": errors.New("odd")},
	}
	table := &Table{Policy: "gw", Rows: []Row{
		domainRow(1, VerifyCN, "a.test", "null.test", "plain.test", "gone.test"),
		domainRow(2, Encrypt, "b.test", "a.test", "bad.test", "broken.test", "odd.test", ".b.test"),
		domainRow(3, Encrypt, "many.test"),
		{Name: "net", Priority: 4, Direction: Outbound, Match: Match{Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.4/31"), netip.MustParsePrefix("2001:db8::/123"), netip.MustParsePrefix("192.0.2.128/27")}}},
		{Name: "host", Priority: 5, Direction: Outbound, Match: Match{Domains: []string{"relay.test"}, HostsOnly: true, Port: 587}},
		{Name: "smart", Priority: 6, Direction: Outbound, Match: Match{Domains: []string{"c.test"}, Via: []string{"smart.test"}}},
		{Name: "rest", Priority: 7, Direction: Outbound, Match: Match{Any: true}},
		{Name: "off", Priority: 8, Direction: Outbound, Disabled: true, Match: Match{Domains: []string{"off.test"}}},
		{Name: "in", Priority: 1, Direction: Inbound, Match: Match{Domains: []string{"in.test"}}},
	}}
	targets, problems := table.Targets(t.Context(), z)
	var got []string
	for _, target := range targets {
		if strings.Contains(target.Host, ".many.test") {
			continue
		}
		if target.Direction != Outbound || target.Protocol != "smtp" || target.Place == nil {
			t.Errorf("%+v", target)
		}
		got = append(got, target.Subject()+" "+strings.Join(target.LabelList(), " "))
	}
	want := []string{
		"smtp://192.0.2.4:25 ", "smtp://192.0.2.5:25 ",
		"smtp://backup.hoster.test:25 domain=a.test", "smtp://mx.bad.test:25 domain=bad.test", "smtp://mx.hoster.test:25 domain=a.test,b.test",
		"smtp://plain.test:25 domain=plain.test", "smtp://relay.test:587 ", "smtp://smart.test:25 domain=c.test",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	got = nil
	for _, p := range problems {
		got = append(got, p.Row+": "+p.Member+": "+p.Reason)
	}
	want = []string{
		"row 1: gone.test: the domain has neither MX records nor an address",
		"row 1: null.test: the domain takes no mail (null MX, RFC 7505)",
		"row 2: .b.test: the names below a domain cannot be listed; name those to look at as targets",
		`row 2: bad.test: the MX "192.0.2.1" is no host name`,
		"row 2: broken.test: the look-up of its MX records failed: lookup broken.test: server misbehaving",
		"row 2: odd.test: the look-up of its MX records failed: odd",
		"row 3: many.test: more than 20 MX hosts; those with the lowest preference are looked at",
		"net: 192.0.2.128/27: more than 16 addresses are not listed; name those to look at as targets",
		"net: 2001:db8::/123: more than 16 addresses are not listed; name those to look at as targets",
		"rest: any: the row is for any peer; name those to look at as targets",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(targets) != 8+20 || targets[len(targets)-1].Host == "mx00.many.test" {
		t.Errorf("%d targets: %v", len(targets), targets)
	}
	if z.asked["a.test"] != 1 || z.asked["off.test"]+z.asked["in.test"]+z.asked["relay.test"]+z.asked["c.test"] != 0 {
		t.Errorf("asked %v", z.asked)
	}
	// every target is governed by the rows it was listed for, and the shared MX by both
	for _, target := range targets {
		rows := table.Governing(Outbound, &target, nil)
		if len(rows) == 0 || target.Host != "mx.hoster.test" && target.Host != "backup.hoster.test" && table.Rows[rows[0]].Name == "rest" {
			t.Errorf("%s is governed by %v", target.Subject(), rows)
		}
		if diff := cmp.Diff([]int{0, 1}, rows); target.Host == "mx.hoster.test" && diff != "" {
			t.Errorf("the shared MX: %s", diff)
		}
	}
}

// A port for TLS without STARTTLS makes a target of that protocol, and a name
// server that fails is not read as an address that does not exist.
func TestTargetsProtocolAndFault(t *testing.T) {
	z := &zone{hostFault: map[string]error{"slow.test": &net.DNSError{Err: "i/o timeout", Name: "slow.test", IsTimeout: true}}}
	r := domainRow(1, Encrypt, "relay.test")
	r.Match.HostsOnly, r.Match.Port = true, 465
	targets, problems := (&Table{Rows: []Row{r, domainRow(2, Encrypt, "slow.test")}}).Targets(t.Context(), z)
	if len(targets) != 1 || targets[0].Subject() != "smtps://relay.test:465" {
		t.Errorf("%v", targets)
	}
	if len(problems) != 1 || problems[0].Reason != "it has no MX records, and the look-up of its address failed: lookup slow.test: i/o timeout" {
		t.Errorf("%v", problems)
	}
}

// A name server that does not answer costs its time once for every eight
// domains, and the run goes on.
func TestTargetsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := &zone{hang: map[string]bool{}}
		var domains []string
		for i := range 16 {
			d := fmt.Sprintf("d%02d.test", i)
			domains, z.hang[d] = append(domains, d), true
		}
		start := time.Now()
		targets, problems := (&Table{Rows: []Row{domainRow(1, Encrypt, domains...)}}).Targets(t.Context(), z)
		if len(targets) != 0 || len(problems) != 16 || time.Since(start) != 2*lookupTime {
			t.Errorf("%d targets, %d problems in %s", len(targets), len(problems), time.Since(start))
		}
	})
}

// One host serves more domains than are judged for one target: those left off
// are named.
func TestTargetsOfOneHost(t *testing.T) {
	z := &zone{mx: map[string][]*net.MX{}}
	var domains []string
	for i := range maxDomains + 3 {
		d := fmt.Sprintf("d%04d.test", i)
		domains, z.mx[d] = append(domains, d), []*net.MX{mx(1, "mx.test")}
	}
	targets, problems := (&Table{Rows: []Row{domainRow(1, Encrypt, domains...)}}).Targets(t.Context(), z)
	if len(targets) != 1 || len(problems) != 3 || problems[0].Member != "d1000.test" {
		t.Errorf("%d targets, problems %v", len(targets), problems)
	}
}

func TestJoinTargets(t *testing.T) {
	target := func(host, domains string) audit.Target {
		one := audit.Target{Protocol: "smtp", Host: host, Port: 25, Direction: Outbound}
		if domains != "" {
			one.Labels = map[string]string{DomainLabel: domains}
		}
		return one
	}
	got := JoinTargets([]audit.Target{target("mx.test", "b.test"), target("x.test", "")}, []audit.Target{target("mx.test", "a.test,b.test"), target("a.test", "a.test")})
	want := []audit.Target{target("a.test", "a.test"), target("mx.test", "a.test,b.test"), target("x.test", "")}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
