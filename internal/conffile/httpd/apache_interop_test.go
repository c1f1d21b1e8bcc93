//go:build interop

package httpd

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// modules is where the distribution keeps them.
const modules = "/usr/lib/apache2/modules"

// prelude is what every configuration of these tests begins with.
func prelude(dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "ServerRoot %s\nPidFile %[1]s/pid\nErrorLog %[1]s/error.log\nDefaultRuntimeDir %[1]s\nServerName localhost\n", dir)
	for _, m := range []string{"mpm_event", "authz_core", "socache_shmcb", "ssl", "info", "macro"} {
		fmt.Fprintf(&b, "LoadModule %s_module %s/mod_%[1]s.so\n", m, modules)
	}
	return b.String()
}

// apache2 runs the server's own program; a missing one is a failure.
func apache2(t testing.TB, args ...string) (string, error) {
	t.Helper()
	program, err := exec.LookPath("apache2")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = []string{"OPENSSL_CONF=/dev/null", "PATH=/usr/sbin:/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// installed are the versions of what runs here.
func installed(t testing.TB) map[string]string {
	t.Helper()
	out, err := apache2(t, "-v")
	_, rest, ok := strings.Cut(out, "Apache/")
	if err != nil || !ok {
		t.Fatalf("apache2 -v: %v\n%s", err, out)
	}
	ssl, err := exec.CommandContext(t.Context(), "openssl", "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"httpd": strings.Fields(rest)[0], "openssl": strings.Fields(string(ssl))[1]}
}

func writeFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// generator makes random configurations with the traps of the grammar.
type generator struct {
	*rand.Rand
	files map[string]string
	depth int
	// broken allows lines the server refuses.
	broken bool
	macros int
}

func (g *generator) one(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) protocolArgs() string {
	words := []string{"all", "-all", "+TLSv1", "-TLSv1", "+TLSv1.1", "-TLSv1.1", "+TLSv1.2", "-TLSv1.2", "+TLSv1.3", "-TLSv1.3", "TLSv1.2", "-SSLv3", "-sslv2", "+tlsV1.2", `"+TLSv1.3"`, `'all'`, "${P}", "${p}"}
	var list []string
	for range 1 + g.IntN(4) {
		list = append(list, words[g.IntN(len(words))])
	}
	if g.broken && g.IntN(25) == 0 {
		list = append(list, g.one("# why", "+TLSv1.4", "SSLv2", "all,TLSv1", `"+TLSv1.2 +TLSv1.3"`, "${UNKNOWN}"))
	}
	return strings.Join(list, g.one(" ", " ", "  ", "\t", " \\\n  ", "\\\n "))
}

// directive is one line of TLS settings.
func (g *generator) directive() string {
	name, args := "", ""
	switch g.IntN(9) {
	case 0, 1, 2:
		name, args = "SSLProtocol", g.protocolArgs()
	case 3:
		name, args = "SSLCipherSuite", g.one("HIGH", "ECDHE+AESGCM", `"HIGH:!aNULL"`, "SSL HIGH", "TLSv1.3 TLS_AES_128_GCM_SHA256", "${C}", "ALL:@SECLEVEL=0")
	case 4:
		name, args = "SSLHonorCipherOrder", g.one("on", "off", "On", "OFF extra")
	case 5:
		name, args = "SSLSessionTickets", g.one("on", "off")
	case 6:
		name, args = "SSLOpenSSLConfCmd", g.one("MinProtocol TLSv1", "MinProtocol TLSv1.2", `Protocol "-ALL,+TLSv1.2"`, "CipherString HIGH", "minprotocol TLSv1.1")
	case 7:
		name, args = "SSLEngine", g.one("on", "off", "On")
	case 8:
		name, args = "SSLProxyProtocol", g.protocolArgs()
	}
	if g.broken && g.IntN(60) == 0 {
		name, args = g.one("SSLEngine", "SSLCompression", "SSLProtocolDisable", "SSLEnable", "SSL\u00a0Engine", "SSLCipherSuite", "SSLVerifyClient"), g.one("maybe", "on # off", "", "SSLv3")
	}
	switch g.IntN(4) {
	case 0:
		name = strings.ToLower(name)
	case 1:
		name = strings.ToUpper(name)
	}
	return name + " " + args
}

// block is a run of lines that may stand in a server or a virtual host.
func (g *generator) block(host bool) string {
	var b strings.Builder
	g.depth++
	defer func() { g.depth-- }()
	for range 1 + g.IntN(4) {
		indent := g.one("", "", "  ", "\t")
		line := g.directive()
		if g.depth < 5 {
			switch g.IntN(15) {
			case 0:
				line = "Define " + g.one("P", "p", "A", "B") + " " + g.one("all", "+TLSv1.2", `"-all +TLSv1.3"`, "")
			case 1:
				line = "UnDefine " + g.one("A", "B", "a")
			case 2:
				line = "<IfDefine " + g.one("A", "!A", "B", "!B", "a", "P") + ">\n" + g.block(host) + "</IfDefine>"
			case 3:
				line = "<IfModule " + g.one("mod_ssl.c", "!mod_ssl.c", "ssl_module", "mod_nope.c", "!mod_nope.c", "mod_version.c", "mod_info.c ", `"mod_ssl.c"`) + ">\n" + g.block(host) + g.one("</IfModule>", "</ifmodule>")
			case 4:
				line = "<IfVersion " + g.one(">= 2.4", "> 2.4.70", "< 2.4.0", "2.4", "!= 2.4", map[bool]string{true: ">=2.4.37", false: "=  2.4.71"}[g.broken && g.IntN(4) == 0], "= /^2.4/", "~ ^2\\.2", "!~ ^2\\.2", "!< 2.4", "== 2.4.71") + ">\n" + g.block(host) + "</IfVersion>"
			case 5:
				line = g.include(host)
			case 6:
				line = "# " + g.one("a remark", "swallows \\\n"+g.directiveFlat(), "SSLProtocol all")
			case 7:
				line = g.useMacro(host)
			case 8:
				line = "<IfFile " + g.one("extra.conf", "!extra.conf") + ">\n" + g.block(host) + "</IfFile>"
			case 9:
				line = g.one("<Directory />", "<Location /x>", `<If "true">`) + "\nSSLVerifyClient " + g.one("none", "optional") + "\n" + g.one("Define B here\n", "") + "CLOSE"
				line = strings.Replace(line, "CLOSE", "</"+strings.Fields(line)[0][1:]+">", 1)
				line = strings.ReplaceAll(line, ">>", ">")
			}
		}
		if g.broken && g.IntN(120) == 0 {
			line += "\n" + g.one("</VirtualHost>", "</IfModule>", "<IfDefine A>", "<VirtualHost *:1>\n<VirtualHost *:2>\n</VirtualHost>\n</VirtualHost>", "Include nowhere.conf", "ServerName a b", "<Directory />\nSSLEngine on\n</Directory>")
		}
		b.WriteString(indent + line + g.one("\n", "\n", "  \n", "\r\n"))
	}
	return b.String()
}

func (g *generator) directiveFlat() string { return strings.ReplaceAll(g.directive(), "\\\n", " ") }

// include makes a file, or several, and the line that reads them.
func (g *generator) include(host bool) string {
	n := len(g.files)
	switch g.IntN(4) {
	case 0:
		name := fmt.Sprintf("inc/f%d.conf", n)
		g.files[name] = "" // taken
		g.files[name] = g.block(host)
		return g.one("Include ", "IncludeOptional ", "include ") + name
	case 1:
		folder := fmt.Sprintf("dir%d", n)
		for _, f := range []string{"b.conf", "a.conf", "C.conf", ".hidden.conf", "a.txt"} {
			g.files[folder+"/"+f] = ""
			g.files[folder+"/"+f] = g.block(host)
		}
		return "Include " + folder + "/" + g.one("*.conf", "[a-b].conf", "?.conf", "[!a].conf")
	case 2:
		folder := fmt.Sprintf("tree%d", n)
		for _, f := range []string{"z", "m/x", "m/a", "m.conf"} {
			g.files[folder+"/"+f] = ""
			g.files[folder+"/"+f] = g.block(host)
		}
		return g.one("Include ", "IncludeOptional ") + g.one(folder, folder+"/", folder+"/*", folder+"/m*")
	}
	return "IncludeOptional nothing/*.conf"
}

func (g *generator) useMacro(host bool) string {
	g.macros++
	name := fmt.Sprintf("M%d", g.macros)
	return fmt.Sprintf("<Macro %s $x %%y>\nSSLProtocol $x\n%sSSLHonorCipherOrder %%y\n</Macro>\nUse %s %s %s", name, g.block(host), g.one(name, strings.ToLower(name)), g.one("all", `"-all +TLSv1.2"`, "$y"), g.one("on", "off"))
}

// hostPart is a virtual host.
func (g *generator) hostPart(port int) string {
	return fmt.Sprintf("%s *:%d>\nServerName %s.example.com\n%s%s\n", g.one("<VirtualHost", "<virtualhost"), port, g.one("a", "b", "c"), g.block(true), g.one("</VirtualHost>", "</VirtualHost>", "</virtualHOST>"))
}

func (g *generator) config(dir string) map[string]string {
	g.files = map[string]string{"extra.conf": "", "nothing/x": ""}
	text := prelude(dir) + "Listen 127.0.0.1:1\nDefine P +TLSv1.2\nDefine C HIGH:!aNULL\n" + g.block(false)
	for i := range g.IntN(3) {
		text += g.hostPart(1000+i) + g.block(false)
	}
	g.files["main.conf"] = text
	return g.files
}

// flat is what a configuration comes to: the settings of each server, in order.
type flat [][]string

// dumped reads the output of DUMP_CONFIG.
func dumped(out string) flat {
	list := flat{nil}
	at, inner := 0, 0
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(strings.ToLower(line), "<virtualhost"):
			list = append(list, nil)
			at = len(list) - 1
		case strings.HasPrefix(strings.ToLower(line), "</virtualhost"):
			at = 0
		case strings.HasPrefix(line, "</"):
			inner--
		case line[0] == '<':
			inner++
		case inner == 0 && strings.HasPrefix(strings.ToLower(line), "ssl"):
			list[at] = append(list[at], normal(line))
		}
	}
	return list
}

func normal(line string) string {
	name, args, _ := strings.Cut(line, " ")
	return strings.ToLower(name) + " " + strings.Join(strings.Fields(args), " ")
}

// ours is the same as this package reads it.
func ours(d *confdoc.Document) flat {
	conf := d.Syntax.(*config)
	list := flat{nil}
	for i, s := range append([]*scope{conf.main}, conf.hosts...) {
		if i > 0 {
			list = append(list, nil)
		}
		for _, one := range s.lines {
			list[i] = append(list[i], normal(one.word+" "+one.args))
		}
	}
	return list
}

// TestGrammar compares, on random configurations, which directives hold where
// with what the server itself says, and which configurations it refuses.
func TestGrammar(t *testing.T) {
	versions := installed(t)
	accepted, refused, unsure := 0, 0, 0
	for seed := range uint64(640) {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 4)), broken: seed%3 == 0}
		dir := t.TempDir()
		writeFiles(t, dir, g.config(dir))
		out, err := apache2(t, "-f", dir+"/main.conf", "-t", "-D", "DUMP_CONFIG")
		tree, openErr := conftree.OpenDir(dir, conftree.Options{})
		if openErr != nil {
			t.Fatal(openErr)
		}
		main, readErr := tree.Read("main.conf")
		if readErr != nil {
			t.Fatal(readErr)
		}
		d := read(Apache, &confdoc.Reader{Tree: tree, Versions: versions}, main)
		broken := ""
		for _, f := range d.Faults {
			if f.Kind != confdoc.Misread {
				broken = f.Place.String() + ": " + f.Message
				break
			}
		}
		show := func(format string, args ...any) {
			t.Helper()
			var files bytes.Buffer
			for _, name := range slices.Sorted(func(yield func(string) bool) {
				for name := range g.files {
					if !yield(name) {
						return
					}
				}
			}) {
				fmt.Fprintf(&files, "--- %s\n%s", name, strings.TrimPrefix(g.files[name], prelude(dir)))
			}
			t.Errorf("seed %d: %s\n%s", seed, fmt.Sprintf(format, args...), files.String())
		}
		switch {
		case err != nil && broken == "" && len(d.Gaps) == 0 && !doubtful(d):
			show("the server refuses it:\n%s", out)
		case err != nil && broken == "":
			unsure++
		case err != nil:
			refused++
		case broken != "" && !strings.Contains(broken, "leaves no protocol") && !strings.Contains(broken, "is never closed"):
			show("the server reads it, but %s", broken)
		case broken != "":
			unsure++
		case len(d.Gaps) > 0 || doubtful(d):
			show("left open: %v", d.Gaps)
		default:
			accepted++
			if a, b := fmt.Sprintf("%q", dumped(out)), fmt.Sprintf("%q", ours(d)); a != b {
				show("server %s\n  ours %s", a, b)
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d read alike, %d refused by both, %d refused and left open here", accepted, refused, unsure)
	if accepted < 300 || refused < 50 {
		t.Errorf("only %d accepted, %d refused", accepted, refused)
	}
}

func doubtful(d *confdoc.Document) bool {
	for _, s := range append([]*scope{d.Syntax.(*config).main}, d.Syntax.(*config).hosts...) {
		if len(s.doubts) > 0 {
			return true
		}
	}
	return false
}
