package scanner

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// strangeName is a name no server has (RFC 6761 section 6.4).
const strangeName = "nobody.invalid"

// askNames compares the answer to a hello in the name of the target with those
// to one without a name and to one with a strange name, at the newest version
// before TLS 1.3, where certificates are in clear, or else at TLS 1.3.
func askNames(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	if e.sni == "" {
		return
	}
	var x *version
	for _, y := range versions {
		if y.Answer == audit.Accepted && y.Version >= audit.TLSv10 && len(y.hits) > 0 && y.style != styleMinimal && (y.Version < audit.TLSv13 || x == nil) {
			x = y
		}
	}
	if x == nil {
		return
	}
	usual := e.askName(ctx, x, e.sni)
	for _, other := range []struct {
		feature audit.Feature
		name    string
	}{{audit.FeatureNoServerName, ""}, {audit.FeatureUnknownServerName, strangeName}} {
		if ctx.Err() != nil {
			return
		}
		x.asked = append(x.asked, e.compareName(ctx, x, other.feature, other.name, &usual))
	}
}

func (e *endpoint) compareName(ctx context.Context, x *version, feature audit.Feature, name string, usual *reply) audit.FeatureFact {
	r := e.askName(ctx, x, name)
	f := audit.FeatureFact{Name: feature, Version: x.Version, Answer: audit.Undetermined, Evidence: r.text()}
	switch {
	case r.is(x.Version) && len(r.Certificates) > 0 && len(usual.Certificates) > 0:
		f.Answer, f.Value = audit.Accepted, "same certificate"
		if !bytes.Equal(r.Certificates[0], usual.Certificates[0]) {
			sum := sha256.Sum256(r.Certificates[0])
			f.Value = "other certificate, SHA-256 " + hex.EncodeToString(sum[:])
		}
		if slices.Contains(r.Warnings, alertName) {
			f.Evidence += " behind a warning alert " + tlsreg.AlertName(alertName)
		}
	case r.is(x.Version) && r.Done:
		f.Answer = audit.Accepted
	case (r.refusal() || r.Outcome == wire.Alert && r.Alert == alertName) && usual.is(x.Version) && e.confirmed(ctx, r.ended):
		f.Answer = audit.Refused
	}
	return f
}

// askName asks for the certificate behind a name; the empty one is left out.
func (e *endpoint) askName(ctx context.Context, x *version, name string) reply {
	q := question{until: wire.UntilKeyExchange, bare: true, foreign: name != e.sni, about: x.Version.String() + ", server name " + name}
	if x.Version == audit.TLSv13 {
		q.read = func(ctx context.Context, c net.Conn) wire.Flight {
			return wire.ReadTLS13(ctx, c, wire.Hello13{SNI: name, ALPN: e.alpn}).Flight
		}
	} else {
		h := e.hello(x.Version, x.style, x.widened())
		h.SNI, h.OCSP = name, false
		q.hello = h.AppendTo(nil)
	}
	return e.ask(ctx, q)
}

// widened are the suites of x and others, as many as the server takes: behind
// another name there may be a certificate none of those found goes with.
func (x *version) widened() []uint16 {
	list := codes(x.hits)
	for _, code := range candidatesFor(x.Version) {
		if !slices.Contains(list, code) {
			list = append(list, code)
		}
	}
	return list[:min(len(list), max(x.most, tiny), maxChunk)]
}
