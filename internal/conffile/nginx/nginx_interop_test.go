//go:build interop

package nginx

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

var configurations = flag.Int("configurations", 320, "how many random configurations to compare with nginx")

// program is the installed nginx and its versions.
func program(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "nginx", "-V").CombinedOutput()
	if err != nil {
		t.Fatalf("nginx -V: %v", err)
	}
	versions := map[string]string{}
	for name, re := range map[string]string{"nginx": `nginx/([0-9.]+)`, "openssl": `(?:running|built) with OpenSSL ([0-9.]+)`} {
		if m := regexp.MustCompile(re).FindSubmatch(out); m != nil {
			versions[name] = string(m[1])
		}
	}
	t.Logf("comparing with %v", versions)
	return versions
}

// write puts texts below a folder.
func write(t *testing.T, dir string, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// check asks nginx -t.
func check(t *testing.T, dir string) (bool, string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "nginx", "-t", "-q", "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-g", globals(dir)).CombinedOutput()
	return err == nil, string(out)
}

func globals(dir string) string {
	return fmt.Sprintf("daemon off; master_process off; pid %s/pid; error_log %s/error.log;", dir, dir)
}

// start runs nginx until the test ends.
func start(t *testing.T, dir string, ports []string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, "nginx", "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-g", globals(dir))
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
			if tries == 200 {
				stop()
				t.Fatalf("nginx does not answer on %s: %v\n%s", port, err, out.String())
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return stop
}

// TestRandomConfigurations compares what is declared of random trees with what
// nginx -t says and with what the wire shows.
func TestRandomConfigurations(t *testing.T) {
	versions := program(t)
	dir := t.TempDir()
	conftest.Certificates(t, dir, time.Now())
	m := &maker{Rand: rand.New(rand.NewPCG(4, 2026))}
	var refused, listeners, answers, suites int
	for n := range *configurations {
		ports := conftest.FreePorts(t, 3)
		own := filepath.Join(dir, fmt.Sprint(n))
		m.configuration(dir, ports)
		write(t, own, m.texts)
		d := readTexts(t, m.texts, "nginx.conf", versions)
		ok, said := check(t, own)
		if broken := unloadable(d); ok != (broken == nil) {
			t.Errorf("configuration %d: nginx -t says %t, we %v\n%s\n%s", n, ok, broken, said, dump(m.texts))
			continue
		}
		if !ok {
			refused++
			continue
		}
		stop := start(t, own, ports)
		for _, l := range d.Listeners {
			listeners++
			a, s := compare(t, n, l, m)
			answers += a
			suites += s
		}
		stop()
		if t.Failed() {
			return
		}
	}
	t.Logf("%d configurations, %d refused by nginx and by us; %d listeners, %d answers and %d lists of suites equal", *configurations, refused, listeners, answers, suites)
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
		fmt.Fprintf(&b, "=== %s\n%s\n", name, texts[name])
	}
	return b.String()
}

// compare asks a listener for every version, for its suites and its groups.
func compare(t *testing.T, n int, l *confdoc.Listener, m *maker) (answers, lists int) {
	t.Helper()
	s := l.Scope.(*site)
	port, name := s.listens[0].port, l.Names[0]
	wrong := func(format string, args ...any) {
		t.Errorf("configuration %d, %s: %s\n%s", n, l.Listener, fmt.Sprintf(format, args...), dump(m.texts))
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
		if got.Err != nil && strings.Contains(got.Err.Error(), "illegal parameter") {
			// a hello asked for again meets the other server's order of suites:
			// ask with the groups declared, so that once is enough
			got = conftest.Ask(t.Context(), port, name, v, conftest.Offered(), curvesOf(l))
		}
		common := v == audit.TLSv13 || slices.ContainsFunc(fact.Suites, func(s audit.Suite) bool { return slices.Contains(conftest.Offered(), uint16(s.ID)) })
		want := fact.Answer
		if want == audit.Accepted && !common {
			want = audit.NotAsked
		}
		if want == audit.Latent && got.Answer == audit.NotAsked && (!common || hopeless(l)) {
			got.Answer = audit.Latent
		}
		if want == audit.Refused && (got.Answer == audit.Latent || got.Answer == audit.NotAsked) && (olderOn(l, v) || hopeless(l)) {
			got.Answer = want // nginx answers with an older version and fails there
		}
		if got.Answer != want {
			wrong("%s: declared %v (%s), seen %v: %v", v, want, fact.Evidence, got.Answer, got.Err)
			continue
		}
		answers++
		if got.Answer == audit.Accepted && !slices.ContainsFunc(fact.Suites, func(s audit.Suite) bool { return uint16(s.ID) == got.Suite }) {
			wrong("%s: %s is not among those declared", v, tls.CipherSuiteName(got.Suite))
		}
		if got.Answer == audit.Accepted && v == audit.TLSv12 {
			if want := l.Feature(audit.FeatureSessionTicket, v).Answer == audit.Accepted; want != got.Tickets {
				wrong("tickets: declared %t, seen %t", want, got.Tickets)
			}
		}
		if got.Answer == audit.Accepted && v < audit.TLSv13 {
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
		if got.Answer == audit.Accepted && fact.GroupsAnswer == audit.Accepted && v == audit.TLSv13 {
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

// curves are the groups of crypto/tls by number.
var curves = map[audit.Code]tls.CurveID{0x1d: tls.X25519, 0x17: tls.CurveP256, 0x18: tls.CurveP384, 0x19: tls.CurveP521}

func curvesOf(l *confdoc.Listener) (list []tls.CurveID) {
	for _, g := range l.Groups {
		if id, ok := curves[g.ID]; ok && g.Version == audit.TLSv13 {
			list = append(list, id)
		}
	}
	return list[:min(1, len(list))]
}

// olderOn reports whether a version below v is on.
func olderOn(l *confdoc.Listener, v audit.Version) bool {
	return slices.ContainsFunc(l.Spoken(), func(f *audit.VersionFact) bool { return f.Version < v })
}

// hopeless reports whether OpenSSL gives up before it looks at a hello.
func hopeless(l *confdoc.Listener) bool {
	return slices.ContainsFunc(l.Versions, func(f audit.VersionFact) bool { return strings.Contains(f.Evidence, "refuses every hello") })
}
