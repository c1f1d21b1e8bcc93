package checks

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// leaf is the end-entity certificate of one chain the endpoint presents.
type leaf struct {
	*audit.Certificate
	// Chain is the one at At of those presented.
	Chain *audit.Chain
	At    int
	// Label tells chains apart in messages: "certificate" if there is one,
	// otherwise "RSA certificate", "ECDSA certificate".
	Label string
}

// evidence identifies the certificate.
func (l *leaf) evidence() string {
	if len(l.SHA256) < 16 {
		return ""
	}
	return "sha256 " + l.SHA256[:16]
}

// leaves lists the leaf of every distinct chain; its Certificate is nil where
// the chain is empty.
func leaves(c *audit.Case) []leaf {
	d := derivedFrom(c)
	if d.leaves == nil {
		d.leaves = []leaf{}
		chains := c.Observation.Chains
		for i := range chains {
			l := leaf{Chain: &chains[i], At: i, Label: label(chains, i)}
			if len(chains[i].Certificates) > 0 {
				l.Certificate = &chains[i].Certificates[0]
			}
			d.leaves = append(d.leaves, l)
		}
	}
	return d.leaves
}

// eachLeaf judges the leaf of every distinct chain. One that could not be read
// is left undecided: what it does not show cannot be held for absent.
func eachLeaf(c *audit.Case, judge func(l *leaf) []audit.Outcome) []audit.Outcome {
	var out []audit.Outcome
	list := leaves(c)
	for i := range list {
		l := &list[i]
		switch {
		case l.Certificate == nil:
			out = append(out, undecided("", "%s: the chain is empty", l.Label))
		case l.Error != "":
			out = append(out, undecided(l.evidence(), "%s could not be read: %s", l.Label, l.Error))
		default:
			out = append(out, judge(l)...)
		}
	}
	return out
}

// wholeChain leaves a check that looks at the whole chain undecided where the
// peer sent more certificates than an observation keeps.
func wholeChain(l *leaf) []audit.Outcome {
	if !l.Chain.Truncated {
		return nil
	}
	return []audit.Outcome{undecided(l.evidence(), "%s: the peer sent more certificates than the %d that are kept", l.Label, len(l.Chain.Certificates))}
}

// label names chain i: by key type where several exist, and by fingerprint
// where that does not tell them apart.
func label(chains []audit.Chain, i int) string {
	if len(chains) == 1 {
		return "certificate"
	}
	key := keyType(&chains[i])
	for k := range chains {
		if k != i && keyType(&chains[k]) == key {
			if c := chains[i].Certificates; len(c) > 0 && len(c[0].SHA256) >= 8 {
				return fmt.Sprintf("%s certificate %s", key, c[0].SHA256[:8])
			}
			return fmt.Sprintf("%s certificate %d", key, i+1)
		}
	}
	return key + " certificate"
}

func keyType(c *audit.Chain) string {
	if len(c.Certificates) == 0 || c.Certificates[0].Key.Type == "" {
		return "unreadable"
	}
	return strings.ToUpper(c.Certificates[0].Key.Type)
}

// certificate is the remedy of a certificate check.
func certificate(text string) func(any) audit.Want {
	return func(any) audit.Want { return audit.Want{Certificate: text} }
}
