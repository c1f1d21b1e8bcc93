package policy_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files and docs/profiles.md")

func only13(s *setup) {
	delete(s.suites, audit.TLSv12)
	delete(s.groups, audit.TLSv12)
}

func mail(s *setup) { s.protocol = "smtp" }

func both(edits ...func(*setup)) setup {
	return modern(func(s *setup) {
		for _, edit := range edits {
			edit(s)
		}
	})
}

// keepers are, for each profile, endpoints that meet all its automated rules.
// Profiles that are not named are met by the modern one.
var keepers = map[string]map[string]setup{
	"baseline":                   {"web": modern(nil), "mail": both(mail)},
	"bsi-tr-03116-4":             {"web": both(brainpool)},
	"bsi-tr-03108":               {"mail": both(brainpool, mail)},
	"cis-apache-2.4":             {"web": both(only13)},
	"cis-nginx-3.0.0":            {"web": both(only13, client)},
	"cnsa-2.0":                   {"web": both(only13, cnsa)},
	"ietf-bcp195":                {"web": both(chacha)},
	"ietf-smtp":                  {"mail": both(mail)},
	"internetnl-scoring":         {"web": modern(nil), "mail": both(mail)},
	"ncsc-nl-2025-05":            {"web": modern(nil), "mail": both(mail)},
	"mozilla-modern-5.7":         {"web": both(only13, client)},
	"mozilla-modern-6.0":         {"web": both(only13, client)},
	"mozilla-intermediate-5.7":   {"web": both(client)},
	"mozilla-intermediate-6.0":   {"web": both(client)},
	"mozilla-old-5.7":            {"web": both(old)},
	"mozilla-old-5.8":            {"web": both(old)},
	"nist-sp800-52r2-government": {"web": both(twoKinds)},
	"nist-sp800-52r2-public":     {"web": both(twoKinds)},
	"ncsc-uk-tls":                {"web": modern(nil), "mail": both(mail)},
}

func client(s *setup) { s.client = true }
func brainpool(s *setup) {
	s.suites[audit.TLSv13] = []string{"TLS_AES_128_GCM_SHA256"}
	s.groups[audit.TLSv12] = []string{"secp256r1", "brainpoolP256r1"}
	s.groups[audit.TLSv13] = []string{"secp256r1", "brainpoolP256r1tls13"}
}

func cnsa(s *setup) {
	s.suites[audit.TLSv13] = []string{"TLS_AES_256_GCM_SHA384"}
	s.groups[audit.TLSv13] = []string{"MLKEM1024"}
	s.certs = []certificate{mldsa87}
}

func chacha(s *setup) {
	s.suites[audit.TLSv13] = append(s.suites[audit.TLSv13], "TLS_CHACHA20_POLY1305_SHA256")
}

