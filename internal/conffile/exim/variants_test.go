package exim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const certificate = "tls_certificate = /etc/exim4/c.pem\n"

// variants are configurations with what is said about them, and mended.
var variants = []struct {
	name, text string
	versions   map[string]string
	want       []string // fail or warn
	unknown    []string
	after      string // a line the mended file must have
	stays      []string
}{
	{"nothing set", certificate, map[string]string{"exim": "4.96"}, []string{"EXIM-01"}, []string{"EXIM-03"}, ".ifdef _HAVE_OPENSSL", nil},
	{"nothing set, GnuTLS", certificate, map[string]string{"exim": "4.96", "gnutls": "3.7.9"}, []string{"EXIM-01"}, nil, "tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", nil},
	{"nothing set, OpenSSL", certificate, map[string]string{"exim": "4.96", "openssl": "3.0.19"}, []string{"EXIM-01"}, nil, "+no_tlsv1 +no_tlsv1_1", nil},
	{"no version known", certificate, nil, []string{"EXIM-01"}, []string{"EXIM-02", "EXIM-03"}, "", nil},
	{"before 4.87", certificate, map[string]string{"exim": "4.86", "openssl": "1.0.2"}, []string{"EXIM-01", "EXIM-02", "EXIM-03"}, nil, "tls_advertise_hosts = *", nil},
	{"priority string", certificate + "tls_advertise_hosts = *\ntls_require_ciphers = NORMAL:-VERS-TLS1.0\n", nil, []string{"EXIM-01"}, nil, "tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", nil},
	{
		"both libraries", certificate + "tls_advertise_hosts = *\n.ifdef _HAVE_GNUTLS\ntls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2\n.else\nopenssl_options = +no_tlsv1 +no_tlsv1_1\n.endif\n",
		nil, nil, []string{"EXIM-03"}, "", nil,
	},
	{
		"one library forgotten", certificate + "tls_advertise_hosts = *\n.ifdef _HAVE_OPENSSL\nopenssl_options = +no_tlsv1 +no_tlsv1_1\n.endif\n",
		nil, nil, []string{"EXIM-01", "EXIM-03"}, "", nil,
	},
	{
		"taken back", certificate + "tls_advertise_hosts = *\nopenssl_options = +no_tlsv1 +no_tlsv1_1 -no_tlsv1_1\n", map[string]string{"openssl": "3.0"},
		[]string{"EXIM-01"}, nil, "openssl_options = +no_tlsv1 +no_tlsv1_1\n", nil,
	},
	{
		"by a macro", "OPTS = +no_tlsv1\n" + certificate + "tls_advertise_hosts = *\nopenssl_options = OPTS # x\n", nil, []string{"LOAD-01"}, nil, "", []string{"LOAD-01"},
	},
	{
		"macro value", "OPTS = +no_tlsv1\n" + certificate + "tls_advertise_hosts = *\nhide  openssl_options=OPTS\n", map[string]string{"openssl": "3.0"},
		[]string{"EXIM-01"}, nil, "hide  openssl_options= +no_tlsv1 +no_tlsv1_1\n", nil,
	},
	{
		"continued with comments", certificate + "tls_advertise_hosts = *\nopenssl_options = \\\n  +no_sslv3 \\\n  # why\n  +no_tlsv1\nqualify_domain = example.com\n", map[string]string{"openssl": "3.0"},
		[]string{"EXIM-01"}, nil, "openssl_options = \\\n  +no_sslv3 +no_tlsv1 +no_tlsv1_1\n  # why\nqualify_domain", nil,
	},
	{
		"expanded", certificate + "tls_advertise_hosts = ${if eq{$sender_host_address}{192.0.2.1}{}{*}}\nopenssl_options = +no_tlsv1 +no_tlsv1_1\ntls_require_ciphers = ${if eq{1}{1}{HIGH}{LOW}}\n",
		map[string]string{"openssl": "3.0"}, nil, []string{"EXIM-02", "EXIM-03"}, "", nil,
	},
	{
		"weak suites", certificate + "tls_advertise_hosts = *\nopenssl_options = +no_tlsv1 +no_tlsv1_1\ntls_require_ciphers = ALL:aNULL:!CAMELLIA:!ARIA:@SECLEVEL=0\n", map[string]string{"openssl": "3.0"},
		[]string{"EXIM-03"}, nil, "tls_require_ciphers = ", nil,
	},
	{
		"weak groups and renegotiation", certificate + "tls_advertise_hosts = *\nopenssl_options = +no_tlsv1 +no_tlsv1_1 +allow_unsafe_legacy_renegotiation\ntls_dhparam = ike2\ntls_dh_max_bits = 1024\n",
		map[string]string{"openssl": "3.0"}, []string{"EXIM-07", "EXIM-09"}, nil, "tls_dhparam = ffdhe2048", nil,
	},
	{
		"to some", certificate + "tls_advertise_hosts = 192.0.2.0/24\nopenssl_options = +no_tlsv1 +no_tlsv1_1\n", map[string]string{"openssl": "3.0"},
		[]string{"EXIM-02"}, nil, "tls_advertise_hosts = *", nil,
	},
	{
		"submission only", certificate + "tls_advertise_hosts =\ntls_on_connect_ports = 465\ndaemon_smtp_ports = 465\nopenssl_options = +no_tlsv1 +no_tlsv1_1\n", map[string]string{"openssl": "3.0"},
		nil, nil, "", nil,
	},
	{"twice alike", "openssl_options = +no_tlsv1 +no_tlsv1_1\ntls_advertise_hosts = *\n" + certificate + "# c\n" + certificate, nil, []string{"LOAD-01"}, nil, certificate + "# c\n", nil},
	{"no certificate", "tls_advertise_hosts = *\nopenssl_options = +no_tlsv1 +no_tlsv1_1\n", map[string]string{"openssl": "3.0"}, []string{"EXIM-08"}, nil, "", []string{"EXIM-08"}},
	{
		"transport", certificate + "tls_advertise_hosts = *\nopenssl_options = +no_tlsv1 +no_tlsv1_1\nbegin transports\nremote:\n  driver = smtp\n  hosts_avoid_tls = a.example.com : b.example.com\n  tls_verify_hosts = *\n  tls_verify_cert_hostnames =\n  tls_tempfail_tryclear\n",
		map[string]string{"openssl": "3.0"}, []string{"EXIM-04", "EXIM-05", "EXIM-06"}, nil, "tls_verify_cert_hostnames = *\n  tls_tempfail_tryclear = false", nil,
	},
}

