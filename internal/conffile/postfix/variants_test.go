package postfix

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

const (
	good = "compatibility_level = 3.6\nsmtpd_tls_chain_files = /etc/postfix/tls/mail.key, /etc/postfix/tls/mail.pem\nsmtpd_tls_security_level = may\nsmtp_tls_security_level = may\n" +
		"smtpd_tls_protocols = >=TLSv1.2\nsmtpd_tls_mandatory_protocols = >=TLSv1.2\nsmtp_tls_protocols = >=TLSv1.2\nsmtp_tls_mandatory_protocols = >=TLSv1.2\n"
	plainMaster = "smtp inet n - y - - smtpd\nsmtp unix - - y - - smtp\nrelay unix - - y - - smtp\n"
	submission  = "submission inet n - y - - smtpd\n  -o syslog_name=postfix/submission\n  -o smtpd_tls_security_level=encrypt\n  -o smtpd_sasl_auth_enable=yes\n"
)

// variant is a configuration, what is found in it, and what a server of it takes.
type variant struct {
	name, main, master string
	versions           map[string]string
	// want are "listener rule" or "rule" of what is found, all of it.
	want []string
	// on are the versions of smtp/inet, "" if they are not asked about.
	on string
	// left are findings no change is offered for.
	left []string
}

var variants = []variant{
	{name: "good", main: good, master: plainMaster + submission, on: "TLSv1.2 TLSv1.3"},
	{name: "defaults", main: "", master: plainMaster, want: []string{"PF-01", "smtp/inet PF-03", "smtp/unix PF-04", "relay/unix PF-04"}, on: "", left: []string{"smtp/inet PF-03"}},
	{name: "exclusions that forget a version", main: good + "smtpd_tls_protocols = !SSLv2, !SSLv3\n", master: plainMaster, want: []string{"PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "bare names", main: good + "smtpd_tls_protocols = TLSv1, TLSv1.1:TLSv1.2\n", master: plainMaster, want: []string{"PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2"},
	{name: "the last one wins", main: strings.Replace(good, "smtpd_tls_protocols = >=TLSv1.2", "smtpd_tls_protocols = >=TLSv1", 1) + "smtpd_tls_protocols = >=TLSv1.2\n", master: plainMaster, on: "TLSv1.2 TLSv1.3"},
	{name: "the last one loses", main: good + "smtpd_tls_protocols = >=TLSv1\n", master: plainMaster, want: []string{"PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "continuation", main: good + "smtpd_tls_protocols =\n# older clients\n  !SSLv2,\n\n  !SSLv3\nbiff = no\n", master: plainMaster, want: []string{"PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "CRLF", main: strings.ReplaceAll(good+"smtpd_tls_protocols = >=TLSv1\n", "\n", "\r\n"), master: plainMaster, want: []string{"PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "no line end", main: good + "smtpd_tls_protocols = >=TLSv1", master: plainMaster, want: []string{"PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "a reference", main: good + "old = !SSLv2\nsmtpd_tls_protocols = ${old}, !SSLv3${none?!TLSv1}\n", master: plainMaster, want: []string{"PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "a condition", main: good + "smtpd_tls_protocols = ${{$compatibility_level} >=level {3.6} ? {>=TLSv1.2} : {!SSLv3}}\n", master: plainMaster, on: "TLSv1.2 TLSv1.3"},
	{name: "hexadecimal", main: good + "smtpd_tls_protocols = >=0x0301, <=303\n", master: plainMaster, want: []string{"PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2"},
	{name: "empty is everything", main: good + "smtpd_tls_protocols =\n", master: plainMaster, want: []string{"PF-01"}, on: "SSLv3 TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "an unknown word", main: good + "smtpd_tls_protocols = >=TLSv1.2 # since 2020\n", master: plainMaster, want: []string{"smtp/inet PF-03"}, on: "none"},
	{name: "a bound before 3.6", main: strings.ReplaceAll(good, "compatibility_level = 3.6\n", ""), master: plainMaster, versions: map[string]string{"postfix": "3.4.13"},
		want: []string{"smtp/inet PF-03", "smtp/unix PF-04", "relay/unix PF-04"}, on: "none"},
	{name: "old default", main: "smtpd_tls_cert_file = /c\nsmtpd_tls_security_level = may\nsmtp_tls_security_level = may\n", master: plainMaster, versions: map[string]string{"postfix": "3.4.13", "openssl": "1.1.1"},
		want: []string{"PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "level none", main: good + "smtpd_tls_security_level = none\n", master: plainMaster, want: []string{"smtp/inet PF-03"}, on: "none"},
	{name: "no certificate", main: good + "smtpd_tls_chain_files =\n", master: plainMaster, want: []string{"smtp/inet PF-03"}, on: "none", left: []string{"smtp/inet PF-03"}},
	{name: "verify on a server", main: good + "smtpd_tls_security_level = verify\n", master: plainMaster, want: []string{"smtp/inet PF-07"}, on: "TLSv1.2 TLSv1.3"},
	{name: "a comment behind a level", main: good + "smtpd_tls_security_level = may # opportunistic\n", master: plainMaster, want: []string{"smtp/inet PF-08"}},
	{name: "dane on a server", main: good + "smtpd_tls_security_level = dane\n", master: plainMaster, want: []string{"smtp/inet PF-08"}},
	{name: "older parameters", main: strings.ReplaceAll(good, "smtpd_tls_security_level = may", "smtpd_use_tls = yes"), master: plainMaster, want: []string{"smtp/inet PF-12"}, on: "TLSv1.2 TLSv1.3"},
	{name: "passwords in clear text", main: good + "smtpd_sasl_auth_enable = yes\n", master: plainMaster, want: []string{"smtp/inet PF-05"}},
	{name: "passwords under TLS", main: good + "smtpd_sasl_auth_enable = yes\nsmtpd_tls_auth_only = yes\n", master: plainMaster},
	{name: "no plain mechanisms", main: good + "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_security_options = noanonymous, noplaintext\n", master: plainMaster},
	{name: "grade export", main: good + "smtpd_tls_ciphers = export\n", master: plainMaster, versions: map[string]string{"postfix": "3.7.11"}, want: []string{"smtp/inet PF-06"}},
	{name: "grade export of today", main: good + "smtpd_tls_ciphers = export\n", master: plainMaster, versions: map[string]string{"postfix": "3.9.1"}},
	{name: "grade null", main: good + "smtp_tls_ciphers = null\n", master: plainMaster, want: []string{"smtp/unix PF-06", "relay/unix PF-06"}},
	{name: "edited list", main: good + "tls_medium_cipherlist = RC4:HIGH\nsmtp_tls_exclude_ciphers = RC4\n", master: plainMaster, want: []string{"smtp/inet PF-06"}},
	{name: "signs in exclusions", main: good + "smtpd_tls_exclude_ciphers = !aNULL, RC4\n", master: plainMaster, want: []string{"smtp/inet PF-03"}, on: "none"},
	{name: "the client's default of 3.11", main: strings.ReplaceAll(strings.ReplaceAll(good, "smtp_tls_security_level = may\n", ""), "level = 3.6", "level = 3.11"), master: plainMaster},
	{name: "3.11 with an older level", main: strings.ReplaceAll(good, "smtp_tls_security_level = may\n", ""), master: plainMaster, versions: map[string]string{"postfix": "3.11.0"}, want: []string{"relay/unix PF-04", "smtp/unix PF-04"}},
	{name: "a list of nothing", main: good + "tls_medium_cipherlist = NOSUCH\n", master: plainMaster, want: []string{"relay/unix PF-04", "smtp/inet PF-03", "smtp/unix PF-04"}, on: "none"},
	{name: "everything excluded", main: good + "smtpd_tls_exclude_ciphers = ALL\n", master: plainMaster, want: []string{"smtp/inet PF-03"}, on: "none"},
	{name: "dane without dnssec", main: good + "smtp_tls_security_level = dane\n", master: plainMaster, want: []string{"smtp/unix PF-09", "relay/unix PF-09"}},
	{name: "snakeoil", main: good + "smtpd_tls_chain_files = /etc/ssl/ssl-cert-snakeoil.pem\n", master: plainMaster, want: []string{"smtp/inet PF-11"}, left: []string{"smtp/inet PF-11"}},
	{name: "an option with old versions", main: good, master: plainMaster + "2525 inet n - n - - smtpd -o smtpd_tls_protocols=!SSLv2,!SSLv3\n", want: []string{"2525/inet PF-02"}},
	{name: "an option in braces over lines", main: good, master: plainMaster + "2525 inet n - n - - smtpd\n  -o { smtpd_tls_protocols =\n    !SSLv2,\n    !SSLv3 }\n  -o syslog_name=x\n", want: []string{"2525/inet PF-02"}},
	{name: "an option below main.cf", main: good + "smtpd_tls_security_level = encrypt\n", master: plainMaster + "2525 inet n - n - - smtpd -o smtpd_tls_security_level=may\n", want: []string{"2525/inet PF-02"}},
	{name: "an option none", main: good, master: plainMaster + "2525 inet n - n - - smtpd -o smtpd_tls_security_level=none\n", want: []string{"2525/inet PF-02", "2525/inet PF-03"}},
	{name: "a filter on the machine", main: good, master: plainMaster + "127.0.0.1:10025 inet n - n - - smtpd -o smtpd_tls_security_level=none\nlmtp unix - - n - - lmtp\n"},
	{name: "a parameter the option refers to", main: good + "p = >=TLSv1.2\nsmtpd_tls_protocols = $p\n", master: "smtp inet n - n - - smtpd -o p=>=TLSv1\nsmtp unix - - n - - smtp\n", on: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "fewer exclusions", main: good + "smtpd_tls_exclude_ciphers = RC4, 3DES\n", master: plainMaster + "2525 inet n - n - - smtpd -o smtpd_tls_exclude_ciphers=RC4\n", want: []string{"2525/inet PF-02"}},
	{name: "an option without equals sign", main: good, master: plainMaster + "2525 inet n - n - - smtpd -o smtpd_tls_security_level = encrypt\n", want: []string{"2525/inet PF-08"}},
	{name: "implicit TLS", main: good + "smtpd_tls_security_level = none\n", master: "smtps inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\nsmtp unix - - n - - smtp\n"},
	{name: "postscreen", main: good + "smtpd_tls_protocols = TLSv1, TLSv1.2\n", master: "smtp inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\ntlsproxy unix - - n - 0 tlsproxy\nsmtp unix - - n - - smtp\n", want: []string{"PF-01"}, on: "TLSv1.0 TLSv1.2"},
	{name: "services switched off", main: good + "master_service_disable = 2525/inet\n", master: plainMaster + "2525 inet n - n - - smtpd -o smtpd_tls_security_level=none\n"},
	{name: "two entries of a service", main: good, master: "smtp inet n - n - - smtpd -o smtpd_tls_security_level=none\n" + plainMaster, want: []string{"LOAD-03"}, on: "TLSv1.2 TLSv1.3"},
	{name: "upper case", main: strings.Replace(good, "smtpd_tls_protocols", "SMTPD_TLS_PROTOCOLS", 1), master: plainMaster, want: []string{"LOAD-03", "PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "NUL", main: good + "smtpd_tls_protocols = >=TL\x00Sv1.2\n", master: plainMaster, want: []string{"LOAD-03", "smtp/inet PF-03"}, on: "none"},
	{name: "no-break space", main: strings.Replace(good, "smtpd_tls_protocols =", "smtpd_tls_protocols\u00a0=", 1), master: plainMaster, want: []string{"LOAD-03", "PF-01"}, on: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
}

// TestVariants checks what is found in each variant and in nothing else, and
// that every change offered holds.
func TestVariants(t *testing.T) {
	patched, all := 0, 0
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			tree := texts("main.cf", v.main, "master.cf", v.master)
			d, judgements := load(t, Format, tree, "etc/main.cf", v.versions)
			got := found(verdicts(judgements))
			want := slices.Sorted(slices.Values(v.want))
			if !slices.Equal(got, want) {
				t.Errorf("found %v, want %v\n%s", got, want, findings(judgements))
			}
			for _, l := range d.Listeners {
				if l.Listener == "smtp/inet" && v.on != "" {
					if on := on(l.Versions); on != v.on {
						t.Errorf("smtp/inet takes %q, want %q", on, v.on)
					}
				}
			}
			after, some, total := prove(t, Format, tree, "etc/main.cf", v.versions)
			patched, all = patched+some, all+total
			_, judgements = load(t, Format, after, "etc/main.cf", v.versions)
			if left := found(verdicts(judgements)); !slices.Equal(left, v.left) {
				t.Errorf("left %v after all changes, want %v\n%s", left, v.left, findings(judgements))
			}
		})
	}
	t.Logf("%d of %d findings have a change", patched, all)
}

// found lists what fails or warns.
func found(all map[string]audit.Verdict) (list []string) {
	for id, v := range all {
		if bad(v) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// on names the versions that are taken, "none" if no one is.
func on(facts []audit.VersionFact) string {
	var list []string
	for _, f := range facts {
		if f.Answer == audit.Accepted || f.Answer == audit.Latent {
			list = append(list, f.Version.String())
		}
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, " ")
}

// TestUntouched checks that a change leaves comments, line ends and everything
// it does not name as they are.
func TestUntouched(t *testing.T) {
	main := "# höchste Zeit\r\nsmtpd_tls_chain_files = /a\r\nsmtpd_tls_security_level = may\r\nsmtp_tls_security_level = may\r\nsmtpd_tls_protocols =\t!SSLv2,   \r\n# kept\r\n\t!SSLv3 \r\n\r\nsmtpd_tls_mandatory_protocols = >=TLSv1.2\r\n" +
		"smtp_tls_protocols = >=TLSv1.2\r\nsmtp_tls_mandatory_protocols = >=TLSv1.2\r\nbiff = no"
	want := strings.Replace(main, "!SSLv2,   \r\n# kept\r\n\t!SSLv3 \r\n", ">=TLSv1.2   \r\n# kept\r\n", 1)
	after, _, _ := prove(t, Format, texts("main.cf", main, "master.cf", plainMaster), "etc/main.cf", nil)
	f, err := after.Read("etc/main.cf")
	if err != nil {
		t.Fatal(err)
	}
	if f.Text != want {
		t.Errorf("got  %q\nwant %q", f.Text, want)
	}
}

// TestHostileText is the table of what Postfix makes of damaged text.
func TestHostileText(t *testing.T) {
	base := good + "# end\n"
	for _, c := range []struct {
		name, text string
		encoding   conftree.Encoding
		want       []string // LOAD rules that object, "unknown LOAD-02" included
		on         string
	}{
		{"byte order mark", base, conftree.Encoding{Charset: "utf-8", BOM: true}, []string{"LOAD-03"}, "TLSv1.2 TLSv1.3"},
		{"byte order mark before a comment", "# x\n" + base, conftree.Encoding{Charset: "utf-8", BOM: true}, []string{"LOAD-01"}, ""},
		{"UTF-16", base, conftree.Encoding{Charset: "utf-16le", BOM: true}, []string{"LOAD-01"}, ""},
		{"CR LF", strings.ReplaceAll(base, "\n", "\r\n"), conftree.Encoding{Charset: "utf-8"}, nil, "TLSv1.2 TLSv1.3"},
		{"CR only", strings.ReplaceAll(base, "\n", "\r"), conftree.Encoding{Charset: "utf-8"}, []string{"LOAD-01", "LOAD-03"}, ""},
		{"CR only, other first", strings.ReplaceAll("biff = no\n"+base, "\n", "\r"), conftree.Encoding{Charset: "utf-8"}, []string{"LOAD-03"}, "none"},
		{"CR only behind a comment", strings.ReplaceAll("# x\n"+base, "\n", "\r"), conftree.Encoding{Charset: "utf-8"}, []string{"LOAD-02"}, ""},
		{"cut inside a name", base + "smtpd_tls_pro", conftree.Encoding{Charset: "utf-8"}, []string{"LOAD-01"}, ""},
		{"long line", base + "alias_maps = " + strings.Repeat("x", 70000) + "\n", conftree.Encoding{Charset: "utf-8"}, nil, "TLSv1.2 TLSv1.3"},
		{"leading blanks", "  biff = no\n" + base, conftree.Encoding{Charset: "utf-8"}, []string{"LOAD-03"}, "TLSv1.2 TLSv1.3"},
		{"unclosed reference", base + "smtpd_tls_protocols = ${x\n", conftree.Encoding{Charset: "utf-8"}, []string{"LOAD-01"}, ""},
		{"circle", base + "a = $b\nb = $a\nsmtpd_tls_protocols = $a\n", conftree.Encoding{Charset: "utf-8"}, []string{"LOAD-01"}, ""},
		{"level with a comment", base + "compatibility_level = 3.6 # new\n", conftree.Encoding{Charset: "utf-8"}, []string{"LOAD-01"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := texts("main.cf", "", "master.cf", plainMaster)
			d := readText(t, tree, conftree.NewFile("etc/main.cf", "etc/main.cf", c.text, c.encoding))
			var got []string
			for _, f := range judge(d)[0].Findings {
				if strings.HasPrefix(f.Rule, "LOAD") && f.Verdict != audit.Pass && (f.Verdict != audit.Unknown || f.Rule == "LOAD-02" && len(got) == 0) {
					got = append(got, f.Rule)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v: %v", got, c.want, d.Faults)
			}
			for _, l := range d.Listeners {
				if l.Listener == "smtp/inet" && c.on != "" && on(l.Versions) != c.on {
					t.Errorf("smtp/inet takes %q, want %q", on(l.Versions), c.on)
				}
			}
		})
	}
}
