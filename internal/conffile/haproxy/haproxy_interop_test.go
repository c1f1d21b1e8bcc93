//go:build interop

package haproxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
)

var configurations = flag.Int("configurations", 320, "how many random configurations to compare with HAProxy")

// program is the installed HAProxy and its versions.
func program(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "haproxy", "-vv").CombinedOutput()
	if err != nil {
		t.Fatalf("haproxy -vv: %v", err)
	}
	versions := map[string]string{}
	for name, re := range map[string]string{"haproxy": `HAProxy version ([0-9.]+)`, "openssl": `Running on OpenSSL version : OpenSSL ([0-9.]+)`} {
		m := regexp.MustCompile(re).FindSubmatch(out)
		if m == nil {
			t.Fatalf("haproxy -vv does not tell the version of %s", name)
		}
		versions[name] = string(m[1])
	}
	t.Logf("comparing with %v", versions)
	return versions
}

// write puts texts into a folder.
func write(t *testing.T, dir string, texts map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// check asks haproxy -c.
func check(t *testing.T, dir string) (bool, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "haproxy", "-c", "-f", "haproxy.cfg")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return err == nil, string(out)
}

// start runs HAProxy.
func start(t *testing.T, dir string, ports []string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, "haproxy", "-db", "-f", "haproxy.cfg")
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { cmd.Wait(); close(done) }()
	stop = func() { cancel(); <-done }
	for _, port := range ports {
		for tries := 0; ; tries++ {
			c, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
			if err == nil {
				c.Close()
				break
			}
			if tries == 300 {
				stop()
				t.Fatalf("HAProxy does not answer on %s: %v\n%s", port, err, out.String())
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return stop
}

// TestRandomConfigurations compares what is declared of random files with what
// haproxy -c says and with what the wire shows.
func TestRandomConfigurations(t *testing.T) {
	versions := program(t)
	dir := t.TempDir()
	conftest.Certificates(t, dir, time.Now())
	m := &maker{Rand: rand.New(rand.NewPCG(6, 2026)), dir: dir}
	var refused, listeners, answers, suites int
	for n := range *configurations {
		ports := conftest.FreePorts(t, 5)
		own := filepath.Join(dir, fmt.Sprint(n))
		m.configuration(ports)
		write(t, own, m.texts)
		d := readTexts(t, m.texts, "haproxy.cfg", versions)
		ok, said := check(t, own)
		open := len(d.Gaps) > 0 || slices.ContainsFunc(d.Listeners, func(l *confdoc.Listener) bool { return len(l.Gaps) > 0 }) // variables, a missing crt-list
		if broken := unloadable(d); ok != (broken == nil) && !open {
			t.Errorf("configuration %d: haproxy -c says %t, we %v\n%s\n%s", n, ok, broken, said, dump(m.texts))
			continue
		}
		if open && !strings.Contains(m.texts["haproxy.cfg"], "NOPE_FOR_SURE") && !strings.Contains(m.texts["haproxy.cfg"], "nosuch") {
			t.Errorf("configuration %d leaves something open: %v\n%s", n, d.Gaps, dump(m.texts))
		}
		if !ok {
			refused++
			continue
		}
		stop := start(t, own, ports)
		for _, l := range d.Listeners {
			if b, is := l.Scope.(*bind); is && !slices.Contains(l.Binds, "127.0.0.1:"+freeTrapPort) && b != nil {
				listeners++
				a, s := compare(t, n, l, m)
				answers += a
				suites += s
			}
		}
		stop()
		if t.Failed() {
			return
		}
	}
	t.Logf("%d configurations, %d refused by HAProxy and by us; %d listeners, %d answers and %d lists of suites equal", *configurations, refused, listeners, answers, suites)
	if refused < *configurations/40 || listeners < *configurations {
		t.Error("the configurations have become one-sided")
	}
}

// unloadable returns the first fault the product refuses the file for.
func unloadable(d *confdoc.Document) *confdoc.Fault {
	for i := range d.Faults {
		if k := d.Faults[i].Kind; k == confdoc.NotLoaded || k == confdoc.Incomplete {
			return &d.Faults[i]
		}
	}
	return nil
}

func dump(texts map[string]string) string {
	var b strings.Builder
	names := make([]string, 0, len(texts))
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "=== %s\n%s\n", name, strings.ReplaceAll(texts[name], strings.Repeat("A", 70000), "A..."))
	}
	return b.String()
}

