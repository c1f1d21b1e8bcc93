package wire

import "bytes"

// SSL2Kinds are the cipher kinds SSL2Hello offers: those of the SSLv2 draft
// and the few that old libraries added to it.
var SSL2Kinds = []uint32{
	0x010080, 0x020080, 0x030080, 0x040080, 0x050080, 0x060040, 0x060140, 0x0700C0, 0x0701C0, 0x080080,
	0xFF0800, 0xFF0810,
}

// SSL2 message types.
const (
	ssl2Error       = 0
	ssl2ClientHello = 1
	ssl2ServerHello = 4
)

// SSL2Hello returns an SSLv2 CLIENT-HELLO that offers every cipher kind and no
// later version. A server that takes it answers with all kinds it has and its
// certificate at once. Never send it to a Sametime port: it looks like a
// keep-alive there.
func SSL2Hello() []byte {
	n := 3 * len(SSL2Kinds)
	b := []byte{0x80, 0, ssl2ClientHello, 0, 2, byte(n >> 8), byte(n), 0, 0, 0, 16}
	for _, kind := range SSL2Kinds {
		b = append(b, byte(kind>>16), byte(kind>>8), byte(kind))
	}
	b = append(b, fixedRandom[:16]...)
	b[1] = byte(len(b) - 2)
	return b
}

// isSSL2Hello reports whether a hello to send is in SSLv2 form. Only then is
// an answer looked at as SSLv2.
func isSSL2Hello(hello []byte) bool {
	return len(hello) > 2 && hello[0]&0x80 != 0 && hello[2] == ssl2ClientHello
}

// ssl2Header reads a record header: two bytes, or three when the record is
// padded. It needs five bytes, which every SSLv2 message of a server has.
func ssl2Header(b []byte) (header, length, padding int, ok bool) {
	if b[0]&0x80 != 0 {
		header, length = 2, int(b[0]&0x7F)<<8|int(b[1])
	} else {
		header, length, padding = 3, int(b[0]&0x3F)<<8|int(b[1]), int(b[2])
	}
	kind := b[header]
	ok = kind == ssl2Error && length-padding == 3 || kind == ssl2ServerHello && length-padding >= 11
	return header, length, padding, ok
}

// parseSSL2 reads a SERVER-HELLO or ERROR message into f.
func parseSSL2(body []byte, f *Flight) error {
	c := cursor{b: body}
	if c.uint8() == ssl2Error {
		f.Alert = uint8(c.uint16())
		f.Outcome = SSL2Error
		return nil
	}
	c.bytes(2) // session id hit, certificate type
	version := c.uint16()
	sizes := [3]int{c.uint(2), c.uint(2), c.uint(2)}
	certificate := c.bytes(sizes[0])
	kinds := cursor{b: c.bytes(sizes[1])}
	id := c.bytes(sizes[2])
	if !c.end() || len(kinds.b)%3 != 0 || version != 0x0002 {
		return malformed("SSLv2 SERVER-HELLO: bad lengths or version 0x%04X", version)
	}
	for kinds.more() {
		f.SSL2Kinds = append(f.SSL2Kinds, uint32(kinds.uint(3)))
	}
	if len(certificate) > 0 {
		f.Certificates = [][]byte{bytes.Clone(certificate)}
	}
	f.SessionID = bytes.Clone(id)
	f.Version = version
	f.Outcome = SSL2ServerHello
	return nil
}
