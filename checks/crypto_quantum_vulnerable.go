package checks

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// shorAlgorithms are the public-key algorithms a quantum computer breaks.
var shorAlgorithms = []string{"rsa", "dsa", "ecdsa", "eddsa", "ecdh", "ffdh"}

type quantumParams struct {
	algorithms []string
	// most bounds what is objected to, in bits of strength; 0 for everything.
	most int
}

var cryptoQuantumVulnerable = &audit.Check{
	ID:    "crypto.quantum_vulnerable",
	Title: "No public-key algorithm a quantum computer breaks is in use",
	Doc: "RSA, and everything built on discrete logarithms, falls to a large quantum computer whatever the size of the key. NIST means to deprecate those of 112 bits of strength after 2030 and " +
		"to disallow all of them after 2035.",
	Detect: "Key exchange of accepted suites and groups, keys of leaf and intermediate certificates sent. Hybrid groups are permitted: their other half holds. With `max_strength`, only what " +
		"has no more bits than that is a violation. Unknown if suites, groups, Diffie-Hellman parameters or certificates were not all read and nothing was found before.",
	Severity: audit.Medium,
	Refs:     []string{"NIST IR 8547", "FIPS 203", "FIPS 204"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites, audit.NeedKeyExchange, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &quantumParams{algorithms: r.words("algs", shorAlgorithms...), most: r.int("max_strength", 0, 1, 256)}
		if p.algorithms == nil {
			p.algorithms = shorAlgorithms
		}
		return p, r.done()
	},
	Forbids: always,
	ParamsDoc: map[string]string{
		"algs":         "algorithms ruled out: rsa, dsa, ecdsa, eddsa, ecdh, ffdh (default all)",
		"max_strength": "highest strength in bits that is ruled out (default: any)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*quantumParams)
		out := p.suites(c)
		out = append(out, p.groups(c)...)
		return append(out, eachLeaf(c, func(l *leaf) []audit.Outcome { return p.keys(l) })...)
	},
	Want: func(any) audit.Want {
		return audit.Want{
			MinVersion: audit.TLSv13, Versions: []audit.Version{audit.TLSv13}, Groups: []string{"X25519MLKEM768", "SecP256r1MLKEM768"},
			Certificate: "a certificate for an ML-DSA key, once CAs and peers support it",
		}
	},
	Examples: []audit.Example{
		at(audit.MustNot, example("classical endpoint", audit.Fail, nil)),
		at(audit.ShouldNot, example("RSA 2048", audit.Warn, weakestShor, withLeaf(func(c *audit.Certificate) { c.Key.Bits = 2048 }))),
		at(audit.ShouldNot, example("nothing as weak as 112 bits", audit.Pass, weakestShor)),
		at(audit.MustNot, example("ML-KEM and ML-DSA only", audit.Pass, nil, cnsaOnly, withIssuer(func(c *audit.Certificate) { c.Key = audit.Key{Type: cnsaSignature} }))),
		example("hybrid key exchange, RSA certificates not ruled out", audit.Pass, map[string]any{"algs": []any{"ecdh", "ffdh"}}, cnsaOnly, withGroup(cnsaHybrid, "SecP384r1MLKEM1024")),
		example("groups not enumerated", audit.Unknown, weakestShor, func(o *audit.Observation) { o.Groups = nil }),
		example("key of unknown type", audit.Unknown, weakestShor, withLeaf(func(c *audit.Certificate) { c.Key = audit.Key{Type: "1.2.3.4"} })),
	},
}

// weakestShor is what is to be deprecated first.
var weakestShor = map[string]any{"algs": []any{"rsa", "ecdsa", "eddsa", "ecdh", "ffdh"}, "max_strength": 112}

func (p *quantumParams) rulesOut(algorithm string, strength int) bool {
	return slices.Contains(p.algorithms, algorithm) && (p.most == 0 || strength <= p.most)
}

// suites objects to key exchange that goes with the suite. That of a bounded
// strength is judged by group, prime and key.
func (p *quantumParams) suites(c *audit.Case) []audit.Outcome {
	var out []audit.Outcome
	if p.most == 0 {
		out = eachSuite(c, func(s *seenSuite) string {
			algorithm := exchangeAlgorithm(s.Reg.KX)
			if s.Reg.Min == audit.TLSv13 || !slices.Contains(p.algorithms, algorithm) {
				return ""
			}
			return s.Reg.KX + " key exchange, which a quantum computer breaks"
		})
	}
	for _, s := range suitesByVersion(c) {
		if strength := modulusStrength(s.DHBits); s.DHBits > 0 && p.most > 0 && p.rulesOut("ffdh", strength) {
			out = append(out, violated(s.ID.String(), "%s: Diffie-Hellman prime of %s has a strength of %d", s.where(), bits(s.DHBits), strength))
		}
	}
	return out
}

func exchangeAlgorithm(kx string) string {
	switch kx {
	case "RSA":
		return "rsa"
	case "DH", "DHE":
		return "ffdh"
	case "ECDH", "ECDHE":
		return "ecdh"
	}
	return ""
}

// groups objects to classical groups.
func (p *quantumParams) groups(c *audit.Case) []audit.Outcome {
	if !slices.Contains(p.algorithms, "ecdh") && !slices.Contains(p.algorithms, "ffdh") {
		return nil
	}
	var out []audit.Outcome
	for _, g := range acceptedGroups(c) {
		reg, ok := tlsreg.GroupByCode(g.ID)
		switch {
		case !ok || reg.Kind == "explicit":
			out = append(out, undecided("", "group %s at %s is in no registry", g.Name, g.Version))
		case strings.HasPrefix(reg.Kind, "ec-") && p.rulesOut("ecdh", reg.StrengthBits), reg.Kind == "ffdhe" && p.rulesOut("ffdh", reg.StrengthBits):
			out = append(out, violated(g.ID.String(), "group %s at %s, which a quantum computer breaks", g.Name, g.Version))
		}
	}
	for _, v := range audit.Versions {
		if gap := groupsGap(c.Observation, v); gap != "" {
			out = append(out, undecided("", "%s", gap))
		}
	}
	return out
}

// keys objects to the keys of a chain that sign something: the handshake, and
// the certificate before.
func (p *quantumParams) keys(l *leaf) []audit.Outcome {
	if !slices.ContainsFunc(p.algorithms, func(a string) bool { return a != "ecdh" && a != "ffdh" }) {
		return nil
	}
	out := wholeChain(l)
	for i := range l.Chain.Certificates {
		cert := &l.Chain.Certificates[i]
		if i > 0 && cert.SelfSigned {
			continue
		}
		algorithm := strings.ToLower(cert.Key.Type)
		if algorithm == "ed25519" || algorithm == "ed448" {
			algorithm = "eddsa"
		}
		strength, known := keyStrength(cert.Key)
		switch {
		case strings.HasPrefix(algorithm, "ml-dsa-"):
		case cert.Error != "" || !known && (p.most > 0 || !slices.Contains(shorAlgorithms, algorithm)):
			out = append(out, undecided(l.evidence(), "%s: the strength of a key of type %q is not known", certName(l, i), cert.Key.Type))
		case p.rulesOut(algorithm, strength):
			out = append(out, violated(l.evidence(), "%s: %s key%s, which a quantum computer breaks", certName(l, i), cert.Key.Type, keySize(cert.Key)))
		}
	}
	return out
}

func keySize(k audit.Key) string {
	if k.Bits == 0 {
		return ""
	}
	return fmt.Sprintf(" of %s", bits(k.Bits))
}
