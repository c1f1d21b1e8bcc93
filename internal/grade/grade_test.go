package grade

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// good is an endpoint with TLS 1.2 and 1.3, nothing weak, and everything known:
// its curves of 128 bits are as strong as RSA keys of 3072.
func good() *audit.Observation {
	o := &audit.Observation{Reach: audit.ReachTLS}
	for _, v := range audit.Versions {
		o.Versions = append(o.Versions, audit.VersionFact{Version: v, Answer: audit.Refused})
	}
	accept(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")(o)
	accept(audit.TLSv13, "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384")(o)
	o.Groups = []audit.GroupFact{group("x25519", audit.TLSv12), group("x25519", audit.TLSv13), group("X25519MLKEM768", audit.TLSv13)}
	o.Features = []audit.FeatureFact{{Name: audit.FeatureCompression, Version: audit.TLSv12, Answer: audit.Refused}}
	leaf := audit.Certificate{Key: audit.Key{Type: "rsa", Bits: 4096}, SignatureHash: "sha256", NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0)}
	root := audit.Certificate{Key: audit.Key{Type: "rsa", Bits: 4096}, SignatureHash: "sha1", SelfSigned: true, IsCA: true}
	o.ChainsAnswer = audit.Accepted
	o.Chains = []audit.Chain{{Certificates: []audit.Certificate{leaf, root}, Trust: audit.Trust{Anchors: "system roots", Answer: audit.Accepted}, Names: audit.NameMatch{SAN: audit.Accepted}}}
	return o
}

type change func(*audit.Observation)

func fact(o *audit.Observation, v audit.Version) *audit.VersionFact {
	return &o.Versions[slices.IndexFunc(o.Versions, func(f audit.VersionFact) bool { return f.Version == v })]
}

func accept(v audit.Version, suites ...string) change {
	return func(o *audit.Observation) {
		f := fact(o, v)
		*f = audit.VersionFact{Version: v, Answer: audit.Accepted, SuitesAnswer: audit.Accepted, GroupsAnswer: audit.Accepted}
		for _, name := range suites {
			reg, ok := tlsreg.SuiteByName(name)
			if !ok {
				panic(name)
			}
			f.Suites = append(f.Suites, audit.Suite{ID: reg.Code, Name: reg.Name, Bits: reg.StrengthBits})
		}
	}
}

func answer(v audit.Version, a audit.Answer) change {
	return func(o *audit.Observation) { *fact(o, v) = audit.VersionFact{Version: v, Answer: a} }
}

func group(name string, v audit.Version) audit.GroupFact {
	g, ok := tlsreg.GroupByName(name)
	if !ok {
		panic(name)
	}
	return audit.GroupFact{ID: g.Code, Name: g.Name, Version: v, Answer: audit.Accepted, Bits: g.StrengthBits}
}

func leaf(f func(*audit.Certificate)) change {
	return func(o *audit.Observation) { f(&o.Chains[0].Certificates[0]) }
}

func chain(f func(*audit.Chain)) change { return func(o *audit.Observation) { f(&o.Chains[0]) } }

