package policy

import (
	"cmp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
	"tlsaudit/internal/tlsreg"
)

// sigalgsDoc is the section on signature schemes of the handshake. Those of
// TLS 1.3 are encrypted on the wire, so most of it is for a person to see to.
type sigalgsDoc struct {
	Place   audit.Place `yaml:",place"`
	Control string      `yaml:"control"`
	// Level is the force of the lists; must, if left out.
	Level level `yaml:"level"`

	TLS12          []pairDoc   `yaml:"tls12"`
	TLS13Handshake []schemeDoc `yaml:"tls13_handshake"`
	TLS13Cert      []schemeDoc `yaml:"tls13_cert"`

	RequiredTLS12          []string    `yaml:"required_tls12"`
	RequiredTLS13Handshake []schemeDoc `yaml:"required_tls13_handshake"`

	Recommended      []schemeDoc `yaml:"recommended"`
	AllowedTLS12Only []schemeDoc `yaml:"allowed_tls12_only"`
	ForbiddenHash    []string    `yaml:"forbidden_hash"`

	Required []schemeDoc `yaml:"required"`
	CNSA1    []string    `yaml:"cnsa1"`
}

// pairDoc is a signature algorithm of TLS 1.2 with the hashes it may have.
type pairDoc struct {
	Place  audit.Place `yaml:",place"`
	Alg    string      `yaml:"alg,required"`
	Hashes []string    `yaml:"hashes,required"`
	From   date        `yaml:"from"`
	Until  date        `yaml:"until"`
	Note   string      `yaml:"note"`
}

// schemeDoc is a signature scheme by number and name, which must agree.
type schemeDoc struct{ entry }

// UnmarshalNode implements strictyaml.Unmarshaler.
func (s *schemeDoc) UnmarshalNode(n strictyaml.Node) error {
	return s.read(n, "signature scheme", func(id string) (string, bool) {
		scheme, ok := tlsreg.SchemeByName(id)
		return scheme.Name, ok
	})
}

func (x *expander) sigalgs(doc *sigalgsDoc) error {
	force := doc.Level.or(audit.Must)
	byHand := func(id, title, wanted string) {
		x.add("sigalgs."+id, title, doc.Control, force, doc.Place, "tls.sigalgs.honoured", nil).off =
			"attach the server's setting of signature algorithms (such as SignatureAlgorithms or ssl_conf_command), or the library's default list; " + wanted
	}
	if len(doc.TLS12) > 0 {
		if err := x.sigalgsTLS12(doc, force); err != nil {
			return err
		}
	}
	if len(doc.TLS13Handshake) > 0 {
		byHand("tls13_handshake", "Only the signature schemes listed sign handshakes of TLS 1.3", "allowed: "+described(doc.TLS13Handshake))
	}
	if len(doc.TLS13Cert) > 0 {
		x.add("sigalgs.tls13_cert", "The server's certificate, where TLS 1.3 is accepted, is signed with a scheme listed", doc.Control, force, doc.Place, "cert.sig.hash", map[string]any{"allow": entries(doc.TLS13Cert), "versions": at13})
	}
	if len(doc.RequiredTLS12) > 0 {
		byHand("required_tls12", "The signature algorithms listed are supported at TLS 1.2", "required: "+strings.Join(doc.RequiredTLS12, ", "))
	}
	if len(doc.RequiredTLS13Handshake) > 0 {
		byHand("required_tls13_handshake", "The signature schemes listed are supported in handshakes of TLS 1.3", "required: "+described(doc.RequiredTLS13Handshake))
	}
	if len(doc.Recommended) > 0 {
		byHand("recommended", "Only recommended signature schemes are used", "recommended: "+described(doc.Recommended)+"; at TLS 1.2 only, in addition: "+described(doc.AllowedTLS12Only))
	}
	if len(doc.ForbiddenHash) > 0 {
		x.add("sigalgs.forbidden_hash", "No key exchange is signed with "+strings.Join(doc.ForbiddenHash, " or "), doc.Control, audit.MustNot, doc.Place, "tls.kex_hash", map[string]any{"forbid": words(doc.ForbiddenHash)})
		x.add("sigalgs.forbidden_hash.cert", "No certificate is signed with "+strings.Join(doc.ForbiddenHash, " or "), doc.Control, audit.MustNot, doc.Place, "cert.sig.hash", map[string]any{"forbid": words(doc.ForbiddenHash)})
	}
	if len(doc.Required) > 0 {
		allow := append(entries(doc.Required), words(doc.CNSA1)...)
		x.add("sigalgs.required", "The server's certificate is signed with an algorithm of the target state, or of the suite before it", doc.Control, force, doc.Place, "cert.sig.hash", map[string]any{"allow": allow})
	}
	return nil
}

// sigalgsTLS12 judges the hash, which is seen on the wire at TLS 1.2, and
// leaves to a person until when which algorithm may sign.
func (x *expander) sigalgsTLS12(doc *sigalgsDoc, force audit.Level) error {
	var hashes, pairs []string
	for _, p := range doc.TLS12 {
		if err := checkDates(p.Place, p.From, p.Until); err != nil {
			return err
		}
		for _, h := range p.Hashes {
			hashes = appendNew(hashes, h)
		}
		text := p.Alg + " with " + strings.Join(p.Hashes, ", ")
		if p.Note != "" {
			text += " (" + p.Note + ")"
		}
		if !p.Until.after.IsZero() {
			text += " until " + p.Until.last()
		}
		pairs = append(pairs, text)
	}
	if rest := without([]string{"md5", "sha1", "sha224"}, hashes); len(rest) > 0 {
		x.add("sigalgs.tls12.hash", "Key exchanges of TLS 1.2 are signed with "+strings.Join(hashes, ", "), doc.Control, force, doc.Place, "tls.kex_hash", map[string]any{"good": words(hashes), "insufficient": words(rest)})
	}
	x.add("sigalgs.tls12", "Only the signature algorithms listed sign handshakes of TLS 1.2", doc.Control, force, doc.Place, "tls.sigalgs.honoured", nil).off =
		"attach the server's setting of signature algorithms, or see the signature scheme of each suite in the evidence; allowed: " + strings.Join(pairs, "; ")
	return nil
}

