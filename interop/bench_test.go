//go:build interop && bench

package interop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"tlsaudit/fixtures"
)

// tool is one way to look at a server, as a child process.
type tool struct {
	name string
	// command returns the program and its arguments for an endpoint, with so
	// many connections in flight where that can be chosen; 0 is the default.
	command func(e endpoint, inFlight int) *exec.Cmd
	// once: it takes so long that one run has to do.
	once bool
}

// sample is what one run of a tool cost: Connections and Bytes as the relay
// counted them, CPU the user and system time of the process with its children.
type sample struct {
	Connections int
	Bytes       int64
	Wall, CPU   time.Duration
	PeakRSS     int64
}

// runs is how often each tool looks at each endpoint, in turns.
func runs(t *testing.T) int { return number(t, "BENCH_RUNS", 3) }

// number reads a setting from the environment.
func number(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	return must(strconv.Atoi(text))(t)
}

// measure runs a command to its end.
func measure(t *testing.T, cmd *exec.Cmd) sample {
	t.Helper()
	var errs output
	cmd.Stderr = &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	began := time.Now()
	err := cmd.Start()
	var peak int64
	if err == nil {
		ended := make(chan struct{})
		watched := make(chan int64)
		go func() { watched <- watchMemory(cmd.Process.Pid, ended) }()
		err = cmd.Wait()
		close(ended)
		peak = <-watched
	}
	s := sample{Wall: time.Since(began), PeakRSS: peak}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("running %s: %v", cmd, err)
	}
	// Some end with the number of faults they found: only a signal is a failure.
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() || err != nil && strings.Contains(cmd.Path, "tlsaudit") {
		t.Logf("%s: %v\n%s", cmd, err, errs.String())
	}
	s.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return s
}

// installed returns the first of the programs that is there, or nothing.
func installed(names ...string) string {
	for _, name := range names {
		if file, err := exec.LookPath(name); err == nil {
			return file
		}
	}
	return ""
}

// benchTools lists what is compared, tlsaudit's standard depth first: the
// ratios are to it.
func benchTools(t *testing.T, k *keys) []tool {
	t.Helper()
	ctx := t.Context()
	built := buildProgram(t)
	audit := func(depth string) func(endpoint, int) *exec.Cmd {
		return func(e endpoint, inFlight int) *exec.Cmd {
			return exec.CommandContext(ctx, built, "audit", "-q", "--ca", k.CA, "--fail-on", "none", "--allow-incomplete", "--depth", depth, "--per-host", strconv.Itoa(inFlight), "-f", "json",
				fmt.Sprintf("%s://%s:%d?ip=127.0.0.1", e.Protocol, serverName, e.Port))
		}
	}
	list := []tool{
		{name: "tlsaudit standard", command: audit("standard")},
		{name: "tlsaudit versions+suites", command: func(e endpoint, inFlight int) *exec.Cmd {
			return child(ctx, "TestBenchSuites", "BENCH_TARGETS="+write(t, folder(t), "targets.txt", fmt.Sprintf("%s 127.0.0.1:%d\n", e.Protocol, e.Port)), "BENCH_PER_HOST="+strconv.Itoa(inFlight))
		}},
		{name: "tlsaudit quick", command: audit("quick")},
		{name: "tlsaudit deep", command: audit("deep")},
	}
	if file := installed("nmap"); file != "" {
		list = append(list, tool{name: "nmap ssl-enum-ciphers", command: func(e endpoint, _ int) *exec.Cmd {
			services := write(t, folder(t), "services", fmt.Sprintf("%s\t%d/tcp\t1.0\n", cmp.Or(e.Upgrade, "https"), e.Port))
			return exec.CommandContext(ctx, file, "-Pn", "-n", "--servicedb", services, "--script", "+ssl-enum-ciphers", "--script-args", "tls.servername="+serverName, "127.0.0.1")
		}})
	}
	if file := installed("sslscan"); file != "" {
		only := []string{"--no-check-certificate", "--no-compression", "--no-fallback", "--no-groups", "--no-heartbleed", "--no-renegotiation"}
		for name, flags := range map[string][]string{"sslscan": nil, "sslscan, ciphers only": only} {
			list = append(list, tool{name: name, command: func(e endpoint, _ int) *exec.Cmd {
				args := append(slices.Clone(flags), "--no-colour", "--sni-name="+serverName)
				if e.Upgrade != "" {
					args = append(args, "--starttls-"+e.Upgrade)
				}
				return exec.CommandContext(ctx, file, append(args, address(e.Port))...)
			}})
		}
	}
	if file := installed("testssl", "testssl.sh"); file != "" && os.Getenv("BENCH_TESTSSL") != "" {
		list = append(list, tool{name: "testssl.sh -p -E", once: true, command: func(e endpoint, _ int) *exec.Cmd {
			args := []string{"--quiet", "--color", "0", "--warnings", "off", "-p", "-E"}
			if e.Upgrade != "" {
				args = append(args, "-t", e.Upgrade)
			}
			cmd := exec.CommandContext(ctx, file, append(args, address(e.Port))...)
			cmd.Stdin = strings.NewReader("yes\n")
			return cmd
		}})
	}
	slices.SortStableFunc(list[4:], func(a, b tool) int { return cmp.Compare(a.name, b.name) })
	return list
}

