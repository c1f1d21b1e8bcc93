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
	"tlsaudit/internal/conftree"
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

// maker writes random configurations.
type maker struct {
	*rand.Rand
	texts map[string]string
	dir   string
}

func (m *maker) pick(list ...string) string { return list[m.IntN(len(list))] }

func (m *maker) chance(percent int) bool { return m.IntN(100) < percent }

// word writes one in some way HAProxy reads alike.
func (m *maker) word(s string) string {
	switch {
	case m.chance(8):
		return `"` + s + `"`
	case m.chance(8):
		return "'" + s + "'"
	case m.chance(4) && len(s) > 2:
		return s[:1] + `"` + s[1:] + `"`
	case s == "TLSv1.1" && m.chance(50):
		return m.pick(`"${LOW}"`, `"$LOW"`, `"TLSv${ONE}"`)
	}
	return s
}

func (m *maker) words(list ...string) string {
	for i := range list {
		list[i] = m.word(list[i])
	}
	return strings.Join(list, m.pick(" ", "  ", "\t"))
}

var (
	someVersions = []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	someFlags    = []string{"no-sslv3", "no-tlsv10", "no-tlsv11", "no-tlsv12", "no-tlsv13", "force-tlsv10", "force-tlsv11", "force-tlsv12", "force-tlsv13"}
	someCiphers  = []string{
		"HIGH:!aNULL:!MD5", "ALL:@SECLEVEL=0", "ECDHE+AESGCM", "AES128-SHA:AES256-SHA:ECDHE-RSA-AES128-SHA", "DEFAULT:@SECLEVEL=0", "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256",
		"HIGH:@SECLEVEL=2", "ECDHE:RSA:!SHA384:@SECLEVEL=0", "kRSA:@SECLEVEL=1",
	}
	someCurves = []string{"X25519", "P-256:X25519", "P-384", "P-521:P-384"}
)

// versions writes some words about versions.
func (m *maker) versions() (list []string) {
	for range m.IntN(3) {
		switch m.IntN(4) {
		case 0, 1:
			list = append(list, m.words("ssl-min-ver", someVersions[m.IntN(4)]))
		case 2:
			list = append(list, m.words("ssl-max-ver", someVersions[1+m.IntN(3)]))
		default:
			list = append(list, m.word(someFlags[m.IntN(len(someFlags))]))
		}
	}
	return list
}

// bindWords writes the words of a bind line; certificate is crt or crt-list.
func (m *maker) bindWords(certificate string) string {
	list := append(m.versions(), "ssl", certificate)
	if m.chance(35) {
		list = append(list, m.words("ciphers", m.pick(someCiphers...)))
	}
	if m.chance(15) {
		list = append(list, m.words("ciphersuites", "TLS_AES_128_GCM_SHA256"))
	}
	if m.chance(20) {
		list = append(list, m.words(m.pick("curves", "ecdhe"), m.pick(someCurves...)))
	}
	if m.chance(20) {
		list = append(list, "prefer-client-ciphers")
	}
	if m.chance(25) {
		list = append(list, "no-tls-tickets")
	}
	if m.chance(20) {
		list = append(list, m.words("alpn", "h2,http/1.1"))
	}
	m.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return strings.Join(list, " ") + m.pick("", "", " ", " # ssl-min-ver TLSv1.0", "\r")
}

// list writes a crt-list.
func (m *maker) list(n int) string {
	var b strings.Builder
	for i := range 1 + m.IntN(4) {
		b.WriteString(m.pick("", "# comment [ssl-min-ver TLSv1.0]\n", "\n"))
		b.WriteString(m.dir + "/both.pem")
		if m.chance(60) {
			var words []string
			if m.chance(60) {
				words = append(words, "ssl-min-ver "+someVersions[m.IntN(3)])
			}
			if m.chance(30) {
				words = append(words, "ssl-max-ver "+someVersions[2+m.IntN(2)])
			}
			if m.chance(40) {
				words = append(words, "ciphers "+m.pick(someCiphers...))
			}
			if m.chance(20) {
				words = append(words, "curves "+m.pick(someCurves...))
			}
			if m.chance(20) {
				words = append(words, "alpn h2")
			}
			if len(words) > 0 {
				b.WriteString(m.pick(" [", " [ ", "\t[") + strings.Join(words, " ") + m.pick("]", " ]"))
			}
		}
		fmt.Fprintf(&b, " n%d-%d.test", n, i)
		if m.chance(20) {
			fmt.Fprintf(&b, " *.w%d-%d.test !x.w%d-%d.test", n, i, n, i)
		}
		b.WriteString(m.pick("\n", "\n", "\r\n", " \n"))
	}
	return b.String()
}

