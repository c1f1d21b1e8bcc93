package scanner_test

import (
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// TestUnreliableServers scans made-up servers that limit, drop, refuse in odd
// words and die, in all combinations: whatever is said of them is true, and
// what was not found out is said to be unknown. TLSAUDIT_RUNS says how many;
// 10,000 take some minutes.
func TestUnreliableServers(t *testing.T) {
	t.Parallel()
	runs := 150
	if text := os.Getenv("TLSAUDIT_RUNS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		runs = n
	}
	a := fixtures.NewAuthority(now)
	seeds := make(chan uint64)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for seed := range seeds {
				// Run by its number alone: go test -run 'TestUnreliableServers/^17$'
				t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { unreliable(t, a, seed) })
			}
		})
	}
	for seed := range uint64(runs) {
		seeds <- seed
	}
	close(seeds)
	workers.Wait()
}

// unreliable makes up one server and compares what is found with what it is.
func unreliable(t *testing.T, a *fixtures.Authority, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 6))
	s := script(r, a)
	// To refuse a version with alert 80 is what makes it latent, and to say
	// protocol_version (70) about suites is to refuse the version.
	versions, suites := []uint8{0, 0, 0, 40, 47, 70, 71, 86, 109}, []uint8{0, 0, 0, 40, 47, 71, 80, 86, 109}
	s.VersionAlert, s.SuiteAlert = versions[r.IntN(len(versions))], suites[r.IntN(len(suites))]
	s.Silent = r.IntN(6) == 0
	drop := 0.0
	for i, apply := range []func(){
		func() { s.Limit = 1 + r.IntN(60) },
		func() { s.ResetEvery = 2 + r.IntN(8) },
		func() { s.Concurrent = 1 + r.IntN(3) },
		func() { s.MaxSuites = 20 + r.IntN(200) },
		func() { s.MaxHello = 300 + r.IntN(800) },
		func() { drop = r.Float64() / 2 },
	} {
		if r.IntN(i+2) == 0 {
			apply()
		}
	}
	t.Logf("limit %d, each %d reset, %d at once, %d suites, %d bytes, %.2f dropped, silent %v", s.Limit, s.ResetEvery, s.Concurrent, s.MaxSuites, s.MaxHello, drop, s.Silent)
	if s.Silent && s.MaxSuites > 0 {
		// A bound that is not spoken of is told from a refusal down to the size of
		// the lists that are tried one by one.
		s.MaxSuites = max(s.MaxSuites, 128)
	}
	handler := s.Handler()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex // guards r from here on
	dial := func(context.Context, string, string) (net.Conn, error) {
		mu.Lock()
		dropped, late := r.Float64() < drop, r.IntN(2) == 0
		mu.Unlock()
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			defer context.AfterFunc(ctx, func() { server.Close() })()
			if dropped {
				if late {
					server.Read(make([]byte, 4096))
				}
				return
			}
			handler(ctx, server)
		}()
		return client, nil
	}
	o := scanner.New(scanner.Options{Logf: verbosely(t), Dial: dial, Timeout: 3 * time.Second, Now: func() time.Time { return now }}).Scan(ctx,
		audit.Target{Protocol: "https", Host: "www.example.com", Port: 443, IP: netip.AddrFrom4([4]byte{127, 0, 0, 1})})
	clean(t, o)
	compare(t, &s, o, false)
	for _, g := range o.Groups {
		// Below TLS 1.3 one may be out of reach: behind that of the certificate.
		if g.Version == audit.TLSv13 && g.Answer == audit.Refused && slices.Contains(s.Groups, g.ID) {
			t.Errorf("%s: group %s is refused", g.Version, g.Name)
		}
	}
}

// verbosely logs the exchanges under -v.
func verbosely(t *testing.T) func(string, ...any) {
	if testing.Verbose() {
		return t.Logf
	}
	return nil
}
