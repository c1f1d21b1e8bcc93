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
	"path"
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

// maker writes random configurations.
type maker struct {
	*rand.Rand
	texts map[string]string
	files int
}

func (m *maker) pick(list ...string) string { return list[m.IntN(len(list))] }

func (m *maker) chance(percent int) bool { return m.IntN(100) < percent }

// directive writes one in some way nginx reads alike.
func (m *maker) directive(name string, args ...string) string {
	var b strings.Builder
	b.WriteString(name)
	for _, a := range args {
		b.WriteString(m.pick(" ", " ", "  ", "\t", "\n        ", "\r\n  ", " # a comment; ssl_protocols TLSv1;\n  "))
		switch {
		case m.chance(20):
			a = `"` + a + `"`
		case m.chance(10):
			a = "'" + a + "'"
		}
		b.WriteString(a)
	}
	b.WriteString(m.pick("", "", " ", "\n"))
	b.WriteString(";")
	b.WriteString(m.pick("\n", "\n", " # ssl_protocols SSLv3; }\n", "\r\n", " "))
	return b.String()
}

// placed puts text in place, or into a file that is included there.
func (m *maker) placed(text string) string {
	if !m.chance(25) {
		return text
	}
	m.files++
	name := fmt.Sprintf("snippets/s%d.conf", m.files)
	switch {
	case m.chance(20):
		folder := fmt.Sprintf("conf%d.d", m.files)
		m.texts[folder+"/10-a.conf"], m.texts[folder+"/.hidden.conf"] = text, "ssl_protocols SSLv2;\n"
		return "include " + folder + "/*.conf;\n"
	case m.chance(20):
		m.texts[name] = "include snippets/nested" + fmt.Sprint(m.files) + "[.]con?;\n"
		m.texts[fmt.Sprintf("snippets/nested%d.conf", m.files)] = text
	default:
		m.texts[name] = text
	}
	return "include " + name + ";\n"
}

func (m *maker) protocols() string {
	var words []string
	for _, w := range []string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"} {
		if m.chance(55) {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		words = []string{"TLSv1.2"}
	}
	if m.chance(15) {
		words[0] = strings.ToLower(words[0])
	}
	m.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return m.directive("ssl_protocols", words...)
}

// settings writes some TLS directives for one level.
func (m *maker) settings(percent int) string {
	var list []string
	add := func(s string) { list = append(list, m.placed(s)) }
	if m.chance(percent) {
		add(m.protocols())
		if m.chance(20) {
			add(m.protocols())
		}
	}
	if m.chance(percent) {
		add(m.directive("ssl_ciphers", m.pick("HIGH:!aNULL:!MD5", "ALL:@SECLEVEL=0", "ECDHE+AESGCM", "AES128-SHA:AES256-SHA:ECDHE-RSA-AES128-SHA", "DEFAULT:@SECLEVEL=0", "DEFAULT@SECLEVEL=0",
			"ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256", "HIGH:@SECLEVEL=2", "aRSA+AES:@STRENGTH", "ECDHE:RSA:!SHA384:@SECLEVEL=0", "kRSA:@SECLEVEL=1")))
	}
	if m.chance(percent / 2) {
		add(m.directive("ssl_prefer_server_ciphers", m.pick("on", "off", "ON", "Off")))
	}
	if m.chance(percent / 2) {
		add(m.directive("ssl_session_tickets", m.pick("on", "off")))
	}
	if m.chance(percent / 2) {
		add(m.directive("ssl_ecdh_curve", m.pick("auto", "X25519", "prime256v1:X25519", "secp384r1", "secp521r1:secp384r1")))
	}
	if m.chance(percent / 2) {
		for range 1 + m.IntN(2) {
			kv := [][2]string{
				{"MinProtocol", "TLSv1.2"}, {"MaxProtocol", "TLSv1.2"}, {"MinProtocol", "TLSv1"}, {"Protocol", "-ALL,TLSv1.2,TLSv1.3"}, {"Protocol", "TLSv1"}, {"Protocol", "ALL"}, {"Protocol", "-TLSv1.1"},
				{"CipherString", "ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA:@SECLEVEL=0"}, {"Ciphersuites", "TLS_AES_128_GCM_SHA256"}, {"Options", "ServerPreference"}, {"Options", "-ServerPreference"},
				{"Options", "-SessionTicket"}, {"Groups", "P-256"}, {"Curves", "P-384:X25519"}, {"RecordPadding", "0"},
			}[m.IntN(15)]
			add(m.directive("ssl_conf_command", kv[0], kv[1]))
		}
	}
	m.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return strings.Join(list, "")
}