func old(s *setup) {
	s.certs = []certificate{rsa2048}
	s.suites[audit.TLSv12] = []string{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"}
	for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11} {
		s.suites[v] = []string{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"}
		s.groups[v] = []string{"secp256r1"}
	}
}

func twoKinds(s *setup) {
	s.certs = []certificate{ecdsa256, rsa3072}
	s.suites[audit.TLSv12] = append(s.suites[audit.TLSv12], "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
}

// candidate is an endpoint some rule objects to.
type candidate struct {
	name string
	o    *audit.Observation
	at   time.Time
}

// offenders are endpoints that break rules: the well-kept one with one thing
// changed, and then the failing examples of the checks.
func offenders() []candidate {
	var list []candidate
	add := func(name string, edit func(*setup), more ...func(*audit.Observation)) {
		o := modern(edit).observe()
		for _, m := range more {
			m(o)
		}
		list = append(list, candidate{name, o, judged})
	}
	suite := func(v audit.Version, names ...string) func(*setup) {
		return func(s *setup) { s.suites[v] = append(s.suites[v], names...) }
	}
	for _, v := range []audit.Version{audit.SSLv2, audit.SSLv3, audit.TLSv10, audit.TLSv11} {
		name := "TLS_RSA_WITH_AES_128_CBC_SHA"
		if v == audit.SSLv2 {
			name = "SSL_CK_RC4_128_WITH_MD5"
		}
		add(v.String()+" offered", suite(v, name))
	}
	add("no TLS 1.3", func(s *setup) { delete(s.suites, audit.TLSv13); delete(s.groups, audit.TLSv13) })
	add("no TLS 1.2", only13)
	add("TLS 1.0 alone", func(s *setup) {
		s.suites = map[audit.Version][]string{audit.TLSv10: {"TLS_RSA_WITH_AES_128_CBC_SHA"}}
		s.groups = nil
	})
	for _, name := range []string{"TLS_RSA_WITH_RC4_128_MD5", "TLS_RSA_WITH_NULL_SHA", "TLS_RSA_EXPORT_WITH_RC4_40_MD5", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_DH_anon_WITH_AES_128_CBC_SHA",
		"TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DH_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256",
		"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "TLS_PSK_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_IDEA_CBC_SHA"} {
		add(name+" accepted", suite(audit.TLSv12, name))
	}
	add("DHE with a prime of 1024 bits", func(s *setup) { suite(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")(s); s.dhBits = 1024 })
	add("DHE with a prime of 512 bits", func(s *setup) { suite(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")(s); s.dhBits = 512 })
	add("DHE with a prime of 2048 bits", func(s *setup) { suite(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")(s); s.dhBits = 2048 })
	add("AES-128 alone at TLS 1.3", func(s *setup) { s.suites[audit.TLSv13] = []string{"TLS_AES_128_GCM_SHA256"} })
	add("AES-256 alone", func(s *setup) {
		s.suites = map[audit.Version][]string{audit.TLSv12: {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"}, audit.TLSv13: {"TLS_AES_256_GCM_SHA384"}}
	})
	for _, g := range []string{"x25519", "secp224r1", "secp521r1", "sect163k1", "sect283k1", "ffdhe2048", "ffdhe3072", "X25519MLKEM768", "brainpoolP256r1"} {
		add("group "+g, func(s *setup) {
			for _, v := range []audit.Version{audit.TLSv12, audit.TLSv13} {
				s.groups[v] = append(s.groups[v], g)
			}
		})
	}
	add("x25519 alone", func(s *setup) {
		s.groups = map[audit.Version][]string{audit.TLSv12: {"x25519"}, audit.TLSv13: {"x25519"}}
	})
	add("X448 alone", func(s *setup) {
		s.groups = map[audit.Version][]string{audit.TLSv12: {"x448"}, audit.TLSv13: {"x448"}}
	})
	for name, a := range map[audit.Feature]audit.Answer{audit.FeatureSecureRenegotiation: audit.Refused, audit.FeatureExtendedMasterSecret: audit.Refused, audit.FeatureCompression: audit.Accepted,
		audit.FeatureHeartbeat: audit.Accepted, audit.FeatureTruncatedHMAC: audit.Accepted, audit.FeatureClientCertificateURL: audit.Accepted, audit.FeatureALPN: audit.Refused,
		audit.FeatureStatusRequestV2: audit.Refused, audit.FeatureReusesECDHE: audit.Accepted, audit.FeatureSignatureAlgorithms: audit.Refused, audit.FeatureSignsMD5: audit.Accepted, audit.FeatureSignsSHA1: audit.Accepted, audit.FeatureSignsSHA224: audit.Accepted,
		audit.FeatureHeartbleed: audit.Accepted, audit.FeatureCCSInjection: audit.Accepted, audit.FeatureROBOT: audit.Accepted, audit.FeatureTicketbleed: audit.Accepted,
		audit.FeaturePOODLETLS: audit.Accepted, audit.FeaturePaddingOracle: audit.Accepted,
		audit.FeatureClientRenegotiation: audit.Accepted, audit.FeatureEarlyData: audit.Accepted, audit.FeaturePSKOnly: audit.Accepted, audit.FeatureTicketResumption: audit.Refused,
		audit.FeatureRawPublicKey: audit.Accepted, audit.FeatureServerName: audit.Refused} {
		add(fmt.Sprintf("%s %s", name, a), func(s *setup) { s.features = map[audit.Feature]audit.Answer{name: a} })
	}
	add("client decides", client)
	add("server decides", nil)
	key := func(name string, c certificate) { add(name, func(s *setup) { s.certs = []certificate{c} }) }
	key("RSA 1024", certificate{audit.Key{Type: "rsa", Bits: 1024}, "rsa+sha256", "sha256", 0})
	key("RSA 2048", rsa2048)
	key("RSA 3072", rsa3072)
	key("ECDSA P-224", certificate{audit.Key{Type: "ecdsa", Bits: 224, Curve: "secp224r1"}, "ecdsa+sha256", "sha256", 0})
	key("ECDSA P-192", certificate{audit.Key{Type: "ecdsa", Bits: 192, Curve: "secp192r1"}, "ecdsa+sha256", "sha256", 0})
	key("ECDSA P-521", certificate{audit.Key{Type: "ecdsa", Bits: 521, Curve: "secp521r1"}, "ecdsa+sha512", "sha512", 0})
	key("ECDSA brainpool", certificate{audit.Key{Type: "ecdsa", Bits: 256, Curve: "brainpoolP256r1"}, "ecdsa+sha256", "sha256", 0})
	key("DSA", certificate{audit.Key{Type: "dsa", Bits: 2048}, "dsa+sha256", "sha256", 0})
	key("Ed25519", certificate{audit.Key{Type: "ed25519", Bits: 256}, "ed25519", "intrinsic", 0})
	key("signed with SHA-1", certificate{rsa2048.key, "rsa+sha1", "sha1", 0})
	key("signed with MD5", certificate{rsa2048.key, "rsa+md5", "md5", 0})
	key("signed with SHA-224", certificate{rsa2048.key, "rsa+sha224", "sha224", 0})
	key("signed with SHA-512", certificate{rsa2048.key, "rsa+sha512", "sha512", 0})
	leaf := func(edit func(*audit.Certificate)) func(*audit.Observation) {
		return func(o *audit.Observation) { edit(&o.Chains[0].Certificates[0]) }
	}
	add("ECDSA key for key encipherment", nil, leaf(func(c *audit.Certificate) { c.KeyUsage = []string{"keyEncipherment"} }))
	add("no issuer URL", nil, leaf(func(c *audit.Certificate) { c.IssuerURLs = nil }))
	add("no SCT", nil, leaf(func(c *audit.Certificate) { c.SCTs, c.SCTTimes = 0, nil }))
	add("phase-out suite first", func(s *setup) {
		s.suites[audit.TLSv12] = append([]string{"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"}, s.suites[audit.TLSv12]...)
	})
	add("issued in 2027 for clients too", nil, leaf(func(c *audit.Certificate) {
		c.EKU, c.NotBefore, c.NotAfter = []string{"serverAuth", "clientAuth"}, judged.AddDate(0, 5, 0), judged.AddDate(0, 7, 0)
	}))
	list[len(list)-1].at = judged.AddDate(0, 6, 0)
	add("issued for 2000 days", func(s *setup) { s.days = 2000 })
	add("issued for 398 days", func(s *setup) { s.days = 398 })
	for _, c := range checks.All {
		for _, e := range c.Examples {
			list = append(list, candidate{"example of " + c.ID + ": " + e.Name, e.Observe(), e.Now})
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		return strings.Compare(strings.SplitN(a.name, ":", 2)[0], strings.SplitN(b.name, ":", 2)[0])
	})
	return list
}

// judgement judges one rule on one endpoint.
func judgement(r audit.Rule, o *audit.Observation, at time.Time) audit.Finding {
	j := engine.Judge{Checks: checks.All, Rules: []audit.Rule{r}, Now: at}
	findings := j.Findings(o)
	if len(findings) == 0 {
		return audit.Finding{Verdict: audit.NotApplicable, Message: "out of scope"}
	}
	return findings[0]
}

// warnsOnly are the rules that never do more than warn, although their level
// could: what they demand in full is left to the CA.
var warnsOnly = map[string]bool{"cabf-br/BR-AIA": true}

// undecidedOnly are the rules no endpoint breaks for certain: SCTs that are
// not in the certificate may still come in the handshake, which does not show.
var undecidedOnly = map[string]bool{"nist-sp800-52r2-government/N52-SCT": true, "nist-sp800-52r2-public/N52-SCT": true}

// objects reports whether a finding is what a violation of the rule must be.
func objects(r audit.Rule, f audit.Finding) bool {
	if undecidedOnly[r.Profile+"/"+r.ID] {
		return f.Verdict == audit.Unknown && strings.Contains(f.Message, "SCT")
	}
	switch r.Level {
	case audit.Must, audit.MustNot:
		if warnsOnly[r.Profile+"/"+r.ID] {
			return f.Verdict == audit.Warn
		}
		return f.Verdict == audit.Fail
	case audit.Should, audit.ShouldNot:
		return f.Verdict == audit.Warn
	}
	return f.Verdict == audit.Pass && strings.HasPrefix(f.Message, "for information: ")
}

// offender finds an endpoint that breaks the rule, judged when it is in force.
func offender(r audit.Rule, list []candidate) (candidate, bool) {
	for pass := range 2 {
		for _, c := range list {
			if example := strings.HasPrefix(c.name, "example of "); example != (pass == 1) || example && !strings.HasPrefix(c.name, "example of "+r.Check+":") {
				continue
			}
			o := *c.o
			if len(r.Applies) > 0 && !slices.ContainsFunc(r.Applies, o.Target.IsOf) {
				o.Target.Protocol = r.Applies[0]
			}
			if c.at.Before(r.From) {
				c.at = r.From
			}
			if objects(r, judgement(r, &o, c.at)) {
				return c, true
			}
		}
	}
	return candidate{}, false
}

// TestJudgements holds every automated rule of every profile to two things: an
// endpoint that keeps the profile passes it, and there is one that breaks it.
// What is judged how is in testdata, so that a change of judgement is seen.
func TestJudgements(t *testing.T) {
	breaking := offenders()
	for _, profile := range policy.Profiles() {
		t.Run(profile.ID, func(t *testing.T) {
			p, err := policy.Load([]string{profile.ID}, checks.All)
			if err != nil {
				t.Fatal(err)
			}
			own := keepers[profile.ID]
			if own == nil {
				own = map[string]setup{"web": modern(nil)}
			}
			var b strings.Builder
			for _, r := range p.Rules {
				line := fmt.Sprintf("%s/%s %s", r.Profile, r.ID, r.Level)
				for _, name := range slices.Sorted(maps.Keys(own)) {
					f := judgement(r, own[name].observe(), judged)
					line += fmt.Sprintf("; %s: %s", name, f.Verdict)
					switch {
					case r.Level == audit.May:
					case f.Verdict != audit.Pass && f.Verdict != audit.NotApplicable:
						t.Errorf("%s/%s: an endpoint that keeps the profile, %s, is judged %s: %s", r.Profile, r.ID, name, f.Verdict, f.Message)
					}
				}
				if r.Profile == profile.ID {
					c, ok := offender(r, breaking)
					if !ok {
						t.Errorf("%s: no endpoint breaks the rule", r.ID)
						continue
					}
					line += "; broken by: " + c.name
					if judged.Before(r.From) {
						line += " (in force from " + r.From.Format(time.DateOnly) + ")"
					}
				}
				b.WriteString(line + "\n")
			}
			golden(t, filepath.Join("testdata", "judgements", profile.ID+".txt"), b.String())
		})
	}
}

// golden compares with a file, or rewrites it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is stale; look at the change, and if it is meant: go test ./internal/policy -update\n%s", path, diff)
	}
}
