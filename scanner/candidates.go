package scanner

import (
	"cmp"
	"slices"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// maxChunk is the number of suites, besides the signalling value, that even
// servers with a bound of 128 on the list take.
const maxChunk = 126

// minimalChunk is the number of suites for which a hello without extensions is
// at most 255 bytes long.
const minimalChunk = 90

// renegotiation is TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746), which some
// servers insist on.
const renegotiation = 0x00FF

// grease is a group nobody implements (RFC 8701).
const grease = 0x0A0A

// candidateLists are the things to offer, likely ones first: a peer that reads
// only the beginning of a list is then met there, and where the client decides
// the first one found is the one others would get.
type candidateLists struct {
	suites12 []uint16 // SSLv3 to TLS 1.2
	suites13 []uint16
	groups13 []uint16
	// kinds12 and kinds13 are the suites cut into kinds at the usual level.
	kinds12, kinds13 [][]uint16
	// short are the suites of old servers among suites12, as many as a hello
	// without extensions holds in 255 bytes.
	short []uint16
}

var candidates = sync.OnceValue(func() *candidateLists {
	c := &candidateLists{}
	old, new := tlsreg.Askable(audit.TLSv12), tlsreg.Askable(audit.TLSv13)
	slices.SortStableFunc(old, func(a, b tlsreg.Suite) int { return cmp.Compare(unlikeliness(a), unlikeliness(b)) })
	slices.SortStableFunc(new, func(a, b tlsreg.Suite) int { return cmp.Compare(unlikeliness13(a), unlikeliness13(b)) })
	for _, s := range old {
		c.suites12 = append(c.suites12, uint16(s.Code))
	}
	slices.SortStableFunc(old, func(a, b tlsreg.Suite) int { return cmp.Compare(oddity(a), oddity(b)) })
	for _, s := range old[:minimalChunk] {
		c.short = append(c.short, uint16(s.Code))
	}
	for _, s := range new {
		c.suites13 = append(c.suites13, uint16(s.Code))
	}
	c.kinds12, c.kinds13 = splitSuites(c.suites12, maxChunk, usual), splitSuites(c.suites13, maxChunk, usual)
	c.groups13 = []uint16{29, 23, 24, 25, 4588, 4587, 4589, 30}
	for _, g := range tlsreg.Groups() {
		if g.TLS13 && !slices.Contains(c.groups13, uint16(g.Code)) {
			c.groups13 = append(c.groups13, uint16(g.Code))
		}
	}
	return c
})

// unlikeliness orders suites up to TLS 1.2. ChaCha20 stands behind AES-GCM: in
// front it makes some servers prefer it, which would distort their order.
func unlikeliness(s tlsreg.Suite) int {
	rank := 0
	if s.Status != "iana" {
		rank += 10000
	}
	if s.Code == 0 {
		rank += 20000 // the suite of no protection is never negotiated in earnest
	}
	rank += 1000 * position(s.KX, "ECDHE", "DHE", "RSA", "ECDH", "DH")
	rank += 200 * position(s.Auth, "ECDSA", "RSA", "DSS", "anon")
	if s.Enc != "AES" {
		rank += 40 * (1 + position(s.Enc, "CHACHA20", "3DES", "CAMELLIA", "RC4", "ARIA", "SEED", "DES", "IDEA", "NULL"))
	}
	rank += 8 * position(s.Mode, "GCM", "CBC", "CCM", "CCM-8")
	if s.Export {
		rank += 500
	}
	return rank
}

// oddity orders suites for the short list: by cipher before key exchange, so
// that every kind of server finds something in it.
func oddity(s tlsreg.Suite) int {
	rank := 10*position(s.Enc, "AES", "3DES", "RC4", "DES", "CAMELLIA", "CHACHA20") + position(s.KX, "RSA", "DHE", "ECDHE")
	if s.Status != "iana" {
		rank += 1000
	}
	if s.Export || s.MAC == "SHA384" || s.Mode == "CCM" || s.Mode == "CCM-8" {
		rank += 100
	}
	return rank
}

func unlikeliness13(s tlsreg.Suite) int {
	rank := position(s.Code.String(), "0x1301", "0x1302", "0x1303", "0x1304", "0x1305", "0x00C6", "0x00C7")
	return rank
}

// position is the index of v, or the length of the list.
func position(v string, list ...string) int {
	if i := slices.Index(list, v); i >= 0 {
		return i
	}
	return len(list)
}
