package wire

// Builders for scripted servers.

func record(kind byte, payload ...byte) []byte {
	return append([]byte{kind, 3, 3, byte(len(payload) >> 8), byte(len(payload))}, payload...)
}

func handshake(kind byte, body ...byte) []byte {
	n := len(body)
	return append([]byte{kind, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

// vec prefixes b with its length in width bytes.
func vec(width int, parts ...[]byte) []byte {
	b := join(parts...)
	out := make([]byte, 0, width+len(b))
	for i := width - 1; i >= 0; i-- {
		out = append(out, byte(len(b)>>(8*i)))
	}
	return append(out, b...)
}

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func be16(v uint16) []byte { return []byte{byte(v >> 8), byte(v)} }

func ext(kind uint16, content []byte) []byte { return join(be16(kind), vec(2, content)) }

// serverHelloBody is a ServerHello with the extensions given, or without a
// block when there are none.
func serverHelloBody(version, suite uint16, random [32]byte, extensions ...[]byte) []byte {
	b := join(be16(version), random[:], vec(1, []byte("session")), be16(suite), []byte{0})
	if len(extensions) > 0 {
		b = join(b, vec(2, extensions...))
	}
	return b
}

func serverHelloMessage(version, suite uint16, extensions ...[]byte) []byte {
	return handshake(typeServerHello, serverHelloBody(version, suite, [32]byte{1}, extensions...)...)
}

func certificateMessage(certificates ...[]byte) []byte {
	var list []byte
	for _, der := range certificates {
		list = append(list, vec(3, der)...)
	}
	return handshake(typeCertificate, vec(3, list)...)
}

// inRecords cuts messages into records of n bytes.
func inRecords(n int, messages ...[]byte) []byte {
	var out []byte
	b := join(messages...)
	for len(b) > 0 {
		k := min(n, len(b))
		out = append(out, record(recordHandshake, b[:k]...)...)
		b = b[k:]
	}
	return out
}

// flight12 is a whole ECDHE flight of TLS 1.2.
func flight12() []byte {
	return join(
		serverHelloMessage(0x0303, 0xC02F, ext(ExtALPN, vec(2, vec(1, []byte("h2")))), ext(ExtExtendedMasterSecret, nil)),
		certificateMessage([]byte("leaf"), []byte("intermediate")),
		handshake(typeCertificateStatus, append([]byte{1}, vec(3, []byte("staple"))...)...),
		handshake(typeServerKeyExchange, join([]byte{3, 0, 29}, vec(1, make([]byte, 32)), be16(0x0804), vec(2, []byte("signature")))...),
		handshake(typeCertificateRequest, join(vec(1, []byte{1, 64}), vec(2, be16(0x0403)), vec(2, vec(2, []byte("dn"))))...),
		handshake(typeServerHelloDone),
	)
}