func prime(v audit.Version, bits int) change {
	return func(o *audit.Observation) {
		accept(v, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")(o)
		fact(o, v).Suites[0].DHBits = bits
	}
}

func TestOf(t *testing.T) {
	both := "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
	no13 := answer(audit.TLSv13, audit.Refused)
	for _, tt := range []struct {
		name    string
		changes []change
		letter  string
		score   int
		caps    []string
		open    []string
	}{
		// 30 of 100, 30 of 90, 40 of (80+100)/2
		{"good", nil, "A", 93, nil, nil},
		{"all of 256 bits", []change{
			accept(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"), accept(audit.TLSv13, "TLS_AES_256_GCM_SHA384"),
			func(o *audit.Observation) { o.Groups = []audit.GroupFact{group("secp384r1", audit.TLSv13)} },
		}, "A", 100, nil, nil},
		{"no TLS 1.3", []change{no13}, "A-", 93, []string{"TLSv1.3 is not accepted: at most A-"}, nil},
		{"TLS 1.3 alone", []change{answer(audit.TLSv12, audit.Refused)}, "A", 93, nil, nil},
		{"TLS 1.0", []change{accept(audit.TLSv10, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")}, "B", 91, []string{"TLSv1.0 is accepted: at most B"}, nil},
		{"TLS 1.1 at most", []change{no13, accept(audit.TLSv11, "TLS_RSA_WITH_AES_128_CBC_SHA"), answer(audit.TLSv12, audit.Refused)}, "up to C", 87,
			[]string{"neither TLSv1.2 nor TLSv1.3 is accepted: at most C", "TLSv1.1 is accepted: at most B", "no suite has forward secrecy: at most B",
				"no suite has authenticated encryption: at most B", "TLSv1.3 is not accepted: at most A-"}, []string{"compression: not asked or not answered"}},
		{"SSLv3 with CBC", []change{accept(audit.SSLv3, "TLS_RSA_WITH_AES_128_CBC_SHA")}, "C", 90,
			[]string{"SSLv3 is accepted with a CBC suite (POODLE): at most C", "SSLv3 is accepted: at most B"}, nil},
		{"SSLv3 at most", []change{no13, answer(audit.TLSv12, audit.Refused), accept(audit.SSLv3, "TLS_RSA_WITH_AES_128_CBC_SHA")}, "F", 83, nil, nil},
		{"SSLv2", []change{accept(audit.SSLv2, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5")}, "F", 66, nil, nil},
		{"latent is not accepted", []change{answer(audit.TLSv10, audit.Latent)}, "A", 93, nil, nil},

		{"RC4 at TLS 1.2", []change{accept(audit.TLSv12, both, "TLS_RSA_WITH_RC4_128_SHA")}, "C", 93, []string{"RC4 is accepted at TLSv1.1 or newer: at most C"}, nil},
		{"3DES", []change{accept(audit.TLSv12, both, "TLS_RSA_WITH_3DES_EDE_CBC_SHA")}, "C", 81, []string{"a cipher with blocks of 64 bits is accepted at TLSv1.1 or newer: at most C"}, nil},
		{"export", []change{accept(audit.TLSv12, both, "TLS_RSA_EXPORT_WITH_RC4_40_MD5")}, "F", 66, nil, nil},
		{"no encryption", []change{accept(audit.TLSv12, both, "TLS_RSA_WITH_NULL_SHA256")}, "F", 77, nil, nil},
		{"no authentication", []change{accept(audit.TLSv12, both, "TLS_DH_anon_WITH_AES_128_GCM_SHA256")}, "F", 0, nil, nil},
		{"no forward secrecy", []change{no13, accept(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256")}, "B", 89,
			[]string{"no suite has forward secrecy: at most B", "TLSv1.3 is not accepted: at most A-"}, nil},
		{"no authenticated encryption", []change{no13, accept(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")}, "B", 89, nil, nil},
		{"compression", []change{func(o *audit.Observation) { o.Features[0].Answer = audit.Accepted }}, "C", 93, []string{"records are compressed (CRIME): at most C"}, nil},
		{"Heartbleed", []change{flaw(audit.FeatureHeartbleed, audit.Accepted)}, "F", 93, []string{"the server gives memory away (Heartbleed): at most F"}, nil},
		{"ROBOT", []change{flaw(audit.FeatureROBOT, audit.Accepted)}, "F", 93, nil, nil},
		{"probed, and sound", []change{flaw(audit.FeatureROBOT, audit.Refused)}, "A", 93, nil, nil},
		{"probed in vain", []change{flaw(audit.FeatureROBOT, audit.Undetermined)}, "A", 93, nil, nil},

		{"key of 2048 bits", []change{leaf(func(c *audit.Certificate) { c.Key.Bits = 2048 })}, "A", 93, nil, nil},
		{"key of 1024 bits", []change{leaf(func(c *audit.Certificate) { c.Key.Bits = 1024 })}, "B", 90, []string{"a certificate with a key of 1024 bits: at most B"}, nil},
		{"key of 512 bits", []change{leaf(func(c *audit.Certificate) { c.Key.Bits = 512 })}, "F", 78, nil, nil},
		{"P-256", []change{leaf(func(c *audit.Certificate) { c.Key = audit.Key{Type: "ecdsa", Bits: 256} })}, "A", 93, nil, nil},
		{"P-192", []change{leaf(func(c *audit.Certificate) { c.Key = audit.Key{Type: "ecdsa", Bits: 192} })}, "B", 90, nil, nil},
		{"prime of 1024 bits", []change{prime(audit.TLSv12, 1024)}, "B", 90, []string{"a Diffie-Hellman prime of 1024 bits: at most B"}, nil},
		{"prime of 768 bits", []change{prime(audit.TLSv12, 768)}, "F", 78, nil, nil},
		{"prime not read", []change{prime(audit.TLSv12, 0)}, "up to A", 93, nil, []string{"the prime of a DHE suite at TLSv1.2 was not read"}},

		{"expired", []change{leaf(func(c *audit.Certificate) { c.NotAfter = now.Add(-time.Second) })}, "T, otherwise A", 93, []string{"the certificate expired on 2026-11-20: T"}, nil},
		{"to the last moment", []change{leaf(func(c *audit.Certificate) { c.NotAfter = now })}, "A", 93, nil, nil},
		{"not yet", []change{leaf(func(c *audit.Certificate) { c.NotBefore = now.Add(time.Second) })}, "T, otherwise A", 93, nil, nil},
		{"not trusted", []change{chain(func(c *audit.Chain) { c.Trust.Answer = audit.Refused })}, "T, otherwise A", 93, []string{"the certificate is not trusted by the system's CA certificates: T"}, nil},
		{"self-signed", []change{chain(func(c *audit.Chain) { c.Trust.Answer, c.Certificates[0].SelfSigned = audit.Refused, true })}, "T, otherwise A", 93, []string{"the certificate is self-signed: T"}, nil},
		{"revoked", []change{chain(func(c *audit.Chain) { c.Stapled = audit.Staple{Status: "revoked", Signed: audit.Accepted} })}, "T, otherwise A", 93, nil, nil},
		{"sha1", []change{leaf(func(c *audit.Certificate) { c.SignatureHash = "sha1" })}, "T, otherwise A", 93, nil, nil},
		{"md5", []change{leaf(func(c *audit.Certificate) { c.SignatureHash = "md5" })}, "F", 93, nil, nil},
		{"another name", []change{chain(func(c *audit.Chain) { c.Names.SAN = audit.Refused }), no13}, "M, otherwise A-", 93,
			[]string{"the certificate is for another name: M", "TLSv1.3 is not accepted: at most A-"}, nil},
		{"not trusted, and more not known", []change{chain(func(c *audit.Chain) { c.Trust.Answer = audit.Refused }), answer(audit.SSLv2, audit.NotAsked)}, "T, otherwise up to A", 93, nil, nil},
		{"another name, not trusted", []change{chain(func(c *audit.Chain) { c.Names.SAN, c.Trust.Answer = audit.Refused, audit.Refused })}, "T, otherwise A", 93, nil, nil},
		{"the second of two chains", []change{func(o *audit.Observation) {
			twin := o.Chains[0]
			twin.Trust.Answer = audit.Refused
			o.Chains = append(o.Chains, twin)
		}}, "T, otherwise A", 93, nil, nil},

		// What is not known never raises, and says so.
		{"a version not asked", []change{answer(audit.SSLv2, audit.NotAsked)}, "up to A", 93, nil, []string{"SSLv2: not asked"}},
		{"TLS 1.3 undetermined", []change{answer(audit.TLSv13, audit.Undetermined)}, "up to A", 93, nil, []string{"TLSv1.3: no answer that can be trusted"}},
		{"suites cut short", []change{func(o *audit.Observation) { fact(o, audit.TLSv12).SuitesAnswer = audit.Undetermined }}, "up to A", 93, nil, []string{"the suites of TLSv1.2 are not all known"}},
		{"nothing with forward secrecy found", []change{no13, accept(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256"), func(o *audit.Observation) { fact(o, audit.TLSv12).SuitesAnswer = audit.NotAsked }}, "up to A-", 89,
			[]string{"TLSv1.3 is not accepted: at most A-"}, []string{"the suites of TLSv1.2 are not all known", "no suite with forward secrecy was found"}},
		{"trust not asked", []change{chain(func(c *audit.Chain) { c.Trust.Answer = audit.NotAsked })}, "up to A", 93, nil, []string{"whether the certificate is trusted: not asked"}},
		{"name not asked", []change{chain(func(c *audit.Chain) { c.Names.SAN = audit.NotAsked })}, "up to A", 93, nil, []string{"the name of the certificate: not asked"}},
		{"hash not known", []change{leaf(func(c *audit.Certificate) { c.SignatureHash = "" })}, "up to A", 93, nil, []string{"the hash a certificate is signed with is not known"}},
		{"a chain missing", []change{func(o *audit.Observation) { o.ChainsAnswer = audit.Undetermined }}, "up to A", 93, nil, []string{"the certificates are not all known"}},
		{"interrupted", []change{func(o *audit.Observation) { o.Interrupted = true }}, "up to A", 93, nil, []string{"the scan was interrupted"}},
		{"groups sampled", []change{func(o *audit.Observation) { fact(o, audit.TLSv13).GroupsAnswer = audit.NotAsked }}, "up to A", 93, nil, []string{"the groups of TLSv1.3 are not all known"}},
		{"an unregistered suite", []change{func(o *audit.Observation) {
			f := fact(o, audit.TLSv12)
			f.Suites = append(f.Suites, audit.Suite{ID: 0xfffa, Name: "x", Bits: 128})
		}}, "up to A", 93, nil, []string{"the suite 0xFFFA is in no registry"}},
		{"F cannot be lower", []change{accept(audit.SSLv2, "SSL_CK_RC4_128_WITH_MD5"), answer(audit.SSLv3, audit.NotAsked)}, "F", 78, nil, []string{"SSLv3: not asked"}},

		{"not reached", []change{func(o *audit.Observation) { *o = audit.Observation{Reach: audit.ReachUnreachable} }}, "-", 0, []string{"not reached"}, nil},
		{"plain text", []change{func(o *audit.Observation) { *o = audit.Observation{Reach: audit.ReachNoTLS} }}, "-", 0, []string{"no TLS is to be had"}, nil},
		{"nothing learnt", []change{func(o *audit.Observation) { *o = audit.Observation{} }}, "-", 0, []string{"nothing was learnt"}, nil},
		{"no version", []change{no13, answer(audit.TLSv12, audit.Undetermined)}, "-", 0, []string{"no version is known to be accepted"}, nil},
		{"no suite", []change{func(o *audit.Observation) { fact(o, audit.TLSv12).Suites, fact(o, audit.TLSv13).Suites = nil, nil }}, "-", 0, []string{"no cipher suite is known to be accepted"}, nil},
		{"no key", []change{func(o *audit.Observation) { o.Chains, o.Groups = nil, nil }}, "-", 0, []string{"no key is known"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := good()
			for _, f := range tt.changes {
				f(o)
			}
			g := Of(o, now)
			if g.String() != tt.letter || g.Score != tt.score {
				t.Errorf("%s with %d points, want %s with %d: %+v", g, g.Score, tt.letter, tt.score, g)
			}
			if diff := cmp.Diff(tt.caps, g.Caps); tt.caps != nil && diff != "" {
				t.Errorf("caps (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.open, g.Open); tt.open != nil && diff != "" {
				t.Errorf("open (-want +got):\n%s", diff)
			}
			if (len(g.Caps) == 0) != (g.Letter == "A") {
				t.Errorf("a letter other than A needs a reason, and A has none: %+v", g)
			}
		})
	}
	if g := Of(nil, now); g.Letter != None {
		t.Errorf("of nothing: %s", g)
	}
}

// TestForgetting: whatever one fact of an endpoint is no longer known, its grade
// does not rise.
func TestForgetting(t *testing.T) {
	start := []change{nil, accept(audit.TLSv10, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"), leaf(func(c *audit.Certificate) { c.Key.Bits = 1024 }), prime(audit.TLSv12, 1024), answer(audit.TLSv13, audit.Refused)}
	forget := []change{
		func(o *audit.Observation) { o.ChainsAnswer = audit.NotAsked },
		func(o *audit.Observation) { o.Features = nil },
		func(o *audit.Observation) { o.Interrupted = true },
		chain(func(c *audit.Chain) { c.Trust.Answer = audit.Undetermined }),
		chain(func(c *audit.Chain) { c.Names.SAN = audit.NotAsked }),
	}
	for _, v := range audit.Versions {
		forget = append(forget, func(o *audit.Observation) { fact(o, v).SuitesAnswer = audit.Undetermined }, func(o *audit.Observation) { fact(o, v).GroupsAnswer = audit.NotAsked })
	}
	for i, s := range start {
		for k, f := range forget {
			o := good()
			if s != nil {
				s(o)
			}
			before := Of(o, now)
			f(o)
			if after := Of(o, now); after.Compare(before) < 0 && !after.UpTo {
				t.Errorf("posture %d, forgetting %d: from %s to %s", i, k, before, after)
			} else if after.Compare(before) < 0 && strings.Join(after.Open, "") == "" {
				t.Errorf("posture %d, forgetting %d: %s without a reason", i, k, after)
			}
		}
	}
}

func TestCompare(t *testing.T) {
	sorted := []Grade{{Letter: "A", Score: 100}, {Letter: "A", Score: 90}, {Letter: "A-", Score: 95}, {Letter: "B"}, {Letter: "F"}, {Letter: Misnamed, Score: 90}, {Letter: Untrusted, Score: 90}, {Letter: None}}
	shuffled := slices.Clone(sorted)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, Grade.Compare)
	if diff := cmp.Diff(sorted, shuffled); diff != "" {
		t.Error(diff)
	}
}

// flaw adds what a probe for a known flaw came to.
func flaw(name audit.Feature, a audit.Answer) change {
	return func(o *audit.Observation) {
		o.Features = append(o.Features, audit.FeatureFact{Name: name, Version: audit.TLSv12, Answer: a})
	}
}
