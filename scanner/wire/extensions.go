package wire

// appendExtensions appends the extensions of h. The message started at start,
// which padding needs to know. Extensions without content come first: some
// servers (WebSphere 7) fail when the last one is empty.
func (h *Hello) appendExtensions(b []byte, start int) []byte {
	first := len(b)
	if h.EMS {
		b = appendEmpty(b, ExtExtendedMasterSecret)
	}
	if h.ETM {
		b = appendEmpty(b, ExtEncryptThenMAC)
	}
	if h.Ticket {
		n := len(h.TicketData)
		b = append(b, byte(ExtSessionTicket>>8), byte(ExtSessionTicket), byte(n>>8), byte(n))
		b = append(b, h.TicketData...)
	}
	if h.SCT {
		b = appendEmpty(b, ExtSCT)
	}
	if h.TruncatedHMAC {
		b = appendEmpty(b, ExtTruncatedHMAC)
	}
	if h.CertificateURL {
		b = appendEmpty(b, ExtClientCertificateURL)
	}
	if h.SNI != "" {
		n := len(h.SNI)
		b = append(b, 0, 0, byte((n+5)>>8), byte(n+5), byte((n+3)>>8), byte(n+3), 0, byte(n>>8), byte(n))
		b = append(b, h.SNI...)
	}
	if h.OCSP {
		b = append(b, 0, byte(ExtStatusRequest), 0, 5, 1, 0, 0, 0, 0)
	}
	if h.StatusV2 {
		// one item: ocsp_multi, no responders, no extensions
		b = append(b, 0, byte(ExtStatusRequestV2), 0, 9, 0, 7, 2, 0, 4, 0, 0, 0, 0)
	}
	if h.Renegotiation {
		b = append(b, 0xFF, 0x01, 0, 1, 0)
	}
	if h.Heartbeat {
		b = append(b, 0, byte(ExtHeartbeat), 0, 1, 1)
	}
	if len(h.ALPN) > 0 {
		at := len(b) + 2
		b = append(b, 0, byte(ExtALPN), 0, 0, 0, 0)
		for _, name := range h.ALPN {
			b = append(b, byte(len(name)))
			b = append(b, name...)
		}
		patch16(b, at+2)
		patch16(b, at)
	}
	if len(h.Versions) > 0 {
		n := 2 * len(h.Versions)
		b = append(b, 0, byte(ExtSupportedVersions), byte((n+1)>>8), byte(n+1), byte(n))
		b = appendValues(b, h.Versions)
	}
	if len(h.Cookie) > 0 {
		n := len(h.Cookie)
		b = append(b, 0, byte(ExtCookie), byte((n+2)>>8), byte(n+2), byte(n>>8), byte(n))
		b = append(b, h.Cookie...)
	}
	if len(h.Groups) > 0 {
		b = append(b, 0, byte(ExtPointFormats), 0, byte(len(pointFormats)+1), byte(len(pointFormats)))
		b = append(b, pointFormats...)
		b = appendList(b, ExtSupportedGroups, h.Groups)
	}
	if len(h.SigAlgs) > 0 {
		b = appendList(b, ExtSignatureAlgorithms, h.SigAlgs)
	}
	if len(h.CertSigAlgs) > 0 {
		b = appendList(b, ExtSignatureAlgorithmsCert, h.CertSigAlgs)
	}
	if h.Shares != nil {
		b = h.appendShares(b)
	}
	for i := range h.Extra {
		b = appendExtension(b, h.Extra[i].Type, h.Extra[i].Data)
	}
	length := len(b) - start
	if len(b) == first {
		length -= 2 // without any extension the block has no length field
	}
	if h.PadTo > length {
		// One byte of content at least: see above.
		n := max(1, h.PadTo-(len(b)-start)-4)
		b = append(b, 0, byte(ExtPadding), byte(n>>8), byte(n))
		b = appendZeros(b, n)
	}
	if h.presharedKey != nil {
		b = appendExtension(b, ExtPreSharedKey, h.presharedKey)
	}
	return b
}

func appendExtension(b []byte, kind uint16, data []byte) []byte {
	b = append(b, byte(kind>>8), byte(kind), byte(len(data)>>8), byte(len(data)))
	return append(b, data...)
}

func (h *Hello) appendShares(b []byte) []byte {
	at := len(b) + 2
	b = append(b, 0, byte(ExtKeyShare), 0, 0, 0, 0)
	for i := range h.Shares {
		s := &h.Shares[i]
		n := len(s.Data)
		b = append(b, byte(s.Group>>8), byte(s.Group), byte(n>>8), byte(n))
		b = append(b, s.Data...)
	}
	patch16(b, at+2)
	patch16(b, at)
	return b
}

func appendEmpty(b []byte, extension uint16) []byte {
	return append(b, byte(extension>>8), byte(extension), 0, 0)
}

// appendList appends an extension that is one list of two-byte values.
func appendList(b []byte, extension uint16, list []uint16) []byte {
	n := 2*len(list) + 2
	b = append(b, byte(extension>>8), byte(extension), byte(n>>8), byte(n))
	return appendUint16s(b, list)
}

// appendUint16s appends a list with a two-byte length before it.
func appendUint16s(b []byte, list []uint16) []byte {
	n := 2 * len(list)
	return appendValues(append(b, byte(n>>8), byte(n)), list)
}

func appendValues(b []byte, list []uint16) []byte {
	for _, v := range list {
		b = append(b, byte(v>>8), byte(v))
	}
	return b
}

func appendZeros(b []byte, n int) []byte {
	for range n {
		b = append(b, 0)
	}
	return b
}

// patch16 writes the number of bytes behind the two-byte field at at into it.
// What does not fit is caught where the extension block is closed.
func patch16(b []byte, at int) {
	n := len(b) - at - 2
	b[at], b[at+1] = byte(n>>8), byte(n)
}
