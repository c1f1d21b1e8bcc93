package scanner

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"tlsaudit/audit"
)

// simulated is a server reduced to what decides about versions and suites,
// with the peculiarities and faults that were met in the wild. It lives on
// pipes, in a bubble of synctest: what it costs to wait is nothing.
type simulated struct {
	// accepted are the suites of each version spoken, in the server's order.
	accepted    map[audit.Version][]uint16
	clientOrder bool
	// chacha: clients that put ChaCha20 first get it, whatever the server's
	// order. alike are suites between which that leaves the choice to clients.
	chacha bool
	alike  []uint16
	// most suites in a list: more are answered by tooMany, which is an alert, or
	// 0 for a closed connection. sees is the number of suites that are read.
	most, sees int
	tooMany    byte
	// unknown and unshared are the alerts for a version and a list without one
	// in common; 0 closes the connection.
	unknown, unshared byte
	// poison is a kind of suites the server chooses before any other and then
	// fails with, for want of a certificate or of parameters.
	poison string

	// concurrent connections are served at a time, others closed; every n-th is
	// reset; after limit none is served; lost is the share in 1000 that goes
	// unanswered, half of it in silence, and odd that is answered by alert 80 or 47.
	concurrent, every, limit, lost, odd int
	// spurious is the connection answered by alert 40 for no reason.
	spurious int

	mu             sync.Mutex
	random         *rand.Rand
	served, active int
}

// hidden is the random of a HelloRetryRequest (RFC 8446 section 4.1.3).
var hidden = []byte{
	0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
	0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
}

func (s *simulated) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go s.serve(server)
	return client, nil
}

// fault is what happens to the next connection.
func (s *simulated) fault() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served++
	s.active++
	switch n := s.served; {
	case s.limit > 0 && n > s.limit, s.concurrent > 0 && s.active > s.concurrent, s.every > 0 && n%s.every == 0:
		return "close"
	case n == s.spurious:
		return "alert 40"
	}
	switch n := s.random.IntN(2000); {
	case n < s.lost:
		return "silence"
	case n < 2*s.lost:
		return "close"
	case n < 2*s.lost+s.odd:
		return "alert 80"
	case n < 2*s.lost+2*s.odd:
		return "alert 47"
	}
	return ""
}

func (s *simulated) serve(c net.Conn) {
	fault := s.fault()
	defer func() {
		s.mu.Lock()
		s.active--
		s.mu.Unlock()
		c.Close()
	}()
	var header [5]byte
	if _, err := io.ReadFull(c, header[:]); err != nil {
		return
	}
	if header[0] != 22 {
		_, _ = io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint16(header[:])&0x7FFF)-3)
		if s.unknown > 0 {
			_, _ = c.Write([]byte{21, 3, 0, 0, 2, 2, s.unknown})
		}
		return
	}
	hello := make([]byte, binary.BigEndian.Uint16(header[3:]))
	if _, err := io.ReadFull(c, hello); err != nil {
		return
	}
	switch fault {
	case "":
		_, _ = c.Write(s.answer(hello))
	case "silence":
		_, _ = io.Copy(io.Discard, c)
	case "close":
	default:
		var alert byte
		_, _ = fmt.Sscanf(fault, "alert %d", &alert)
		_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, alert})
	}
}

func (s *simulated) answer(hello []byte) []byte {
	alert := func(code byte) []byte {
		if code == 0 {
			return nil
		}
		return []byte{21, 3, 3, 0, 2, 2, code}
	}
	rest := hello[4+2+32:]
	rest = rest[1+int(rest[0]):]
	n := int(binary.BigEndian.Uint16(rest)) / 2
	var offered []uint16
	for i := range n {
		offered = append(offered, binary.BigEndian.Uint16(rest[2+2*i:]))
	}
	extensions := rest[2+2*n:]
	version := audit.Version(binary.BigEndian.Uint16(hello[4:]))
	if bytes.Contains(extensions, []byte{0, 43, 0, 3, 2, 3, 4}) {
		version = audit.TLSv13
	}
	for ; version > audit.SSLv2; version-- {
		if s.accepted[version] != nil {
			break
		}
		if version == audit.TLSv13 || version == audit.SSLv3 {
			return alert(s.unknown)
		}
	}
	if s.most > 0 && n > s.most {
		return alert(s.tooMany)
	}
	if s.sees > 0 && n > s.sees {
		offered = offered[:s.sees]
	}
	if version < audit.TLSv13 && slices.ContainsFunc(offered, s.poisoned) {
		return alert(s.unshared)
	}
	first, second := s.order(version, offered), offered
	if s.clientOrder {
		first, second = second, first
	}
	for _, code := range first {
		if slices.Contains(second, code) {
			return flightOf(version, code)
		}
	}
	return alert(s.unshared)
}

