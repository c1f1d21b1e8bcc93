package scanner

import (
	"context"
	"net"
	"slices"
	"strconv"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// extra is a thing no enumeration offers, because a server may stumble over it.
type extra struct {
	feature audit.Feature
	offer   func(*wire.Hello)
	// read reports whether the server took it, and how.
	read func(*reply) (value string, taken bool)
	// bare: it can be offered in a hello without extensions.
	bare bool
}

func extension(feature audit.Feature, id uint16, offer func(*wire.Hello)) extra {
	return extra{feature: feature, offer: offer, read: func(r *reply) (string, bool) { return "", r.HasExtension(id) }}
}

// oddities lists what to offer beside the usual. Application protocols are
// offered where it is known which ones fit.
func (e *endpoint) oddities() []extra {
	list := []extra{
		{audit.FeatureCompression, func(h *wire.Hello) { h.Compression = []byte{1, 0} }, func(r *reply) (string, bool) {
			return compressionName(r.Compression), r.Compression != 0
		}, true},
		extension(audit.FeatureHeartbeat, wire.ExtHeartbeat, func(h *wire.Hello) { h.Heartbeat = true }),
		extension(audit.FeatureTruncatedHMAC, wire.ExtTruncatedHMAC, func(h *wire.Hello) { h.TruncatedHMAC = true }),
		extension(audit.FeatureClientCertificateURL, wire.ExtClientCertificateURL, func(h *wire.Hello) { h.CertificateURL = true }),
		extension(audit.FeatureStatusRequestV2, wire.ExtStatusRequestV2, func(h *wire.Hello) { h.StatusV2 = true }),
	}
	list = append(list, extra{
		feature: audit.FeatureRawPublicKey,
		offer:   func(h *wire.Hello) { h.Extra = append(h.Extra, rawPublicKey) },
		read:    func(r *reply) (string, bool) { return "", r.CertificateType == 2 },
	})
	if protocols := e.protocols(); protocols != nil {
		list = append(list, extra{
			feature: audit.FeatureALPN,
			offer:   func(h *wire.Hello) { h.ALPN = protocols },
			read:    func(r *reply) (string, bool) { return protocolName(r.ALPN), r.ALPN != "" },
		})
	}
	return list
}

// rawPublicKey offers to take a bare key, and a certificate if there is none
// (RFC 7250 section 4.1).
var rawPublicKey = wire.Extension{Type: wire.ExtServerCertificate, Data: []byte{2, 2, 0}}

// protocols are the application protocols to offer, nil if none is known.
func (e *endpoint) protocols() []string {
	if e.alpn == nil && e.target.Protocol == "https" {
		return []string{"h2", "http/1.1"}
	}
	return e.alpn
}

// protocolName makes a name of what a peer sent safe to show.
func protocolName(s string) string {
	if quoted := strconv.QuoteToASCII(s); quoted != `"`+s+`"` {
		return quoted
	}
	return s
}

func compressionName(method uint8) string {
	switch method {
	case 0:
		return ""
	case 1:
		return "DEFLATE"
	case 64:
		return "LZS"
	}
	return "method " + strconv.Itoa(int(method))
}

// askFeatures asks what the enumeration did not show: three connections for
// most servers. It must be called when the versions are settled.
func (e *endpoint) askFeatures(ctx context.Context, versions []*version) {
	if e.s.opt.Depth == DepthQuick || ctx.Err() != nil {
		return
	}
	var spoken []*version // newest first
	for _, x := range slices.Backward(versions) {
		if x.Answer == audit.Accepted && x.Version != audit.SSLv2 && len(x.hits) > 0 {
			spoken = append(spoken, x)
		}
	}
	var wg sync.WaitGroup
	found := make([][]audit.FeatureFact, len(spoken))
	asked := false
	for i, x := range spoken {
		if x.Version >= audit.TLSv13 && len(spoken) > 1 || asked && e.s.opt.Depth != DepthDeep {
			continue
		}
		asked = true
		wg.Go(func() {
			defer e.contain("the questions about features", nil)
			if x.Version >= audit.TLSv13 {
				found[i] = e.askOdd13(ctx, x)
				return
			}
			odd, scheme := e.askOdd(ctx, x)
			found[i] = odd
			e.askSigned(ctx, x, scheme)
		})
	}
	var fallback []audit.FeatureFact
	if len(spoken) > 1 {
		wg.Go(func() {
			defer e.contain("the fallback question", nil)
			fallback = e.askFallback(ctx, spoken[1])
		})
	}
	wg.Wait()
	for i, x := range spoken {
		x.asked = found[i]
	}
	if len(spoken) > 1 {
		spoken[1].asked = append(spoken[1].asked, fallback...)
	}
}

// sessionSuites are suites for questions about something else: those found
// already, and of these the ones with CBC if there are any, because
// truncated_hmac makes no sense with others.
func (x *version) sessionSuites(with func(tlsreg.Suite) bool) (suites []uint16) {
	for _, h := range x.hits {
		if s, _ := tlsreg.SuiteByCode(audit.Code(h.code)); with(s) && len(suites) < tiny {
			suites = append(suites, h.code)
		}
	}
	return suites
}

// askOddAgain offers all oddities together with all suites, and groups without
// the one chosen first, so that one answer may say three things: about the
// oddities, which group comes next, and that the suite chosen first is chosen
// again. That takes a server that has answered as most do so far; if it does
// not now, the three are asked for one by one. The oddities wait where there
// are suites of CBC, with which some of them make sense alone.
func (e *endpoint) askOddAgain(ctx context.Context, x *version) {
	s, _ := tlsreg.SuiteByCode(audit.Code(x.reply.Suite))
	if x.Version != audit.TLSv12 || x.style != stylePlain || !x.complete || x.limited || x.parted ||
		s.KX != "ECDHE" || s.Auth != "RSA" {
		return
	}
	oddities := e.oddities()
	if x.sessionSuites(isCBC) != nil {
		oddities = nil
	}
	r := e.ask(ctx, e.oddQuestion(x, candidatesFor(x.Version), without(wire.WideGroups, x.reply.Group), oddities, oddities != nil))
	if !r.is(x.Version) {
		return
	}
	if r.Suite != x.reply.Suite {
		if other, _ := tlsreg.SuiteByCode(audit.Code(r.Suite)); other.KX == s.KX {
			x.again -= 2 // it is not for want of a group: another server may have answered
		}
		return
	}
	x.again++
	x.next = &r
	if oddities != nil {
		x.odd = &r
	}
}

// askOdd offers all oddities at once, and one by one if the server cannot take
// that. It returns the scheme of the signature, too, see legacySchemes.
func (e *endpoint) askOdd(ctx context.Context, x *version) (facts []audit.FeatureFact, scheme uint16) {
	list := e.oddities()
	if x.Version == audit.SSLv3 || x.style == styleMinimal {
		list = slices.DeleteFunc(list, func(o extra) bool { return !o.bare })
	}
	suites := x.sessionSuites(isCBC)
	if suites == nil {
		suites = x.sessionSuites(func(tlsreg.Suite) bool { return true })
	}
	var r reply
	if x.odd != nil {
		r = *x.odd
	} else {
		r = e.offerOdd(ctx, x, suites, list, true)
	}
	if r.Outcome == wire.Alert && r.Alert == alertALPN {
		i := slices.IndexFunc(list, func(o extra) bool { return o.feature == audit.FeatureALPN })
		if i >= 0 {
			// It negotiates, only nothing that was offered.
			facts = append(facts, audit.FeatureFact{Name: audit.FeatureALPN, Version: x.Version, Answer: audit.Accepted, Evidence: r.text()})
			list = slices.Delete(list, i, i+1)
			r = e.offerOdd(ctx, x, suites, list, true)
		}
	}
	if r.is(x.Version) {
		for _, o := range list {
			facts = append(facts, o.fact(x.Version, &r))
		}
		return facts, r.SigAlg
	}
	for _, o := range list {
		r := e.offerOdd(ctx, x, suites, []extra{o}, false)
		f := audit.FeatureFact{Name: o.feature, Version: x.Version, Answer: audit.Undetermined, Evidence: r.text()}
		switch {
		case r.is(x.Version):
			f = o.fact(x.Version, &r)
		case r.Outcome == wire.Alert && r.Alert == alertALPN && o.feature == audit.FeatureALPN:
			f.Answer = audit.Accepted
		case (r.refusal() || r.faulty()) && e.confirmed(ctx, r.ended):
			// The suites were taken before, so the refusal is about this.
			f.Answer = audit.Refused
		}
		facts = append(facts, f)
	}
	return facts, 0
}

// offerOdd asks for one of suites with the given oddities; wide also puts the
// signature schemes first that a server should not follow.
func (e *endpoint) offerOdd(ctx context.Context, x *version, suites []uint16, list []extra, wide bool) reply {
	return e.ask(ctx, e.oddQuestion(x, suites, nil, list, wide))
}

// oddQuestion is the question of offerOdd; groups are the usual ones if nil.
func (e *endpoint) oddQuestion(x *version, suites, groups []uint16, list []extra, wide bool) question {
	h := e.hello(x.Version, x.style, suites)
	if groups != nil {
		h.Groups = groups
	}
	for _, o := range list {
		o.offer(h)
	}
	if wide {
		h.SigAlgs = slices.Concat(legacySchemes, slices.DeleteFunc(slices.Clone(h.SigAlgs), func(s uint16) bool { return slices.Contains(legacySchemes, s) }))
	}
	about := x.Version.String() + ", features"
	if len(list) == 0 {
		about = x.Version.String() + ", next group"
	}
	if !wide && len(list) == 1 {
		about = x.Version.String() + ", " + string(list[0].feature)
	}
	return question{hello: h.AppendTo(nil), until: wire.UntilKeyExchange, bare: h.Minimal, about: about}
}

// fact reads the answer out of a ServerHello.
func (o *extra) fact(v audit.Version, r *reply) audit.FeatureFact {
	f := audit.FeatureFact{Name: o.feature, Version: v, Answer: audit.Refused, Evidence: r.text() + " without it"}
	if value, taken := o.read(r); taken {
		f.Answer, f.Value, f.Evidence = audit.Accepted, value, r.text()+" with it"
	}
	return f
}

// askOdd13 asks a server of TLS 1.3 alone for what is left of the features
// there, which it answers in EncryptedExtensions.
func (e *endpoint) askOdd13(ctx context.Context, x *version) (facts []audit.FeatureFact) {
	h := wire.Hello13{SNI: e.sni, ALPN: e.protocols(), OCSP: true, SCT: true, Heartbeat: true, Extra: []wire.Extension{rawPublicKey}}
	var encrypted []uint16
	ask := func() reply {
		return e.ask(ctx, question{
			read: func(ctx context.Context, c net.Conn) wire.Flight {
				f := wire.ReadTLS13(ctx, c, h)
				encrypted = f.EncryptedExtensions
				return f.Flight
			},
			until: wire.UntilKeyExchange,
			about: x.Version.String() + ", features",
		})
	}
	alpn := h.ALPN != nil
	r := ask()
	if alpn && r.Alert == alertALPN && (r.Outcome == wire.Alert || r.Stop == wire.Alert) {
		facts = append(facts, audit.FeatureFact{Name: audit.FeatureALPN, Version: x.Version, Answer: audit.Accepted, Evidence: r.text()})
		h.ALPN, alpn = nil, false
		r = ask()
	}
	file := func(name audit.Feature, value string, taken bool) {
		f := audit.FeatureFact{Name: name, Version: x.Version, Answer: audit.Refused, Evidence: "EncryptedExtensions without it"}
		switch {
		case !r.is(x.Version) || len(r.Certificates) == 0: // the message before was not read either
			f.Answer, f.Evidence = audit.Undetermined, r.text()
		case taken:
			f.Answer, f.Value, f.Evidence = audit.Accepted, value, "EncryptedExtensions with it"
		}
		facts = append(facts, f)
	}
	file(audit.FeatureHeartbeat, "", slices.Contains(encrypted, wire.ExtHeartbeat))
	file(audit.FeatureRawPublicKey, "", r.CertificateType == 2)
	if alpn {
		file(audit.FeatureALPN, protocolName(r.ALPN), r.ALPN != "")
	}
	return facts
}

// fallback is TLS_FALLBACK_SCSV, and alertFallback the answer of a server that
// knows it and could do better (RFC 7507).
const (
	fallback      = 0x5600
	alertFallback = 86
)

// askFallback pretends to be a client that gave up on the newest version.
func (e *endpoint) askFallback(ctx context.Context, x *version) []audit.FeatureFact {
	suites := append(x.sessionSuites(func(tlsreg.Suite) bool { return true }), fallback)
	r := e.ask(ctx, e.offer(x.Version, x.style, suites))
	f := audit.FeatureFact{Name: audit.FeatureFallbackSCSV, Version: x.Version, Answer: audit.Undetermined, Evidence: r.text()}
	switch {
	case r.Outcome == wire.Alert && r.Alert == alertFallback:
		f.Answer = audit.Accepted
	case r.is(x.Version):
		f.Answer = audit.Refused
	}
	return []audit.FeatureFact{f}
}
