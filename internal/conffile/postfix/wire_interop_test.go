//go:build interop

package postfix

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// wired are options of services whose posture is compared with the wire.
var wired = []string{
	"", "-o smtpd_tls_protocols=>=TLSv1.2", "-o smtpd_tls_protocols=TLSv1.2", "-o smtpd_tls_protocols=!SSLv2,!SSLv3,!TLSv1,!TLSv1.1",
	"-o smtpd_tls_protocols=!TLSv1.2", "-o smtpd_tls_protocols=>=TLSv1.4", "-o smtpd_tls_protocols=tlsv1.1:TLSV1.2", "-o smtpd_tls_protocols=",
	"-o smtpd_tls_protocols=SSLv3,TLSv1", "-o smtpd_tls_protocols=>=SSLv3,<=0x302", "-o smtpd_tls_protocols=>=0303", "-o smtpd_tls_protocols=>=0x305", "-o smtpd_tls_protocols=>=,<=TLSv1.2",
	"-o smtpd_tls_exclude_ciphers=!aNULL", "-o smtpd_tls_security_level=secure", "-o smtpd_tls_security_level=encrypt",
	"-o smtpd_tls_security_level=encrypt -o smtpd_tls_mandatory_protocols=>=TLSv1.3", "-o smtpd_tls_security_level=encrypt -o smtpd_tls_protocols=>=TLSv1.3",
	"-o smtpd_tls_security_level=none -o smtpd_tls_wrappermode=yes -o smtpd_tls_mandatory_protocols=TLSv1.2", "-o smtpd_tls_wrappermode=yes",
	"-o smtpd_tls_chain_files= ", "-o smtpd_tls_security_level=encrypt -o smtpd_tls_mandatory_protocols=TLSv9", "-o smtpd_tls_ciphers=bogus",
	"-o smtpd_tls_security_level= -o smtpd_use_tls=yes", "-o smtpd_tls_security_level= -o smtpd_enforce_tls=yes -o smtpd_tls_mandatory_protocols=TLSv1.2",
	"-o smtpd_tls_security_level=MAY", "-o smtpd_tls_security_level=none -o smtpd_use_tls=yes", "-o smtpd_tls_ciphers=low", "-o tls_medium_cipherlist=NOSUCH",
	"-o { smtpd_tls_protocols = !SSLv3, !TLSv1 }", "-o {smtpd_tls_protocols=$mine} -o mine=TLSv1.3", "-o smtpd_tls_protocols=${nothing?TLSv1}${nothing:TLSv1.2}",
	"-o smtpd_tls_security_level=none", "-o smtpd_tls_exclude_ciphers=aNULL,MD5,RC4", "-o smtpd_tls_ciphers=high",
}

// TestWire starts one Postfix with many services and asks each for every
// version, and for mail in clear text: the answers are those declared.
func TestWire(t *testing.T) {
	in := newInstance(t)
	g := newGenerator(1)
	options := append([]string{}, wired...)
	for range 25 { // and random lists
		var list []string
		for range 1 + g.IntN(3) {
			list = append(list, pick(g, "!", "", ">=", "<=", "!")+pick(g, "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"))
		}
		options = append(options, "-o smtpd_tls_protocols="+strings.Join(list, pick(g, ",", ":")))
	}
	var master strings.Builder
	ports := map[string]int{}
	for _, o := range options {
		port := freePort(t)
		service := fmt.Sprintf("127.0.0.1:%d", port)
		ports[service+"/inet"] = port
		fmt.Fprintf(&master, "%s inet n - n - - smtpd %s\n", service, o)
	}
	var first int
	for _, first = range ports {
		break
	}
	main := "compatibility_level = 3.6\nsmtpd_tls_chain_files = " + in.keys + "\nsmtpd_tls_security_level = may\n"
	defer in.start(t, main, master.String(), first)()
	d := open(t, filepath.Join(in.dir, "etc"), "main.cf", map[string]string{"postfix": installed(t), "openssl": libraryVersion(t)})
	asked := 0
	for _, l := range d.Listeners {
		port, ok := ports[l.Listener]
		if !ok {
			continue
		}
		e := l.Scope.(*end)
		described := shown("", fmt.Sprint(e.service.line.text))
		for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11, audit.TLSv12, audit.TLSv13} {
			declared := l.Version(v).Answer
			got, mute := shakes(port, e.wrapped, v)
			if mute || declared != audit.Accepted && declared != audit.Refused || got != (declared == audit.Accepted) {
				t.Errorf("%s: %s is declared %v, and the handshake succeeds: %v (mute %v)", described, v, declared, got, mute)
			}
			asked++
		}
		if plain := !e.wrapped && takesPlain(port); plain != (l.Plain == audit.Accepted) {
			t.Errorf("%s: plain text is declared %v, and taken: %v", described, l.Plain, plain)
		}
	}
	if asked < 4*len(options) {
		t.Errorf("only %d questions for %d services", asked, len(options))
	}
	t.Logf("%d services, %d handshakes and mails as declared", len(ports), asked)
}

