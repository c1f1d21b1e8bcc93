package httpd

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// establish applies the edits for a want to the first listener and reads again.
func establish(t *testing.T, format *confdoc.Format, v variant, want audit.Want) (*confdoc.Listener, string) {
	t.Helper()
	r, f := v.open(t)
	d := read(format, r, f)
	edits, err := format.Establish(d, d.Listeners[0], want)
	if err != nil {
		t.Fatalf("%s: %v", v.name, err)
	}
	texts, err := conftree.Apply(edits)
	if err != nil {
		t.Fatalf("%s: %v", v.name, err)
	}
	text := texts[f.Path]
	again := read(format, &confdoc.Reader{Tree: r.Tree.With(texts), Versions: v.versions}, conftree.NewFile(f.Path, f.Name, text, f.Encoding))
	if again.Broken() != nil || len(again.Listeners) == 0 {
		t.Fatalf("%s: broken by the edits: %v\n%s", v.name, again.Faults, text)
	}
	return again.Listeners[0], text
}

func accepts(l *confdoc.Listener) string {
	var list []string
	for _, v := range audit.Versions {
		if a := l.Version(v).Answer; a == audit.Accepted || a == audit.Latent {
			list = append(list, v.String())
		}
	}
	return strings.Join(list, " ")
}

// TestEstablish writes what the standards want into many configurations.
func TestEstablish(t *testing.T) {
	on, no := true, false
	known := map[string]string{"openssl": "3.0.19", "httpd": "2.4.71", "ihs": "9.0.5.12"}
	for _, c := range []struct {
		format *confdoc.Format
		texts  map[string]string
	}{
		{Apache, map[string]string{
			"bare": at443(""), "inherited": "SSLProtocol all\nSSLCipherSuite HIGH\n" + at443(""), "own": at443("SSLProtocol all\nSSLCipherSuite DEFAULT\nSSLHonorCipherOrder off"),
			"commands": at443("SSLOpenSSLConfCmd MinProtocol TLSv1\nSSLOpenSSLConfCmd CipherString HIGH\nSSLOpenSSLConfCmd Options -ServerPreference"),
			"variable": "Define P \"all -SSLv3\"\n" + at443("SSLProtocol ${P}\nSSLCipherSuite SSL HIGH"), "continued": at443("SSLProtocol \\\n  all \\\n  -SSLv3"),
			"exact": at443("SSLProtocol -all +TLSv1.3"),
		}},
		{IHS, map[string]string{
			"bare": ibm(""), "full": ibm(full), "two": ibm("SSLProtocolDisable SSLv2 SSLv3\nSSLProtocolDisable TLSv12\nSSLCipherSpec ALL NONE\nSSLCipherSpec ALL +TLS_RSA_WITH_AES_128_CBC_SHA +TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
			"enable": ibm("SSLProtocolEnable TLSv10 TLSv11\nSSLCipherSpec SSL_RSA_WITH_3DES_EDE_CBC_SHA"), "swallowed": ibm("# a \\\n" + full),
		}},
	} {
		for name, text := range c.texts {
			v := variant{name: c.format.Name + " " + name, text: text, versions: known}
			for _, list := range [][]audit.Version{{audit.TLSv12}, {audit.TLSv13}, {audit.TLSv12, audit.TLSv13}} {
				if got, err := tryEstablish(t, c.format, v, audit.Want{Versions: list}); err == nil && got != joinVersions(list) {
					t.Errorf("%s: %s, want %v", v.name, got, list)
				} else if err != nil && accepts(first(t, c.format, v)) != joinVersions(list) {
					t.Errorf("%s: %v: %v", v.name, list, err)
				}
			}
			l, after := establish(t, c.format, v, audit.Want{MinVersion: audit.TLSv13, Strong: true})
			if got := accepts(l); got != "TLSv1.3" && c.format == Apache {
				t.Errorf("%s: %s:\n%s", v.name, got, after)
			}
			l, after = establish(t, c.format, v, audit.Want{AllowSuites: []string{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"}})
			for _, version := range []audit.Version{audit.TLSv12, audit.TLSv13} {
				if f := l.Version(version); f.Answer == audit.Accepted && (len(f.Suites) != 1 || f.SuitesAnswer != audit.Accepted) {
					t.Errorf("%s: %v has %v:\n%s", v.name, version, f.Suites, after)
				}
			}
			l, after = establish(t, c.format, v, audit.Want{ForbidSuites: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"}})
			for _, s := range l.Version(audit.TLSv12).Suites {
				if s.Name == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" || s.Name == "TLS_RSA_WITH_AES_128_CBC_SHA" {
					t.Errorf("%s: %s is left:\n%s", v.name, s.Name, after)
				}
			}
			if c.format == IHS {
				continue
			}
			for want, order := range map[audit.Preference]*bool{audit.PreferenceServer: &on, audit.PreferenceClient: &no} {
				r, f := v.open(t)
				d := read(c.format, r, f)
				l := d.Listeners[0]
				if _, err := c.format.Establish(d, l, audit.Want{ServerOrder: order}); err == nil {
					l, _ = establish(t, c.format, v, audit.Want{ServerOrder: order})
				}
				if got := l.Version(audit.TLSv13).Preference; got != want {
					t.Errorf("%s: order of the %s, want %s", v.name, got, want)
				}
			}
		}
	}
}

func first(t *testing.T, format *confdoc.Format, v variant) *confdoc.Listener {
	r, f := v.open(t)
	return read(format, r, f).Listeners[0]
}

func tryEstablish(t *testing.T, format *confdoc.Format, v variant, want audit.Want) (string, error) {
	t.Helper()
	r, f := v.open(t)
	d := read(format, r, f)
	if _, err := format.Establish(d, d.Listeners[0], want); err != nil {
		return "", err
	}
	l, _ := establish(t, format, v, want)
	return accepts(l), nil
}

func joinVersions(list []audit.Version) string {
	var names []string
	for _, v := range list {
		names = append(names, v.String())
	}
	return strings.Join(names, " ")
}

// TestNoWayToEstablish: what no directive says is an error of one line.
func TestNoWayToEstablish(t *testing.T) {
	for format, text := range map[*confdoc.Format]string{Apache: at443(strict), IHS: ibm(full)} {
		r, f := variant{text: text}.open(t)
		d := read(format, r, f)
		for _, want := range []audit.Want{{Certificate: "renew it"}, {StartTLS: true}, {TLSOnly: true}, {Other: "x"}, {}} {
			edits, err := format.Establish(d, d.Listeners[0], want)
			if err == nil || len(edits) > 0 || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s %+v: %v, %v", format.Name, want, edits, err)
			}
		}
	}
}

// TestStricterPolicy: the rules follow the policy's lowest version.
func TestStricterPolicy(t *testing.T) {
	for format, c := range map[*confdoc.Format]struct{ text, rule string }{Apache: {at443(strict), "HTTPD-01"}, IHS: {ibm(full), "IHS-03"}} {
		v := variant{name: format.Name, text: c.text}
		r, f := v.open(t)
		demands := confdoc.Demands{Min: audit.TLSv13}
		found := confdoc.Judge(read(format, r, f), demands)
		if got := verdicts(found, audit.Fail); !slices.Equal(got, []string{c.rule}) {
			t.Errorf("%s: %q fail", format.Name, got)
		}
		for i, finding := range found[1].Findings {
			if finding.Rule != c.rule {
				continue
			}
			texts, err := conftree.Apply(found[1].Fixes[i].Edits)
			if err != nil {
				t.Fatal(err)
			}
			again := read(format, &confdoc.Reader{Tree: r.Tree.With(texts)}, conftree.NewFile(f.Path, f.Name, texts[f.Path], f.Encoding))
			if got := verdicts(confdoc.Judge(again, demands), audit.Fail, audit.Warn, audit.Unknown); len(got) > 0 {
				t.Errorf("%s: %q after the fix:\n%s", format.Name, got, texts[f.Path])
			}
		}
	}
}
