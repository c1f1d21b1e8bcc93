package postfix

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// TestExclusions: a want about suites is written in few words, behind what
// stands there, into the parameter of the level.
func TestExclusions(t *testing.T) {
	known := map[string]string{"postfix": "3.7.11", "openssl": "3.0"}
	encrypt := strings.Replace(good, "smtpd_tls_security_level = may", "smtpd_tls_security_level = encrypt", 1)
	for _, c := range []struct {
		name, main, master string
		versions           map[string]string
		allow              bool // what is on and not anonymous is allowed; else the anonymous is forbidden
		line               string
	}{
		{"opportunistic", good, plainMaster, known, false, "\nsmtpd_tls_exclude_ciphers = aNULL\n"},
		{"by what is allowed", good, plainMaster, known, true, "\nsmtpd_tls_exclude_ciphers = aNULL\n"},
		{"behind others", good + "smtpd_tls_exclude_ciphers = RC4,\n  3DES\n", plainMaster, known, false, "\nsmtpd_tls_exclude_ciphers = RC4,\n  3DES, aNULL\n"},
		{"behind a reference", good + "less = RC4\nsmtpd_tls_exclude_ciphers = $less\n", plainMaster, known, false, "\nsmtpd_tls_exclude_ciphers = $less, aNULL\n"},
		{"an empty list", good + "smtpd_tls_exclude_ciphers =\n", plainMaster, known, false, "\nsmtpd_tls_exclude_ciphers = aNULL\n"},
		{"encryption demanded", encrypt, plainMaster, known, false, "\nsmtpd_tls_mandatory_exclude_ciphers = aNULL\n"},
		{"an option", good, "smtp inet n - n - - smtpd -o smtpd_tls_exclude_ciphers=RC4\n", known, false, "-o smtpd_tls_exclude_ciphers=RC4,aNULL\n"},
		{"an option in braces", good, "smtp inet n - n - - smtpd -o { smtpd_tls_exclude_ciphers = RC4 }\n", known, false, "-o { smtpd_tls_exclude_ciphers = RC4, aNULL }\n"},
		{"a release that is not known", good, plainMaster, map[string]string{"openssl": "3.0"}, false, "\nsmtpd_tls_exclude_ciphers = aNULL, aDSS\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := texts("main.cf", c.main, "master.cf", c.master)
			d, _ := load(t, Format, tree, "etc/main.cf", c.versions)
			var want audit.Want
			for _, v := range d.Listeners[0].Versions {
				for _, s := range v.Suites {
					switch anonymous := strings.Contains(s.Name, "_anon_"); {
					case anonymous && !c.allow:
						want.ForbidSuites = append(want.ForbidSuites, s.Name)
					case !anonymous && c.allow:
						want.AllowSuites = append(want.AllowSuites, s.Name)
					}
				}
			}
			edits, err := establish(d, d.Listeners[0], want)
			if err != nil {
				t.Fatal(err)
			}
			changed, err := conftree.Apply(edits)
			if err != nil {
				t.Fatal(err)
			}
			if text := show(changed); !strings.Contains(text, c.line) {
				t.Errorf("%q is missing in\n%s", c.line, text)
			}
			d, _ = load(t, Format, tree.With(changed), "etc/main.cf", c.versions)
			v := d.Listeners[0].Version(audit.TLSv12)
			if v.SuitesAnswer != audit.Accepted || len(v.Suites) == 0 {
				t.Errorf("the suites are %s, %d of them", v.SuitesAnswer, len(v.Suites))
			}
			if i := slices.IndexFunc(v.Suites, func(s audit.Suite) bool {
				return slices.Contains(want.ForbidSuites, s.Name) || c.allow && !slices.Contains(want.AllowSuites, s.Name)
			}); i >= 0 {
				t.Errorf("%s is left", v.Suites[i].Name)
			}
		})
	}
}