// trap writes something nginx refuses, often.
func (m *maker) trap() string {
	return m.pick("ssl_ciphers HIGH; ssl_ciphers HIGH;\n", "SSL_protocols TLSv1.2;\n", "ssl_protocols TLSv1.4;\n", "include nosuch.conf;\n", "ssl_session_tickets yes;\n", "ssl_prefer_server_ciphers on on;\n",
		"ssl_protocols {}\n", "include none/*.conf;\n", "ssl_protocols;\n", "ssl_ciphers NOSUCH;\n", "ssl_conf_command MinProtocol;\n", "}\n", "ssl_protocol TLSv1.2;\n", "ssl_protocols \"TLSv1.2\"TLSv1.3;\n",
		"ssl_verify off;\n", "ssl_protocols TLSv1.2 ;;\n", "# "+strings.Repeat("A", 5000)+"\n", "# "+strings.Repeat("A", 3000)+"\n", "ssl_ciphers HIGH\u00a0;\n", "ssl_prefer_server_ciphers \"on;\n")
}

// configuration writes a tree that listens on the ports.
func (m *maker) configuration(dir string, ports []string) {
	m.texts = map[string]string{}
	certificate := m.directive("ssl_certificate", dir+"/c.pem") + m.directive("ssl_certificate_key", dir+"/k.pem")
	outer := m.chance(25) // certificate at the level of http
	var http strings.Builder
	http.WriteString(m.settings(40))
	if outer {
		http.WriteString(certificate)
	}
	trapped := m.chance(15)
	for i, port := range ports {
		servers := 1 + m.IntN(3)
		standard := m.IntN(2 * servers)
		plain := m.chance(5)
		for n := range servers {
			var s strings.Builder
			words := []string{"127.0.0.1:" + port}
			if !plain && (n == 0 || m.chance(70)) {
				words = append(words, "ssl")
			}
			if n == standard {
				words = append(words, "default_server")
			}
			parts := []string{m.directive("listen", words...), m.directive("server_name", fmt.Sprintf("s%d-%d.test", i, n)), m.settings(35)}
			if !outer && (n == 0 || n == standard || m.chance(85)) {
				parts = append(parts, certificate)
			}
			if m.chance(5) {
				parts = append(parts, "ssl_reject_handshake on;\n")
			}
			if trapped && m.chance(40) {
				parts = append(parts, m.trap())
			}
			parts = append(parts, "location / { return 200 \"ssl_protocols SSLv3; } server {\"; }\n")
			m.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			s.WriteString(m.pick("server {\n", "server{", "server # x\n{\n"))
			for _, p := range parts {
				s.WriteString(p)
			}
			s.WriteString("}\n")
			http.WriteString(m.placed(s.String()))
		}
	}
	if m.chance(20) { // what stands behind counts as well
		http.WriteString(m.directive("ssl_session_timeout", "5m"))
	}
	m.texts["nginx.conf"] = "events { worker_connections 64; }\nhttp {\n" + http.String() + "}\n"
}

