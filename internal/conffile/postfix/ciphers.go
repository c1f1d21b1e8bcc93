package postfix

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// grades are the words for a set of ciphers, weakest last.
var grades = []string{"high", "medium", "low", "export", "null"}

// ciphers is what a program lets be negotiated.
type ciphers struct {
	// grade is the word, list the parameter that says what it means.
	grade value
	list  value
	// exclude are the parameters whose words are taken away; extra are words
	// Postfix takes away by itself.
	exclude []value
	extra   []string
	// fails says why no handshake succeeds.
	fails string
}

// ciphersOf reads grade and exclusions by the names of their parameters.
func (s *scope) ciphersOf(grade string, exclude []string, extra ...string) ciphers {
	c := ciphers{grade: s.value(grade), extra: extra}
	for _, name := range exclude {
		c.exclude = append(c.exclude, s.value(name))
	}
	s.complete(&c)
	return c
}

// complete finds the list of the grade and what is wrong with the words.
func (s *scope) complete(c *ciphers) {
	word := strings.ToLower(c.grade.text)
	if !slices.Contains(grades, word) {
		if !c.grade.open {
			c.fails = c.grade.name + " knows no grade " + shown(c.grade.name, c.grade.text)
		}
		word = "medium"
	}
	if s.since("3.8") && (word == "low" || word == "export") {
		word = "medium" // the two are gone
	}
	c.list = s.value("tls_" + word + "_cipherlist")
	for _, v := range c.exclude {
		for _, w := range words(v.text, colonSeparators) {
			if strings.ContainsRune("!+-@", rune(w[0])) {
				c.fails = v.name + " has " + shown(v.name, w) + ": Postfix refuses a word that begins with a sign, and with it every handshake"
			}
		}
	}
}

// text is the cipher string OpenSSL gets.
func (c ciphers) text() string {
	var b strings.Builder
	b.WriteString(c.list.text)
	for _, v := range c.exclude {
		for _, w := range words(v.text, colonSeparators) {
			b.WriteString(":!" + w)
		}
	}
	for _, w := range c.extra {
		b.WriteString(":!" + w)
	}
	return b.String()
}

// place is where the string comes from, as far as a file says.
func (c ciphers) place() audit.Place {
	for _, v := range append([]value{c.grade, c.list}, c.exclude...) {
		if v.given() {
			return v.place()
		}
	}
	return audit.Place{}
}

// open reports whether the files do not tell the string.
func (c ciphers) open() bool {
	for _, v := range append([]value{c.grade, c.list}, c.exclude...) {
		if v.open || v.err != nil {
			return true
		}
	}
	return false
}

// posture asks OpenSSL what it makes of versions and ciphers. Postfix sets
// security level 0, so that nothing is latent by that.
func (s *scope) posture(enabled map[audit.Version]confdoc.Fact, c ciphers) (p audit.Posture, refused []error) {
	o := confdoc.OpenSSL{Enabled: enabled, Ciphers: &confdoc.Written{Text: c.text(), Place: c.place()}, Default: c.text()}
	if preempt := s.value("tls_preempt_cipherlist"); !preempt.open {
		yes := preempt.is()
		o.ServerOrder = &yes
	}
	p, refused = o.Posture(s.reader)
	_, guess := s.release()
	for i := range p.Versions {
		v := &p.Versions[i]
		if c.open() || guess && !c.list.given() && v.Version < audit.TLSv13 {
			if v.SuitesAnswer == audit.Accepted {
				v.SuitesAnswer = audit.Undetermined // the list depends on the version
			}
		}
	}
	return p, refused
}

// weakWords are words of OpenSSL's language for ciphers nobody should take.
var weakWords = []string{"RC4", "3DES", "DES", "EXPORT", "EXP", "LOW", "eNULL", "NULL", "MD5", "RC2", "IDEA", "SEED", "COMPLEMENTOFALL", "DES-CBC3-SHA", "RC4-SHA", "RC4-MD5"}

// weakness says what is weak in a selection; empty if nothing is known to be.
// Anonymous ciphers are no weakness to a program that verifies nobody.
func (c ciphers) weakness(s *scope) (string, value) {
	switch word := strings.ToLower(c.grade.text); {
	case word == "null":
		return "grade null does not encrypt", c.grade
	case (word == "low" || word == "export") && !s.since("3.8"):
		return "grade " + word + " takes ciphers below 128 bits", c.grade
	}
	if !c.list.given() {
		return "", c.list
	}
	excluded := strings.Split(strings.ToLower(c.text()), ":")
	for _, w := range words(c.list.text, colonSeparators) {
		i := slices.IndexFunc(weakWords, func(weak string) bool { return strings.EqualFold(weak, w) })
		if i >= 0 && !slices.Contains(excluded, "!"+strings.ToLower(w)) {
			return "the list " + c.list.name + " takes " + w, c.list
		}
	}
	return "", c.list
}
