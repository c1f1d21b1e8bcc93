package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/fixtures"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner"
)

// TestQuickAgrees compares depths quick and standard about servers and
// prohibitions made up at random: whatever standard decides, quick decides
// alike.
func TestQuickAgrees(t *testing.T) {
	t.Parallel()
	cases := 200
	if testing.Short() {
		cases = 40
	}
	authority := fixtures.NewAuthority(quickNow)
	rsa, ecdsa := authority.Server(fixtures.RSA2048, "www.example.com"), authority.Server(fixtures.P256, "www.example.com")
	var mu sync.Mutex
	count := map[audit.Verdict]int{}
	var wg sync.WaitGroup
	turns := make(chan struct{}, 12) // they mostly wait
	for seed := range cases {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			for _, v := range agree(t, uint64(seed), rsa.Certificate, ecdsa.Certificate) {
				mu.Lock()
				count[v]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.Logf("verdicts: %v", count)
	if total := count[audit.Pass] + count[audit.Fail]; count[audit.Pass] < total/10 || count[audit.Fail] < total/10 || total < cases || count[audit.Unknown] > total/10 {
		t.Errorf("the cases prove little: %v", count)
	}
}

var quickNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// agree makes up a server and a policy and compares the depths. It returns the
// verdicts of standard.
func agree(t *testing.T, seed uint64, rsa, ecdsa [][]byte) (verdicts []audit.Verdict) {
	r := rand.New(rand.NewPCG(seed, 15))
	s := madeUpServer(r, rsa, ecdsa)
	server, err := fixtures.Listen(t.Context(), s.Handler())
	if err != nil {
		t.Error(err)
		return nil
	}
	defer server.Close()
	judge := &engine.Judge{Checks: checks.All, Rules: prohibitions(t, r), Now: quickNow}
	target := audit.Target{Protocol: "https", Host: "www.example.com", Port: server.Addr().Port(), IP: server.Addr().Addr()}
	scan := func(depth string) (*audit.Observation, []audit.Finding) {
		opt := scanner.Options{Depth: depth, Timeout: 30 * time.Second, Now: func() time.Time { return quickNow }}
		o := scanner.New(opt).ScanFor(t.Context(), target, judge.Planner().Questions(target))
		return o, judge.Findings(o)
	}
	o, quick := scan(scanner.DepthQuick)
	_, standard := scan(scanner.DepthStandard)
	complaint := func(format string, args ...any) {
		t.Errorf("server %d: %s; suites %v, notes %q", seed, fmt.Sprintf(format, args...), s.Suites, o.Notes)
	}
	for _, want := range standard {
		verdicts = append(verdicts, want.Verdict)
		i := slices.IndexFunc(quick, func(f audit.Finding) bool { return f.Rule == want.Rule })
		got := quick[i].Verdict
		if want.Check == "kx.dh.min_bits" && want.Verdict == audit.NotApplicable && got == audit.Pass {
			got = want.Verdict // there is none that is too small, where standard says that there is none
		}
		if got != want.Verdict && want.Verdict != audit.Unknown {
			complaint("%s: %s (%s), at depth standard %s (%s)", want.Rule, got, quick[i].Message, want.Verdict, want.Message)
		}
	}
	for _, f := range o.Versions {
		_, truth := s.Truth(f.Version)
		for _, code := range f.SuitesRefused {
			if slices.Contains(truth, code) {
				complaint("%s at %s is called refused", code, f.Version)
			}
		}
	}
	return verdicts
}

// madeUpServer makes up a server, some of them odd.
func madeUpServer(r *rand.Rand, rsa, ecdsa [][]byte) fixtures.Script {
	s := fixtures.Script{Suites: madeUpSuites(r), ClientOrder: r.IntN(2) == 0, Chain: rsa, Groups: madeUpGroups(r), DHBits: []int{1024, 2048}[r.IntN(2)]}
	if r.IntN(2) == 0 {
		s.ECDSAChain = ecdsa
	}
	switch r.IntN(6) {
	case 0:
		s.SuiteAlert, s.VersionAlert = 47, 40
	case 1:
		s.Latent = []audit.Version{audit.TLSv10, audit.TLSv11}
		delete(s.Suites, audit.TLSv10)
		delete(s.Suites, audit.TLSv11)
	case 2:
		s.MaxSuites = 127
	}
	return s
}

// madeUpSuites makes up what a server accepts. Most have a suite with which the
// full handshake fails at once, not by waiting.
func madeUpSuites(r *rand.Rand) map[audit.Version][]audit.Code {
	suites := map[audit.Version][]audit.Code{}
	for _, v := range audit.Versions[1:] {
		if r.IntN(5) < 2 {
			continue
		}
		var list []audit.Code
		for _, s := range tlsreg.Askable(v) {
			if s.Status == "iana" && s.Code != 0 && slices.Contains([]string{"RSA", "ECDSA", "anon", "any"}, s.Auth) {
				list = append(list, s.Code)
			}
		}
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		suites[v] = slices.Clone(list[:1+r.IntN(6)])
		if v < audit.TLSv13 && !slices.Contains(suites[v], 0xC013) {
			suites[v] = append([]audit.Code{0xC013}, suites[v]...)
		}
	}
	if len(suites) == 0 {
		suites[audit.TLSv12] = []audit.Code{0xC02F}
	}
	return suites
}

// madeUpGroups makes up a list with secp256r1 in it, without which no suite with
// elliptic curves could be had in a hello without extensions.
func madeUpGroups(r *rand.Rand) []audit.Code {
	list := []audit.Code{24, 25, 29, 30, 256, 257}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return slices.Insert(list[:r.IntN(len(list))], 0, 23)
}

// prohibitions makes up rules about what must not be accepted.
func prohibitions(t *testing.T, r *rand.Rand) (rules []audit.Rule) {
	t.Helper()
	add := func(check string, level audit.Level, params map[string]any) {
		p, err := checks.ByID(check).Params(params)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, audit.Rule{Profile: "test", ID: fmt.Sprintf("%d %s %v", len(rules), check, params), Check: check, Level: level, Params: p})
	}
	names := func(most int) (list []any) {
		for _, s := range slices.Concat(tlsreg.Askable(audit.TLSv12), tlsreg.Askable(audit.TLSv13)) {
			if r.IntN(300) < most {
				list = append(list, s.Code.String())
			}
		}
		return append(list, "0xC02F")
	}
	one := func(words ...string) any { return words[r.IntN(len(words))] }
	add("suite.predicate", audit.MustNot, map[string]any{"deny": names(1 + r.IntN(100))})
	add("suite.predicate", audit.Must, map[string]any{"allow": names(200 + r.IntN(100)), "transition": []any{"0xC013", "0x1301"}})
	add("suite.predicate", audit.MustNot, map[string]any{"enc": one("AES", "3DES", "RC4", "CAMELLIA"), "versions": one("TLSv1.2", "TLSv1.0", "TLSv1.3")})
	add("suite.predicate", audit.ShouldNot, map[string]any{"kx": one("RSA", "DHE", "ECDHE", "DH")})
	add("suite.predicate", audit.MustNot, map[string]any{"forbid": one("MEDIUM", "aNULL", "kRSA", "SSLv3")})
	add("protocol.offered", audit.MustNot, map[string]any{"versions": []any{"SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"}})
	add("protocol.min", audit.Must, map[string]any{"min": one("TLSv1.0", "TLSv1.1", "TLSv1.2")})
	add("kx.tls13_groups", audit.MustNot, map[string]any{"deny": []any{one("x25519", "secp256r1", "x448", "ffdhe2048")}})
	if r.IntN(2) == 0 {
		add("suite.no_weak", audit.Must, nil)
		add("vuln.poodle", audit.MustNot, nil)
	} else {
		add("suite.pfs_only", audit.Must, nil)
		add("vuln.beast", audit.MustNot, nil)
	}
	if r.IntN(3) == 0 {
		add("suite.aead_only", audit.Should, nil)
		add("kx.dh.min_bits", audit.Must, map[string]any{"min": 2048})
	}
	return rules
}
