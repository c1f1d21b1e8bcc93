package checks

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// sigHashes and sigAlgorithms are what rules about signatures may name.
var (
	sigHashes     = []string{"md2", "md4", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"}
	sigAlgorithms = []string{"rsa", "ecdsa", "eddsa", "dsa", "ml-dsa"}
)

// sigForm is one signature a policy allows: the pair, and what else it binds.
type sigForm struct {
	text string
	// pair is the signature as certificates have it: "rsa+sha256", "ed25519".
	pair string
	// salt is the length demanded of RSASSA-PSS in bytes, curve and bits what
	// is demanded of the issuer's key.
	salt        int
	curve       string
	bits        int
	from, after time.Time
}

// sigFamily returns the algorithm of a signature without padding and size.
func sigFamily(signature string) string {
	algorithm, _, _ := strings.Cut(signature, "+")
	switch {
	case algorithm == "rsa" || algorithm == "rsa-pss":
		return "rsa"
	case algorithm == "ed25519" || algorithm == "ed448":
		return "eddsa"
	case strings.HasPrefix(algorithm, "ml-dsa-"):
		return "ml-dsa"
	case slices.Contains(sigAlgorithms, algorithm):
		return algorithm
	}
	return ""
}

// allowed compares the signature of certificate i with the forms allowed:
// Undetermined if it depends on a key that was not sent.
func (p *sigParams) allowed(now time.Time, chain *audit.Chain, i int) audit.Answer {
	answer := audit.Refused
	cert := &chain.Certificates[i]
	for k := range p.allow {
		f := &p.allow[k]
		if f.pair != strings.ToLower(cert.Signature) || now.Before(f.from) || !f.after.IsZero() && !now.Before(f.after) {
			continue
		}
		if f.salt > 0 && cert.PSSSalt != f.salt {
			if cert.PSSSalt == 0 {
				answer = audit.Undetermined
			}
			continue
		}
		if f.curve == "" && f.bits == 0 {
			return audit.Accepted
		}
		key := issuerKey(chain, i)
		switch {
		case key == nil || f.curve != "" && key.Curve == "" || f.bits > 0 && key.Bits == 0:
			answer = audit.Undetermined
		case (f.curve == "" || f.curve == key.Curve) && key.Bits >= f.bits:
			return audit.Accepted
		}
	}
	return answer
}

// issuerKey returns the key that signed certificate i, nil if it was not sent.
func issuerKey(chain *audit.Chain, i int) *audit.Key {
	switch list := chain.Certificates; {
	case list[i].SelfSigned:
		return &list[i].Key
	case i+1 < len(list) && chain.Order == audit.Accepted && list[i+1].Error == "":
		return &list[i+1].Key
	}
	return nil
}

// sigPattern reads "rsa_pkcs1+sha256", "rsa>=3072+sha384", "ecdsa P-256+sha256"
// and "rsa_pss+sha256 (salt 32)".
var sigPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(rsa|rsa_pkcs1|rsa-pss|rsa_pss|ecdsa|dsa)(?:>=([0-9]{3,5}))?(?: ([a-z0-9-]+))?\+(sha3-[0-9]{3}|[a-z0-9]+)(?: \(salt ([0-9]{1,3})\))?$`)
})

// sigForm reads one signature, as a word or as a mapping with dates.
func (r *reader) sigForm(key string, item any) sigForm {
	name, ok := r.entry(key, item)
	if !ok {
		return sigForm{}
	}
	f, ok := parseSigForm(name)
	if !ok {
		r.fail("parameter %q: %q is not a signature such as rsa+sha256, rsa-pss+sha256, ecdsa+sha384 or ed25519%s", key, name, didYouMean(name, signatureWords()))
	}
	if m, isMapping := item.(map[string]any); isMapping {
		f.from, _, _ = r.period(key, m, "from")
		_, f.after, _ = r.period(key, m, "until")
	}
	return f
}

// signatureWords are the usual spellings of signatures, for hints.
func signatureWords() []string {
	list := []string{"ed25519", "ed448"}
	for _, algorithm := range []string{"rsa", "rsa-pss", "ecdsa", "dsa"} {
		for _, hash := range sigHashes {
			list = append(list, algorithm+"+"+hash)
		}
	}
	for _, s := range tlsreg.Schemes() {
		list = append(list, s.Name)
	}
	return list
}

func parseSigForm(text string) (f sigForm, ok bool) {
	f = sigForm{text: text, pair: strings.ToLower(text)}
	if f.pair == "ed25519" || f.pair == "ed448" || sigFamily(f.pair) == "ml-dsa" {
		return f, true
	}
	if s, found := tlsreg.SchemeByName(text); found {
		return f, f.fromScheme(s)
	}
	m := sigPattern().FindStringSubmatch(f.pair)
	if m == nil || !slices.Contains(sigHashes, m[4]) {
		return f, false
	}
	algorithm := strings.ReplaceAll(strings.TrimSuffix(m[1], "_pkcs1"), "_", "-")
	f.pair = algorithm + "+" + m[4]
	if m[3] != "" {
		g, found := tlsreg.GroupByName(m[3])
		if !found || algorithm != "ecdsa" {
			return f, false
		}
		f.curve = g.Name
	}
	f.bits, _ = strconv.Atoi(m[2])
	f.salt, _ = strconv.Atoi(m[5])
	return f, (f.salt == 0 || algorithm == "rsa-pss") && (f.bits == 0 || algorithm != "ecdsa")
}

// fromScheme reads a signature scheme of TLS. One of RSASSA-PSS has a salt as
// long as its hash, and one of ECDSA in TLS 1.3 a curve (RFC 9846 section
// 4.3.3).
func (f *sigForm) fromScheme(s tlsreg.Scheme) bool {
	switch s.Algorithm {
	case "rsa", "dsa":
		f.pair = s.Algorithm + "+" + s.Hash
	case "rsa-pss":
		f.pair = "rsa-pss+" + s.Hash
		f.salt = map[string]int{"sha256": 32, "sha384": 48, "sha512": 64}[s.Hash]
	case "ecdsa":
		f.pair = "ecdsa+" + s.Hash
		curve := strings.TrimSuffix(strings.TrimPrefix(s.Name, "ecdsa_"), "_"+s.Hash)
		if g, ok := tlsreg.GroupByName(strings.TrimSuffix(curve, "tls13")); ok {
			f.curve = g.Name
		}
	default:
		if size, ok := strings.CutPrefix(s.Name, "mldsa"); ok {
			f.pair = "ml-dsa-" + size
			return true
		}
		f.pair = s.Name
		return s.Algorithm == "eddsa"
	}
	return slices.Contains(sigHashes, s.Hash)
}