// described writes entries with the day after which they are off the list.
func described(docs []schemeDoc) string {
	var list []string
	for _, d := range docs {
		if d.until.after.IsZero() {
			list = append(list, d.name)
		} else {
			list = append(list, d.name+" until "+d.until.last())
		}
	}
	return strings.Join(list, ", ")
}

// certSigalgsDoc is the section on the signatures of certificates.
type certSigalgsDoc struct {
	Place   audit.Place `yaml:",place"`
	Control string      `yaml:"control"`
	Level   level       `yaml:"level"`
	Allow   []string    `yaml:"allow"`
	// Chain applies allow to intermediate certificates too.
	Chain           bool       `yaml:"chain"`
	SufficientAlg   []string   `yaml:"sufficient_alg"`
	InsufficientAlg []string   `yaml:"insufficient_alg"`
	Hash            *hashTiers `yaml:"hash"`
	// SHA1 documents what is said of SHA-1 by itself.
	SHA1 string `yaml:"sha1"`
}

type hashTiers struct {
	Good         []string `yaml:"good"`
	PhaseOut     []string `yaml:"phase_out"`
	Insufficient []string `yaml:"insufficient"`
}

func (x *expander) certSigalgs(doc *certSigalgsDoc) error {
	add := func(id, title string, l audit.Level, check string, params map[string]any) {
		x.add("cert_sigalgs."+id, title, doc.Control, l, doc.Place, check, params)
	}
	if len(doc.Allow)+len(doc.SufficientAlg)+len(doc.InsufficientAlg) == 0 && doc.Hash == nil {
		return &audit.InputError{Place: doc.Place, Cause: "cert_sigalgs: nothing is demanded", Hint: "add allow, sufficient_alg, insufficient_alg or hash"}
	}
	force := doc.Level.or(audit.Must)
	if len(doc.Allow) > 0 {
		params, title := map[string]any{"allow": words(doc.Allow)}, "The server's certificate is signed with an algorithm listed"
		if doc.Chain {
			params["chain"], title = true, "Certificates, the intermediate ones too, are signed with an algorithm listed"
		}
		add("allow", title, force, "cert.sig.hash", params)
	}
	if len(doc.SufficientAlg) > 0 {
		add("sufficient_alg", "Certificates are signed with "+strings.Join(doc.SufficientAlg, " or "), force, "cert.sig.hash", map[string]any{"algorithms": words(doc.SufficientAlg)})
	}
	if len(doc.InsufficientAlg) > 0 {
		add("insufficient_alg", "No suite authenticates by "+strings.Join(doc.InsufficientAlg, " or "), audit.MustNot, "suite.predicate", map[string]any{"deny": authConditions(doc.InsufficientAlg)})
	}
	if h := doc.Hash; h != nil {
		if len(h.Insufficient) > 0 {
			add("hash.insufficient", "Certificates are not signed with "+strings.Join(h.Insufficient, " or "), audit.MustNot, "cert.sig.hash", map[string]any{"forbid": words(h.Insufficient)})
		}
		if len(h.PhaseOut) > 0 {
			add("hash.phase_out", "Certificates are not signed with "+strings.Join(h.PhaseOut, " or "), audit.ShouldNot, "cert.sig.hash", map[string]any{"forbid": words(h.PhaseOut)})
		}
	}
	return nil
}

// authConditions turns words for ways to authenticate into conditions on
// suites; "export" is none of them and stands for export grade. A word the
// registry does not know is left as it is, for the check to refuse.
func authConditions(list []string) []any {
	var auth, conditions []any
	for _, word := range list {
		if word == "export" {
			conditions = append(conditions, map[string]any{"when": map[string]any{"export": true}})
			continue
		}
		auth = append(auth, cmp.Or(map[string]string{"dss": "DSS", "psk": "PSK", "null": "NULL", "krb5": "KRB5"}[word], word))
	}
	if len(auth) > 0 {
		conditions = append(conditions, map[string]any{"when": map[string]any{"auth": auth}})
	}
	return conditions
}

// certHashDoc is a short form for profiles that say only this much.
type certHashDoc struct {
	Place     audit.Place `yaml:",place"`
	Control   string      `yaml:"control"`
	Forbidden []string    `yaml:"forbidden,required"`
	// Min documents the weakest hash that is left.
	Min string `yaml:"min"`
}

func (x *expander) certHash(s *certHashDoc) {
	x.add("cert_hash.forbidden", "Certificates are not signed with "+strings.Join(s.Forbidden, " or "), s.Control, audit.MustNot, s.Place, "cert.sig.hash", map[string]any{"forbid": words(s.Forbidden)})
}

// without returns the words of a list that are not on the other.
func without(list, other []string) []string {
	return slices.DeleteFunc(list, func(word string) bool { return slices.Contains(other, word) })
}