// TestRoundTrip starts broken configurations, mends them, and starts them again:
// what was declared is observed before and after, and no old version is left.
func TestRoundTrip(t *testing.T) {
	versions := map[string]string{"postfix": installed(t), "openssl": libraryVersion(t)}
	cases := []variant{}
	for _, sample := range []string{"noncompliant-old", "noncompliant-opportunistic-mismatch"} {
		read := func(name string) string {
			b, err := os.ReadFile(filepath.Join("../../../fixtures/config/postfix", sample, name))
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		cases = append(cases, variant{name: sample, main: read("main.cf"), master: read("master.cf")})
	}
	for _, v := range variants {
		if len(v.want) > 0 && len(v.left) == 0 && v.versions == nil && !strings.Contains(v.name, "no-break") {
			cases = append(cases, v)
		}
	}
	if len(cases) < 20 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, v := range cases {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel() // they mostly wait
			in := newInstance(t)
			main, master, ports := in.adapt(t, v)
			tree, _, _ := prove(t, Format, texts("main.cf", main, "master.cf", master), "etc/main.cf", versions)
			in.observe(t, main, master, ports, versions, "before")
			text := func(name string) string {
				f, err := tree.Read("etc/" + name)
				if err != nil {
					t.Fatal(err)
				}
				return f.Text
			}
			in.observe(t, text("main.cf"), text("master.cf"), ports, versions, "after")
		})
	}
}

// adapt puts real files and free ports into a configuration.
func (in *instance) adapt(t *testing.T, v variant) (main, master string, ports map[string]int) {
	t.Helper()
	main = v.main
	for _, name := range []string{"/etc/postfix/tls/mail.key, /etc/postfix/tls/mail.pem", "/etc/ssl/certs/ssl-cert-snakeoil.pem", "/etc/ssl/private/ssl-cert-snakeoil.key"} {
		main = strings.ReplaceAll(main, name, in.keys)
	}
	if !strings.HasSuffix(main, "\n") {
		main += "\n"
	}
	ports = map[string]int{}
	for line := range strings.Lines(v.master) {
		w := strings.Fields(line)
		if len(w) >= fields && w[1] == "inet" && !strings.Contains(w[0], ":") && !space(line[0]) && line[0] != '#' {
			port := freePort(t)
			ports[fmt.Sprintf("%d/inet", port)] = port
			line = strings.Replace(line, w[0], fmt.Sprint(port), 1)
		}
		if len(w) >= fields && !space(line[0]) && line[0] != '#' { // no chroot
			line = strings.Replace(line, " y ", " n ", 1)
		}
		if strings.HasPrefix(line, "pickup") || strings.HasPrefix(line, "cleanup") || strings.HasPrefix(line, "qmgr") || strings.HasPrefix(line, "127.0.0.1") {
			continue
		}
		master += line
	}
	return main, master, ports
}

// observe runs a configuration and compares every server with what is declared.
func (in *instance) observe(t *testing.T, main, master string, ports map[string]int, versions map[string]string, when string) {
	t.Helper()
	var list []int
	for _, p := range ports {
		list = append(list, p)
	}
	defer in.start(t, main, master, list...)()
	d := open(t, filepath.Join(in.dir, "etc"), "main.cf", versions)
	for _, l := range d.Listeners {
		port, ok := ports[l.Listener]
		if !ok {
			continue
		}
		e := l.Scope.(*end)
		if e.security.stops != "" {
			if when == "after" {
				t.Errorf("%s still does not start", l.Listener)
			}
			continue
		}
		shook := false
		for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11, audit.TLSv12, audit.TLSv13} {
			declared := l.Version(v).Answer
			got, mute := shakes(port, e.wrapped, v)
			shook = shook || got
			if mute || got != (declared == audit.Accepted) {
				t.Errorf("%s, %s: %s is declared %v, and the handshake succeeds: %v (mute %v)", when, l.Listener, v, declared, got, mute)
			}
			if when == "after" && got && v < audit.TLSv12 {
				t.Errorf("after the change %s takes %s", l.Listener, v)
			}
		}
		if when == "after" && !shook {
			t.Errorf("after the change %s shakes hands with nobody", l.Listener)
		}
	}
}