// order is that of the server for a client's list.
func (s *simulated) order(version audit.Version, offered []uint16) []uint16 {
	order := slices.Clone(s.accepted[version])
	if s.chacha && isChaChaCode(offered[0]) {
		slices.SortStableFunc(order, func(a, b uint16) int {
			switch {
			case isChaChaCode(a) == isChaChaCode(b):
				return 0
			case isChaChaCode(a):
				return -1
			}
			return 1
		})
	}
	alike := func(code uint16) bool { return slices.Contains(s.alike, code) && slices.Contains(order, code) }
	if i, j := slices.IndexFunc(order, alike), slices.IndexFunc(offered, alike); i >= 0 && j >= 0 {
		order = slices.Insert(order, i, offered[j])
	}
	return order
}

func (s *simulated) poisoned(code uint16) bool {
	return s.poison != "" && kindOf(code, usual) == s.poison
}

// flightOf is the shortest flight that chooses a suite.
func flightOf(version audit.Version, code uint16) []byte {
	v := []byte{byte(version >> 8), byte(version)}
	body := append(slices.Clone(v), make([]byte, 32)...)
	if version == audit.TLSv13 {
		body = append([]byte{3, 3}, hidden...)
	}
	body = append(body, 0, byte(code>>8), byte(code), 0)
	if version == audit.TLSv13 {
		body = append(body, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 29)
	}
	messages := append([]byte{2, 0, 0, byte(len(body))}, body...)
	if version < audit.TLSv13 {
		messages = append(messages, 14, 0, 0, 0)
	}
	return append([]byte{22, 3, 3, 0, byte(len(messages))}, messages...)
}

// simulate makes a server up. exact says whether all about it can be found.
func simulate(r *rand.Rand) (s *simulated, kind string) {
	s = &simulated{accepted: map[audit.Version][]uint16{}, clientOrder: r.IntN(2) == 0, unknown: 70, unshared: 40, random: r}
	likely := r.IntN(3) > 0
	for _, v := range audit.Versions[1:] {
		list := slices.Clone(candidatesFor(v))
		if likely {
			list = list[:len(list)/3]
		}
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		if r.IntN(5) > 1 {
			s.accepted[v] = list[:1+r.IntN(min(len(list), 1+r.IntN(40)))]
		}
	}
	if len(s.accepted) == 0 {
		s.accepted[audit.TLSv12] = []uint16{0xC02F, 0x002F}
	}
	kinds := []struct {
		name   string
		change func()
	}{
		{"plain", func() {}},
		{"ChaCha20 first", func() { s.chacha = true }},
		{"other alerts", func() {
			s.unknown, s.unshared = []byte{70, 40, 47, 80, 0}[r.IntN(5)], []byte{40, 47, 80, 71, 0}[r.IntN(5)]
		}},
		{"at most 128", func() { s.most, s.tooMany = 128, []byte{40, 47, 50, 80, 0}[r.IntN(5)] }},
		{"few", func() { s.most, s.tooMany = 20+r.IntN(107), []byte{47, 50}[r.IntN(2)] }},
		{"reads 128", func() { s.sees = 128 }},
		{"one at a time", func() { s.concurrent = 1 + r.IntN(2) }},
		{"every n-th", func() { s.every = 3 + r.IntN(6) }},
		{"dies", func() { s.limit = 1 + r.IntN(80) }},
		{"loses", func() { s.lost = 1 + r.IntN(60) }},
		{"odd alerts", func() { s.odd = 1 + r.IntN(20) }},
		{"one spurious refusal", func() { s.spurious = 2 + r.IntN(60) }},
		{"loses, and other alerts", func() {
			s.lost, s.unshared, s.unknown = 1+r.IntN(40), []byte{40, 47, 80, 0}[r.IntN(4)], []byte{70, 40, 0}[r.IntN(3)]
		}},
		{"dies, of 128", func() { s.limit, s.most, s.tooMany = 1+r.IntN(150), 128, 40 }},
		{"poison", func() {
			s.poison = []string{"elliptic curves", "finite fields", "others"}[r.IntN(3)]
			for v, list := range s.accepted {
				if list = slices.DeleteFunc(list, s.poisoned); len(list) == 0 && v < audit.TLSv13 {
					list = []uint16{0xC02F, 0x002F}
				}
				s.accepted[v] = list
			}
		}},
	}
	k := kinds[r.IntN(len(kinds))]
	k.change()
	return s, k.name
}

