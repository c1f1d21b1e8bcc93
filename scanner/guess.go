package scanner

import (
	"strconv"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// maxMissed is the number of wrong guesses after which none is made any more:
// each costs a connection.
const maxMissed = 6

// familyOf names what a server needs apart from the cipher to do a suite.
func familyOf(s tlsreg.Suite) string { return s.KX + " " + s.Auth }

// cipherOf names the cipher of a suite, with the length of its key or without:
// servers hardly ever tell AES-128 from AES-256.
func cipherOf(s tlsreg.Suite, bits bool) string {
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
	if bits {
		name += " " + strconv.Itoa(s.StrengthBits)
	}
	return name
}

// guesses returns the suites that are likely to be accepted, by those that
// are: the same cipher with another key exchange, or another length of key.
// It needs s.mu.
func (s *set) guesses(list []uint16) (likely []uint16) {
	if s.missed > maxMissed {
		return nil
	}
	for _, code := range list {
		if suite, reason := s.reason(code); reason != "" && !s.claimed[code] && suite.Status == "iana" && s.families[familyOf(suite)] && !s.wrong[reason] {
			likely = append(likely, code)
		}
	}
	return likely
}

// reason names the guess that code is accepted, empty if there is none. It
// needs s.mu.
func (s *set) reason(code uint16) (suite tlsreg.Suite, reason string) {
	suite, _ = tlsreg.SuiteByCode(audit.Code(code))
	switch exact, cipher := cipherOf(suite, true), cipherOf(suite, false); {
	case s.ciphers[exact]:
		return suite, exact
	case s.ciphers[cipher]:
		return suite, cipher
	case isChaCha(suite) && s.ciphers["AES GCM AEAD"] && familyOf(suite) == s.first:
		return suite, cipher // AES-GCM and ChaCha20 come together more often than not
	}
	return suite, ""
}
