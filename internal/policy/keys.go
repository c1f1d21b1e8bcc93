package policy

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// keysDoc is the section on keys: of certificates, and of the key exchange.
type keysDoc struct {
	Place   audit.Place `yaml:",place"`
	Control string      `yaml:"control"`
	// Level is the force of the whole section; must, if left out.
	Level level `yaml:"level"`

	Types             []string   `yaml:"types"`
	RSAMin            int        `yaml:"rsa_min"`
	RSABits           *int       `yaml:"rsa_bits"`
	RSAMinAfter2030   int        `yaml:"rsa_min_after_2030"`
	RSA               *rsaDoc    `yaml:"rsa"`
	RSAExponent       string     `yaml:"rsa_exponent"`
	RSAMultipleOf     int        `yaml:"rsa_multiple_of"`
	ECDSAMin          int        `yaml:"ecdsa_min"`
	ECDSACurves       curvesDoc  `yaml:"ecdsa_curves"`
	ECDSACurvesShould []groupDoc `yaml:"ecdsa_curves_should"`
	EdDSA             *eddsaDoc  `yaml:"eddsa"`
	DSAMin            int        `yaml:"dsa_min"`
	DHMin             int        `yaml:"dh_min"`
	DHBits            *int       `yaml:"dh_bits"`
	DHMinAfter2030    int        `yaml:"dh_min_after_2030"`
	ECDHMin           int        `yaml:"ecdh_min"`
	ECDHBits          int        `yaml:"ecdh_bits"`
	StrengthMin       int        `yaml:"security_strength_min"`
	Hash              []string   `yaml:"hash"`
	SHA256Min         bool       `yaml:"sha256_min"`
	// Other says what holds for key types that are not named.
	Other string `yaml:"other"`
	// History documents what was tolerated before.
	History string `yaml:"history"`
}

// rsaDoc grades RSA keys by size.
type rsaDoc struct {
	GoodMin           int `yaml:"good_min"`
	SufficientMin     int `yaml:"sufficient_min"`
	PhaseOutMin       int `yaml:"phase_out_min"`
	InsufficientBelow int `yaml:"insufficient_below"`
}

type eddsaDoc struct {
	Sufficient []string `yaml:"sufficient"`
}

// curvesDoc is a list of curves, or two tiers of them.
type curvesDoc struct{ sufficient, phaseOut []groupDoc }

// UnmarshalNode implements strictyaml.Unmarshaler.
func (c *curvesDoc) UnmarshalNode(n strictyaml.Node) error {
	if !n.IsMapping() {
		var list struct {
			Curves []groupDoc `yaml:"curves"`
		}
		items, err := n.Items()
		if err != nil {
			return err
		}
		list.Curves = make([]groupDoc, len(items))
		for i, item := range items {
			if err := item.Decode(&list.Curves[i]); err != nil {
				return err
			}
		}
		c.sufficient = list.Curves
		return nil
	}
	var tiers struct {
		Sufficient []groupDoc `yaml:"sufficient,required"`
		PhaseOut   []groupDoc `yaml:"phase_out"`
	}
	if err := n.Decode(&tiers); err != nil {
		return err
	}
	c.sufficient, c.phaseOut = tiers.Sufficient, tiers.PhaseOut
	return nil
}

func (c curvesDoc) all() []groupDoc { return slices.Concat(c.sufficient, c.phaseOut) }

// end2030 is when transition periods that end with 2030 are over.
var end2030 = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)

func (x *expander) keys(doc *keysDoc) error {
	force := doc.Level.or(audit.Must)
	add := func(id, title, check string, params map[string]any) *demand {
		return x.add("keys."+id, title, doc.Control, force, doc.Place, check, params)
	}
	if bits := doc.leastBits(); len(bits) > 0 {
		add("min_bits", "Certificate keys have enough bits: "+atLeast(bits), "cert.key.min_bits", bits)
	}
	if n := doc.RSAMinAfter2030; n > 0 {
		add("min_bits.after_2030", fmt.Sprintf("RSA keys of certificates have %d bits or more", n), "cert.key.min_bits", map[string]any{"rsa": n, "others": "elsewhere"}).rule.From = end2030
	}
	if r := doc.RSA; r != nil {
		least := cmp.Or(r.PhaseOutMin, r.InsufficientBelow, r.SufficientMin)
		if r.InsufficientBelow > 0 && r.InsufficientBelow != least {
			return &audit.InputError{Place: doc.Place, Cause: fmt.Sprintf("keys.rsa: insufficient_below %d, and the tier above begins at %d", r.InsufficientBelow, least), Hint: "the two sizes must be the same"}
		}
		add("rsa.insufficient", fmt.Sprintf("RSA keys of certificates have %d bits or more", least), "cert.key.min_bits", map[string]any{"rsa": least, "others": "elsewhere"})
		if r.PhaseOutMin > 0 && r.SufficientMin > r.PhaseOutMin {
			add("rsa.phase_out", fmt.Sprintf("RSA keys of certificates are not of the tier phase-out, below %d bits", r.SufficientMin), "cert.key.min_bits",
				map[string]any{"rsa": r.SufficientMin, "others": "elsewhere"}).rule.Level = audit.Should
		}
	}
	if n := cmp.Or(doc.DHMin, value(doc.DHBits)); n > 0 {
		add("dh", fmt.Sprintf("Finite-field Diffie-Hellman has %d bits or more", n), "kx.dh.min_bits", map[string]any{"min": n})
	}
	if n := doc.DHMinAfter2030; n > 0 {
		add("dh.after_2030", fmt.Sprintf("Finite-field Diffie-Hellman has %d bits or more", n), "kx.dh.min_bits", map[string]any{"min": n}).rule.From = end2030
	}
	if n := cmp.Or(doc.ECDHMin, doc.ECDHBits); n > 0 {
		if force == audit.Must {
			force = audit.MustNot
		} else {
			force = audit.ShouldNot
		}
		add("ecdh", fmt.Sprintf("Elliptic-curve Diffie-Hellman has %d bits or more", n), "kx.tls13_groups", map[string]any{"deny": weakCurves(n), "versions": both})
		force = doc.Level.or(audit.Must)
	}
	x.keyTypes(doc, add)
	if doc.StrengthMin > 0 {
		add("strength", fmt.Sprintf("Everything negotiated has %d bits of strength or more", doc.StrengthMin), "crypto.strength.min_bits", map[string]any{"min": doc.StrengthMin})
	}
	if len(doc.Hash) > 0 {
		add("hash", "Certificates are signed with "+joinNames(doc.Hash), "cert.sig.hash", map[string]any{"hashes": words(doc.Hash)})
	}
	if doc.SHA256Min {
		add("hash", "Certificates are signed with SHA-256 or stronger", "cert.sig.hash", map[string]any{"forbid": words([]string{"md5", "sha1", "sha224"})})
	}
	if doc.RSAExponent != "" {
		x.rsaExponent(doc, add)
	}
	if doc.RSAMultipleOf > 0 {
		add("rsa_multiple_of", fmt.Sprintf("The size of RSA keys is a multiple of %d bits", doc.RSAMultipleOf), "cert.key.rsa", map[string]any{"multiple_of": doc.RSAMultipleOf})
	}
	return nil
}

