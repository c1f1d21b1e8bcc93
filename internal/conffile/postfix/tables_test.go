package postfix

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// TestPolicyRows checks what is found in single entries of a table, and the
// change of each.
func TestPolicyRows(t *testing.T) {
	for _, c := range []struct {
		row, rule, after string // the rule that objects, and the row after its change, if there is one
	}{
		{"example.com secure match=nexthop:dot-nexthop protocols=>=TLSv1.2 ciphers=high", "", ""},
		{"[mx.example.com]:587 encrypt", "", ""},
		{".example.com dane-only", "", ""},
		{"example.com dane", "", ""},
		{"example.com none", "MTA-01", "example.com encrypt"},
		{"example.com NONE protocols=TLSv1", "MTA-01", "example.com encrypt"},
		{"example.com may", "MTA-02", "example.com encrypt"},
		{"example.com encrypt protocols=>=TLSv1", "MTA-03", "example.com encrypt protocols=>=TLSv1.2"},
		{"example.com encrypt protocols=!SSLv2:!SSLv3 ciphers=high", "MTA-03", "example.com encrypt protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1 ciphers=high"},
		{"example.com\tencrypt,protocols=TLSv1.1", "MTA-03", "example.com\tencrypt,protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1"},
		{"example.com encrypt ciphers=null", "MTA-04", "example.com encrypt ciphers=high"},
		{"example.com verify", "MTA-06", "example.com secure"},
		{"[example.com] verify", "", ""},
		{"example.com verify match=example.com", "", ""},
		{"example.com secure match=hostname", "MTA-06", ""},
		{"example.com enforce", "MTA-05", ""},
		{"example.com encrypt match=example.com", "MTA-05", ""},
		{"example.com encrypt protocol=TLSv1.2", "MTA-05", ""},
		{"example.com encrypt protocols=TLSv1.2 protocols=TLSv1.3", "MTA-05", ""},
		{"example.com encrypt protocols=TLS1.2", "MTA-05", "example.com encrypt protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1"},
		{"example.com encrypt exclude=!RC4", "MTA-05", "example.com encrypt exclude=RC4"},
		{"example.com encrypt { protocols = TLSv1.2 }", "", ""},
		{"example.com encrypt\n  protocols=TLSv1", "MTA-03", "example.com encrypt\n  protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1"},
		{"lone", "LOAD-03", ""},
	} {
		tree := texts("tls_policy", "# "+c.row[:4]+"\n"+c.row+"\n")
		_, judgements := load(t, PolicyMap, tree, "etc/tls_policy", nil)
		var rules []string
		for _, j := range judgements {
			for _, f := range j.Findings {
				if bad(f.Verdict) {
					rules = append(rules, f.Rule)
				}
			}
		}
		if got := strings.Join(rules, " "); got != c.rule {
			t.Errorf("%q: %q objects, want %q\n%s", c.row, got, c.rule, findings(judgements))
		}
		after, patched, _ := prove(t, PolicyMap, tree, "etc/tls_policy", nil)
		if (patched > 0) != (c.after != "") {
			t.Errorf("%q: %d changes", c.row, patched)
		}
		if f, err := after.Read("etc/tls_policy"); c.after != "" && (err != nil || !strings.HasSuffix(f.Text, "\n"+c.after+"\n")) {
			t.Errorf("%q became %q, want %q", c.row, f.Text, c.after)
		}
	}
}

