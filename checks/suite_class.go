package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// Benchmarks write what must not be accepted in the words of OpenSSL cipher
// strings: "MEDIUM: !3DES !IDEA !RC4". A suite is in what such a text names
// when one of its words names it.

// suiteClass is one word of OpenSSL's and the suites it stands for.
type suiteClass struct {
	word string
	has  func(s *seenSuite) bool
}

func byEncryption(enc string) suiteClass {
	return suiteClass{enc, func(s *seenSuite) bool { return s.Reg.Enc == enc }}
}

// suiteClasses are the words read. LOW and MEDIUM are what any OpenSSL from
// 1.0.2 to 3.x puts there, 3DES in MEDIUM for one.
var suiteClasses = []suiteClass{
	{"NULL", func(s *seenSuite) bool { return s.Reg.Enc == "NULL" }},
	{"eNULL", func(s *seenSuite) bool { return s.Reg.Enc == "NULL" }},
	{"aNULL", func(s *seenSuite) bool { return s.Reg.Auth == "anon" || s.Reg.Auth == "NULL" }},
	{"EXP", func(s *seenSuite) bool { return s.Reg.Export }},
	{"EXPORT", func(s *seenSuite) bool { return s.Reg.Export }},
	{"LOW", func(s *seenSuite) bool { return inClass(s.Reg, "LOW") }},
	{"MEDIUM", func(s *seenSuite) bool { return inClass(s.Reg, "MEDIUM") }},
	byEncryption("RC4"), byEncryption("RC2"), byEncryption("DES"), byEncryption("3DES"), byEncryption("IDEA"), byEncryption("SEED"),
	{"MD5", func(s *seenSuite) bool { return s.Reg.MAC == "MD5" }},
	{"PSK", func(s *seenSuite) bool { return s.Reg.Auth == "PSK" }},
	{"kRSA", func(s *seenSuite) bool { return s.Reg.KX == "RSA" }},
	{"SSLv2", func(s *seenSuite) bool { return s.at(audit.SSLv2) }},
	{"SSLv3", func(s *seenSuite) bool { return s.at(audit.SSLv3) }},
	{"SSLv2/3", func(s *seenSuite) bool { return s.at(audit.SSLv2, audit.SSLv3) }},
}

func inClass(s *tlsreg.Suite, class string) bool {
	return s.Class102 == class || strings.Trim(s.Class3, "*") == class || strings.Trim(s.Class3, "*") == "removed("+class+")"
}

// classFillers are words such texts are made sentences with.
var classFillers = []string{"SSLCipherSuite", "must", "exclude"}

// classes reads such a text, and returns a condition for each class; ok is
// false if no word is one. A word that is neither a class nor a filler would
// rule out nothing in silence, so it is a fault.
func (r *reader) classes(key, text string) (list []condition, ok bool) {
	words := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" ,:;()", c) })
	var strange []string
	for _, word := range words {
		word = strings.TrimLeft(word, "!-+")
		i := slices.IndexFunc(suiteClasses, func(c suiteClass) bool { return strings.EqualFold(c.word, word) })
		if i < 0 {
			if !slices.Contains(classFillers, word) {
				strange = append(strange, word)
			}
			continue
		}
		same := func(c condition) bool { return c.class.word == suiteClasses[i].word }
		if !slices.ContainsFunc(list, same) {
			list = append(list, condition{class: &suiteClasses[i]})
		}
	}
	if len(list) == 0 {
		return nil, false
	}
	if len(strange) > 0 {
		r.fail("parameter %q: %q is neither a class of OpenSSL's known here nor a cipher: %s%s", key, strange[0], strings.Join(classWords(), ", "), didYouMean(strange[0], classWords()))
	}
	return list, true
}

func classWords() []string {
	list := make([]string, len(suiteClasses))
	for i, c := range suiteClasses {
		list[i] = c.word
	}
	return list
}
