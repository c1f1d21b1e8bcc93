package scanner

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// maxChains bounds the distinct chains kept of one endpoint: a peer that makes
// up a new one for each connection is not worth more.
const maxChains = 16

// seenChain is one distinct certificate list.
type seenChain struct {
	sum       [32]byte
	der       [][]byte
	versions  []audit.Version
	truncated bool
	// staple is the last OCSP response sent with it; unstapled: it was sent
	// without one although one was asked for.
	staple    []byte
	unstapled bool
	// timestamps is how many SCTs an extension brought with it; untimed: it was
	// sent without although they were asked for.
	timestamps int
	untimed    bool
}

// sawCertificates files the certificates of a flight, for whose status it was
// asked or not.
func (e *endpoint) sawCertificates(f *wire.Flight, status bool) {
	if len(f.Certificates) == 0 || f.CertificateType != 0 { // a raw key is no certificate
		return
	}
	v := audit.Version(f.Version)
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(e.chains, func(c *seenChain) bool { return slices.EqualFunc(c.der, f.Certificates, bytes.Equal) })
	if i < 0 {
		if len(e.chains) == maxChains {
			e.addNote(fmt.Sprintf("more than %d certificate chains were presented; the rest is left out", maxChains))
			return
		}
		i = len(e.chains)
		e.chains = append(e.chains, &seenChain{sum: sumOf(f.Certificates), der: f.Certificates, truncated: f.CertificatesTruncated})
	}
	c := e.chains[i]
	if !slices.Contains(c.versions, v) {
		c.versions = append(c.versions, v)
		slices.Sort(c.versions)
	}
	switch {
	case len(f.OCSP) > 0:
		c.staple = f.OCSP
	case status && f.Done:
		c.unstapled = true
	}
	c.timestamps = max(c.timestamps, f.SCTs)
	c.untimed = c.untimed || status && f.Done && f.SCTs == 0
}

// sumOf is a fingerprint of a certificate list.
func sumOf(list [][]byte) [32]byte {
	h := sha256.New()
	for _, der := range list {
		fmt.Fprintf(h, "%d:", len(der))
		h.Write(der)
	}
	return [32]byte(h.Sum(nil))
}

// assess turns the chains seen into facts, those of the newest versions first.
func (e *endpoint) assess() []audit.Chain {
	e.mu.Lock()
	seen := slices.Clone(e.chains)
	e.mu.Unlock()
	slices.SortFunc(seen, func(a, b *seenChain) int {
		return cmp.Or(
			-cmp.Compare(slices.Max(a.versions), slices.Max(b.versions)),
			slices.Compare(a.sum[:], b.sum[:]),
		)
	})
	list := make([]audit.Chain, 0, len(seen))
	for _, c := range seen {
		chain := e.s.certificates.Assess(c.der, e.target.Name(), e.s.opt.Anchors, e.s.opt.Now())
		chain.Versions, chain.Stapled, chain.Timestamps = c.versions, c.stapled(), c.delivered()
		chain.Truncated = chain.Truncated || c.truncated
		if chain.Certificates == nil {
			chain.Certificates = []audit.Certificate{}
		}
		list = append(list, chain)
	}
	return list
}

// The signature schemes that make a TLS 1.3 server show its RSA certificate, or
// its ECDSA or EdDSA one (RFC 8446 section 4.4.2.2). PKCS #1 and SHA-1 sign no
// handshake in TLS 1.3, but the certificates above the leaf.
var (
	schemesRSA   = []uint16{0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601, 0x0201}
	schemesECDSA = []uint16{0x0403, 0x0503, 0x0603, 0x081A, 0x081B, 0x081C, 0x0203}
	schemesEdDSA = []uint16{0x0807, 0x0808}
)

// askCertificates13 reads the certificates of TLS 1.3, which are encrypted and
// take a key exchange. Elliptic curves of both kinds are asked for at once, to
// spare the servers that have neither a connection.
func (e *endpoint) askCertificates13(ctx context.Context, x *version) {
	e.askCertificate13(ctx, x, "RSA", schemesRSA)
	switch e.askCertificate13(ctx, x, "ECDSA or EdDSA", slices.Concat(schemesECDSA, schemesEdDSA)) {
	case "ecdsa":
		e.askCertificate13(ctx, x, "EdDSA", schemesEdDSA)
	case "ed25519", oidEd448:
		e.askCertificate13(ctx, x, "ECDSA", schemesECDSA)
	}
}

