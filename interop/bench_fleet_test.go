//go:build interop && bench

package interop

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
	"tlsaudit/scanner/wire"
)

// TestBenchSuites is the program behind "tlsaudit versions+suites": it scans
// the targets it is given and prints how many connections that took.
func TestBenchSuites(t *testing.T) {
	isChild(t)
	protocols, addresses := readTargets(t, os.Getenv("BENCH_TARGETS"))
	s := scanner.New(scanner.Options{SuitesOnly: true, PerHost: number(t, "BENCH_PER_HOST", 0), EHLO: "audit.test"})
	var pool sync.WaitGroup
	places := make(chan struct{}, 64)
	var connections atomic.Int64
	for i, at := range addresses {
		places <- struct{}{}
		pool.Go(func() {
			defer func() { <-places }()
			o := s.Scan(t.Context(), audit.Target{Protocol: protocols[i], Host: serverName, IP: at.Addr(), Port: at.Port()})
			connections.Add(int64(o.Connections))
			for _, f := range o.Versions {
				if !f.Answer.Known() || f.Answer == audit.Accepted && f.SuitesAnswer != audit.Accepted {
					t.Errorf("%s: %s is %s (%s), suites %s", at, f.Version, f.Answer, f.Evidence, f.SuitesAnswer)
				}
			}
		})
	}
	pool.Wait()
	fmt.Println("connections", connections.Load())
}

// TestBenchPlain is the program behind "bare exchanges": a connection, a hello,
// the server's flight and a reset, BENCH_EACH times with each target, and
// nothing is made of the answers. It is what the machine asks for a connection
// at the time, by which the cost of a scanner can be judged.
func TestBenchPlain(t *testing.T) {
	isChild(t)
	_, addresses := readTargets(t, os.Getenv("BENCH_TARGETS"))
	hello := (&wire.Hello{
		Version: tls.VersionTLS12, Suites: []uint16{0xC02F, 0xC030, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035, 0x00FF},
		SNI: serverName, Groups: wire.WideGroups, SigAlgs: wire.WideSigAlgs, PadTo: 512,
	}).AppendTo(nil)
	each := number(t, "BENCH_EACH", 1)
	dialer := net.Dialer{KeepAlive: -1}
	var pool sync.WaitGroup
	places := make(chan struct{}, 64)
	for _, at := range addresses {
		places <- struct{}{}
		pool.Go(func() {
			defer func() { <-places }()
			for range each {
				c, err := dialer.DialContext(t.Context(), "tcp", at.String())
				if err != nil {
					t.Error(err)
					return
				}
				if f := wire.Exchange(t.Context(), c, hello, wire.UntilKeyExchange); f.Outcome != wire.ServerHello {
					t.Errorf("%s: %s (%v)", at, f.Outcome, f.Err)
				}
				_ = c.(*net.TCPConn).SetLinger(0)
				c.Close()
			}
		})
	}
	pool.Wait()
	fmt.Println("connections", each*len(addresses))
}

// said returns the connections a child says it made.
func said(t *testing.T, cmd *exec.Cmd) sample {
	t.Helper()
	var out output
	cmd.Stdout = &out
	s := measure(t, cmd)
	_, rest, _ := strings.Cut(out.String(), "connections ")
	if _, err := fmt.Sscan(rest, &s.Connections); err != nil {
		t.Fatalf("%s says no number of connections: %v\n%s", cmd, err, out.String())
	}
	return s
}

// TestBenchServe is the fleet: BENCH_SERVE servers on addresses of their own
// and one port, each with a certificate of its own and 18 suites, 15 of TLS 1.2
// and 3 of TLS 1.3. It prints their addresses and ends with its standard input.
// The certificates are made when they are first asked for: ten thousand of them
// take a minute.
func TestBenchServe(t *testing.T) {
	isChild(t)
	a := fixtures.NewAuthority(time.Now())
	if err := os.WriteFile(os.Getenv("BENCH_CA"), a.RootPEM(), 0o644); err != nil {
		t.Fatal(err)
	}
	var issuing sync.Mutex
	var suites []uint16
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			if !strings.Contains(s.Name, "_ECDSA_") {
				suites = append(suites, s.ID)
			}
		}
	}
	port := uint16(0)
	out := bufio.NewWriter(os.Stdout)
	for i := range number(t, "BENCH_SERVE", 0) {
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 102, byte(i / 250), byte(i%250 + 1)}), port)
		leaf := sync.OnceValue(func() *tls.Certificate {
			issuing.Lock()
			defer issuing.Unlock()
			c := a.Server(fixtures.RSA2048, fmt.Sprintf("host%05d.fleet.example.com", i+1))
			return &c
		})
		s, err := fixtures.ListenAt(t.Context(), at, fixtures.TLS(&tls.Config{
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return leaf(), nil },
			MinVersion:     tls.VersionTLS12, CipherSuites: suites,
			CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256},
		}))
		if err != nil {
			t.Fatal(err)
		}
		port = s.Addr().Port()
		fmt.Fprintln(out, "target", s.Addr())
	}
	fmt.Fprintln(out, "ready")
	out.Flush()
	bufio.NewReader(os.Stdin).ReadByte()
}

