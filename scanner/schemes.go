package scanner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// signing is one signature scheme in use, with the leaf presented with it.
type signing struct {
	scheme uint16
	leaf   string
}

// sawScheme notes the scheme of a keyed read.
func (x *version) sawScheme(r *reply) {
	if r.is(x.Version) && r.SigAlg != 0 && len(r.Certificates) > 0 {
		x.addSigning(r.SigAlg, r.Certificates[0])
	}
}

func (x *version) addSigning(scheme uint16, leaf []byte) {
	if slices.ContainsFunc(x.signs, func(s signing) bool { return s.scheme == scheme }) {
		return
	}
	sum := sha256.Sum256(leaf)
	x.signs = append(x.signs, signing{scheme, hex.EncodeToString(sum[:])})
}

// sampleSchemes takes the schemes that came up while suites of TLS 1.2 were
// enumerated; those of TLS 1.3 come with the certificates.
func (x *version) sampleSchemes() {
	if x.Version != audit.TLSv12 {
		return
	}
	for _, h := range x.hits {
		if h.flight.SigAlg != 0 && len(h.flight.Certificates) > 0 {
			x.addSigning(h.flight.SigAlg, h.flight.Certificates[0])
		}
	}
}

// schemeFacts lists what is known about the schemes of one version.
func (x *version) schemeFacts(torn bool) []audit.SchemeFact {
	x.sampleSchemes()
	facts := make([]audit.SchemeFact, 0, len(x.signs)+len(x.unsigned))
	for _, s := range x.signs {
		facts = append(facts, audit.SchemeFact{ID: audit.Code(s.scheme), Name: schemeName(s.scheme), Version: x.Version, Answer: audit.Accepted, Leaf: s.leaf})
	}
	rest := x.SchemesAnswer // what was enumerated to the end is refused
	if rest == audit.Accepted && !torn {
		rest = audit.Refused
	} else {
		rest = audit.Undetermined
	}
	for _, scheme := range x.unsigned {
		facts = append(facts, audit.SchemeFact{ID: audit.Code(scheme), Name: schemeName(scheme), Version: x.Version, Answer: rest})
	}
	return facts
}

// certKind is a kind of certificate with the schemes that its key can make.
type certKind struct {
	auth    string
	schemes []uint16
}

// certKinds sorts the schemes of a version by the certificate they need. One
// kind is asked for at a time: a server that picks a suite, or a certificate,
// first and looks for a scheme afterwards would fail at the end of one kind
// and hide the others.
func certKinds(v audit.Version) []certKind {
	usable := "12"
	if v == audit.TLSv13 {
		usable = "13"
	}
	kinds := []certKind{{auth: "RSA"}, {auth: "ECDSA"}, {auth: "DSS"}, {auth: "other"}}
	for _, s := range tlsreg.Schemes() {
		if !slices.Contains(strings.Split(s.Usable, ","), usable) {
			continue
		}
		i := 3
		switch s.Algorithm {
		case "rsa", "rsa-pss":
			i = 0
		case "ecdsa", "eddsa":
			i = 1
		case "dsa":
			i = 2
		}
		kinds[i].schemes = append(kinds[i].schemes, uint16(s.Code))
	}
	if v == audit.TLSv12 { // pairs that no registry names
		for _, code := range legacySchemes {
			if i := slices.Index([]uint16{1, 3, 2}, code&0xFF); !slices.Contains(kinds[i].schemes, code) {
				kinds[i].schemes = append(kinds[i].schemes, code)
			}
		}
	}
	for i := range kinds { // likely ones first
		slices.SortStableFunc(kinds[i].schemes, func(a, b uint16) int {
			return place(wire.WideSigAlgs, a) - place(wire.WideSigAlgs, b)
		})
	}
	return slices.DeleteFunc(kinds, func(k certKind) bool { return len(k.schemes) == 0 })
}

// place is the index of v, or the length of the list.
func place(list []uint16, v uint16) int {
	if i := slices.Index(list, v); i >= 0 {
		return i
	}
	return len(list)
}

// askSchemes enumerates the signature schemes of TLS 1.2 and 1.3, by taking
// the one used out of what is offered.
func askSchemes(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	var wg sync.WaitGroup
	for _, x := range versions {
		if x.Answer != audit.Accepted || x.Version < audit.TLSv12 || x.Version == audit.TLSv12 && x.style != stylePlain {
			continue
		}
		wg.Go(func() {
			defer e.contain("the signature schemes", func() { x.SchemesAnswer = audit.Undetermined })
			x.sampleSchemes()
			e.enumerateSchemes(ctx, x)
		})
	}
	wg.Wait()
}

func (e *endpoint) enumerateSchemes(ctx context.Context, x *version) {
	complete, negative, asked, signed := true, uint64(0), false, e.chainSchemes()
	for _, kind := range certKinds(x.Version) {
		ask := e.schemeQuestion(x, kind.auth)
		if ask == nil {
			continue
		}
		asked = true
		left, done, refused := e.eliminateSchemes(ctx, x, kind.schemes, signed, ask)
		complete, negative = complete && done, max(negative, refused)
		x.unsigned = append(x.unsigned, left...)
	}
	switch {
	case !asked:
	case complete && e.confirmed(ctx, negative):
		x.SchemesAnswer = audit.Accepted
	default:
		x.SchemesAnswer = audit.Undetermined
	}
}