func TestVariants(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			tree := conftree.FromTexts(map[string]string{"exim.conf": v.text})
			d := read(t, tree, "exim.conf", v.versions)
			want := v.want
			if want == nil {
				want = []string{}
			}
			if diff := cmp.Diff(want, verdicts(d, audit.Fail, audit.Warn)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if d.Broken() == nil {
				for _, rule := range v.unknown {
					if !slices.Contains(verdicts(d, audit.Unknown), rule) {
						t.Errorf("%s is not unknown: %v", rule, verdicts(d, audit.Unknown))
					}
				}
				if v.unknown == nil && len(verdicts(d, audit.Unknown)) > 0 {
					t.Errorf("unknown: %v", verdicts(d, audit.Unknown))
				}
			}
			after := fixWith(t, tree, d, v.versions)
			stays := v.stays
			if stays == nil {
				stays = []string{}
			}
			if v.name != "no version known" {
				if diff := cmp.Diff(stays, verdicts(after, audit.Fail, audit.Warn)); diff != "" {
					t.Errorf("after the changes (-want +got):\n%s\n%s", diff, after.Main().Text)
				}
			}
			if !strings.Contains(after.Main().Text, v.after) {
				t.Errorf("the changed file has no %q:\n%s", v.after, after.Main().Text)
			}
		})
	}
}

func TestRequiredByACL(t *testing.T) {
	for text, want := range map[string]audit.Answer{
		"a:\n  deny !encrypted = *\n  accept\n":                                        audit.Refused,
		"a:\n  accept hosts = :\n  deny message = TLS please\n       !encrypted = *\n": audit.Refused,
		"a:\n  require encrypted = *\n  accept\n":                                      audit.Refused,
		"a:\n  accept\n  deny !encrypted = *\n":                                        audit.Accepted,
		"a:\n  deny domains = example.com\n  !encrypted = *\n  accept\n":               audit.Accepted,
		"a:\n  warn !encrypted = *\n  accept\n":                                        audit.Accepted,
		"b:\n  deny !encrypted = *\n":                                                  audit.Accepted,
		"a:\n  deny !encrypted = TLSv1.2\n  accept\n":                                  audit.Accepted,
	} {
		d := readText(t, "acl_smtp_rcpt = a\ntls_advertise_hosts = *\nbegin acl\n"+text, nil)
		if got := d.Listeners[0].Plain; got != want {
			t.Errorf("plain text is %v, want %v\n%s", got, want, text)
		}
	}
}

