package postfix

import (
	"errors"
	"fmt"
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

// maxStrings bounds the different cipher strings of one document that are
// evaluated.
const maxStrings = 64

// evaluated is what OpenSSL makes of a cipher string, with all versions on.
type evaluated struct {
	posture audit.Posture
	refused []error
}

// evaluate asks OpenSSL about a string, once for all programs that have it.
// Postfix sets security level 0, so that nothing is latent by that.
func (s *scope) evaluate(c ciphers, server *bool) *evaluated {
	text := c.text()
	key := text
	if server != nil {
		key = fmt.Sprint(*server, " ", text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.strings[key]; found != nil {
		return found
	}
	if len(s.strings) >= maxStrings {
		return nil
	}
	all := map[audit.Version]confdoc.Fact{}
	for _, v := range audit.Versions {
		all[v] = confdoc.Fact{Answer: audit.Accepted}
	}
	o := confdoc.OpenSSL{Enabled: all, Ciphers: &confdoc.Written{Text: text, Place: c.place()}, Default: text, ServerOrder: server}
	found := &evaluated{}
	found.posture, found.refused = o.Posture(s.reader)
	s.strings[key] = found
	return found
}

// posture says what comes of versions and ciphers.
func (s *scope) posture(enabled map[audit.Version]confdoc.Fact, c ciphers) (p audit.Posture, refused []error) {
	var server *bool
	if preempt := s.value("tls_preempt_cipherlist"); !preempt.open {
		yes := preempt.is()
		server = &yes
	}
	found := s.evaluate(c, server)
	if found == nil {
		found = &evaluated{refused: []error{errors.New("the files have more lists of ciphers than are evaluated")}}
	}
	for _, v := range audit.Versions {
		fact := audit.VersionFact{Version: v, Answer: enabled[v].Answer, Evidence: enabled[v].Evidence, Suites: []audit.Suite{}}
		if at := enabled[v].Place; at.File != "" {
			fact.Place = &at
		}
		if fact.Answer == audit.Accepted || fact.Answer == audit.Latent {
			known := found.posture.Version(v)
			fact.Suites, fact.SuitesAnswer, fact.SuitesOffered, fact.Preference = slices.Clone(known.Suites), known.SuitesAnswer, known.SuitesOffered, known.Preference
			depends := c.open() || v < audit.TLSv13 && s.depends(c, server, v)
			if depends && fact.SuitesAnswer == audit.Accepted || fact.SuitesAnswer == audit.NotAsked {
				fact.SuitesAnswer = audit.Undetermined
			}
		}
		p.Versions = append(p.Versions, fact)
	}
	return p, found.refused
}

// lists are what a list of ciphers may come to: its default has changed, and
// without a version it may be either. The longer one is the first.
func (s *scope) lists(of value) []string {
	if _, guess := s.release(); guess && !of.given() && !s.since("3.8") && strings.HasSuffix(of.text, lessSince38) {
		return []string{strings.TrimSuffix(of.text, lessSince38), of.text}
	}
	return []string{of.text}
}

// depends reports whether what is selected for a version depends on the version
// of Postfix, which is not known.
func (s *scope) depends(c ciphers, server *bool, v audit.Version) bool {
	lists := s.lists(c.list)
	if len(lists) < 2 {
		return false
	}
	var either [2][]audit.Suite
	for i := range either {
		c.list.text = lists[i]
		found := s.evaluate(c, server)
		if found == nil {
			return true
		}
		either[i] = found.posture.Version(v).Suites
	}
	return !slices.EqualFunc(either[0], either[1], func(a, b audit.Suite) bool { return a.Name == b.Name })
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