// trap writes a line HAProxy refuses, often.
func (m *maker) trap(port string) string {
	crt := " ssl crt " + m.dir + "/both.pem "
	return m.pick(
		"bind 127.0.0.1:"+port+crt+"ssl-min-ver TLSv1", "bind 127.0.0.1:"+port+crt+"ssl-min-ver", "bind 127.0.0.1:"+port+crt+"ssl-mn-ver TLSv1.2", "bind 127.0.0.1:"+port+crt+"no-tlsv12 no-tlsv13",
		"bind 127.0.0.1:"+port+" ssl", "bind", "bind 127.0.0.1:"+port+crt+"ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.2", "bind 127.0.0.1:"+port+crt+"ciphers NOSUCH", "bind 127.0.0.1:"+port+crt+"\\",
		"bind 127.0.0.1:"+port+" ssl crt \""+m.dir+"/both.pem", "bind 127.0.0.1:"+port+crt+"ssl-min-ver \"${NOPE_FOR_SURE}\"", "bind 127.0.0.1:"+port+" ssl crt-list nosuch.txt", ".endif", ".if 1", ".else",
		"BIND 127.0.0.1:"+port, "bind 127.0.0.1:"+port+crt+"\u00a0ssl-min-ver TLSv1.2", "bind 127.0.0.1:"+port+crt+"SSL-MIN-VER TLSv1.2", ".alert stop", ".if 0\n .alert stop\n.endif",
		".if streq(a,b) || version_before(1.0)\n nonsense\n.else\n.endif", "bind 127.0.0.1:"+port+crt+"# \x00",
	)
}

// configuration writes a file that listens on the ports.
func (m *maker) configuration(ports []string) {
	m.texts = map[string]string{}
	var b strings.Builder
	global := func() {
		b.WriteString("global\n    setenv LOW TLSv1.1\n    setenv ONE 1.1\n")
		for range m.IntN(3) {
			if list := append(m.versions(), m.pick("no-tls-tickets", "no-sslv3", "prefer-client-ciphers")); m.chance(80) {
				b.WriteString("    ssl-default-bind-options " + strings.Join(list, " ") + m.pick("\n", "\r\n", " # x\n"))
			}
		}
		if m.chance(40) {
			b.WriteString("\tssl-default-bind-ciphers " + m.words(m.pick(someCiphers...)) + "\n")
		}
		if m.chance(20) {
			b.WriteString("ssl-default-bind-ciphersuites TLS_CHACHA20_POLY1305_SHA256\n")
		}
		if m.chance(20) {
			b.WriteString("    ssl-default-bind-curves " + m.pick(someCurves...) + "\n")
		}
	}
	if m.chance(15) {
		b.WriteString("# " + strings.Repeat("A", 70000) + "\n")
	}
	global()
	b.WriteString("defaults\n    mode http\n    timeout client 2s\n    timeout server 2s\n    timeout connect 2s\n")
	trapped := m.chance(12)
	again := m.IntN(4 * len(ports))
	for i, port := range ports {
		if i == again {
			global()
		}
		fmt.Fprintf(&b, "frontend f%d%s\n", i, m.pick("", " # x"))
		branch := m.IntN(6)
		switch branch {
		case 0:
			b.WriteString(m.pick(".if streq(a,a)\n", ".if version_atleast(2.4) && !0\n", ".if defined(LOW)\n", ".if 0\n    bind :1 ssl\n.elif 1\n", ".if (0 || 1) && (1)\n"))
		case 1:
			b.WriteString(".if strneq(a,a)\n    bind 127.0.0.1:1 ssl ssl-min-ver TLSv1.0\n.else\n")
		}
		address := m.pick("127.0.0.1:", "ipv4@127.0.0.1:") + port
		switch {
		case m.chance(6):
			b.WriteString("    bind " + address + " crt " + m.dir + "/both.pem\n")
		case m.chance(40):
			name := fmt.Sprintf("list%d.txt", i)
			m.texts[name] = m.list(i)
			words := m.words("crt-list", name)
			if m.chance(20) {
				words = "crt " + m.dir + "/both.pem " + words
			}
			b.WriteString("    bind " + address + " " + m.bindWords(words) + "\n")
		default:
			b.WriteString("    bind " + address + " " + m.bindWords(m.words("crt", m.dir+"/both.pem")) + "\n")
		}
		if branch < 2 {
			b.WriteString(".endif\n")
		}
		if trapped && i == len(ports)-1 {
			b.WriteString("    " + m.trap(freeTrapPort) + "\n")
		}
	}
	b.WriteString("backend b\n    server s 127.0.0.1:9\n")
	m.texts["haproxy.cfg"] = b.String()
}