// curves are the groups of crypto/tls by number.
var curves = map[audit.Code]tls.CurveID{0x1d: tls.X25519, 0x17: tls.CurveP256, 0x18: tls.CurveP384, 0x19: tls.CurveP521}

// compare asks a listener for every version, for its suites and its groups.
func compare(t *testing.T, n int, l *confdoc.Listener, m *maker) (answers, lists int) {
	t.Helper()
	_, port, _ := net.SplitHostPort(l.Binds[0])
	name := ""
	if len(l.Names) > 0 {
		name = strings.ReplaceAll(l.Names[0], "any.", "q.")
	} else if strings.HasSuffix(l.Listener, "other names") {
		return 0, 0 // covered by the lists' own names below
	}
	wrong := func(format string, args ...any) {
		t.Errorf("configuration %d, %s %q: %s\n%s", n, l.Listener, name, fmt.Sprintf(format, args...), dump(m.texts))
	}
	if l.TLS == audit.Refused {
		if got := conftest.Ask(t.Context(), port, name, audit.TLSv12, nil, nil); got.Answer != audit.Undetermined {
			wrong("declared plain text, but TLS answers %v", got.Answer)
		}
		return 1, 0
	}
	for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11, audit.TLSv12, audit.TLSv13} {
		fact := l.Version(v)
		got := conftest.Ask(t.Context(), port, name, v, conftest.Offered(), nil)
		common := v == audit.TLSv13 || slices.ContainsFunc(fact.Suites, func(s audit.Suite) bool { return slices.Contains(conftest.Offered(), uint16(s.ID)) })
		want := fact.Answer
		if want == audit.Accepted && !common {
			want = audit.NotAsked
		}
		if want == audit.Latent && got.Answer == audit.NotAsked && (!common || hopeless(l)) {
			got.Answer = audit.Latent
		}
		if want == audit.Refused && (got.Answer == audit.Latent || got.Answer == audit.NotAsked) && (olderOn(l, v) || hopeless(l)) {
			got.Answer = want // an older version is answered, and fails
		}
		if got.Answer != want {
			wrong("%s: declared %v (%s), seen %v: %v", v, want, fact.Evidence, got.Answer, got.Err)
			continue
		}
		answers++
		if got.Answer != audit.Accepted {
			continue
		}
		if !slices.ContainsFunc(fact.Suites, func(s audit.Suite) bool { return uint16(s.ID) == got.Suite }) {
			wrong("%s: %s is not among those declared", v, tls.CipherSuiteName(got.Suite))
		}
		if v == audit.TLSv12 {
			if want := l.Feature(audit.FeatureSessionTicket, v).Answer == audit.Accepted; want != got.Tickets {
				wrong("tickets: declared %t, seen %t", want, got.Tickets)
			}
		}
		if v < audit.TLSv13 {
			list, err := conftest.Enumerate(t.Context(), port, name, v)
			var declared []uint16
			for _, s := range fact.Suites {
				if slices.Contains(conftest.Offered(), uint16(s.ID)) {
					declared = append(declared, uint16(s.ID))
				}
			}
			if fact.Preference != audit.PreferenceServer {
				slices.Sort(list)
				slices.Sort(declared)
			}
			if !slices.Equal(list, declared) {
				wrong("%s, %s: suites declared %x, seen %x (%v)", v, fact.Preference, declared, list, err)
			}
			lists++
		}
		if fact.GroupsAnswer == audit.Accepted && v == audit.TLSv13 {
			for code, id := range curves {
				declared := slices.ContainsFunc(l.Groups, func(g audit.GroupFact) bool { return g.Version == v && g.ID == code })
				if g := conftest.Ask(t.Context(), port, name, v, nil, []tls.CurveID{id}); (g.Answer == audit.Accepted) != declared {
					wrong("group %v: declared %t, seen %v %v", id, declared, g.Answer, g.Err)
				}
			}
		}
	}
	return answers, lists
}

// olderOn reports whether a version below v is on.
func olderOn(l *confdoc.Listener, v audit.Version) bool {
	return slices.ContainsFunc(l.Spoken(), func(f *audit.VersionFact) bool { return f.Version < v })
}

// hopeless reports whether OpenSSL gives up before it looks at a hello.
func hopeless(l *confdoc.Listener) bool {
	return slices.ContainsFunc(l.Versions, func(f audit.VersionFact) bool { return strings.Contains(f.Evidence, "refuses every hello") })
}
