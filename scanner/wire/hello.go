package wire

import "slices"

// KeyShare is one entry of the key_share extension.
type KeyShare struct {
	Group uint16
	Data  []byte
}

// Extension is one extension as it goes over the wire.
type Extension struct {
	Type uint16
	Data []byte
}

// Hello describes a ClientHello. The zero value of each field leaves the thing
// it describes out, except where stated.
type Hello struct {
	// Version is the version field of the message: the highest version asked
	// for, and 0x0303 for TLS 1.3.
	Version uint16
	// RecordVersion is that of the records; 0 means 0x0300 for an SSLv3 hello
	// and 0x0301 for all others, which every server takes.
	RecordVersion uint16
	// Versions is the supported_versions extension, for TLS 1.3 only.
	Versions []uint16
	// Suites are offered in this order; signalling values (0x00FF, 0x5600) are
	// put in by the caller.
	Suites  []uint16
	Groups  []uint16
	SigAlgs []uint16
	// CertSigAlgs is signature_algorithms_cert: what may sign certificates,
	// where that differs from SigAlgs (RFC 8446 section 4.2.3).
	CertSigAlgs []uint16
	// SNI is a DNS name without a final dot, never an address (RFC 6066).
	SNI  string
	ALPN []string
	// SessionID is at most 32 bytes; nil means 32 fixed bytes if Versions is
	// set (middlebox compatibility, RFC 8446 appendix D.4), else none.
	SessionID []byte
	// Compression methods; nil means {0}, no compression.
	Compression []byte
	// Shares is the key_share extension: nil leaves it out, an empty list that
	// is not nil sends it empty, which makes a TLS 1.3 server answer with a
	// HelloRetryRequest.
	Shares []KeyShare
	// Cookie is that of a HelloRetryRequest.
	Cookie []byte
	// Extra are extensions as they are, behind all others but padding: for what
	// has no field of its own.
	Extra []Extension
	// PadTo makes the handshake message, with its 4-byte header, at least this
	// long (RFC 7685).
	PadTo int
	// Minimal leaves all extensions out, whatever else is set.
	Minimal bool

	Heartbeat     bool // RFC 6520, peer_allowed_to_send
	EMS           bool // extended_master_secret, RFC 7627
	ETM           bool // encrypt_then_mac, RFC 7366
	Ticket        bool // session_ticket, RFC 5077, empty without TicketData
	SCT           bool // signed_certificate_timestamp, RFC 6962
	OCSP          bool // status_request, RFC 6066
	Renegotiation bool // renegotiation_info, empty, RFC 5746

	TruncatedHMAC  bool // truncated_hmac, RFC 6066
	CertificateURL bool // client_certificate_url, RFC 6066
	StatusV2       bool // status_request_v2 for all certificates, RFC 6961

	// TicketData is the ticket in session_ticket, of a session to resume.
	TicketData []byte
	// presharedKey is the content of pre_shared_key, which must come last (RFC
	// 8446 section 4.2.11); see Ticket.Hello.
	presharedKey []byte

	// Random is sent as it is; zero means fixed bytes, so that equal hellos
	// are equal on the wire.
	Random [32]byte
}

const (
	recordHeader = 5
	maxFragment  = 1 << 14
	maxVector    = 1<<16 - 1
)

// fixedRandom stands in for a zero Hello.Random and for the session id.
var fixedRandom = [32]byte([]byte("tlsaudit: a question, no session"))

// pointFormats offers compressed points too, or a server whose certificate key
// is a compressed point looks as if it had no ECDSA suite.
var pointFormats = []byte{0, 1, 2}

var noCompression = []byte{0}

// AppendTo appends the records of the hello to b and returns it. It does not
// allocate when the capacity of b suffices. A hello longer than a record is
// split. A hello that cannot be encoded, because a list or the whole is longer
// than its length field can say, is left out: b comes back unchanged, and
// Exchange reports that there was nothing to send.
func (h *Hello) AppendTo(b []byte) []byte {
	if !h.fits() {
		return b
	}
	start := len(b)
	b = slices.Grow(b, h.sizeHint())
	version := h.RecordVersion
	if version == 0 {
		version = max(0x0300, min(h.Version, 0x0301))
	}
	b = append(b, recordHandshake, byte(version>>8), byte(version), 0, 0)
	body := len(b)
	b = h.appendMessage(b)
	if len(b) == body {
		return b[:start]
	}
	return splitRecords(b, start)
}

// appendMessage appends the handshake message, or nothing if the extensions
// are too long.
func (h *Hello) appendMessage(b []byte) []byte {
	start := len(b)
	b = append(b, typeClientHello, 0, 0, 0, byte(h.Version>>8), byte(h.Version))
	random := &h.Random
	if *random == ([32]byte{}) {
		random = &fixedRandom
	}
	b = append(b, random[:]...)
	id := h.SessionID
	if id == nil && len(h.Versions) > 0 {
		id = fixedRandom[:]
	}
	b = append(b, byte(len(id)))
	b = append(b, id...)
	b = appendUint16s(b, h.Suites)
	compression := h.Compression
	if compression == nil {
		compression = noCompression
	}
	b = append(b, byte(len(compression)))
	b = append(b, compression...)
	if !h.Minimal {
		at := len(b)
		b = h.appendExtensions(append(b, 0, 0), start)
		switch n := len(b) - at - 2; {
		case n > maxVector:
			return b[:start]
		case n == 0:
			b = b[:at]
		default:
			patch16(b, at)
		}
	}
	n := len(b) - start - 4
	b[start+1], b[start+2], b[start+3] = byte(n>>16), byte(n>>8), byte(n)
	return b
}

// fits reports whether each list fits its own length field.
func (h *Hello) fits() bool {
	ok := len(h.SessionID) <= 32 && len(h.Suites) > 0 && len(h.Suites) <= maxVector/2 && len(h.Compression) <= 255 &&
		len(h.Versions) <= 127 && len(h.Groups) < maxVector/2 && len(h.SigAlgs) < maxVector/2 && len(h.CertSigAlgs) < maxVector/2 &&
		len(h.SNI) < maxVector-5 && len(h.Cookie) < maxVector-2 && h.PadTo < maxVector &&
		len(h.TicketData) < maxVector
	for _, name := range h.ALPN {
		ok = ok && len(name) > 0 && len(name) <= 255
	}
	for i := range h.Shares {
		ok = ok && len(h.Shares[i].Data) < maxVector-6
	}
	for i := range h.Extra {
		ok = ok && len(h.Extra[i].Data) <= maxVector
	}
	return ok
}

// sizeHint is an upper bound of the encoded length for all but absurd hellos.
func (h *Hello) sizeHint() int {
	n := 256 + len(h.SessionID) + len(h.TicketData) + len(h.Compression) + len(h.SNI) + len(h.Cookie) +
		2*(len(h.Versions)+len(h.Suites)+len(h.Groups)+len(h.SigAlgs)+len(h.CertSigAlgs))
	for _, name := range h.ALPN {
		n += 1 + len(name)
	}
	for i := range h.Shares {
		n += 4 + len(h.Shares[i].Data)
	}
	for i := range h.Extra {
		n += 4 + len(h.Extra[i].Data)
	}
	n += len(h.presharedKey)
	return max(n, h.PadTo+64)
}
