package wire

import (
	"bytes"
	"slices"
)

// retryRandom marks a ServerHello as a HelloRetryRequest (RFC 8446 section
// 4.1.3): the SHA-256 of "HelloRetryRequest".
var retryRandom = [32]byte{
	0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
	0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
}

// helloSecrets is what the keyed reader needs of a ServerHello or
// HelloRetryRequest besides the Flight. The slices refer to the message.
type helloSecrets struct {
	share  []byte
	cookie []byte
}

// parseServerHello reads the body of a ServerHello into f and sets the outcome.
// f is unchanged if the message is malformed.
func parseServerHello(body []byte, f *Flight) (helloSecrets, error) {
	var none, secrets helloSecrets
	g := *f
	c := cursor{b: body}
	g.Version = c.uint16()
	copy(g.Random[:], c.bytes(32))
	id := c.vector(1)
	g.Suite = c.uint16()
	g.Compression = c.uint8()
	if c.bad || len(id) > 32 || g.Version>>8 != 3 {
		return none, malformed("ServerHello: bad fixed part, version 0x%04X", g.Version)
	}
	g.Outcome = ServerHello
	if g.Random == retryRandom {
		g.Outcome = HelloRetryRequest
	}
	g.Extensions = nil
	if c.more() {
		extensions := c.sub(2)
		if extensions.bad || !c.end() {
			return none, malformed("ServerHello: bad extension block")
		}
		for extensions.more() {
			kind, data := extensions.uint16(), extensions.sub(2)
			if extensions.bad || len(g.Extensions) == maxExtensions || slices.Contains(g.Extensions, kind) {
				return none, malformed("ServerHello: bad extension %d", kind)
			}
			if !g.extension(kind, data, &secrets) {
				return none, malformed("ServerHello: bad content of extension %d", kind)
			}
			g.Extensions = append(g.Extensions, kind)
		}
	}
	if g.Outcome == HelloRetryRequest && g.Version < 0x0304 {
		return none, malformed("HelloRetryRequest for version 0x%04X", g.Version)
	}
	if len(id) > 0 {
		g.SessionID = bytes.Clone(id)
	}
	g.Downgrade = downgrade(g.Version, g.Random)
	*f = g
	return secrets, nil
}

// maxExtensions bounds the extensions of one message.
const maxExtensions = 256

// extension reads one extension of a ServerHello and reports whether it is
// well formed. Types that mean nothing to this package are.
func (f *Flight) extension(kind uint16, c cursor, secrets *helloSecrets) bool {
	switch kind {
	case ExtSupportedVersions:
		f.Version = c.uint16()
		return c.end()
	case ExtKeyShare:
		f.Group = c.uint16()
		if f.Outcome == ServerHello {
			secrets.share = c.vector(2)
			f.Public = bytes.Clone(secrets.share)
		}
		return c.end()
	case ExtCookie:
		secrets.cookie = c.vector(2)
		f.CookieLen = len(secrets.cookie)
		return c.end()
	case ExtPointFormats:
		// Nothing depends on it, so one that is malformed spoils nothing.
		if formats := c.vector(1); c.end() {
			f.PointFormats = bytes.Clone(formats)
		}
	case ExtServerCertificate:
		f.CertificateType = c.uint8()
		return c.end()
	case ExtALPN:
		return f.alpn(c)
	case ExtSCT:
		return f.timestamps(c)
	}
	return true
}

func (f *Flight) alpn(c cursor) bool {
	list := c.sub(2)
	f.ALPN = string(list.vector(1))
	return list.end() && c.end()
}

// timestamps counts a SignedCertificateTimestampList (RFC 6962 section 3.3).
func (f *Flight) timestamps(c cursor) bool {
	list := c.sub(2)
	for list.more() {
		list.vector(2)
		f.SCTs++
	}
	return list.end() && c.end()
}

// downgrade reads the sentinel at the end of a ServerHello.random (RFC 8446
// section 4.1.3). It means something only below the version it speaks of.
func downgrade(version uint16, random [32]byte) string {
	switch tail := string(random[24:]); {
	case tail == "DOWNGRD\x01" && version == 0x0303:
		return "TLSv1.3"
	case tail == "DOWNGRD\x00" && version < 0x0303:
		return "TLSv1.2"
	}
	return ""
}
