//go:build interop

package exim

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// compared are the options whose values are compared.
var compared = []string{
	"tls_advertise_hosts", "tls_require_ciphers", "tls_dhparam", "tls_certificate", "tls_on_connect_ports", "daemon_smtp_ports", "tls_verify_hosts",
	"tls_privatekey", "tls_eccurve", "auth_advertise_hosts", "tls_remember_esmtp", "openssl_options",
}

// comparedPrivate are those of smtp transports.
var comparedPrivate = []string{"hosts_require_tls", "hosts_avoid_tls", "tls_verify_hosts", "tls_try_verify_hosts", "tls_require_ciphers", "tls_tempfail_tryclear", "tls_sni", "hosts_try_dane"}

// TestReads compares what the reader makes of generated configurations with
// what Exim itself prints of them.
func TestReads(t *testing.T) {
	p := installed(t)
	refused, loaded := 0, 0
	for seed := range uint64(600) {
		g := &maker{rand: rand.New(rand.NewPCG(seed, 96)), dir: folder(t), lib: p.lib, files: map[string]string{}}
		g.configuration()
		for name, text := range g.files {
			write(t, filepath.Join(g.dir, name), text)
		}
		main := filepath.Join(g.dir, "exim.conf")
		options, err := exec.CommandContext(t.Context(), p.path, "-C", main, "-bP").CombinedOutput()
		tree, openErr := conftree.OpenDir(g.dir, conftree.Options{})
		if openErr != nil {
			t.Fatal(openErr)
		}
		f, openErr := tree.Read("exim.conf")
		if openErr != nil {
			t.Fatal(openErr)
		}
		r := &confdoc.Reader{Tree: tree, Versions: p.versions()}
		doc := Read(r, f)
		broken := ""
		for _, fault := range doc.Faults {
			if fault.Kind == confdoc.NotLoaded {
				broken = fault.Place.String() + ": " + fault.Message
			}
		}
		if (err != nil) != (broken != "") {
			t.Errorf("seed %d: Exim: %v %s\nthe reader: %q, gaps %v\n%s", seed, err, lastLines(string(options)), broken, doc.Gaps, g.show())
			continue
		}
		if err != nil {
			refused++
			continue
		}
		loaded++
		c := doc.Syntax.(*reading).config
		if len(doc.Gaps) > 0 {
			t.Errorf("seed %d: gaps %v\n%s", seed, doc.Gaps, g.show())
		}
		same(t, fmt.Sprintf("seed %d", seed), printed(string(options)), c.main, compared, g)
		private, err := exec.CommandContext(t.Context(), p.path, "-C", main, "-bP", "transports").CombinedOutput()
		if err != nil {
			t.Errorf("seed %d: exim -bP transports: %v", seed, err)
		}
		sections := strings.Split("\n"+string(private), "\n\n")
		for _, d := range c.transports {
			found := false
			for _, s := range sections {
				if rest, ok := strings.CutPrefix(strings.TrimLeft(s, "\n"), d.name+" transport:\n"); ok {
					found = true
					same(t, fmt.Sprintf("seed %d, %s", seed, d.name), printed(rest), d.options, comparedPrivate, g)
				}
			}
			if !found {
				t.Errorf("seed %d: Exim has no transport %s", seed, d.name)
			}
		}
		if got := strings.Count(string(private), " transport:\n"); got != len(c.transports) {
			t.Errorf("seed %d: %d transports, Exim has %d", seed, len(c.transports), got)
		}
	}
	if loaded < 300 || refused < 20 {
		t.Errorf("%d configurations loaded and %d refused: too few of a kind", loaded, refused)
	}
	t.Logf("%d configurations read alike, %d refused alike", loaded, refused)
}

func lastLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "\n")
}

// printed reads what exim -bP writes: "name = value", or "name" and "no_name".
func printed(out string) map[string]string {
	m := map[string]string{}
	for l := range strings.SplitSeq(out, "\n") {
		name, value, ok := strings.Cut(l, " =")
		switch {
		case ok:
			m[name] = strings.TrimPrefix(value, " ")
		case strings.HasPrefix(l, "no_"):
			m[l[3:]] = "false"
		default:
			m[l] = "true"
		}
	}
	return m
}

