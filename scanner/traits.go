package scanner

import (
	"strconv"
	"sync"

	"tlsaudit/internal/tlsreg"
)

// trait stands for something suites have in common, such as a cipher. There is
// none 0.
type trait uint16

// traits are what a suite has in common with others.
type traits struct {
	// family is what a server needs apart from the cipher to do the suite: key
	// exchange and certificate.
	family trait
	// exact is the cipher with the length of its key, cipher the same without
	// it: servers hardly ever tell AES-128 from AES-256.
	exact, cipher trait
	chacha        bool
	registered    bool
}

// traitTable holds the traits of all suites by code. They are looked up
// thousands of times in a search, which is what it is made for.
type traitTable struct {
	byCode map[uint16]traits
	gcm    trait // AES-GCM
}

var suiteTraits = sync.OnceValue(func() *traitTable {
	known := map[string]trait{}
	named := func(name string) trait {
		if known[name] == 0 {
			known[name] = trait(len(known) + 1)
		}
		return known[name]
	}
	t := &traitTable{byCode: map[uint16]traits{}, gcm: named("cipher AES GCM AEAD")}
	for _, s := range tlsreg.Suites() {
		if s.Code > 0xFFFF {
			continue // a kind of SSLv2
		}
		cipher := "cipher " + cipherOf(s)
		t.byCode[uint16(s.Code)] = traits{
			family: named("family " + s.KX + " " + s.Auth),
			exact:  named(cipher + " " + strconv.Itoa(s.StrengthBits)), cipher: named(cipher),
			chacha: isChaCha(s), registered: s.Status == "iana",
		}
	}
	return t
})

// traitsOf returns the traits of the suite with this code; one that is not
// known has none.
func traitsOf(code uint16) traits { return suiteTraits().byCode[code] }

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
