package scanner

import (
	"strconv"
	"sync"

	"tlsaudit/internal/tlsreg"
)

// trait stands for something suites have in common, such as a cipher. 0 stands
// for nothing.
type trait uint8

// traitSet holds some traits.
type traitSet [256]bool

// traits are what a suite has in common with others.
type traits struct {
	// family is what a server needs apart from the cipher to do the suite: key
	// exchange and certificate.
	family trait
	// exact is the cipher with the length of its key, cipher the same without
	// it: servers hardly ever tell AES-128 from AES-256.
	exact, cipher trait
	chacha        bool
	// likely: worth a guess. Not what is not registered, nor ARIA without
	// certificates, which no library in use has.
	likely bool
}

// traitTable holds the traits of all suites by code. They are looked up
// thousands of times in a search, which is what it is made for.
type traitTable struct {
	pages [256]*[256]traits // by the first and the second byte of the code
	gcm   trait             // AES-GCM
}

var suiteTraits = sync.OnceValue(func() *traitTable {
	known := map[string]trait{}
	named := func(name string) trait {
		if known[name] == 0 && len(known) < 255 {
			known[name] = trait(len(known) + 1)
		}
		return known[name]
	}
	t := &traitTable{gcm: named("cipher AES GCM AEAD")}
	for _, s := range tlsreg.Suites() {
		if first, _ := tlsreg.SuiteByCode(s.Code); s.Code > 0xFFFF || first.Name != s.Name {
			continue // a kind of SSLv2, or a further row about the same code
		}
		cipher, page := "cipher "+cipherOf(s), s.Code>>8
		if t.pages[page] == nil {
			t.pages[page] = &[256]traits{}
		}
		t.pages[page][s.Code&0xFF] = traits{
			family: named("family " + s.KX + " " + s.Auth),
			exact:  named(cipher + " " + strconv.Itoa(s.StrengthBits)), cipher: named(cipher),
			chacha: isChaCha(s), likely: s.Status == "iana" && (s.Enc != "ARIA" || s.Auth != "anon"),
		}
	}
	return t
})

// of returns the traits of the suite with this code; one that is not known has
// none.
func (t *traitTable) of(code uint16) traits {
	if page := t.pages[code>>8]; page != nil {
		return page[code&0xFF]
	}
	return traits{}
}

// cipherOf names the cipher of a suite without the length of its key.
func cipherOf(s tlsreg.Suite) string {
	name := s.Enc + " " + s.Mode + " " + s.MAC
	if s.MAC == "SHA256" || s.MAC == "SHA384" {
		name = s.Enc + " " + s.Mode + " SHA2"
	}
	if s.Export {
		name += " export"
	}
	if position(s.PRF, "default", "SHA256", "SHA384") == 3 {
		name += " " + s.PRF
	}
	return name
}