// schemeQuestion returns how to ask for a signature by one kind of
// certificate, nil where no suite has any.
func (e *endpoint) schemeQuestion(x *version, auth string) func(schemes []uint16) question {
	if x.Version == audit.TLSv13 {
		return func(schemes []uint16) question {
			return e.question13(x, schemes, fmt.Sprintf("%d %s schemes", len(schemes), auth))
		}
	}
	suites := x.sessionSuites(func(s tlsreg.Suite) bool { return isSigned(s) && s.Auth == auth })
	if len(suites) == 0 {
		return nil
	}
	return func(schemes []uint16) question {
		h := e.hello(x.Version, x.style, suites)
		h.SigAlgs, h.CertSigAlgs = schemes, wire.WideSigAlgs
		return question{hello: h.AppendTo(nil), until: wire.UntilKeyExchange, about: fmt.Sprintf("%s, %d %s schemes", x.Version, len(schemes), auth)}
	}
}

// eliminateSchemes takes schemes out of list until none is taken any more. It
// returns those left, whether that is believed and when the last refusal came. A server
// that does not know signature_algorithms_cert may refuse because the scheme
// its certificate is signed with is not offered any more: a refusal is put to
// the test with that scheme behind the others. If it is then used itself, no
// client gets at what is left.
func (e *endpoint) eliminateSchemes(ctx context.Context, x *version, list, signed []uint16, ask func([]uint16) question) (left []uint16, complete bool, refused uint64) {
	left = slices.DeleteFunc(slices.Clone(list), func(s uint16) bool {
		return slices.ContainsFunc(x.signs, func(t signing) bool { return t.scheme == s })
	})
	chosen := func(r *reply) uint16 { return r.SigAlg }
	for len(left) > 0 {
		offered := left
		q := ask(offered)
		r := e.ask(ctx, q)
		v := e.judge(ctx, q, &r, x.Version, chosen, offered)
		held := slices.DeleteFunc(slices.Clone(signed), func(s uint16) bool { return slices.Contains(offered, s) })
		if v == none && r.SigAlg == 0 && len(held) > 0 {
			offered = slices.Concat(left, held)
			q = ask(offered)
			r = e.ask(ctx, q)
			v = e.judge(ctx, q, &r, x.Version, chosen, left)
		}
		switch {
		case v == taken:
			x.sawScheme(&r)
			if len(left) < len(list) { // a list of all says nothing about keeping to it
				x.obeyed++
			}
			left = without(left, r.SigAlg)
			continue
		case r.is(x.Version) && r.SigAlg != 0:
			if !slices.Contains(offered, r.SigAlg) {
				x.disobeyed = "signed with " + schemeName(r.SigAlg) + ", which was not offered"
			}
			return left, true, refused // its answer to everything, and no silence
		case v == none && !r.hit(), e.foundNothing(ctx, x, q, &r):
			return left, true, max(refused, r.ended)
		}
		why := r.text()
		if r.hit() && r.Err != nil {
			why += ", then " + plain(r.Err)
		}
		e.note(fmt.Sprintf("%s: the list of signature schemes may be incomplete: %s", x.Version, why))
		return left, false, refused
	}
	return left, true, refused
}

// foundNothing reports whether the server picked a suite and then had nothing
// to sign with: an alert behind its ServerHello. One that may mean anything, as
// the internal_error of JSSE, must come again after a control probe.
func (e *endpoint) foundNothing(ctx context.Context, x *version, q question, r *reply) bool {
	cut := func(r *reply) bool { return r.is(x.Version) && r.SigAlg == 0 && r.Stop == wire.Alert }
	if !cut(r) || r.Alert == 40 || r.Alert == 47 || r.Alert == 71 {
		return cut(r)
	}
	if !e.confirmed(ctx, r.ended) {
		return false
	}
	again := e.askTimes(ctx, q, 1)
	alike := cut(&again) && again.Alert == r.Alert
	if alike {
		*r = again
	}
	return alike
}

// chainSchemes reads from the certificates on file with which schemes they are
// signed: the pair of hash and algorithm that TLS 1.2 has a number for.
func (e *endpoint) chainSchemes() (schemes []uint16) {
	e.mu.Lock()
	chains := slices.Clone(e.chains)
	e.mu.Unlock()
	hashes := map[string]uint16{"sha1": 0x0201, "sha224": 0x0301, "sha256": 0x0401, "sha384": 0x0501, "sha512": 0x0601}
	for _, c := range chains {
		for _, der := range c.der[:min(len(c.der), 4)] {
			algorithm, hash, _ := strings.Cut(pki.Parse(der).Signature, "+")
			code := hashes[hash]
			if algorithm == "ecdsa" && code != 0 {
				code += 2
			}
			if code != 0 && (algorithm == "rsa" || algorithm == "ecdsa") && !slices.Contains(schemes, code) {
				schemes = append(schemes, code)
			}
		}
	}
	return schemes
}