const freeTrapPort = "47999"

// TestRandomConfigurations compares what is declared of random files with what
// haproxy -c says and with what the wire shows.
func TestRandomConfigurations(t *testing.T) {
	versions := program(t)
	dir := t.TempDir()
	certificates(t, dir)
	m := &maker{Rand: rand.New(rand.NewPCG(6, 2026)), dir: dir}
	var refused, listeners, answers, suites int
	for n := range *configurations {
		ports := freePorts(t, 5)
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
		if got := ask(t.Context(), port, name, audit.TLSv12, nil, nil); got.answer != audit.Undetermined {
			wrong("declared plain text, but TLS answers %v", got.answer)
		}
		return 1, 0
	}
	for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11, audit.TLSv12, audit.TLSv13} {
		fact := l.Version(v)
		got := ask(t.Context(), port, name, v, offered(), nil)
		common := v == audit.TLSv13 || slices.ContainsFunc(fact.Suites, func(s audit.Suite) bool { return slices.Contains(offered(), uint16(s.ID)) })
		want := fact.Answer
		if want == audit.Accepted && !common {
			want = audit.NotAsked
		}
		if want == audit.Latent && got.answer == audit.NotAsked && (!common || hopeless(l)) {
			got.answer = audit.Latent
		}
		if want == audit.Refused && (got.answer == audit.Latent || got.answer == audit.NotAsked) && (olderOn(l, v) || hopeless(l)) {
			got.answer = want // an older version is answered, and fails
		}
		if got.answer != want {
			wrong("%s: declared %v (%s), seen %v: %v", v, want, fact.Evidence, got.answer, got.err)
			continue
		}
		answers++
		if got.answer != audit.Accepted {
			continue
		}
		if !slices.ContainsFunc(fact.Suites, func(s audit.Suite) bool { return uint16(s.ID) == got.suite }) {
			wrong("%s: %s is not among those declared", v, tls.CipherSuiteName(got.suite))
		}
		if v == audit.TLSv12 {
			if want := l.Feature(audit.FeatureSessionTicket, v).Answer == audit.Accepted; want != got.tickets {
				wrong("tickets: declared %t, seen %t", want, got.tickets)
			}
		}
		if v < audit.TLSv13 {
			list, err := enumerate(t.Context(), port, name, v)
			var declared []uint16
			for _, s := range fact.Suites {
				if slices.Contains(offered(), uint16(s.ID)) {
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
				if g := ask(t.Context(), port, name, v, nil, []tls.CurveID{id}); (g.answer == audit.Accepted) != declared {
					wrong("group %v: declared %t, seen %v %v", id, declared, g.answer, g.err)
				}
			}
		}
	}
	return answers, lists
}

// olderOn reports whether a version below v is on.
func olderOn(l *confdoc.Listener, v audit.Version) bool {
	return slices.ContainsFunc(spoken(l), func(f *audit.VersionFact) bool { return f.Version < v })
}

// hopeless reports whether OpenSSL gives up before it looks at a hello.
func hopeless(l *confdoc.Listener) bool {
	return slices.ContainsFunc(l.Versions, func(f audit.VersionFact) bool { return strings.Contains(f.Evidence, "refuses every hello") })
}

// TestFixesOnTheWire starts every broken sample, compares, mends, and asks
// again.
func TestFixesOnTheWire(t *testing.T) {
	versions := program(t)
	for _, s := range samplesOf(t, "haproxy") {
		if s.Loadable == nil || len(s.ExpectedRules) == 0 {
			continue
		}
		t.Run(s.Path, func(t *testing.T) {
			dir := t.TempDir()
			certificates(t, dir)
			_, main := treeOf(t, s)
			text := strings.ReplaceAll(strings.ReplaceAll(main.Text, "@CERTDIR@", dir), "${CERTDIR}", dir)
			ports := freePorts(t, 2)
			text = strings.ReplaceAll(strings.ReplaceAll(text, ":18950", ":"+ports[0]), ":18951", ":"+ports[1])
			roundTrip(t, dir, map[string]string{"haproxy.cfg": text}, versions)
		})
	}
}