// exponentText is how the Baseline Requirements put it: a least exponent, and a
// narrower range as a recommendation.
var exponentText = regexp.MustCompile(`^odd >=(\d{1,6})(?: \(SHOULD 2\^(\d{1,2})\+1\.\.2\^(\d{1,3})-1\))?$`)

// rsaExponent expands what is said about public exponents; words that are not
// understood are for a person.
func (x *expander) rsaExponent(doc *keysDoc, add func(id, title, check string, params map[string]any) *demand) {
	m := exponentText.FindStringSubmatch(doc.RSAExponent)
	if m == nil {
		add("rsa_exponent", "The RSA exponent is "+doc.RSAExponent, "cert.key.rsa", nil).off =
			"read the exponent of RSA keys off the certificates in the evidence of this report (key.exponent); wanted: " + doc.RSAExponent
		return
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n } // the pattern lets digits through only
	add("rsa_exponent", fmt.Sprintf("The exponent of RSA keys is odd and %s or more", m[1]), "cert.key.rsa", map[string]any{"min_exponent": number(m[1])})
	if m[2] != "" {
		add("rsa_exponent.recommended", fmt.Sprintf("The exponent of RSA keys is from 2^%s+1 to 2^%s-1", m[2], m[3]), "cert.key.rsa",
			map[string]any{"min_exponent": 1<<number(m[2]) + 1, "max_exponent_bits": number(m[3])}).rule.Level = audit.Should
	}
}

// keyTypes expands what is said about types and curves.
func (x *expander) keyTypes(doc *keysDoc, add func(id, title, check string, params map[string]any) *demand) {
	types := slices.Clone(doc.Types)
	curves := doc.ECDSACurves.all()
	if doc.EdDSA != nil || doc.Other != "" {
		if doc.RSA != nil || doc.RSAMin > 0 {
			types = append(types, "rsa")
		}
		if len(curves) > 0 || doc.ECDSAMin > 0 {
			types = append(types, "ecdsa")
		}
		if doc.EdDSA != nil {
			types = append(types, doc.EdDSA.Sufficient...)
		}
	}
	params := map[string]any{}
	if len(types) > 0 {
		params["allow"] = words(types)
	}
	if len(curves) > 0 {
		params["curves"] = words(names(curves))
	}
	if len(params) > 0 {
		add("types", "The certificate's key is of a type and curve listed", "cert.key.type", params)
	}
	if len(doc.ECDSACurves.phaseOut) > 0 {
		add("curves.phase_out", "The certificate's ECDSA key is not on a curve of the tier phase-out", "cert.key.type", map[string]any{"curves": words(names(doc.ECDSACurves.sufficient))}).rule.Level = audit.Should
	}
	if len(doc.ECDSACurvesShould) > 0 {
		add("curves", "The certificate's ECDSA key is on a curve listed", "cert.key.type", map[string]any{"curves": words(names(doc.ECDSACurvesShould))}).rule.Level = audit.Should
	}
}

// leastBits are the least sizes of certificate keys by type.
func (doc *keysDoc) leastBits() map[string]any {
	bits := map[string]any{}
	for key, n := range map[string]int{"rsa": cmp.Or(doc.RSAMin, value(doc.RSABits)), "ecdsa": doc.ECDSAMin, "dsa": doc.DSAMin} {
		if n > 0 {
			bits[key] = n
		}
	}
	// A list of curves is a least size too: the check must not be left without
	// a word on ECDSA keys where the standard has one.
	if bits["ecdsa"] == nil && len(bits) > 0 {
		if n := smallestCurve(doc.ECDSACurves.all()); n > 0 {
			bits["ecdsa"] = n
		}
	}
	return bits
}

func value(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