// TestRandomConfigurations compares what is declared of random trees with what
// nginx -t says and with what the wire shows.
func TestRandomConfigurations(t *testing.T) {
	versions := program(t)
	dir := t.TempDir()
	certificates(t, dir)
	m := &maker{Rand: rand.New(rand.NewPCG(4, 2026))}
	var refused, listeners, answers, suites int
	for n := range *configurations {
		ports := freePorts(t, 3)
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
		if got := ask(t.Context(), port, name, audit.TLSv12, nil, nil); got.answer != audit.Undetermined {
			wrong("declared plain text, but TLS answers %v", got.answer)
		}
		return 1, 0
	}
	for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11, audit.TLSv12, audit.TLSv13} {
		fact := l.Version(v)
		got := ask(t.Context(), port, name, v, offered(), nil)
		if got.err != nil && strings.Contains(got.err.Error(), "illegal parameter") {
			// a hello asked for again meets the other server's order of suites:
			// ask with the groups declared, so that once is enough
			got = ask(t.Context(), port, name, v, offered(), curvesOf(l))
		}
		common := v == audit.TLSv13 || slices.ContainsFunc(fact.Suites, func(s audit.Suite) bool { return slices.Contains(offered(), uint16(s.ID)) })
		want := fact.Answer
		if want == audit.Accepted && !common {
			want = audit.NotAsked
		}
		if want == audit.Latent && got.answer == audit.NotAsked && (!common || hopeless(l)) {
			got.answer = audit.Latent
		}
		if want == audit.Refused && (got.answer == audit.Latent || got.answer == audit.NotAsked) && (olderOn(l, v) || hopeless(l)) {
			got.answer = want // nginx answers with an older version and fails there
		}
		if got.answer != want {
			wrong("%s: declared %v (%s), seen %v: %v", v, want, fact.Evidence, got.answer, got.err)
			continue
		}
		answers++
		if got.answer == audit.Accepted && !slices.ContainsFunc(fact.Suites, func(s audit.Suite) bool { return uint16(s.ID) == got.suite }) {
			wrong("%s: %s is not among those declared", v, tls.CipherSuiteName(got.suite))
		}
		if got.answer == audit.Accepted && v == audit.TLSv12 {
			if want := l.Feature(audit.FeatureSessionTicket, v).Answer == audit.Accepted; want != got.tickets {
				wrong("tickets: declared %t, seen %t", want, got.tickets)
			}
		}
		if got.answer == audit.Accepted && v < audit.TLSv13 {
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
		if got.answer == audit.Accepted && fact.GroupsAnswer == audit.Accepted && v == audit.TLSv13 {
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
	for _, s := range samplesOf(t, "nginx") {
		if s.Loadable == nil || len(s.ExpectedRules) == 0 {
			continue
		}
		t.Run(s.Path, func(t *testing.T) {
			dir := t.TempDir()
			certificates(t, dir)
			in, main := treeOf(t, s)
			texts := map[string]string{}
			ports := freePorts(t, 2)
			take := func(f *conftree.File) {
				text := strings.ReplaceAll(f.Text, "@CERTDIR@", dir)
				text = strings.ReplaceAll(strings.ReplaceAll(text, "listen 8443 ", "listen 127.0.0.1:"+ports[1]+" "), "listen 443 ", "listen 127.0.0.1:"+ports[0]+" ")
				rel, _ := filepath.Rel(path.Dir(s.Path), f.Path)
				if f.Path == main.Path {
					rel = "nginx.conf"
				}
				texts[filepath.ToSlash(rel)] = text
			}
			for _, f := range Format.Read(&confdoc.Reader{Tree: in}, main).Files {
				take(f)
			}
			roundTrip(t, dir, texts, versions)
		})
	}
}

// roundTrip compares a tree with the wire, applies all fixes, and compares
// again: nothing may be left to say.
func roundTrip(t *testing.T, dir string, texts, versions map[string]string) {
	t.Helper()
	m := &maker{texts: texts}
	look := func(texts map[string]string) *confdoc.Document {
		m.texts = texts
		write(t, dir, texts)
		if ok, said := check(t, dir); !ok {
			t.Fatalf("nginx -t refuses the file: %s\n%s", said, dump(texts))
		}
		d := readTexts(t, texts, "nginx.conf", versions)
		var ports []string
		for _, l := range d.Listeners {
			if s, ok := l.Scope.(*site); ok {
				ports = append(ports, s.listens[0].port)
			}
		}
		stop := start(t, dir, ports)
		defer stop()
		for i, l := range d.Listeners {
			if _, ok := l.Scope.(*site); ok {
				if len(l.Names) == 0 {
					l.Names = []string{"nobody.test"}
				}
				compare(t, i, l, m)
				if got := ask(t.Context(), l.Scope.(*site).listens[0].port, l.Names[0], audit.TLSv12, nil, nil); got.answer != audit.Accepted {
					t.Errorf("%s completes no handshake: %v", l.Listener, got.err)
				}
			}
		}
		return d
	}
	d := look(texts)
	var edits []conftree.Edit
	failing := 0
	for _, j := range confdoc.Judge(d, demands) {
		for i, f := range j.Findings {
			if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
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
	after := look(mended)
	for rule, v := range verdicts(after) {
		if v == audit.Fail || v == audit.Warn {
			t.Errorf("%s is %v after the change\n%s", rule, v, dump(mended))
		}
	}
}

// TestRandomFixes mends random configurations: the product's own checker takes
// the result, and no version below the policy's is left.
func TestRandomFixes(t *testing.T) {
	versions := program(t)
	dir := t.TempDir()
	certificates(t, dir)
	m := &maker{Rand: rand.New(rand.NewPCG(9, 2026))}
	var mended, unmended int
	for n := range *configurations / 2 {
		m.configuration(dir, freePorts(t, 3))
		own := filepath.Join(dir, fmt.Sprint("fix", n))
		write(t, own, m.texts)
		d := readTexts(t, m.texts, "nginx.conf", versions)
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
		for rule, v := range verdicts(readTexts(t, m.texts, "nginx.conf", versions)) {
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