// roundTrip compares a configuration with the wire, applies all fixes, and
// compares again: nothing may be left to say.
func roundTrip(t *testing.T, dir string, texts, versions map[string]string) {
	t.Helper()
	m := &maker{texts: texts}
	look := func(texts map[string]string, mended bool) *confdoc.Document {
		m.texts = texts
		write(t, dir, texts)
		if ok, said := check(t, dir); !ok {
			t.Fatalf("haproxy -c refuses the file: %s\n%s", said, dump(texts))
		}
		d := readTexts(t, texts, "haproxy.cfg", versions)
		var ports []string
		for _, l := range d.Listeners {
			if _, ok := l.Scope.(*bind); ok {
				_, port, _ := net.SplitHostPort(l.Binds[0])
				ports = append(ports, port)
			}
		}
		stop := start(t, dir, ports)
		defer stop()
		for i, l := range d.Listeners {
			if _, ok := l.Scope.(*bind); !ok {
				continue
			}
			compare(t, i, l, m)
			_, port, _ := net.SplitHostPort(l.Binds[0])
			name := ""
			if len(l.Names) > 0 {
				name = l.Names[0]
			}
			if l.TLS == audit.Accepted && !completes(t, port, name) && mended {
				t.Errorf("%s completes no handshake", l.Listener)
			}
		}
		return d
	}
	d := look(texts, false)
	var edits []conftree.Edit
	failing := 0
	for _, j := range confdoc.Judge(d, demands) {
		for i, f := range j.Findings {
			if f.Verdict == audit.Fail {
				failing++
				if len(j.Fixes[i].Edits) == 0 {
					t.Errorf("%s %s has no edits: %s", f.Rule, f.Subject, j.Fixes[i].None)
				}
				edits = append(edits, j.Fixes[i].Edits...)
			}
		}
	}
	if failing == 0 {
		t.Fatal("nothing to mend")
	}
	changed, err := conftree.Apply(edits)
	if err != nil {
		t.Fatal(err)
	}
	mended := map[string]string{}
	for name, text := range texts {
		mended[name] = text
	}
	for name, text := range changed {
		mended[name] = text
	}
	after := look(mended, true)
	for rule, v := range verdicts(after) {
		if v == audit.Fail {
			t.Errorf("%s is %v after the change\n%s", rule, v, dump(mended))
		}
	}
}

// completes reports whether TLS 1.2 or 1.3 brings a whole handshake.
func completes(t *testing.T, port, name string) bool {
	for _, v := range []audit.Version{audit.TLSv12, audit.TLSv13} {
		if ask(t.Context(), port, name, v, nil, nil).answer == audit.Accepted {
			return true
		}
	}
	return false
}

// TestRandomFixes mends random configurations: the product's own checker takes
// the result, and no version below the policy's is left.
func TestRandomFixes(t *testing.T) {
	versions := program(t)
	dir := t.TempDir()
	certificates(t, dir)
	m := &maker{Rand: rand.New(rand.NewPCG(9, 2026)), dir: dir}
	var mended, unmended int
	for n := range *configurations / 2 {
		m.configuration(freePorts(t, 5))
		own := filepath.Join(dir, fmt.Sprint("fix", n))
		write(t, own, m.texts)
		d := readTexts(t, m.texts, "haproxy.cfg", versions)
		if ok, _ := check(t, own); !ok || len(d.Faults) > 0 {
			continue
		}
		var edits []conftree.Edit
		for _, j := range confdoc.Judge(d, demands) {
			for i, f := range j.Findings {
				switch fix := j.Fixes[i]; {
				case f.Verdict != audit.Fail:
				case len(fix.Edits) == 0:
					unmended++
					t.Logf("configuration %d: %s %s: %s", n, f.Rule, f.Subject, fix.None)
				default:
					edits = append(edits, fix.Edits...)
				}
			}
		}
		if len(edits) == 0 {
			continue
		}
		changed, err := conftree.Apply(edits)
		if err != nil {
			t.Errorf("configuration %d: %v\n%s", n, err, dump(m.texts))
			continue
		}
		before := dump(m.texts)
		for name, text := range changed {
			m.texts[name] = text
		}
		write(t, own, m.texts)
		if ok, said := check(t, own); !ok {
			t.Errorf("configuration %d is refused after the change: %s\n%s\n%s", n, said, before, dump(m.texts))
		}
		for rule, v := range verdicts(readTexts(t, m.texts, "haproxy.cfg", versions)) {
			if v == audit.Fail || v == audit.Unknown {
				t.Errorf("configuration %d: %s is %v after the change\n%s\n%s", n, rule, v, before, dump(m.texts))
			}
		}
		if mended++; t.Failed() {
			return
		}
	}
	t.Logf("%d configurations mended, %d findings without edits", mended, unmended)
	if mended < *configurations/8 || unmended > mended/10 {
		t.Error("too few are mended")
	}
}
