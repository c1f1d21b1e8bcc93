package scanner

import (
	"fmt"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
	"tlsaudit/scanner/wire"
)

// maxAuthorities bounds the names of authorities kept of one request.
const maxAuthorities = 64

// request is what a server asked of a client at one version.
type request struct {
	version     audit.Version
	authorities []string
	types       []string
	schemes     []string
}

// sawCertificateRequest keeps the first request of each version.
func (e *endpoint) sawCertificateRequest(f *wire.Flight) {
	r := f.CertificateRequest
	if r == nil {
		return
	}
	v := audit.Version(f.Version)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wantsCert = true
	if slices.ContainsFunc(e.requests, func(r request) bool { return r.version == v }) {
		return
	}
	kept := request{version: v}
	for _, der := range r.Authorities {
		kept.authorities = append(kept.authorities, pki.Name(der))
	}
	if kept.authorities = audit.ClipList(kept.authorities, maxAuthorities); r.Truncated && !audit.Clipped(kept.authorities) {
		kept.authorities = append(kept.authorities, "... 1 more")
	}
	for _, t := range r.Types {
		kept.types = append(kept.types, clientTypeName(t))
	}
	for _, s := range r.SigAlgs {
		kept.schemes = append(kept.schemes, schemeName(s))
	}
	kept.types, kept.schemes = audit.ClipList(kept.types, maxAuthorities), audit.ClipList(kept.schemes, maxAuthorities)
	e.requests = append(e.requests, kept)
}

// clientTypeName is the name of a ClientCertificateType (RFC 5246 section
// 7.4.4, RFC 8422 section 5.5, RFC 9189).
func clientTypeName(t byte) string {
	switch t {
	case 1:
		return "rsa_sign"
	case 2:
		return "dss_sign"
	case 3:
		return "rsa_fixed_dh"
	case 4:
		return "dss_fixed_dh"
	case 5:
		return "rsa_ephemeral_dh"
	case 6:
		return "dss_ephemeral_dh"
	case 20:
		return "fortezza_dms"
	case 64:
		return "ecdsa_sign"
	case 65:
		return "rsa_fixed_ecdh"
	case 66:
		return "ecdsa_fixed_ecdh"
	case 67:
		return "gost_sign256"
	case 68:
		return "gost_sign512"
	}
	return fmt.Sprintf("type %d", t)
}

// clientAuth puts together what was asked of clients, from the request of the
// newest version. Whether a certificate is insisted on is for the full
// handshake to show.
func (e *endpoint) clientAuth(h *audit.Handshake) *audit.ClientAuth {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.requests) == 0 {
		if h != nil && h.ClientCertificate.Known() {
			return &audit.ClientAuth{Answer: h.ClientCertificate}
		}
		return nil
	}
	slices.SortFunc(e.requests, func(a, b request) int { return int(b.version) - int(a.version) })
	newest := e.requests[0]
	a := &audit.ClientAuth{Answer: audit.Accepted, Authorities: newest.authorities, Schemes: newest.schemes}
	for _, r := range slices.Backward(e.requests) {
		a.Versions = append(a.Versions, r.version)
		if len(r.types) > 0 {
			a.Types = r.types
		}
	}
	return a
}