func same(t *testing.T, what string, theirs map[string]string, ours section, names []string, g *maker) {
	t.Helper()
	for _, name := range names {
		value, known := theirs[name]
		o := ours[name]
		if !known || o == nil {
			if o != nil && name != "openssl_options" {
				t.Errorf("%s: Exim does not print %s", what, name)
			}
			if o == nil && known && strings.Contains(value, "GEN") {
				t.Errorf("%s: %s is not read; Exim has %q\n%s", what, name, value, g.show())
			}
			continue
		}
		mine := o.value
		if booleans[name] {
			mine = fmt.Sprint(o.on)
		}
		if mine != value {
			t.Errorf("%s: %s is %q, Exim has %q\n%s", what, name, mine, value, g.show())
		}
	}
}

// maker makes configurations full of what their syntax allows.
type maker struct {
	rand   *rand.Rand
	dir    string
	lib    library
	files  map[string]string
	macros []string
	used   map[string]bool
	depth  int
}

func (g *maker) show() string {
	var b strings.Builder
	for name, text := range g.files {
		fmt.Fprintf(&b, "--- %s\n%s", name, text)
	}
	return b.String()
}

func (g *maker) chance(percent int) bool { return g.rand.IntN(100) < percent }

func (g *maker) pick(list ...string) string { return list[g.rand.IntN(len(list))] }

func (g *maker) configuration() {
	g.used = map[string]bool{}
	var b strings.Builder
	b.WriteString("keep_environment =\n")
	for range 3 + g.rand.IntN(9) {
		b.WriteString(g.statement(compared, "main"))
	}
	if g.chance(70) {
		b.WriteString(g.pick("begin acl\n", "BEGIN ACL\n", "begin acls\n"))
		b.WriteString("check:\n  accept\n")
		if g.chance(50) {
			b.WriteString("other:\n  deny !encrypted = *\n  message = x\n  accept hosts = :\n")
		}
	}
	if g.chance(5) {
		b.WriteString(g.pick("begin nothing\n", "begin acl\n", "begin\n"))
	}
	b.WriteString(g.pick("begin transports\n", "  begin transport  \n", "begin   transports\n"))
	for i := range 1 + g.rand.IntN(3) {
		g.used = map[string]bool{}
		if g.chance(20) {
			b.WriteString(g.define())
		}
		name := fmt.Sprintf("t%d", i)
		if g.chance(2) {
			name = "t0"
		}
		b.WriteString(name + g.pick(":\n", " :\n", ":  \n"))
		b.WriteString("  driver = smtp\n")
		for range g.rand.IntN(6) {
			b.WriteString(g.statement(comparedPrivate, "private"))
		}
	}
	// At the end of the file Exim takes up a comment within a continuation.
	b.WriteString("begin retry\n")
	text := b.String()
	if g.chance(10) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	g.files["exim.conf"] = text
}

// statement is an option, a macro, a comment, a condition or an inclusion.
func (g *maker) statement(options []string, kind string) string {
	g.depth++
	defer func() { g.depth-- }()
	switch n := g.rand.IntN(100); {
	case n < 15 && kind == "main":
		return g.define()
	case n < 20:
		return g.pick("# GEN comment \\\n", "\n", "   \n", "  # tls_advertise_hosts = GEN\n")
	case n < 42 && g.depth < 4:
		return g.condition(options, kind)
	case n < 50 && g.depth < 4 && len(g.files) < 6:
		return g.include(options, kind)
	}
	return g.option(options)
}

var macroNames = []string{"AA", "GENX", "MAC_ONE", "MAC2", "Zz", "TLSDIR", "HOSTS", "X_Y_Z", "AAB", "LIST"}

func (g *maker) define() string {
	name := g.pick(macroNames...)
	sign := " = "
	for _, m := range g.macros {
		if m == name {
			sign = g.pick("==", " == ", " ==")
		}
	}
	if name == "AAB" && !g.chance(5) {
		return "# GEN\n" // it holds the name AA
	}
	if g.chance(1) {
		sign = g.pick("==", " ", "=")
	}
	g.macros = append(g.macros, name)
	return name + sign + g.pick("", g.value(), g.value(), "# GEN", "tls_dhparam") + "\n"
}