// child runs one of the tests of this program as a process of its own.
func child(ctx context.Context, test string, env ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+test+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), append(env, "BENCH_CHILD=1")...)
	return cmd
}

// isChild reports whether this process was made by child; the test is none else.
func isChild(t *testing.T) bool {
	if os.Getenv("BENCH_CHILD") == "" {
		t.Skip("part of another benchmark")
	}
	return true
}

// TestBenchEndpoints compares what it takes to look at one endpoint, near and
// 50 ms away. Nothing is judged: it prints a table.
func TestBenchEndpoints(t *testing.T) {
	k := makeKeys(t)
	tools := benchTools(t, k)
	for _, c := range costs {
		if only := os.Getenv("BENCH_ONLY"); only != "" && !strings.Contains(c.name, only) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			e := c.start(t, k)
			for _, rtt := range []time.Duration{0, far} {
				printTable(fmt.Sprintf("%s, %d ms away", c.name, rtt.Milliseconds()), tools, compare(t, tools, e, c.inFlight, rtt))
			}
		})
	}
}

// compare lets the tools look at an endpoint in turns, each as often as runs
// says, and returns the samples of each.
func compare(t *testing.T, tools []tool, e endpoint, inFlight int, rtt time.Duration) [][]sample {
	t.Helper()
	all := make([][]sample, len(tools))
	for turn := range runs(t) {
		for i, tool := range tools {
			if tool.once && turn > 0 {
				continue
			}
			relay, err := fixtures.ListenRelay(t.Context(), netip.MustParseAddrPort(address(e.Port)), rtt)
			if err != nil {
				t.Fatal(err)
			}
			through := e
			through.Port = relay.Addr().Port()
			s := measure(t, tool.command(through, inFlight))
			there, back := relay.Bytes()
			s.Connections, s.Bytes = relay.Accepted(), there+back
			relay.Close()
			all[i] = append(all[i], s)
		}
	}
	return all
}

// printTable prints the medians, and how they compare with those of the first.
func printTable(title string, tools []tool, all [][]sample) {
	fmt.Printf("\n%s\n", title)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "conns\tKB\twall s\tCPU ms\twall ratio\tCPU ratio\t  tool\t")
	base := median(all[0])
	for i, tool := range tools {
		s := median(all[i])
		fmt.Fprintf(w, "%d\t%d\t%.2f\t%d\t%.1f\t%.1f\t  %s\t\n", s.Connections, s.Bytes/1000, s.Wall.Seconds(), s.CPU.Milliseconds(),
			s.Wall.Seconds()/base.Wall.Seconds(), s.CPU.Seconds()/base.CPU.Seconds(), tool.name)
	}
	w.Flush()
}

// median returns the median of each figure.
func median(list []sample) sample {
	middle := func(of func(sample) int64) int64 {
		var figures []int64
		for _, s := range list {
			figures = append(figures, of(s))
		}
		slices.Sort(figures)
		return figures[len(figures)/2]
	}
	return sample{
		Connections: int(middle(func(s sample) int64 { return int64(s.Connections) })),
		Bytes:       middle(func(s sample) int64 { return s.Bytes }),
		Wall:        time.Duration(middle(func(s sample) int64 { return int64(s.Wall) })),
		CPU:         time.Duration(middle(func(s sample) int64 { return int64(s.CPU) })),
		PeakRSS:     middle(func(s sample) int64 { return s.PeakRSS }),
	}
}

// readTargets reads lines of a protocol and an address.
func readTargets(t *testing.T, file string) (protocols []string, addresses []netip.AddrPort) {
	t.Helper()
	for line := range strings.Lines(string(must(os.ReadFile(filepath.Clean(file)))(t))) {
		var protocol, at string
		if _, err := fmt.Sscan(line, &protocol, &at); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		protocols, addresses = append(protocols, protocol), append(addresses, must(netip.ParseAddrPort(at))(t))
	}
	return protocols, addresses
}
