package postfix

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// TestStarted: a change that makes a server speak TLS leaves nothing to object
// to in what it speaks then, at the level main.cf has.
func TestStarted(t *testing.T) {
	encrypt := strings.Replace(good, "smtpd_tls_security_level = may", "smtpd_tls_security_level = encrypt", 1)
	none := plainMaster + "2525 inet n - n - - smtpd -o smtpd_tls_security_level=none\n"
	for _, c := range []struct {
		name, main, master, id string
		plain                  audit.Answer
	}{
		{"an option below encrypt", encrypt, none, "2525/inet PF-02", audit.Refused},
		{"an option below encrypt, no TLS", encrypt, none, "2525/inet PF-03", audit.Refused},
		{"an option below may", good, none, "2525/inet PF-03", audit.Accepted},
		{"a list that is weak at the level", strings.Replace(encrypt, "smtpd_tls_mandatory_protocols = >=TLSv1.2\n", "smtpd_tls_mandatory_protocols = >=TLSv1\n", 1), none, "2525/inet PF-02", audit.Refused},
		{"a comment behind a list", strings.Replace(good, "smtpd_tls_protocols = >=TLSv1.2", "smtpd_tls_protocols = >=TLSv1.2 # good", 1), plainMaster, "smtp/inet PF-03", audit.Accepted},
		{"a word that is none", strings.Replace(good, "smtpd_tls_protocols = >=TLSv1.2", "smtpd_tls_protocols = >=TLS1.2", 1), plainMaster, "smtp/inet PF-03", audit.Accepted},
		{"no TLS in main.cf", strings.Replace(good, "smtpd_tls_security_level = may", "smtpd_tls_security_level = none", 1), plainMaster, "smtp/inet PF-03", audit.Accepted},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := texts("main.cf", c.main, "master.cf", c.master)
			versions := map[string]string{"postfix": "3.7.11", "openssl": "3.0"}
			_, judgements := load(t, Format, tree, "etc/main.cf", versions)
			service, rule, _ := strings.Cut(c.id, " ")
			var edits []conftree.Edit
			for _, j := range judgements {
				for at, f := range j.Findings {
					if strings.HasSuffix(j.Subject, "#"+service) && f.Rule == rule {
						edits = j.Fixes[at].Edits
					}
				}
			}
			changed, err := conftree.Apply(edits)
			if err != nil || len(edits) == 0 {
				t.Fatalf("%d changes, %v\n%s", len(edits), err, findings(judgements))
			}
			d, after := load(t, Format, tree.With(changed), "etc/main.cf", versions)
			for id, v := range verdicts(after) {
				if strings.HasPrefix(id, service) && bad(v) {
					t.Errorf("%s is %v after the change\n%s", id, v, show(changed))
				}
			}
			for _, l := range d.Listeners {
				if l.Listener != service {
					continue
				}
				if l.TLS != audit.Accepted || l.Plain != c.plain || on(l.Versions) != "TLSv1.2 TLSv1.3" {
					t.Errorf("TLS %s, plain text %s, %s", l.TLS, l.Plain, on(l.Versions))
				}
				for _, v := range l.Versions {
					if slices.ContainsFunc(v.Suites, weak) || slices.ContainsFunc(v.Suites, func(s audit.Suite) bool { return strings.Contains(s.Name, "_anon_") }) {
						t.Errorf("weak suites at %s:\n%s", v.Version, show(changed))
					}
				}
			}
		})
	}
}