func (g *maker) condition(options []string, kind string) string {
	word := func() string {
		return g.pick(macroNames...) + g.pick("", " ", " "+g.pick(macroNames...), " junk")
	}
	first := g.pick(".ifdef ", ".ifndef ", "  .ifdef  ")
	if g.chance(15) {
		first += g.pick("_HAVE_OPENSSL", "_HAVE_GNUTLS", "_HAVE_TLS") + "\n"
	} else {
		first += word() + "\n"
	}
	var b strings.Builder
	b.WriteString(first)
	used := g.used
	branch := func() {
		g.used = map[string]bool{}
		for k := range used {
			g.used[k] = true
		}
		for range g.rand.IntN(3) {
			b.WriteString(g.statement(options, kind))
		}
	}
	branch()
	after := g.used
	if g.chance(25) {
		b.WriteString(g.pick(".elifdef ", ".elifndef ") + word() + "\n")
		branch()
		for k := range g.used {
			after[k] = true
		}
	}
	if g.chance(50) {
		b.WriteString(g.pick(".else\n", ".else junk\n", " .else \n"))
		branch()
		for k := range g.used {
			after[k] = true
		}
	}
	g.used = after
	if !g.chance(2) {
		b.WriteString(g.pick(".endif\n", ".endif # x\n", "  .endif\n"))
	}
	return b.String()
}

func (g *maker) include(options []string, kind string) string {
	name := fmt.Sprintf("part%d.conf", len(g.files))
	if g.chance(30) {
		name = "sub/" + name
	}
	if g.chance(15) {
		return ".include_if_exists " + g.dir + "/none.conf\n"
	}
	if g.chance(3) {
		return g.pick(".include_if_exists "+name, ".include_if_exists none") + "\n"
	}
	g.files[name] = "" // taken
	var b strings.Builder
	for range g.rand.IntN(4) {
		b.WriteString(g.statement(options, kind))
	}
	text := b.String()
	if g.chance(20) {
		text = strings.TrimSuffix(text, "\n")
	}
	g.files[name] = text
	path := filepath.Join(g.dir, name)
	if g.chance(20) {
		path = `"` + path + `"`
	}
	return g.pick(".include ", ".include_if_exists ", "  .include   ") + path + g.pick("\n", "  \n")
}

func (g *maker) option(options []string) string {
	name := g.pick(options...)
	if name == "openssl_options" && g.lib == gnuTLS && !g.chance(3) {
		name = "tls_eccurve"
		if len(options) == len(comparedPrivate) {
			name = "tls_sni"
		}
	}
	if g.used[name] && !g.chance(2) {
		return "# GEN\n"
	}
	g.used[name] = true
	if booleans[name] {
		return g.pick("", "  ") + g.pick(name, "no_"+name, "not_"+name, name+" = yes", name+"=no", name+" = TRUE", "hide "+name+" = false") + "\n"
	}
	value := g.value()
	if name == "openssl_options" {
		value = g.pick("+no_tlsv1", "-no_sslv3 +no_tlsv1_1", "", "+all  -no_tlsv1")
	}
	sign := g.pick(" = ", "=", " =", "  =  ")
	if g.chance(1) {
		sign = g.pick(" ", " : ", "")
	}
	return g.pick("", "  ", "\t") + g.pick("", "", "", "hide ") + name + sign + value + g.pick("", "", " ", "\t") + "\n"
}

// value is a value with macros, quotes and continuations.
func (g *maker) value() string {
	word := func() string {
		return g.pick("GEN", "*", ":", "a.example.com", "<; b ; c", "# x", "x"+g.pick(macroNames...)+"y", g.pick(macroNames...), "192.0.2.1", "", "a::b")
	}
	if g.chance(15) {
		v := `"` + g.pick(`GEN`, ``, `a\x42c`, `\101\\b`, `x \" y`, `q\qq`, ` lead`) + word() + `"`
		if g.chance(3) {
			v += g.pick(" x", `"`)
		}
		return v
	}
	v := word()
	for range g.rand.IntN(3) {
		v += g.pick(" ", " : ", " \\\n    ", "\\\n", " \\  \n # GEN comment\n  ") + word()
	}
	if g.chance(5) {
		v += "\\\n"
	}
	return v
}
