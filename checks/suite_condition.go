package checks

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// condition describes suites by their registry facts. A suite meets it when it
// meets every key that was given.
type condition struct {
	enc, auth, kx, mac, mode, rfc10015 []string
	export, pfs, aead                  *bool
	strengthBelow                      int
	// class is a word of an OpenSSL cipher string, which stands alone.
	class *suiteClass
	// text is String, kept where it is said often.
	text string
}

func (c *condition) empty() bool {
	return len(c.enc)+len(c.auth)+len(c.kx)+len(c.mac)+len(c.mode)+len(c.rfc10015)+c.strengthBelow == 0 && c.export == nil && c.pfs == nil && c.aead == nil
}

func (c *condition) meets(s *seenSuite) bool {
	if c.class != nil {
		return c.class.has(s)
	}
	words := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	flag := func(want *bool, is bool) bool { return want == nil || *want == is }
	r := s.Reg
	return words(c.enc, r.Enc) && words(c.auth, r.Auth) && words(c.kx, r.KX) && words(c.mac, r.MAC) && words(c.mode, r.Mode) &&
		words(c.rfc10015, r.RFC10015) && flag(c.export, r.Export) && flag(c.pfs, r.PFS) && flag(c.aead, r.AEAD) &&
		(c.strengthBelow == 0 || r.StrengthBits < c.strengthBelow)
}

// String says in words what a suite that meets the condition is.
func (c *condition) String() string {
	if c.class != nil {
		return "in OpenSSL's " + c.class.word
	}
	var parts []string
	words := func(list []string, text string) {
		if len(list) > 0 {
			parts = append(parts, strings.Join(list, " or ")+" "+text)
		}
	}
	flag := func(want *bool, yes, no string) {
		if want == nil {
			return
		}
		if *want {
			parts = append(parts, yes)
		} else {
			parts = append(parts, no)
		}
	}
	words(c.enc, "encryption")
	words(c.auth, "authentication")
	words(c.kx, "key exchange")
	words(c.mac, "message authentication")
	words(c.mode, "mode")
	words(c.rfc10015, "list of RFC 10015")
	flag(c.export, "export grade", "not export grade")
	flag(c.pfs, "forward secrecy", "no forward secrecy")
	flag(c.aead, "authenticated encryption", "no authenticated encryption")
	if c.strengthBelow > 0 {
		parts = append(parts, fmt.Sprintf("effective strength below %s", bits(c.strengthBelow)))
	}
	return strings.Join(parts, ", ")
}

// condition reads the keys of a condition. Words must be ones the registry
// uses: a misspelt cipher would silently rule out nothing.
func (r *reader) condition() condition {
	values := func(of func(tlsreg.Suite) string) []string {
		var list []string
		for _, s := range tlsreg.Suites() {
			if v := of(s); v != "" {
				list = append(list, v)
			}
		}
		slices.Sort(list)
		return slices.Compact(list)
	}
	flag := func(key string) *bool {
		if !r.has(key) {
			r.get(key)
			return nil
		}
		b := r.bool(key, false)
		return &b
	}
	return condition{
		enc:           r.words("enc", values(func(s tlsreg.Suite) string { return s.Enc })...),
		auth:          r.words("auth", values(func(s tlsreg.Suite) string { return s.Auth })...),
		kx:            r.words("kx", values(func(s tlsreg.Suite) string { return s.KX })...),
		mac:           r.words("mac", values(func(s tlsreg.Suite) string { return s.MAC })...),
		mode:          r.words("mode", values(func(s tlsreg.Suite) string { return s.Mode })...),
		rfc10015:      r.words("rfc10015_section", values(func(s tlsreg.Suite) string { return s.RFC10015 })...),
		export:        flag("export"),
		pfs:           flag("pfs"),
		aead:          flag("aead"),
		strengthBelow: r.int("strength_lt", 0, 1, 512),
	}
}

// when reads a condition given as a mapping of its own.
func (r *reader) when(key string, v any) condition {
	in, ok := v.(map[string]any)
	if !ok {
		r.fail("parameter %q: %v is not a mapping of conditions", key, v)
		return condition{}
	}
	inner := read(in)
	c := inner.condition()
	if err := inner.done(); err != nil {
		r.fail("parameter %q: %w", key, err)
	} else if c.empty() {
		r.fail("parameter %q is an empty condition", key)
	}
	return c
}

// suite reads one cipher suite, given by name, number or as a mapping.
func (r *reader) suite(key string, item any) audit.Code {
	name, ok := r.entry(key, item)
	if !ok {
		return 0
	}
	s, ok := tlsreg.SuiteByName(name)
	if !ok {
		r.fail("parameter %q: %q is not a cipher suite of the registry%s", key, name, didYouMean(name, suiteSpellings()))
	}
	return s.Code
}

func suiteSpellings() (list []string) {
	for _, s := range tlsreg.Suites() {
		list = append(list, s.Names()...)
	}
	return list
}
