package scanner

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"slices"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// maxValues bounds the key exchanges remembered of one endpoint.
const maxValues = 4096

// publicValues are the public values a server has shown in key exchanges.
type publicValues struct {
	mu   sync.Mutex
	seen map[publicValue]int
	// count is the number of exchanges that can be compared: of one group or
	// prime. most is the largest of these of each kind.
	count map[oneGroup]int
	most  map[exchangeKind]int
	again map[exchangeKind]string
}

// publicValue is one of them, at whatever version.
type publicValue struct {
	feature audit.Feature
	group   uint16
	prime   fingerprint
	sum     [sha256.Size]byte
}

// oneGroup are exchanges whose public values could be equal.
type oneGroup struct {
	exchangeKind
	group uint16
	prime fingerprint
}

// exchangeKind tells the exchanges apart that are looked at together.
type exchangeKind struct {
	version audit.Version
	feature audit.Feature
}

// sawValue compares the public value of a key exchange with those before it,
// at whatever version. Each connection makes one, so the same value twice is a
// key that was used twice.
func (e *endpoint) sawValue(f *wire.Flight) {
	if len(f.Public) == 0 {
		return
	}
	kind := exchangeKind{audit.Version(f.Version), audit.FeatureReusesECDHE}
	group := groupName(f.Group)
	switch g, _ := tlsreg.GroupByCode(audit.Code(f.Group)); {
	case f.DHBits > 0:
		kind.feature, group = audit.FeatureReusesDHE, fmt.Sprintf("prime of %d bits", f.DHBits)
	case g.Kind == "ffdhe":
		kind.feature = audit.FeatureReusesDHE
	case f.Group == 0:
		group = "explicit curve"
	}
	same := oneGroup{kind, f.Group, fingerprintOf(f.DHPrime)}
	value := publicValue{kind.feature, same.group, same.prime, sha256.Sum256(f.Public)}
	v := &e.values
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil {
		v.seen, v.count, v.most, v.again = map[publicValue]int{}, map[oneGroup]int{}, map[exchangeKind]int{}, map[exchangeKind]string{}
	}
	if len(v.seen) == maxValues {
		return
	}
	v.count[same]++
	v.most[kind] = max(v.most[kind], v.count[same])
	if v.seen[value]++; v.seen[value] > 1 && v.again[kind] == "" {
		v.again[kind] = group
	}
}

// exchanges is the number of key exchanges of a kind that were seen with one
// group.
func (e *endpoint) exchanges(v audit.Version, feature audit.Feature) int {
	e.values.mu.Lock()
	defer e.values.mu.Unlock()
	return e.values.most[exchangeKind{v, feature}]
}

// askReuse makes sure that two key exchanges of each kind and one group were
// seen, which they mostly were without asking.
func askReuse(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	var wg sync.WaitGroup
	for _, x := range versions {
		if x.Answer != audit.Accepted || x.Version == audit.SSLv2 {
			continue
		}
		wg.Go(func() {
			defer e.contain("the questions about reuse", nil)
			if x.Version == audit.TLSv13 {
				if n := e.exchanges(x.Version, audit.FeatureReusesECDHE); n < 2 && len(x.signs) > 0 {
					e.read13(ctx, x, wire.SigAlgs13, "key exchange")
				}
				return
			}
			for _, kind := range []struct {
				feature audit.Feature
				kx      string
			}{{audit.FeatureReusesECDHE, "ECDHE"}, {audit.FeatureReusesDHE, "DHE"}} {
				suites := x.sessionSuites(func(s tlsreg.Suite) bool { return s.KX == kind.kx })
				if len(suites) == 0 {
					continue
				}
				// One connection at least has shown the suite; it may have been cut.
				for n := e.exchanges(x.Version, kind.feature); n < 2 && ctx.Err() == nil; n++ {
					e.ask(ctx, e.offer(x.Version, x.style, suites))
				}
			}
		})
	}
	wg.Wait()
}

// read13 reads the certificate the schemes choose, and with it a public value.
func (e *endpoint) read13(ctx context.Context, x *version, schemes []uint16, about string) reply {
	q := e.question13(x, schemes, about)
	r := e.ask(ctx, q)
	x.sawScheme(&r)
	return r
}

// question13 is the keyed question for a signature with one of schemes. What
// may sign certificates is left open, so that it cannot decide.
func (e *endpoint) question13(x *version, schemes []uint16, about string) question {
	h := wire.Hello13{SNI: e.sni, ALPN: e.alpn, SigAlgs: schemes, CertSigAlgs: wire.SigAlgs13, OCSP: true, SCT: true}
	return question{
		read: func(ctx context.Context, c net.Conn) wire.Flight {
			return wire.ReadTLS13(ctx, c, h).Flight
		},
		until: wire.UntilKeyExchange,
		about: x.Version.String() + ", " + about,
	}
}

// reuses says what the exchanges of one version showed. A single one shows
// nothing.
func (e *endpoint) reuses(x *version) (facts []audit.FeatureFact) {
	v := &e.values
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, feature := range []audit.Feature{audit.FeatureReusesDHE, audit.FeatureReusesECDHE} {
		kind := exchangeKind{x.Version, feature}
		f := audit.FeatureFact{Name: feature, Version: x.Version}
		switch n := v.most[kind]; {
		case v.again[kind] != "":
			f.Answer, f.Value = audit.Accepted, v.again[kind]
			f.Evidence = "a public value came twice within the scan"
		case n > 1:
			f.Answer = audit.Refused
			f.Evidence = fmt.Sprintf("%d key exchanges of one group within the scan, each with a public value of its own", n)
		case n == 1:
			f.Answer, f.Evidence = audit.Undetermined, "no two key exchanges of one group were read"
		default:
			continue
		}
		facts = append(facts, f)
	}
	return slices.Clip(facts)
}
