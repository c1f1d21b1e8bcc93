package compare

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func suites(names ...string) (list []audit.Suite) {
	for _, name := range names {
		list = append(list, audit.Suite{Name: name})
	}
	return list
}

func seen(versions ...audit.VersionFact) *audit.Observation {
	return &audit.Observation{Reach: audit.ReachTLS, Posture: audit.Posture{Versions: versions}}
}

// changed is what a comparison says about one endpoint.
func changed(t *testing.T, was, is *audit.Observation) map[audit.ChangeKind]string {
	t.Helper()
	record := func(o *audit.Observation) *audit.Record {
		return &audit.Record{Evidence: audit.Evidence{Subject: "https://www.example.com:443", Observed: o}}
	}
	c, err := Changes(sequence(nil, record(was)), sequence(nil, record(is)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[audit.ChangeKind]string{}
	for _, ch := range c.List {
		got[ch.Kind] += ch.Message
	}
	return got
}

func TestPosture(t *testing.T) {
	whole := func(names ...string) audit.VersionFact {
		return audit.VersionFact{Version: audit.TLSv12, Answer: audit.Accepted, Suites: suites(names...), SuitesAnswer: audit.Accepted}
	}
	part := func(names ...string) audit.VersionFact {
		f := whole(names...)
		f.SuitesAnswer = audit.Undetermined
		return f
	}
	answer := func(v audit.Version, a audit.Answer) audit.VersionFact {
		return audit.VersionFact{Version: v, Answer: a}
	}
	groups := func(answer audit.Answer, names ...string) *audit.Observation {
		o := seen(audit.VersionFact{Version: audit.TLSv13, Answer: audit.Accepted, GroupsAnswer: answer})
		for _, name := range names {
			o.Groups = append(o.Groups, audit.GroupFact{Name: name, Version: audit.TLSv13, Answer: audit.Accepted})
		}
		return o
	}
	chat := func(v audit.SametimeVerdict) *audit.Observation {
		o := seen()
		o.Sametime = &audit.Sametime{Verdict: v}
		return o
	}
	plain := &audit.Observation{Reach: audit.ReachNoTLS, Reason: "STARTTLS is not offered"}
	for name, test := range map[string]struct {
		was, is *audit.Observation
		want    string
	}{
		"the same":               {seen(whole("A", "B")), seen(whole("B", "A")), ""},
		"a version comes":        {seen(answer(audit.TLSv10, audit.Refused)), seen(answer(audit.TLSv10, audit.Accepted)), "TLSv1.0 accepted, was refused"},
		"a version goes":         {seen(answer(audit.TLSv10, audit.Accepted)), seen(answer(audit.TLSv10, audit.Latent)), "TLSv1.0 latent, was accepted"},
		"a version nobody knows": {seen(answer(audit.TLSv10, audit.Accepted)), seen(answer(audit.TLSv10, audit.Undetermined)), ""},
		"a version not asked":    {seen(), seen(answer(audit.TLSv10, audit.Accepted)), ""},
		"suites":                 {seen(whole("A", "B")), seen(whole("B", "C")), "TLSv1.2 suites +C -A"},
		"suites found in part":   {seen(whole("A", "B")), seen(part("B", "C")), "TLSv1.2 suites +C"},
		"from suites in part":    {seen(part("A")), seen(whole("B")), "TLSv1.2 suites -A"},
		"both in part":           {seen(part("A")), seen(part("B")), ""},
		"many suites":            {seen(whole()), seen(whole("A", "B", "C", "D", "E", "F", "G", "H")), "TLSv1.2 suites +A +B +C +D +E +F +2 more"},
		"groups":                 {groups(audit.Accepted, "x25519"), groups(audit.Accepted, "x25519", "X25519MLKEM768"), "TLSv1.3 groups +X25519MLKEM768"},
		"groups seen by chance":  {groups(audit.NotAsked, "x25519"), groups(audit.NotAsked, "secp256r1"), ""},
		"sametime":               {chat(audit.SametimeBoth), chat(audit.SametimeTLSOnly), "Sametime tls-only, was both"},
		"sametime nobody knows":  {chat(audit.SametimeBoth), chat(audit.SametimeUndetermined), ""},
		"TLS goes":               {seen(), plain, "TLS was to be had, and is not any more: STARTTLS is not offered"},
		"TLS comes":              {plain, seen(), "TLS is to be had, and was not"},
	} {
		t.Run(name, func(t *testing.T) {
			want := map[audit.ChangeKind]string{}
			if test.want != "" {
				want[audit.ChangePosture] = test.want
			}
			if diff := cmp.Diff(want, changed(t, test.was, test.is)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReach(t *testing.T) {
	dead := &audit.Observation{Reach: audit.ReachUnreachable, Reason: "connection refused"}
	nobody := &audit.Observation{Reach: audit.ReachUnknown, Reason: "interrupted"}
	for name, test := range map[string]struct {
		was, is *audit.Observation
		want    map[audit.ChangeKind]string
	}{
		"unreachable":     {seen(), dead, map[audit.ChangeKind]string{audit.ChangeUnreachable: "the endpoint answered, and does not any more: connection refused"}},
		"reachable":       {dead, seen(), map[audit.ChangeKind]string{audit.ChangeReachable: "the endpoint did not answer, and does: connection refused before"}},
		"not looked at":   {seen(), nobody, map[audit.ChangeKind]string{}},
		"looked at again": {nobody, seen(), map[audit.ChangeKind]string{}},
		"dead as ever":    {dead, dead, map[audit.ChangeKind]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, changed(t, test.was, test.is)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// issue makes a certificate over the key.
func issue(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestCertificates(t *testing.T) {
	keys := make([]*ecdsa.PrivateKey, 2)
	for i := range keys {
		var err error
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	leaf := func(sum, kind string, year int, der []byte) audit.Certificate {
		return audit.Certificate{SHA256: sum, Key: audit.Key{Type: kind}, NotAfter: time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC), DER: der, Issuer: "CN=Example CA"}
	}
	presented := func(answer audit.Answer, leaves ...audit.Certificate) *audit.Observation {
		o := seen()
		o.ChainsAnswer = answer
		for _, c := range leaves {
			o.Chains = append(o.Chains, audit.Chain{Certificates: []audit.Certificate{c, {SHA256: "ca"}}})
		}
		return o
	}
	old := leaf("aa", "ecdsa", 2027, issue(t, keys[0]))
	other := leaf("bb", "ecdsa", 2028, nil)
	moved := leaf("bb", "ecdsa", 2028, issue(t, keys[1]))
	moved.Issuer = "CN=Other CA"
	for name, test := range map[string]struct {
		was, is *audit.Observation
		want    string
	}{
		"the same twice": {presented(audit.Accepted, old), presented(audit.Accepted, old, old), ""},
		"renewed":        {presented(audit.Accepted, old), presented(audit.Accepted, leaf("bb", "ecdsa", 2028, issue(t, keys[0]))), "the ecdsa certificate is another one: valid to 2028-03-01, was to 2027-03-01; same key"},
		"new key, other issuer": {presented(audit.Accepted, old), presented(audit.Accepted, moved),
			"the ecdsa certificate is another one: valid to 2028-03-01, was to 2027-03-01; new key; issued by CN=Other CA, was by CN=Example CA"},
		"key not kept":             {presented(audit.Accepted, old), presented(audit.Accepted, other), "the ecdsa certificate is another one: valid to 2028-03-01, was to 2027-03-01; whether the key is the same is not recorded"},
		"one more":                 {presented(audit.Accepted, old), presented(audit.Accepted, old, leaf("cc", "rsa", 2029, nil)), "the rsa certificate valid to 2029-03-01 is presented beside what was"},
		"one less":                 {presented(audit.Accepted, old, leaf("cc", "rsa", 2029, nil)), presented(audit.Accepted, old), "the rsa certificate valid to 2029-03-01 is not presented any more"},
		"one less, read in part":   {presented(audit.Accepted, old, leaf("cc", "rsa", 2029, nil)), presented(audit.Undetermined, old), ""},
		"one more, read in part":   {presented(audit.Undetermined, old), presented(audit.Accepted, old, leaf("cc", "rsa", 2029, nil)), ""},
		"the only one, in part":    {presented(audit.Undetermined, old), presented(audit.Undetermined, other), "the ecdsa certificate is another one: valid to 2028-03-01, was to 2027-03-01; whether the key is the same is not recorded"},
		"none was read":            {presented(audit.Accepted, old), presented(audit.Undetermined), ""},
		"nothing but certificates": {presented(audit.Accepted), presented(audit.Accepted, old), ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := map[audit.ChangeKind]string{}
			if test.want != "" {
				want[audit.ChangeCertificate] = test.want
			}
			if diff := cmp.Diff(want, changed(t, test.was, test.is)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