// TestInheritance checks what entries take from main.cf, and that they are part
// of its document.
func TestInheritance(t *testing.T) {
	main := strings.Replace(good, "smtp_tls_mandatory_protocols = >=TLSv1.2", "smtp_tls_mandatory_protocols = >=TLSv1.3", 1) +
		"smtp_tls_policy_maps = hash:/etc/postfix/tls_policy, inline:{ { b.example = may }, c.example=none } ldap:/etc/postfix/x\n"
	tree := texts("main.cf", main, "master.cf", plainMaster, "tls_policy", "a.example encrypt\nd.example may protocols=TLSv1.2\n")
	d, judgements := load(t, Format, tree, "etc/main.cf", nil)
	want := map[string]string{"policy a.example": "TLSv1.3", "policy d.example": "TLSv1.2", "policy b.example": "TLSv1.2 TLSv1.3", "policy c.example": "none"}
	for _, l := range d.Listeners {
		if versions, ok := want[l.Listener]; ok {
			if got := on(l.Versions); got != versions {
				t.Errorf("%s takes %q, want %q", l.Listener, got, versions)
			}
			delete(want, l.Listener)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if got := found(verdicts(judgements)); !slices.Equal(got, []string{"policy b.example MTA-02", "policy c.example MTA-01", "policy d.example MTA-02"}) {
		t.Errorf("found %v\n%s", got, findings(judgements))
	}
	if v := verdicts(judgements)["PF-13"]; v != audit.Unknown {
		t.Errorf("the table nobody can read makes PF-13 %v", v)
	}
	if !slices.ContainsFunc(d.Files, func(f *conftree.File) bool { return f.Path == "etc/tls_policy" }) {
		t.Error("the table is no file of the document")
	}
	prove(t, Format, tree, "etc/main.cf", nil)
}

// TestAlone reads each of the two files without the other.
func TestAlone(t *testing.T) {
	d, judgements := load(t, Format, texts("main.cf", good), "etc/main.cf", nil)
	if len(d.Listeners) != 2 || d.Listeners[0].Listener != "smtp/inet" || on(d.Listeners[0].Versions) != "TLSv1.2 TLSv1.3" {
		t.Errorf("main.cf alone: %d listeners", len(d.Listeners))
	}
	if v := verdicts(judgements)["smtp/inet PF-02"]; v != audit.Unknown {
		t.Errorf("options nobody has seen make PF-02 %v", v)
	}
	d, judgements = load(t, Format, texts("master.cf", plainMaster+"2525 inet n - n - - smtpd -o smtpd_tls_protocols=TLSv1 -o smtpd_tls_security_level=may\n"), "etc/master.cf", nil)
	for id, v := range verdicts(judgements) {
		if v == audit.Pass && !strings.Contains(id, "LOAD") {
			t.Errorf("master.cf alone: %s passes", id)
		}
	}
	if v := verdicts(judgements)["2525/inet PF-02"]; v != audit.Fail {
		t.Errorf("an option with TLS 1.0 is %v", v)
	}
	for _, l := range d.Listeners {
		if l.Listener == "smtp/inet" && l.Version(audit.TLSv10).Answer != audit.Undetermined {
			t.Errorf("without main.cf TLS 1.0 is %v", l.Version(audit.TLSv10).Answer)
		}
	}
	d, judgements = load(t, Format, texts("main.cf", "smtpd_tls_protocols = TLSv1\n"+good, "master.cf", plainMaster), "etc/master.cf", nil)
	if got := found(verdicts(judgements)); len(got) != 0 || d.Main().Path != "etc/master.cf" || len(d.Files) != 2 {
		t.Errorf("master.cf named, main.cf beside it: %v, %d files", got, len(d.Files))
	}
}

// TestAnonymous checks the server that is told to have no certificate.
func TestAnonymous(t *testing.T) {
	d, judgements := load(t, Format, texts("main.cf", good+"smtpd_tls_chain_files =\nsmtpd_tls_cert_file = none\n", "master.cf", plainMaster), "etc/main.cf", map[string]string{"postfix": "3.7.11", "openssl": "3.0.19"})
	fact := d.Listeners[0].Version(audit.TLSv12)
	if on(d.Listeners[0].Versions) != "TLSv1.2" || len(fact.Suites) == 0 || !strings.Contains(fact.Suites[0].Name, "_anon_") {
		t.Errorf("takes %s with %v", on(d.Listeners[0].Versions), fact.Suites)
	}
	if verdicts(judgements)["smtp/inet PF-11"] != audit.Warn {
		t.Error("nobody objects")
	}
}

// TestSecrets puts a canary into every place for a secret and looks for it in
// all that leaves the reader.
func TestSecrets(t *testing.T) {
	const canary = "CANARY4711"
	main := good + "smtp_sasl_password_maps = static:user:" + canary + "\nsmtp_sasl_auth_enable = yes\nrelayhost = [smtp.example.com]\n" +
		"smtpd_tls_protocols = ldap://user:" + canary + "@example.com\nsmtp_tls_policy_maps = mysql://user:" + canary + "@db/x inline:{a.example=bogus}\n" +
		"smtpd_tls_session_cache_database = memcache://u:" + canary + "@h\ntls_password = " + canary + "\nmy_tls_password = " + canary + "\n"
	master := plainMaster + "2525 inet n - n - - smtpd -o smtp_sasl_password_maps=static:a:" + canary + " -o tls_x=http://u:" + canary + "@x -o password=" + canary + " -o {secret " + canary + "}\n" +
		"filter unix - n n - - pipe flags=R user=x argv=/bin/f -p " + canary + "\n"
	tree := texts("main.cf", main, "master.cf", master, "tls_policy", "x.example http://u:"+canary+"@x\n")
	for file, format := range map[string]string{"etc/main.cf": "postfix", "etc/master.cf": "postfix", "etc/tls_policy": "table"} {
		f := Format
		if format == "table" {
			f = PolicyMap
		}
		d, judgements := load(t, f, tree, file, nil)
		var all strings.Builder
		for _, fault := range d.Faults {
			all.WriteString(fault.Message + fault.Hint)
		}
		for _, gap := range d.Gaps {
			all.WriteString(gap.Message)
		}
		settings := slices.Clone(d.Settings)
		for _, l := range d.Listeners {
			settings = append(settings, l.Settings...)
			all.WriteString(l.Listener + strings.Join(l.Gaps, " ") + strings.Join(l.Binds, " ") + strings.Join(l.Names, " "))
			for _, v := range l.Versions {
				all.WriteString(v.Evidence)
			}
		}
		for _, s := range settings {
			all.WriteString(s.Key + s.Value + s.Note)
		}
		for _, j := range judgements {
			all.WriteString(j.Subject)
			for _, x := range j.Findings {
				all.WriteString(x.Message + x.Evidence)
				if x.Remedy != nil {
					all.WriteString(x.Remedy.Text)
				}
			}
			for _, fix := range j.Fixes {
				all.WriteString(fix.None)
			}
		}
		if i := strings.Index(all.String(), canary); i >= 0 {
			t.Errorf("%s: the secret is told: ...%s", file, all.String()[max(0, i-80):i+len(canary)])
		}
	}
}

// TestEstablish writes postures that standards want, reads them back and looks
// whether they are there.
func TestEstablish(t *testing.T) {
	yes := true
	versions := map[string]string{"postfix": "3.7.11", "openssl": "3.0.19"}
	for name, c := range map[string]struct {
		want audit.Want
		main string
		ok   func(v audit.VersionFact) bool
	}{
		"TLS 1.3": {audit.Want{MinVersion: audit.TLSv13}, good, func(v audit.VersionFact) bool { return (v.Version == audit.TLSv13) == (v.Answer == audit.Accepted) }},
		"exactly": {audit.Want{Versions: []audit.Version{audit.TLSv12}}, good, func(v audit.VersionFact) bool { return (v.Version == audit.TLSv12) == (v.Answer == audit.Accepted) }},
		"order":   {audit.Want{ServerOrder: &yes}, good, func(v audit.VersionFact) bool { return len(v.Suites) == 0 || v.Preference == audit.PreferenceServer }},
		"level":   {audit.Want{StartTLS: true}, good + "smtpd_tls_security_level = none\n", func(v audit.VersionFact) bool { return v.Version < audit.TLSv12 || v.Answer == audit.Accepted }},
		"strong": {audit.Want{Strong: true}, good, func(v audit.VersionFact) bool {
			return !slices.ContainsFunc(v.Suites, weak) && (v.Answer != audit.Accepted || len(v.Suites) > 2)
		}},
		"forbid": {audit.Want{ForbidSuites: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}, good + "smtpd_tls_exclude_ciphers =\n  kRSA,\n  MD5\n", func(v audit.VersionFact) bool {
			return !has(v, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") && !has(v, "TLS_RSA_WITH_AES_128_GCM_SHA256")
		}},
		"allow": {audit.Want{AllowSuites: []string{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"}, TLS13Suites: []string{"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"}}, good, func(v audit.VersionFact) bool {
			return v.Version != audit.TLSv12 || len(v.Suites) == 1 && has(v, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")
		}},
		"together": {audit.Want{MinVersion: audit.TLSv12, Strong: true, ServerOrder: &yes}, "smtpd_tls_cert_file=/c\nsmtpd_tls_security_level=may\n", func(v audit.VersionFact) bool {
			return !slices.ContainsFunc(v.Suites, weak) && (v.Version < audit.TLSv12) == (v.Answer != audit.Accepted)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			tree := texts("main.cf", c.main, "master.cf", plainMaster)
			d, _ := load(t, Format, tree, "etc/main.cf", versions)
			if all(d.Listeners[0].Versions, c.ok) {
				t.Fatal("it is so before the change")
			}
			edits, err := establish(d, d.Listeners[0], c.want)
			if err != nil {
				t.Fatal(err)
			}
			changed, err := conftree.Apply(edits)
			if err != nil {
				t.Fatal(err)
			}
			d, _ = load(t, Format, tree.With(changed), "etc/main.cf", versions)
			if !all(d.Listeners[0].Versions, c.ok) {
				t.Errorf("%s\n%v", show(changed), d.Listeners[0].Versions)
			}
		})
	}
	d, _ := load(t, Format, texts("main.cf", good+"smtpd_tls_chain_files=\nsmtpd_tls_security_level=none\n", "master.cf", plainMaster), "etc/main.cf", versions)
	for name, want := range map[string]audit.Want{"no certificate": {StartTLS: true}, "groups": {Groups: []string{"x25519"}}, "TLS 1.3 suites": {AllowSuites: []string{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"}}, "nothing": {}} {
		if edits, err := establish(d, d.Listeners[0], want); err == nil {
			t.Errorf("%s: changes %v are offered", name, edits)
		}
	}
}

func all(facts []audit.VersionFact, ok func(audit.VersionFact) bool) bool {
	return !slices.ContainsFunc(facts, func(v audit.VersionFact) bool { return !ok(v) })
}

func weak(s audit.Suite) bool {
	tls13 := strings.HasPrefix(s.Name, "TLS_AES_") || strings.HasPrefix(s.Name, "TLS_CHACHA20_")
	aead := strings.Contains(s.Name, "GCM") || strings.Contains(s.Name, "CHACHA20") || strings.Contains(s.Name, "CCM")
	return !tls13 && (!strings.Contains(s.Name, "DHE_") || !aead)
}

func has(v audit.VersionFact, suite string) bool {
	return slices.ContainsFunc(v.Suites, func(s audit.Suite) bool { return s.Name == suite })
}

// TestDetails checks facts that no finding shows.
func TestDetails(t *testing.T) {
	openssl := map[string]string{"postfix": "3.7.11", "openssl": "3.0.19"}
	anonymous := func(level string) bool {
		d, _ := load(t, Format, texts("main.cf", good+"smtp_tls_security_level = "+level+"\n", "master.cf", "smtp unix - - n - - smtp\n"), "etc/main.cf", openssl)
		return slices.ContainsFunc(d.Listeners[0].Version(audit.TLSv12).Suites, func(s audit.Suite) bool { return strings.Contains(s.Name, "_anon_") })
	}
	for level, want := range map[string]bool{"may": true, "encrypt": true, "secure": false, "fingerprint": false} {
		if got := anonymous(level); got != want {
			t.Errorf("a client at level %s takes anonymous suites: %v", level, got)
		}
	}
	d, _ := load(t, Format, texts("main.cf", "smtpd_tls_cert_file=/c\nsmtpd_tls_security_level=may\nsmtpd_tls_protocols=!SSLv2\n", "master.cf", plainMaster), "etc/main.cf", map[string]string{"postfix": "3.3"})
	if a := d.Listeners[0].Version(audit.TLSv13).Answer; a != audit.Undetermined {
		t.Errorf("TLS 1.3 of Postfix 3.3 without a version of OpenSSL is %v", a)
	}
	d, _ = load(t, Format, texts("main.cf", "smtpd_tls_cert_file=/c\nsmtpd_tls_security_level=may\nsmtpd_tls_protocols=!SSLv2\n", "master.cf", plainMaster), "etc/main.cf", openssl)
	for v, want := range map[audit.Version]audit.Answer{audit.SSLv2: audit.Refused, audit.SSLv3: audit.Latent, audit.TLSv10: audit.Accepted, audit.TLSv13: audit.Accepted} {
		if a := d.Listeners[0].Version(v).Answer; a != want {
			t.Errorf("%s is %v, want %v", v, a, want)
		}
	}
	d, judgements := load(t, PolicyMap, texts("tls_policy", "a.example encrypt\nA.example none\n"), "etc/tls_policy", nil)
	if got := found(verdicts(judgements)); len(d.Listeners) != 1 || !slices.Equal(got, []string{"LOAD-03"}) {
		t.Errorf("a key given twice: %d entries, found %v", len(d.Listeners), got)
	}
	d, _ = load(t, Format, texts("main.cf", good+"inet_interfaces = 192.0.2.1, [2001:db8::1]\n", "master.cf", plainMaster+"submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n198.51.100.7:2525 inet n - n - - smtpd\n"), "etc/main.cf", nil)
	binds := map[string]string{"smtp/inet": "192.0.2.1:25 [2001:db8::1]:25 smtp", "submissions/inet": "192.0.2.1:465 [2001:db8::1]:465 smtps", "198.51.100.7:2525/inet": "198.51.100.7:2525 smtp"}
	for _, l := range d.Listeners {
		if want, ok := binds[l.Listener]; ok && strings.Join(append(slices.Clone(l.Binds), l.Protocol), " ") != want {
			t.Errorf("%s listens on %v for %s, want %s", l.Listener, l.Binds, l.Protocol, want)
		}
	}
}