func TestPorts(t *testing.T) {
	for text, want := range map[string]string{
		"": "smtp/25 :25",
		"daemon_smtp_ports = smtp : submission : smtps\ntls_on_connect_ports = 465": "smtp/25 :25; smtp/587 :587; smtps/465 :465",
		"local_interfaces = <; 127.0.0.1 ; ::1 ; [192.0.2.1]:26 ; 192.0.2.2.27":     "smtp/25 127.0.0.1:25,[::1]:25; smtp/26 192.0.2.1:26; smtp/27 192.0.2.2:27",
		"local_interfaces = 0.0.0.0\ndaemon_smtp_ports = 2525":                      "smtp/2525 :2525",
		"daemon_smtp_ports = ${env{PORTS}}":                                         "smtp ",
	} {
		var list []string
		for _, l := range readText(t, text+"\n", nil).Listeners {
			list = append(list, l.Listener+" "+strings.Join(l.Binds, ","))
		}
		if got := strings.Join(list, "; "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestDamage(t *testing.T) {
	for text, want := range map[string]string{
		".ifdef A\r\ntls_advertise_hosts =\r\n.endif\r\n":             "LOAD-01",
		"tls_advertise_hosts = *\x00 : b\n":                           "LOAD-03",
		"tls_advertise_hosts\u00a0= *\n":                              "LOAD-01",
		"# all\rtls_advertise_hosts = *\r":                            "LOAD-02",
		"qualify_domain = a\rtls_advertise_hosts = *\r":               "LOAD-03",
		"tls_advertise_hosts = *\ntls_advertise_hosts = a\n":          "LOAD-01",
		"begin nothing\n":                                             "LOAD-01",
		"openssl_options = +no_tlsv1 +no_tlsv1_1\ntls_tempfail = x\n": "",
		".include missing.conf\n":                                     "",
		"openssl_options = no_tlsv1\n":                                "LOAD-01",
		"UPEX4CmacrosUPEX4C = 1\n":                                    "",
	} {
		d := readText(t, text, nil)
		list := verdicts(d, audit.Fail, audit.Warn, audit.Unknown)
		if want != "" && !slices.Contains(list, want) {
			t.Errorf("%q: %v, want %s", text, list, want)
		}
		if want != "LOAD-03" {
			for _, rule := range verdicts(d, audit.Pass) {
				if strings.HasPrefix(rule, "EXIM") {
					t.Errorf("%q: %s passes", text, rule)
				}
			}
		}
	}
}

// fixWith is fix for a machine of which more is known.
func fixWith(t *testing.T, tree *conftree.Tree, d *confdoc.Document, versions map[string]string) *confdoc.Document {
	t.Helper()
	known = versions
	defer func() { known = nil }()
	return fix(t, tree, d)
}

func TestSplit(t *testing.T) {
	const transport = "remote_smtp:\n  driver = smtp\n.ifdef HOSTS\n  hosts_avoid_tls = HOSTS\n.endif\n  tls_tempfail_tryclear\n"
	for _, path := range []string{"etc/exim4/conf.d/transport/30_x", "30_exim4-config_remote_smtp"} {
		tree := conftree.FromTexts(map[string]string{path: transport})
		d := read(t, tree, path, nil)
		if diff := cmp.Diff([]string{"EXIM-06"}, verdicts(d, audit.Fail, audit.Warn)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if len(d.Listeners) != 1 || slices.Contains(verdicts(d, audit.Pass), "EXIM-01") {
			t.Errorf("%s: %d listeners, passed %v", path, len(d.Listeners), verdicts(d, audit.Pass))
		}
	}
	for path, text := range map[string]string{"etc/exim4/conf.d/main/03_x": "tls_advertise_hosts = *\n", "exim4.conf.template": "UPEX4CmacrosUPEX4C = 1\ntls_advertise_hosts = HOSTS\nbegin acl\n"} {
		d := read(t, conftree.FromTexts(map[string]string{path: text}), path, nil)
		if got := verdicts(d, audit.Fail, audit.Warn); len(got) > 0 {
			t.Errorf("%s: %v", path, got)
		}
		if slices.Contains(verdicts(d, audit.Pass), "EXIM-01") {
			t.Errorf("%s passes", path)
		}
	}
}
