package wire

// WideSigAlgs are the signature algorithms to offer up to TLS 1.2 when the
// question is about something else: everything a server may be limited to,
// strongest first. Without SHA-1, DSA and MD5 in it, an old server looks dead.
var WideSigAlgs = []uint16{
	0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B,
	0x0401, 0x0501, 0x0601, 0x081A, 0x081B, 0x081C, 0x0402, 0x0502, 0x0602,
	0x0303, 0x0301, 0x0302, 0x0203, 0x0201, 0x0202, 0x0103, 0x0101, 0x0102,
	0x0708, 0x0840, 0x0841, 0xEEEE, 0xEFEF, 0xEDED,
}

// SigAlgs13 are the signature schemes to offer in TLS 1.3: those of RFC 8446
// section 4.2.3 that may sign a handshake, brainpool (RFC 8734) and, for the
// certificates only, RSA PKCS #1.
var SigAlgs13 = []uint16{
	0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B,
	0x081A, 0x081B, 0x081C, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
}

// WideGroups are the elliptic curves to offer up to TLS 1.2 when the question
// is about something else. Finite-field groups are left out: a server that
// knows RFC 7919 may then refuse DHE with a prime of its own.
var WideGroups = []uint16{
	29, 23, 24, 25, 30, 28, 27, 26, 22, 21, 20, 19, 18, 17, 16, 15,
	14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 41,
}
