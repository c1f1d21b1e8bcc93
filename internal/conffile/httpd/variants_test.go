package httpd

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// variant is a small configuration with what must be said about it.
type variant struct {
	name, text string
	files      map[string]string
	versions   map[string]string
	// fail are the rules that fail or warn, in order; "gap" stands for a document
	// or listener left open.
	fail string
	// allowed are the versions of the weakest listener, with "?" for those
	// undetermined left out.
	allowed string
	// loose variants have findings without a patch.
	loose bool
}

const (
	good    = "TLSv1.2 TLSv1.3"
	lenient = "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"
	strict  = "SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
)

// at443 is a virtual host with TLS.
func at443(lines string) string {
	return "<VirtualHost *:443>\n  ServerName www.example.com\n  SSLEngine on\n  SSLCertificateFile c.pem\n  " + strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n  ") + "\n</VirtualHost>\n"
}

var apacheVariants = []variant{
	{name: "default", text: at443(""), fail: "HTTPD-01", allowed: lenient},
	{name: "inherited", text: strict + at443(""), allowed: good},
	{name: "global behind the host", text: at443("") + strict, allowed: good},
	{name: "last wins", text: strict + at443("SSLProtocol all\nSSLProtocol -all +TLSv1.2"), allowed: "TLSv1.2"},
	{name: "last wins weak", text: strict + at443("SSLProtocol -all +TLSv1.2\nSSLProtocol all"), fail: "HTTPD-01 HTTPD-03", allowed: lenient},
	{name: "bare word", text: at443("SSLProtocol +TLSv1.2 +TLSv1.3 TLSv1"), fail: "HTTPD-01 HTTPD-02", allowed: "TLSv1.0"},
	{name: "two bare words", text: at443("SSLProtocol TLSv1.2 TLSv1.3"), fail: "HTTPD-02", allowed: "TLSv1.3"},
	{name: "all minus", text: at443("SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1"), allowed: good},
	{name: "signs all the way", text: at443("SSLProtocol +TLSv1.3"), allowed: "TLSv1.3"},
	{name: "SSLv3 not named", text: at443("SSLProtocol all -TLSv1 -TLSv1.1"), allowed: good, loose: true},
	{name: "SSLv3 not named, library known", text: at443("SSLProtocol all -TLSv1 -TLSv1.1"), versions: map[string]string{"openssl": "3.0.19"}, allowed: good},
	{name: "SSLv3 named", text: at443("SSLProtocol +SSLv3 +TLSv1.2"), fail: "HTTPD-01", allowed: "SSLv3 TLSv1.2"},
	{name: "weaker than weak", text: "SSLProtocol -all +TLSv1.1 +TLSv1.2\n" + at443("SSLProtocol all"), fail: "HTTPD-01 HTTPD-03", allowed: lenient},
	{name: "case", text: at443("sslPROTOCOL -ALL +tlsv1.2"), allowed: "TLSv1.2"},
	{name: "MinProtocol", text: strict + at443("SSLOpenSSLConfCmd MinProtocol TLSv1"), fail: "HTTPD-01 HTTPD-04", allowed: lenient},
	{name: "MinProtocol good", text: at443("SSLOpenSSLConfCmd MinProtocol TLSv1.2"), allowed: good},
	{name: "MinProtocol global", text: strict + "SSLOpenSSLConfCmd MinProtocol TLSv1.1\n" + at443(""), fail: "HTTPD-01 HTTPD-04", allowed: "TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "Protocol", text: strict + at443(`SSLOpenSSLConfCmd Protocol "ALL"`), fail: "HTTPD-01 HTTPD-04", allowed: "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3"},
	{name: "Protocol takes away", text: at443(`SSLOpenSSLConfCmd Protocol -ALL,TLSv1.2`), allowed: "TLSv1.2"},
	{name: "CipherString", text: strict + at443("SSLOpenSSLConfCmd CipherString DEFAULT@SECLEVEL=0"), fail: "HTTPD-04", allowed: good},
	{name: "CipherString, anonymous in every library", text: strict + at443("SSLOpenSSLConfCmd CipherString ALL"), fail: "HTTPD-04 HTTPD-06", allowed: good},
	{name: "SSLCipherSuite, anonymous excluded", text: strict + at443("SSLCipherSuite ALL"), allowed: good},
	{name: "level zero", text: strict + at443("SSLCipherSuite HIGH:!aNULL:@SECLEVEL=0"), fail: "HTTPD-04", allowed: good},
	{name: "RC4", text: strict + at443("SSLCipherSuite HIGH:RC4-SHA:DES-CBC3-SHA"), fail: "HTTPD-06", allowed: good},
	{name: "excluded", text: strict + at443("SSLCipherSuite HIGH:!RC4:!3DES:!MD5:!aNULL"), allowed: good},
	{name: "compression", text: strict + at443("SSLCompression on"), fail: "HTTPD-07", allowed: good},
	{name: "renegotiation", text: strict + at443("SSLInsecureRenegotiation on"), fail: "HTTPD-08", allowed: good},
	{name: "no engine", text: "<VirtualHost *:443>\n  SSLCertificateFile c.pem\n  " + strict + "</VirtualHost>\n", fail: "HTTPD-09"},
	{name: "engine off", text: strict + at443("SSLEngine off"), fail: "HTTPD-09"},
	{name: "plain hosts", text: "Listen 80\n<VirtualHost *:80>\nRedirect / https://www.example.com/\n</VirtualHost>\n" + strict + at443(""), allowed: good},
	{name: "proxy", text: strict + at443("SSLProxyEngine on\nSSLProxyVerify none"), fail: "HTTPD-05", allowed: lenient},
	{name: "proxy good", text: strict + at443("SSLProxyEngine on\nSSLProxyVerify require\nSSLProxyProtocol -all +TLSv1.2 +TLSv1.3\nSSLProxyCACertificateFile ca.pem"), allowed: good},
	{name: "proxy names", text: strict + at443("SSLProxyEngine on\nSSLProxyVerify require\nSSLProxyCheckPeerName off\nSSLProxyProtocol -all +TLSv1.2"), fail: "HTTPD-05", allowed: good},
	{name: "second host by name", text: at443(strict) + strings.Replace(at443("SSLProtocol all -SSLv3"), "www", "old", 1), fail: "HTTPD-01", allowed: lenient},
	{name: "second host without a word", text: at443(strict) + strings.Replace(at443(""), "www", "old", 1), allowed: good},
	{name: "old server, second host", text: at443("SSLProtocol -all +TLSv1.2") + strings.Replace(at443("SSLProtocol all"), "www", "old", 1), versions: map[string]string{"httpd": "2.4.29"}, allowed: "TLSv1.2"},
	{name: "include", text: "Include conf.d/*.conf\n" + at443(""), files: map[string]string{"conf.d/a.conf": strict, "conf.d/z.conf": "# nothing\n"}, allowed: good},
	{name: "include, later file wins", text: "Include conf.d/*.conf\n" + at443(""), files: map[string]string{"conf.d/a.conf": strict, "conf.d/z.conf": "SSLProtocol all -SSLv3\n"}, fail: "HTTPD-01 HTTPD-03", allowed: lenient},
	{name: "missing include", text: "Include gone.conf\n" + strict + at443(""), fail: "gap", allowed: good},
	{name: "optional folder missing", text: "IncludeOptional gone/*.conf\n" + strict + at443(""), fail: "gap", allowed: good},
	{name: "optional file missing", text: "IncludeOptional gone-*.conf\n" + strict + at443(""), allowed: good},
	{name: "variable", text: "Define V \"-all +TLSv1.2\"\nSSLProtocol ${v}\n" + at443(""), allowed: "TLSv1.2"},
	{name: "variable in the host", text: strict + at443("SSLProtocol ${V}"), fail: "gap"},
	{name: "module nobody knows", text: "<IfModule mod_odd.c>\nSSLProtocol all\n</IfModule>\n" + strict + at443(""), fail: "gap", allowed: good},
	{name: "module nobody knows, harmless", text: "<IfModule mod_odd.c>\nHeader set a b\n</IfModule>\n" + strict + at443(""), allowed: good},
	{name: "version", text: "<IfVersion >= 2.4>\n" + strict + "</IfVersion>\n" + at443(""), fail: "gap"},
	{name: "version known", text: "<IfVersion >= 2.4>\n" + strict + "</IfVersion>\n" + at443(""), versions: map[string]string{"httpd": "2.4.71"}, allowed: good},
	{name: "latent", text: at443(""), versions: map[string]string{"httpd": "2.4.71", "openssl": "3.0.19"}, fail: "HTTPD-01", allowed: lenient},
	{name: "no TLS 1.3", text: at443("SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1"), versions: map[string]string{"openssl": "1.0.2k"}, allowed: "TLSv1.2"},
	{name: "gap in the list", text: at443("SSLProtocol +TLSv1 +TLSv1.2"), versions: map[string]string{"openssl": "3.0.19"}, allowed: "TLSv1.2"},
	{name: "macro", text: "<Macro V $p>\n" + at443("SSLProtocol $p") + "</Macro>\nUse V \"all -SSLv3\"\n", fail: "HTTPD-01", allowed: lenient, loose: true},
	{name: "swallowed", text: at443("# better \\\n" + strict), fail: "HTTPD-01 LOAD-03", allowed: lenient},
	{name: "fragment", text: "SSLProtocol all -SSLv3\nSSLCipherSuite HIGH:!aNULL\n", fail: "HTTPD-01", allowed: lenient},
	{name: "main server", text: "Listen 443\nSSLEngine on\nSSLCertificateFile c.pem\n", fail: "HTTPD-01", allowed: lenient},
	{name: "remark", text: at443("SSLProtocol -all +TLSv1.2 # only"), fail: "LOAD-01"},
	{name: "remark behind a name", text: "ServerName www.example.com # main\n" + strict + at443(""), fail: "LOAD-01"},
	{name: "commas", text: at443("SSLProtocol -all,+TLSv1.2"), fail: "IHS-06 LOAD-01"},
	{name: "quoted list", text: at443(`SSLProtocol "-all +TLSv1.2"`), fail: "LOAD-01"},
	{name: "words of IHS", text: "<VirtualHost *:443>\nSSLEnable\nSSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11\n</VirtualHost>\n", fail: "IHS-06 LOAD-01"},
	{name: "mismatched", text: "<VirtualHost *:443>\n<Directory />\n</VirtualHost>\n</Directory>\n", fail: "LOAD-01", loose: true},
	{name: "in a directory", text: "<Directory />\n" + strict + "</Directory>\n", fail: "LOAD-01", loose: true},
	{name: "nothing left", text: at443("SSLProtocol -all"), fail: "LOAD-01", loose: true},
}

// ibm is a virtual host of mod_ibm_ssl.
func ibm(lines string) string {
	return "LoadModule ibm_ssl_module modules/mod_ibm_ssl.so\n<VirtualHost *:443>\n  ServerName www.example.com\n  SSLEnable\n  " + strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n  ") + "\n</VirtualHost>\nSSLDisable\n"
}

const full = "SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11\n"

var ihsVariants = []variant{
	{name: "nothing", text: ibm(""), fail: "IHS-01", allowed: "TLSv1.0 TLSv1.1 TLSv1.2"},
	{name: "full", text: ibm(full), allowed: "TLSv1.2"},
	{name: "two lines add up", text: ibm("SSLProtocolDisable SSLv2 SSLv3\nsslprotocoldisable tlsv10 TLSV11"), allowed: "TLSv1.2"},
	{name: "global only", text: full + ibm(""), fail: "IHS-01 IHS-02", allowed: "TLSv1.0 TLSv1.1 TLSv1.2"},
	{name: "one missing", text: ibm("SSLProtocolDisable SSLv2 SSLv3 TLSv11"), fail: "IHS-03", allowed: "TLSv1.0 TLSv1.2"},
	{name: "old ones only", text: ibm("SSLProtocolDisable SSLv2 SSLv3"), fail: "IHS-03", allowed: "TLSv1.0 TLSv1.1 TLSv1.2"},
	{name: "enabled again", text: ibm("SSLProtocolDisable SSLv2 SSLv3 TLSv11\nSSLProtocolEnable TLSv10 TLSv12"), fail: "IHS-03", allowed: "TLSv1.0 TLSv1.2"},
	{name: "conflict", text: ibm(full + "SSLProtocolEnable TLSv10"), allowed: "TLSv1.2", loose: true},
	{name: "disabled behind", text: ibm(full + "SSLDisable"), fail: "IHS-04"},
	{name: "disabled before", text: strings.Replace(ibm(full), "  SSLEnable\n", "  SSLDisable\n  SSLEnable\n", 1), allowed: "TLSv1.2"},
	{name: "first is weaker", text: ibm("") + strings.Replace(ibm(full), "www", "two", 1), fail: "IHS-01 IHS-05", allowed: "TLSv1.0 TLSv1.1 TLSv1.2"},
	{name: "second is weaker", text: ibm(full) + strings.Replace(ibm(""), "www", "two", 1), fail: "IHS-01", allowed: "TLSv1.2"},
	{name: "other address", text: ibm(full) + strings.Replace(ibm(full), "*:443", "192.0.2.1:443", 1), allowed: "TLSv1.2"},
	{name: "3DES", text: ibm(full + "SSLCipherSpec SSL_RSA_WITH_3DES_EDE_CBC_SHA"), fail: "IHS-07", allowed: "TLSv1.2"},
	{name: "static RSA", text: ibm(full + "SSLCipherSpec ALL NONE\nSSLCipherSpec ALL +TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 +TLS_RSA_WITH_AES_128_GCM_SHA256"), fail: "IHS-07", allowed: "TLSv1.2"},
	{name: "removed", text: ibm(full + "SSLCipherSpec TLSv12 -TLS_RSA_WITH_AES_128_CBC_SHA -SSL_RSA_WITH_3DES_EDE_CBC_SHA"), allowed: "TLSv1.2"},
	{name: "old version with suites", text: ibm(full + "SSLCipherSpec TLSv10 +SSL_RSA_WITH_3DES_EDE_CBC_SHA\nSSLCipherSpec TLSv12 +TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), allowed: "TLSv1.2"},
	{name: "commented out", text: ibm("# " + full), fail: "IHS-01 IHS-08", allowed: "TLSv1.0 TLSv1.1 TLSv1.2"},
	{name: "swallowed", text: ibm("# see below \\\n" + full), fail: "IHS-01 IHS-08 LOAD-03", allowed: "TLSv1.0 TLSv1.1 TLSv1.2"},
	{name: "commented and there", text: ibm("# SSLProtocolDisable SSLv2\n" + full), allowed: "TLSv1.2"},
	{name: "unknown words", text: ibm("SSLProtocolDisable SSLv2 SSLv3 TLSv1 TLSv1.1"), fail: "IHS-10", allowed: "TLSv1.2"},
	{name: "words of mod_ssl", text: ibm("SSLProtocol -all +TLSv1.2\nSSLHonorCipherOrder on"), fail: "IHS-06 LOAD-01"},
	{name: "commas", text: ibm("SSLProtocolDisable SSLv2,SSLv3,TLSv10,TLSv11"), fail: "IHS-06 LOAD-01"},
	{name: "cipher string", text: ibm(full + "SSLCipherSpec HIGH:!aNULL"), fail: "IHS-06 LOAD-01"},
	{name: "TLS 1.3 named", text: ibm(full + "SSLCipherSpec ALL NONE\nSSLCipherSpec ALL +TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\nSSLCipherSpec TLSv13 +TLS_AES_128_GCM_SHA256"), allowed: good},
	{name: "level 9.0.5", text: ibm(full), versions: map[string]string{"ihs": "9.0.5.5"}, allowed: good},
	{name: "level 8.5", text: ibm(full), versions: map[string]string{"ihs": "8.5.5.12"}, allowed: "TLSv1.2"},
	{name: "level with good defaults", text: ibm(""), versions: map[string]string{"ihs": "9.0.5.26"}, fail: "IHS-01", allowed: good},
	{name: "level with bad defaults", text: ibm(""), versions: map[string]string{"ihs": "9.0.5.3"}, fail: "IHS-01", allowed: lenient},
	{name: "old ones by level", text: ibm("SSLProtocolDisable TLSv10 TLSv11"), versions: map[string]string{"ihs": "9.0.5.3"}, allowed: good},
	{name: "main server", text: "LoadModule ibm_ssl_module modules/mod_ibm_ssl.so\nListen 443\nSSLEnable\nKeyFile key.kdb\n", fail: "IHS-01", allowed: "TLSv1.0 TLSv1.1 TLSv1.2"},
	{name: "raw attribute", text: ibm(full + "SSLAttributeSet 999 1"), fail: "gap", allowed: "TLSv1.2"},
	{name: "known attribute", text: ibm(full + "SSLAttributeSet 471 1"), allowed: "TLSv1.2"},
	{name: "for i", text: "LoadModule ibm_ssl_module /QSYS.LIB/QHTTPSVR.LIB/QZSRVSSL.SRVPGM\n<VirtualHost *:443>\nSSLEngine On\nSSLAppName QIBM_HTTP_SERVER_WWW\n</VirtualHost>\n", fail: "gap"},
	{name: "include in the host", text: ibm("Include tls.conf"), files: map[string]string{"tls.conf": full}, allowed: "TLSv1.2"},
	{name: "include in the host, weak", text: ibm("Include tls.conf"), files: map[string]string{"tls.conf": "SSLProtocolDisable SSLv3 SSLv2 TLSv11\n"}, fail: "IHS-03", allowed: "TLSv1.0 TLSv1.2"},
	{name: "include missing in the host", text: ibm("Include gone.conf"), fail: "gap", allowed: "TLSv1.2"},
	{name: "include missing in the host, global", text: full + ibm("Include gone.conf"), fail: "gap", allowed: "TLSv1.2"},
	{name: "include outside", text: ibm(full + "Include /opt/other/x.conf"), fail: "gap", allowed: "TLSv1.2"},
	{name: "root elsewhere", text: "ServerRoot /opt/IBM/HTTPServer\nInclude /opt/IBM/HTTPServer/extra.conf\nInclude more.conf\n", files: map[string]string{"extra.conf": ibm(full), "more.conf": "# x\n"}, allowed: "TLSv1.2"},
}

func (v variant) open(t testing.TB) (*confdoc.Reader, *conftree.File) {
	t.Helper()
	files := map[string]string{"conf/httpd.conf": v.text}
	for name, text := range v.files {
		files[name] = text
	}
	tree := conftree.FromTexts(files)
	f, err := tree.Read("conf/httpd.conf")
	if err != nil {
		t.Fatal(err)
	}
	return &confdoc.Reader{Tree: tree, Versions: v.versions}, f
}

func TestVariants(t *testing.T) {
	var total outcome
	for _, c := range []struct {
		format   *confdoc.Format
		variants []variant
	}{{Apache, apacheVariants}, {IHS, ihsVariants}, {IHS, plainVariants}} {
		for _, v := range c.variants {
			t.Run(c.format.Name+" "+v.name, func(t *testing.T) {
				r, f := v.open(t)
				d := read(c.format, r, f)
				found := judge(d)
				checkPlaces(t, d, found)
				got := verdicts(found, audit.Fail, audit.Warn)
				if len(d.Gaps) > 0 || slices.ContainsFunc(d.Listeners, func(l *confdoc.Listener) bool { return len(l.Gaps) > 0 }) {
					if len(got) == 0 {
						got = append(got, "gap")
					}
					if pass := verdicts(found, audit.Pass); slices.Contains(pass, "HTTPD-01") || slices.Contains(pass, "IHS-01") {
						t.Errorf("%q pass although something is open", pass)
					}
				}
				if diff := cmp.Diff(strings.Fields(v.fail), got); diff != "" && (v.fail != "" || len(got) > 0) {
					t.Errorf("%s%v", diff, d.Gaps)
				}
				if diff := cmp.Diff(strings.Fields(v.allowed), weakest(d)); diff != "" && (v.allowed != "" || len(weakest(d)) > 0) {
					t.Error(diff)
				}
				o := prove(t, c.format, r, f)
				total.failing += o.failing
				total.patched += o.patched
				if len(o.without) > 0 && !v.loose {
					t.Errorf("no patch: %q", o.without)
				}
			})
		}
	}
	t.Logf("%d of %d findings patched", total.patched, total.failing)
}

// TestVariantsWithCRLF: line ends of the other kind change nothing, and patches
// keep them.
func TestVariantsWithCRLF(t *testing.T) {
	for format, list := range map[*confdoc.Format][]variant{Apache: apacheVariants, IHS: ihsVariants} {
		for _, v := range list {
			v.text = strings.ReplaceAll(v.text, "\n", "\r\n")
			r, f := v.open(t)
			d := read(format, r, f)
			found := judge(d)
			got := strings.Join(verdicts(found, audit.Fail, audit.Warn), " ")
			if got != v.fail && v.fail != "gap" {
				t.Errorf("%s %s: %s, want %s", format.Name, v.name, got, v.fail)
			}
			if !slices.Equal(strings.Fields(v.allowed), weakest(d)) {
				t.Errorf("%s %s: %q", format.Name, v.name, weakest(d))
			}
			for _, j := range found {
				for _, fix := range j.Fixes {
					texts, err := conftree.Apply(fix.Edits)
					if err != nil {
						t.Errorf("%s %s: %v", format.Name, v.name, err)
					}
					for name, text := range texts {
						if name == f.Path && strings.Count(text, "\n") != strings.Count(text, "\r\n") {
							t.Errorf("%s %s: line ends are mixed: %q", format.Name, v.name, text)
						}
					}
				}
			}
			prove(t, format, r, f)
		}
	}
}