// keyedSuites are those a keyed reader has keys for.
var keyedSuites = []uint16{0x1301, 0x1302, 0x1303}

// oidEd448 stands for the type of a key of Ed448 (RFC 8410), which has no name
// in facts.
const oidEd448 = "1.3.101.113"

// askCertificate13 asks for the certificate of one kind and returns the type of
// the key that was presented, empty if none was.
func (e *endpoint) askCertificate13(ctx context.Context, x *version, kind string, schemes []uint16) string {
	h := wire.Hello13{SNI: e.sni, ALPN: e.alpn, SigAlgs: schemes, OCSP: true, SCT: true}
	if x.quick == nil && slices.Contains(keyedSuites, x.reply.Suite) {
		h.Suites = candidatesFor(x.Version) // so that it answers what recheck asks
	}
	r := e.ask(ctx, question{
		read: func(ctx context.Context, c net.Conn) wire.Flight {
			return e.readTLS13(ctx, c, x, h)
		},
		until: wire.UntilKeyExchange,
		about: fmt.Sprintf("%s, %s certificate", x.Version, kind),
	})
	refused := r.Outcome == wire.Alert || r.hit() && r.Stop == wire.Alert || r.quiet() && e.confirmed(ctx, r.ended)
	x.sawKind(kind, &r, refused)
	x.sawScheme(&r)
	switch {
	case h.Suites != nil && r.is(x.Version) && r.Suite == x.reply.Suite:
		x.again++
	case r.Alert == 40 && (r.Outcome == wire.Alert || r.is(x.Version) && r.Stop == wire.Alert):
		x.shunned = r.ended
	}
	if r.is(x.Version) && r.SigAlg != 0 && !slices.Contains(schemes, r.SigAlg) {
		x.disobeyed = "signed with " + schemeName(r.SigAlg) + ", which was not offered"
	}
	if !r.is(x.Version) || len(r.Certificates) == 0 {
		return ""
	}
	return e.s.certificates.Parse(r.Certificates[0]).Key.Type
}

// sawKind notes whether a kind of certificate was read, or refused.
func (x *version) sawKind(kind string, r *reply, refused bool) {
	switch {
	case r.is(x.Version) && len(r.Certificates) > 0:
		x.certified = true
	case !refused && x.missing == "":
		x.missing = fmt.Sprintf("%s: the %s certificate was not read: %s", x.Version, kind, r.text())
		if r.hit() && r.Err != nil {
			x.missing = fmt.Sprintf("%s: the %s certificate was not read: %s", x.Version, kind, plain(r.Err))
		}
	}
}

// sawKinds does the same for all kinds of certificate the suites found need.
func (x *version) sawKinds() {
	if x.SuitesAnswer != audit.Accepted {
		x.missing = x.Version.String() + ": a suite not found may present another certificate"
		return
	}
	read, needed := map[string]bool{}, []string{}
	for _, h := range x.hits {
		s, _ := tlsreg.SuiteByCode(audit.Code(h.code))
		if s.Auth == "anon" || s.Auth == "NULL" {
			continue
		}
		needed = append(needed, s.Auth)
		read[s.Auth] = read[s.Auth] || len(h.flight.Certificates) > 0
	}
	for _, auth := range needed {
		x.certified = true
		if !read[auth] {
			x.missing = fmt.Sprintf("%s: the %s certificate was not read", x.Version, auth)
			return
		}
	}
}

// allChains says whether every kind of certificate was read: a version without
// an answer may have one of its own.
func (e *endpoint) allChains(versions []*version) (audit.Answer, string) {
	certified := false
	for _, x := range versions {
		if x.Version != audit.SSLv2 && !x.Answer.Known() {
			return audit.Undetermined, fmt.Sprintf("%s is %s and may present another certificate", x.Version, x.Answer)
		}
		if x.Answer != audit.Accepted || x.Version == audit.SSLv2 {
			continue
		}
		if x.missing == "" && x.Version == audit.TLSv13 && !x.certified {
			x.missing = x.Version.String() + ": no certificate was read"
		}
		if x.missing != "" {
			return audit.Undetermined, x.missing
		}
		certified = certified || x.certified
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.torn:
		return audit.Undetermined, "the back ends disagree"
	case len(e.chains) >= maxChains:
		return audit.Undetermined, "too many chains were presented"
	case !certified:
		return audit.Undetermined, "no certificate was read"
	}
	return audit.Accepted, ""
}