// TestSimulatedServers: whatever a server accepts, and however it fails, no
// version and no suite it accepts is called refused, none it refuses accepted,
// and no list complete that is not. TLSAUDIT_SIMULATIONS sets the number of
// servers.
func TestSimulatedServers(t *testing.T) {
	t.Parallel()
	runs := 300
	if n, err := strconv.Atoi(os.Getenv("TLSAUDIT_SIMULATIONS")); err == nil {
		runs = n
	}
	const shards = 4
	for shard := range shards {
		t.Run(fmt.Sprint(shard), func(t *testing.T) {
			t.Parallel()
			complete, connections := map[string][2]int{}, 0
			only, err := strconv.Atoi(os.Getenv("TLSAUDIT_SIMULATION"))
			for seed := shard; seed < runs && !t.Failed(); seed += shards {
				if err == nil && seed != only {
					continue
				}
				synctest.Test(t, func(t *testing.T) {
					r := rand.New(rand.NewPCG(uint64(seed), 16))
					s, kind := simulate(r)
					opt := Options{SuitesOnly: r.IntN(4) > 0, Order: r.IntN(6) == 0, Dial: s.dial}
					if err == nil {
						opt.Logf = t.Logf
					}
					o := New(opt).Scan(t.Context(), audit.Target{Protocol: "tls", IP: netip.MustParseAddr("127.0.0.1"), Port: 443})
					connections += o.Connections
					for _, f := range o.Versions {
						s.compare(t, f)
						if n := complete[kind]; f.Answer == audit.Accepted {
							n[1]++
							if f.SuitesAnswer == audit.Accepted {
								n[0]++
							}
							complete[kind] = n
						}
					}
					if t.Failed() {
						t.Logf("server %d, %s: %+v\nnotes %q", seed, kind, s, o.Notes)
					}
				})
			}
			t.Logf("complete lists of all: %v; %d connections", complete, connections)
			if n := complete["plain"]; n[0] < n[1] {
				t.Errorf("plain servers: %d of %d lists complete", n[0], n[1])
			}
		})
	}
}

// compare holds what is claimed about a version against the truth.
func (s *simulated) compare(t *testing.T, f audit.VersionFact) {
	t.Helper()
	truth := s.accepted[f.Version]
	if f.Answer.Known() && (f.Answer == audit.Accepted) != (len(truth) > 0) {
		t.Errorf("%s is %s (%s), in truth it has %d suites", f.Version, f.Answer, f.Evidence, len(truth))
		return
	}
	found := []uint16{}
	for _, suite := range f.Suites {
		found = append(found, uint16(suite.ID))
		if !slices.Contains(truth, uint16(suite.ID)) {
			t.Errorf("%s: %s is not accepted", f.Version, suite.Name)
		}
	}
	if f.Answer == audit.Accepted && f.SuitesAnswer == audit.Accepted && len(found) != len(truth) {
		t.Errorf("%s: %d suites called complete, in truth %d: %x, %x", f.Version, len(found), len(truth), found, truth)
	}
	want := audit.PreferenceServer
	if s.clientOrder {
		want = audit.PreferenceClient
	}
	if p := f.Preference; p != want && (p == audit.PreferenceServer || p == audit.PreferenceClient) {
		t.Errorf("%s: preference %s (%s), in truth %s", f.Version, p, f.PreferenceEvidence, want)
	}
	if want == audit.PreferenceServer && f.Preference == want && f.SuitesAnswer == audit.Accepted && !f.SuitesUnordered && !slices.Equal(found, truth) {
		t.Errorf("%s: order %x, in truth %x", f.Version, found, truth)
	}
}