// startFleet starts a fleet in a process of its own until the test ends.
func startFleet(t *testing.T, n int) (addresses []netip.AddrPort, ca string) {
	t.Helper()
	ca = filepath.Join(folder(t), "ca.pem")
	cmd := child(t.Context(), "TestBenchServe", "BENCH_SERVE="+strconv.Itoa(n), "BENCH_CA="+ca)
	in, out := must(cmd.StdinPipe())(t), must(cmd.StdoutPipe())(t)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
		if at, ok := strings.CutPrefix(lines.Text(), "target "); ok {
			addresses = append(addresses, must(netip.ParseAddrPort(at))(t))
		}
	}
	if len(addresses) != n {
		t.Fatalf("%d of %d servers started", len(addresses), n)
	}
	return addresses, ca
}

// TestBenchFleet audits fleets of 1,000 and 10,000 endpoints with the program
// as it is, and a part of them with its peers. Nothing is judged but that
// everything was seen: it prints a table.
func TestBenchFleet(t *testing.T) {
	built := buildProgram(t)
	var sizes []int
	for _, size := range strings.Split(cmp.Or(os.Getenv("BENCH_FLEET"), "1000,10000"), ",") {
		sizes = append(sizes, must(strconv.Atoi(size))(t))
	}
	addresses, ca := startFleet(t, slices.Max(sizes))
	dir := folder(t)
	fmt.Printf("\nfleet of endpoints with 18 suites, on loopback\n")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "endpoints\tconns each\twall s\tCPU ms each\tper CPU s\tCPU ratio\tpeak MB\t  tool\t")
	base := 0.0
	row := func(n int, s sample, name string) {
		each := s.CPU.Seconds() / float64(n)
		if base == 0 {
			base = each
		}
		fmt.Fprintf(w, "%d\t%.1f\t%.1f\t%.2f\t%.0f\t%.1f\t%.0f\t  %s\t\n", n, float64(s.Connections)/float64(n), s.Wall.Seconds(), each*1000, 1/each, each/base, float64(s.PeakRSS)/1e6, name)
		w.Flush()
	}
	peaks := map[string][]int64{}
	for _, size := range sizes {
		var inventory strings.Builder
		for i, at := range addresses[:size] {
			fmt.Fprintf(&inventory, "https://host%05d.fleet.example.com:%d?ip=%s\n", i+1, at.Port(), at.Addr())
		}
		file, report := write(t, dir, "fleet.txt", inventory.String()), filepath.Join(dir, "report.json")
		for _, depth := range strings.Split(cmp.Or(os.Getenv("BENCH_DEPTHS"), "standard,quick"), ",") {
			s := measure(t, exec.CommandContext(t.Context(), built, "audit", "-q", "--ca", ca, "--fail-on", "none", "--allow-incomplete", "--depth", depth, "-o", report, "-i", file))
			var run fleetRun
			if err := json.Unmarshal(must(os.ReadFile(report))(t), &run); err != nil {
				t.Fatal(err)
			}
			if run.Summary.Subjects != size || depth == "standard" && run.Summary.Judged != size {
				t.Errorf("%s: %d of %d endpoints judged", depth, run.Summary.Judged, size)
			}
			s.Connections = run.Summary.Connections
			row(size, s, "tlsaudit "+depth)
			peaks[depth] = append(peaks[depth], s.PeakRSS)
		}
	}
	if last := len(sizes) - 1; last > 0 {
		for depth, peak := range peaks {
			fmt.Printf("memory of a further endpoint at %s: %d bytes\n", depth, (peak[last]-peak[0])/int64(sizes[last]-sizes[0]))
		}
	}
	few := addresses[:min(len(addresses), number(t, "BENCH_PEERS", 100))]
	var ours, theirs, hosts strings.Builder
	for _, at := range few {
		fmt.Fprintf(&ours, "https %s\n", at)
		fmt.Fprintf(&theirs, "%s\n", at)
		fmt.Fprintf(&hosts, "%s\n", at.Addr())
	}
	targets := "BENCH_TARGETS=" + write(t, dir, "ours.txt", ours.String())
	s := said(t, child(t.Context(), "TestBenchSuites", targets))
	row(len(few), s, "tlsaudit versions+suites")
	each := s.Connections / len(few)
	row(len(few), said(t, child(t.Context(), "TestBenchPlain", targets, "BENCH_EACH="+strconv.Itoa(each))), fmt.Sprintf("%d bare exchanges each, nothing made of them", each))
	if file := installed("sslscan"); file != "" {
		row(len(few), measure(t, exec.CommandContext(t.Context(), file, "--no-colour", "--targets="+write(t, dir, "sslscan.txt", theirs.String()))), "sslscan")
	}
	if file := installed("nmap"); file != "" {
		services := write(t, dir, "services", fmt.Sprintf("https\t%d/tcp\t1.0\n", few[0].Port()))
		row(len(few), measure(t, exec.CommandContext(t.Context(), file, "-Pn", "-n", "--servicedb", services, "--script", "+ssl-enum-ciphers", "-iL", write(t, dir, "nmap.txt", hosts.String()))), "nmap ssl-enum-ciphers, one process")
	}
}
