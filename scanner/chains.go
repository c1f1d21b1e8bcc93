package scanner

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
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
}

// sawCertificates files the certificates of a flight.
func (e *endpoint) sawCertificates(f *wire.Flight) {
	if len(f.Certificates) == 0 {
		return
	}
	h := sha256.New()
	for _, der := range f.Certificates {
		fmt.Fprintf(h, "%d:", len(der))
		h.Write(der)
	}
	sum := [32]byte(h.Sum(nil))
	v := audit.Version(f.Version)
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(e.chains, func(c *seenChain) bool { return c.sum == sum })
	if i < 0 {
		if len(e.chains) == maxChains {
			e.addNote(fmt.Sprintf("more than %d certificate chains were presented; the rest is left out", maxChains))
			return
		}
		i = len(e.chains)
		e.chains = append(e.chains, &seenChain{sum: sum, der: f.Certificates, truncated: f.CertificatesTruncated})
	}
	if c := e.chains[i]; !slices.Contains(c.versions, v) {
		c.versions = append(c.versions, v)
		slices.Sort(c.versions)
	}
}

// leaves returns the leaf certificates seen so far.
func (e *endpoint) leaves() [][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list [][]byte
	for _, c := range e.chains {
		list = append(list, c.der[0])
	}
	return list
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
		chain := pki.Assess(c.der, e.target.Name(), e.s.opt.Anchors, e.s.opt.Now())
		chain.Versions = c.versions
		chain.Truncated = chain.Truncated || c.truncated
		if chain.Certificates == nil {
			chain.Certificates = []audit.Certificate{}
		}
		list = append(list, chain)
	}
	return list
}

// schemes13 are the signature schemes that make a TLS 1.3 server show its RSA
// certificate, or its ECDSA or EdDSA one (RFC 8446 section 4.4.2.2). PKCS #1
// signs no handshake in TLS 1.3, but the certificates above the leaf.
var schemes13 = []struct {
	name string
	list []uint16
}{
	{"RSA", []uint16{0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601, 0x0201}},
	{"ECDSA or EdDSA", []uint16{0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x081A, 0x081B, 0x081C, 0x0203}},
}

// askCertificates13 reads the certificates of TLS 1.3, which are encrypted and
// take a key exchange.
func (e *endpoint) askCertificates13(ctx context.Context, x *version) {
	for _, s := range schemes13 {
		h := wire.Hello13{SNI: e.sni, ALPN: e.alpn, SigAlgs: s.list, OCSP: true}
		r := e.ask(ctx, question{
			read: func(ctx context.Context, c net.Conn) wire.Flight {
				return wire.ReadTLS13(ctx, c, h).Flight
			},
			until: wire.UntilKeyExchange,
			about: fmt.Sprintf("%s, %s certificate", x.Version, s.name),
		})
		if r.hit() && len(r.Certificates) == 0 && r.Stop != wire.Alert {
			e.note(fmt.Sprintf("%s: the %s certificate was not read: %v", x.Version, s.name, r.Err))
		}
	}
}

// askCertificates12 shows the certificates of an older version by the kind of
// key, where suites are not enumerated, which shows them all.
func (e *endpoint) askCertificates12(ctx context.Context, x *version) {
	seen, _ := tlsreg.SuiteByCode(audit.Code(x.reply.Suite))
	for _, auth := range []string{"RSA", "ECDSA"} {
		if auth == seen.Auth {
			continue
		}
		var suites []uint16
		for _, code := range candidatesFor(x.Version) {
			if s, _ := tlsreg.SuiteByCode(audit.Code(code)); s.Auth == auth && len(suites) < maxChunk {
				suites = append(suites, code)
			}
		}
		e.ask(ctx, e.offer(x.Version, x.style, suites))
	}
}
