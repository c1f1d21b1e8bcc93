package websphere

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

// recommendedSuites are what a list gets that has nothing good in it.
var recommendedSuites = []string{
	"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
}

// signals stand in lists of suites and are none.
var signals = []string{"TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "SSL_RENEGO_PROTECTION_REQUEST"}

// suites reads the list of suites, and notes what cannot be read of it.
func (c *config) suites(sub subtraction) ([]tlsreg.Suite, audit.Answer) {
	if confdoc.JavaTrim(c.ciphers.text) == "" {
		if strings.EqualFold(c.level.text, "CUSTOM") {
			c.suiteDoubt = c.keys.level + " is CUSTOM and " + c.keys.ciphers + " names no suite"
		}
		return nil, audit.Undetermined // HIGH and its like are lists of the SDK
	}
	selected, err := cipherstring.JSSE(c.ciphers.text)
	if err != nil {
		c.suiteDoubt = c.keys.ciphers + " names no suite that is known"
		return nil, audit.Undetermined
	}
	answer := audit.Accepted
	ignored := slices.DeleteFunc(selected.Ignored, func(w cipherstring.Word) bool { return slices.Contains(signals, w.Text) })
	if len(ignored) > 0 {
		w := ignored[0]
		c.suiteDoubt = fmt.Sprintf("%s: %q: %s", c.keys.ciphers, shorten(w.Text), w.Reason)
		answer = audit.Undetermined
	}
	suites := selected.Suites
	if sub.named {
		suites = sub.list.Filter(suites)
	}
	return suites, answer
}

// weakness says what is wrong with a suite, or "".
func weakness(s tlsreg.Suite) string {
	switch {
	case s.Min == audit.TLSv13:
		return ""
	case s.Enc == "NULL":
		return "no encryption"
	case s.Auth == "anon":
		return "no authentication"
	case s.Export || slices.Contains([]string{"DES", "DES40", "RC2", "RC4", "3DES", "IDEA"}, s.Enc):
		return s.Enc
	case !s.PFS:
		return "no forward secrecy"
	}
	return ""
}

// weakSuites are the bad names of a list, with what is wrong.
func (c *config) weakSuites() (weak []string) {
	for word := range strings.FieldsFuncSeq(c.ciphers.text, separates) {
		if s, ok := suiteOf(word); ok && weakness(s) != "" {
			weak = append(weak, word+" ("+weakness(s)+")")
		}
	}
	return weak
}

func separates(r rune) bool { return r == ',' || r <= ' ' || r == 0xa0 }

// suiteOf finds a suite as Java, or IBM's, writes it.
func suiteOf(word string) (tlsreg.Suite, bool) {
	selected, err := cipherstring.JSSE(word)
	if err != nil || len(selected.Suites) != 1 {
		return tlsreg.Suite{}, false
	}
	return selected.Suites[0], true
}

// suiteEdits write the list that a posture asks for, and say what they set; nil
// if it asks for none, or none can be written.
func (c *config) suiteEdits(want audit.Want) ([]conftree.Edit, map[string]string) {
	if len(want.AllowSuites) == 0 && len(want.ForbidSuites) == 0 && !want.Strong {
		return nil, nil
	}
	list := strings.Join(c.suiteWords(want), " ")
	if list == "" {
		return nil, nil
	}
	var edits []conftree.Edit
	edits = append(edits, c.put(c.ciphers, c.keys.ciphers, list)...)
	edits = append(edits, c.put(c.level, c.keys.level, "CUSTOM")...)
	return edits, map[string]string{c.keys.ciphers: list, c.keys.level: "CUSTOM"}
}

// suiteWords are the suites in place that will do, completed so that every
// version that is allowed, or wanted, has one.
func (c *config) suiteWords(want audit.Want) (words []string) {
	fits := func(s tlsreg.Suite) bool {
		allowed := len(want.AllowSuites) == 0 || slices.Contains(want.AllowSuites, s.Name) || slices.Contains(want.TLS13Suites, s.Name)
		return allowed && s.JSSE != "" && weakness(s) == "" && (!want.Strong || s.AEAD) && !slices.Contains(want.ForbidSuites, s.Name)
	}
	has := map[bool]bool{} // by whether the suite is one of TLS 1.3
	for word := range strings.FieldsFuncSeq(c.ciphers.text, separates) {
		s, ok := suiteOf(word)
		switch {
		case slices.Contains(signals, word) && !slices.Contains(words, word):
			words = append(words, word)
		case ok && fits(s) && !slices.Contains(words, word):
			words = append(words, word)
			has[s.Min == audit.TLSv13] = true
		}
	}
	add := func(names []string, tls13 bool) {
		for _, name := range names {
			if s, ok := tlsreg.SuiteByName(name); ok && fits(s) && (s.Min == audit.TLSv13) == tls13 {
				words = append(words, c.spelling(s))
				has[tls13] = true
			}
		}
	}
	versions := slices.Concat(c.read.allowed, want.Versions, []audit.Version{want.MinVersion})
	if !has[true] && slices.Contains(versions, audit.TLSv13) {
		add([]string{"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"}, true)
	}
	older := slices.ContainsFunc(versions, func(v audit.Version) bool { return v >= audit.SSLv3 && v < audit.TLSv13 })
	if !has[false] && (older || !has[true]) {
		add(recommendedSuites, false)
	}
	if !has[false] && older {
		add(slices.DeleteFunc(slices.Clone(want.AllowSuites), func(name string) bool { return !strings.Contains(name, "_AES_") || strings.Contains(name, "CCM") }), false)
	}
	if !has[true] && !has[false] {
		return nil
	}
	return words
}

// spelling is how the file writes suites: IBM's SSL_ unless it uses TLS_.
func (c *config) spelling(s tlsreg.Suite) string {
	if ibm := s.IBMJSSE(); ibm != "" && !strings.Contains(c.ciphers.text, "TLS_") {
		return ibm
	}
	return s.JSSE
}

// put sets a value, or adds it.
func (c *config) put(v value, key, text string) []conftree.Edit {
	switch {
	case v.set() && v.text == text:
		return nil
	case v.set():
		return []conftree.Edit{v.edit(text)}
	}
	return []conftree.Edit{c.add(key, text)}
}
