package scanner

import (
	"context"
	"net"
	"slices"
	"strconv"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// readTLS13 reads the certificates of TLS 1.3. The first time it completes the
// handshake, too, for the tickets: that costs no connection of its own.
func (e *endpoint) readTLS13(ctx context.Context, c net.Conn, x *version, h wire.Hello13) wire.Flight {
	if x.session13 != nil || e.s.opt.Depth == DepthQuick {
		return wire.ReadTLS13(ctx, c, h).Flight
	}
	s := wire.ReadSession13(ctx, c, h)
	if s.Finished {
		x.session13 = &s
	}
	return s.Flight
}

// askSession13 asks about the tickets of TLS 1.3.
func (e *endpoint) askSession13(ctx context.Context, x *version) {
	s := x.session13
	if s == nil {
		made, r := e.session13(ctx)
		if s = &made; !s.Finished {
			x.asked = append(x.asked, e.sessionFacts13(x, s, r.text())...)
			return
		}
	}
	x.asked = append(x.asked, e.sessionFacts13(x, s, "")...)
	if len(s.Tickets) == 0 {
		if s.Closed {
			x.asked = append(x.asked, audit.FeatureFact{Name: audit.FeatureTicketResumption, Version: x.Version, Answer: audit.Refused, Evidence: noTicket})
		}
		return
	}
	x.asked = append(x.asked, e.askPSK(ctx, x, s, &s.Tickets[0], wire.PSKAndDH))
	if e.s.opt.Depth != DepthDeep || ctx.Err() != nil {
		return
	}
	// A ticket may be good for one use.
	if len(s.Tickets) < 2 {
		if again, _ := e.session13(ctx); len(again.Tickets) > 0 {
			s = &again
		}
	}
	x.asked = append(x.asked, e.askPSK(ctx, x, s, &s.Tickets[len(s.Tickets)-1], wire.PSKOnly))
}

const noTicket = "close_notify without a NewSessionTicket before it"

// session13 makes one session.
func (e *endpoint) session13(ctx context.Context) (s wire.Session13, r reply) {
	h := wire.Hello13{SNI: e.sni, ALPN: e.alpn}
	r = e.ask(ctx, question{
		read: func(ctx context.Context, c net.Conn) wire.Flight {
			s = wire.ReadSession13(ctx, c, h)
			return s.Flight
		},
		until: wire.UntilKeyExchange, bare: true,
		about: "TLSv1.3, session",
	})
	return s, r
}

// sessionFacts13 says what a completed handshake showed, or with what it was
// not completed.
func (e *endpoint) sessionFacts13(x *version, s *wire.Session13, broken string) (facts []audit.FeatureFact) {
	file := func(name audit.Feature, taken, refused bool, value, evidence string) {
		f := audit.FeatureFact{Name: name, Version: x.Version, Answer: audit.Undetermined, Evidence: sessionText(s, broken)}
		switch {
		case taken:
			f.Answer, f.Value, f.Evidence = audit.Accepted, value, evidence
		case refused:
			f.Answer, f.Evidence = audit.Refused, evidence
		}
		facts = append(facts, f)
	}
	var lifetime, early uint32
	for _, t := range s.Tickets {
		lifetime, early = max(lifetime, t.Lifetime), max(early, t.EarlyData)
	}
	some := len(s.Tickets) > 0
	evidence := noTicket
	if some {
		evidence = strconv.Itoa(len(s.Tickets)) + " NewSessionTicket"
	}
	file(audit.FeatureSessionTicket, some, s.Closed, "", evidence)
	if some {
		file(audit.FeatureTicketLifetime, true, false, strconv.FormatUint(uint64(lifetime), 10), evidence)
	}
	switch {
	case early > 0:
		evidence += " with early_data"
	case some:
		evidence += " without early_data"
	}
	file(audit.FeatureEarlyData, early > 0, some || s.Closed, strconv.FormatUint(uint64(early), 10), evidence)
	if e.sni != "" && s.Finished {
		named := slices.Contains(s.EncryptedExtensions, wire.ExtServerName)
		evidence := "EncryptedExtensions without it"
		if named {
			evidence = "EncryptedExtensions with it"
		}
		file(audit.FeatureServerName, named, true, "", evidence)
	}
	switch asked := s.CertificateRequest != nil; {
	case s.Finished && !asked:
		file(audit.FeatureClientCertificateRequired, false, true, "", "no CertificateRequest")
	case s.Finished:
		file(audit.FeatureClientCertificateRequired, s.Stop == wire.Alert, s.Closed, "", "empty Certificate: "+sessionText(s, broken))
	}
	return facts
}

// sessionText describes how a session ended.
func sessionText(s *wire.Session13, broken string) string {
	switch {
	case s.Closed:
		return "the handshake completed"
	case s.Finished && s.Stop == wire.Alert:
		return alertText(s.Alert) + " behind Finished"
	case s.Finished:
		return s.Stop.String() + " behind Finished"
	}
	return broken
}

// askPSK offers a ticket in one mode of use. The hello needs no answer beyond
// the ServerHello, so no key is made up for it that is used.
func (e *endpoint) askPSK(ctx context.Context, x *version, s *wire.Session13, t *wire.Ticket, mode byte) audit.FeatureFact {
	f := audit.FeatureFact{Name: audit.FeatureTicketResumption, Version: x.Version, Answer: audit.Undetermined}
	if mode == wire.PSKOnly {
		f.Name = audit.FeaturePSKOnly
	}
	share, err := wire.NewShare(s.Group)
	if err != nil {
		f.Evidence = plain(err)
		return f
	}
	h := e.hello13(stylePlain, nil, []uint16{s.Group})
	h.Shares, h.OCSP = []wire.KeyShare{share}, false
	hello, err := t.Hello(h, mode)
	if err != nil {
		f.Evidence = plain(err)
		return f
	}
	r := e.ask(ctx, question{hello: hello, bare: true, about: x.Version.String() + ", " + string(f.Name)})
	f.Evidence = r.text()
	switch psk := r.HasExtension(wire.ExtPreSharedKey); {
	case !r.is(x.Version) || r.Outcome != wire.ServerHello:
	case psk && mode == wire.PSKOnly && r.HasExtension(wire.ExtKeyShare):
		f.Evidence += " with pre_shared_key and a share, which was not offered"
	case psk:
		f.Answer, f.Evidence = audit.Accepted, r.text()+" with pre_shared_key"
	default:
		f.Answer, f.Evidence = audit.Refused, r.text()+" without pre_shared_key"
	}
	return f
}
