package scanner

import (
	"crypto/ecdh"
	"crypto/rand"
	"slices"
	"strconv"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// padTo keeps hellos out of the range of 256 to 511 bytes, in which some old
// load balancers hang.
const padTo = 512

// style is how a version is asked for. It is found with the version and kept
// for all further questions about it.
type style uint8

const (
	// stylePlain: all extensions; for TLS 1.3 an empty list of shares.
	stylePlain style = iota
	// styleMinimal: no extensions (up to TLS 1.2).
	styleMinimal
	// styleGrease: TLS 1.3 with a share of a group no server has, for those
	// that refuse an empty list.
	styleGrease
	// styleShares: TLS 1.3 with real shares, for those that refuse both. The
	// group is then the server's choice among these shares first.
	styleShares
)

// hello returns the hello that asks for version v with the given suites.
func (e *endpoint) hello(v audit.Version, st style, suites []uint16) *wire.Hello {
	if v == audit.TLSv13 {
		return e.hello13(st, suites, candidates().groups13)
	}
	h := &wire.Hello{
		Version: uint16(v),
		Suites:  append(suites[:len(suites):len(suites)], renegotiation),
		Minimal: v == audit.SSLv3 || st == styleMinimal,
		SNI:     e.sni,
		ALPN:    e.alpn,
		Groups:  wire.WideGroups,
		SigAlgs: wire.WideSigAlgs,
		// A server may insist on the first; the others are what every client
		// sends, and hold back no server.
		EMS: true, ETM: true, Ticket: true, OCSP: true, SCT: true,
		PadTo: padTo,
	}
	return h
}

// hello13 returns a TLS 1.3 hello with the given suites and groups.
func (e *endpoint) hello13(st style, suites, groups []uint16) *wire.Hello {
	h := &wire.Hello{
		Version:  uint16(audit.TLSv12),
		Versions: []uint16{uint16(audit.TLSv13)},
		Suites:   suites,
		SNI:      e.sni,
		ALPN:     e.alpn,
		Groups:   groups,
		SigAlgs:  wire.SigAlgs13,
		Shares:   []wire.KeyShare{},
		EMS:      true, OCSP: true,
		PadTo: padTo,
	}
	switch st {
	case styleGrease:
		h.Groups = append([]uint16{grease}, groups...)
		h.Shares = []wire.KeyShare{{Group: grease, Data: []byte{0}}}
	case styleShares:
		h.Shares = realShares(groups)
	}
	return h
}

// realShares makes a share for each of groups that takes no effort. Their
// private keys are thrown away.
func realShares(groups []uint16) []wire.KeyShare {
	shares := []wire.KeyShare{}
	for _, g := range groups {
		var curve ecdh.Curve
		switch g {
		case 29:
			curve = ecdh.X25519()
		case 23:
			curve = ecdh.P256()
		case 24:
			curve = ecdh.P384()
		case 25:
			curve = ecdh.P521()
		default:
			continue
		}
		if key, err := curve.GenerateKey(rand.Reader); err == nil {
			shares = append(shares, wire.KeyShare{Group: g, Data: key.PublicKey().Bytes()})
		}
	}
	return shares
}

// offer is the question whether version v is accepted with one of suites. Up
// to TLS 1.2 the flight is read to its end: the server has sent it anyway.
func (e *endpoint) offer(v audit.Version, st style, suites []uint16) question {
	h := e.hello(v, st, suites)
	q := question{
		hello: h.AppendTo(nil), bare: h.Minimal,
		about: v.String() + ", " + strconv.Itoa(len(suites)) + " suites",
	}
	if v < audit.TLSv13 {
		q.until = wire.UntilKeyExchange
	}
	return q
}

// candidatesFor returns the suites to offer at version v.
func candidatesFor(v audit.Version) []uint16 {
	if v == audit.TLSv13 {
		return candidates().suites13
	}
	return candidates().suites12
}

// kindsFor returns the suites to offer at version v, cut into kinds at the usual
// level. They are shared.
func kindsFor(v audit.Version) [][]uint16 {
	if v == audit.TLSv13 {
		return candidates().kinds13
	}
	return candidates().kinds12
}

// The levels at which splitSuites cuts.
const (
	coarse = iota // elliptic curves, finite fields, and others
	usual         // and what every server has apart from what few have
	byKey         // and by certificate
	halves        // and in two; each further level halves again
	finest = halves + 7
)

// splitSuites cuts a list into chunks of at most most suites. No chunk mixes
// finite-field with elliptic-curve key exchange: a server without
// Diffie-Hellman parameters may choose a DHE suite, fail, and so hide those it
// likes less. The same goes for a server without an ECDSA certificate, or one
// that knows NULL suites but cannot do them: at the usual level, the suites in
// everyday use with an RSA certificate have chunks of their own.
func splitSuites(list []uint16, most, level int) (chunks [][]uint16) {
	var kinds []string
	classes := map[string][]uint16{}
	for _, code := range list {
		kind := kindOf(code, level)
		if classes[kind] == nil {
			kinds = append(kinds, kind)
		}
		classes[kind] = append(classes[kind], code)
	}
	for _, kind := range kinds {
		class := classes[kind]
		parts := 1 << max(0, level-byKey)
		size := (len(class) + parts - 1) / parts
		chunks = slices.AppendSeq(chunks, slices.Chunk(class, min(size, most)))
	}
	return chunks
}

// kindOf names what may keep a server from a suite it has chosen: its key
// exchange, and at higher levels its cipher and certificate.
func kindOf(code uint16, level int) string {
	s, _ := tlsreg.SuiteByCode(audit.Code(code))
	common := !s.Export && position(s.Enc, "AES", "3DES", "RC4") < 3
	switch {
	case level >= byKey && s.Auth == "anon":
		return "anonymous"
	case level >= byKey && (s.KX == "ECDHE" || s.KX == "ECDH" || s.KX == "DHE" || s.KX == "DH"):
		return s.KX + " " + s.Auth
	case level >= usual && s.KX == "ECDHE" && s.Auth == "RSA":
		return "ECDHE RSA"
	case level >= usual && s.KX == "RSA" && common:
		return "RSA in common use"
	case s.KX == "ECDHE", s.KX == "ECDH":
		return "elliptic curves"
	case s.KX == "DHE", s.KX == "DH":
		return "finite fields"
	case level >= byKey && s.KX == "RSA":
		return "RSA"
	}
	return "others"
}
