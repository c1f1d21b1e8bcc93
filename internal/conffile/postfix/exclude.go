package postfix

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

// setSuites excludes what is not wanted, in addition to what is excluded
// already; a grade below medium becomes high.
func (e *end) setSuites(want audit.Want) (edits []conftree.Edit, err error) {
	list, high := e.ciphers.list, ""
	if grade := strings.ToLower(e.ciphers.grade.text); grade != "high" && grade != "medium" {
		list, high = e.value("tls_high_cipherlist"), "high"
	}
	more, err := e.exclusions(list, want)
	if err != nil {
		return nil, err
	}
	if e.row != nil {
		return e.row.exclude(e, append(e.excludedWords(), more...), high)
	}
	last := e.ciphers.exclude[len(e.ciphers.exclude)-1].name
	if high != "" {
		names := []string{e.ciphers.grade.name}
		if len(e.versions) > 1 { // DANE: what applies at encrypt, too
			names = append(names, strings.TrimSuffix(last, "exclude_ciphers")+"mandatory_ciphers")
		}
		for _, name := range names {
			grade, err := e.set(name, high)
			if err != nil {
				return nil, err
			}
			edits = append(edits, grade...)
		}
	}
	if len(more) == 0 && e.ciphers.fails == "" {
		return edits, nil
	}
	excluding, err := e.extend(last, more)
	return append(edits, excluding...), err
}

// excludedWords are the words excluded so far, without the signs Postfix refuses.
func (e *end) excludedWords() (list []string) {
	for _, v := range e.ciphers.exclude {
		for _, w := range words(v.text, colonSeparators) {
			if w = strings.TrimLeft(w, "!+-@"); w != "" {
				list = append(list, w)
			}
		}
	}
	return list
}

// extend adds words to a list: behind those that stand there.
func (e *end) extend(name string, more []string) ([]conftree.Edit, error) {
	d := e.definition(name)
	if d == nil || trim(d.value) == "" || e.ciphers.fails != "" || d.line.cut {
		var list []string
		for _, w := range words(e.value(name).text, colonSeparators) {
			if w = strings.TrimLeft(w, "!+-@"); w != "" {
				list = append(list, w)
			}
		}
		text := strings.Join(append(list, more...), ", ")
		if d != nil && d.service != nil && !d.braced {
			text = strings.ReplaceAll(text, " ", "")
		}
		return e.set(name, text)
	}
	separator := ", "
	if d.service != nil && !d.braced {
		separator = ","
	}
	return d.line.replace(d.end, d.end, separator+strings.Join(more, separator)), nil
}

// exclude writes the words, and a grade if one is given, into an entry of a
// table.
func (r *row) exclude(e *end, list []string, grade string) (edits []conftree.Edit, err error) {
	switch {
	case len(list) == 0:
		return e.setWord(e.ciphers.grade, "ciphers", grade)
	case grade != "" && r.attributes["ciphers"] == nil && r.attributes["exclude"] == nil && r.end >= 0: // both go to the same place
		return r.line.replace(r.end, r.end, " ciphers="+grade+" exclude="+strings.Join(list, ":")), nil
	case grade != "":
		if edits, err = e.setWord(e.ciphers.grade, "ciphers", grade); err != nil {
			return nil, err
		}
	}
	excluding, err := e.setWord(value{}, "exclude", strings.Join(list, ", "))
	return append(edits, excluding...), err
}

// classWords are words of OpenSSL for many ciphers at once that lists of
// exclusions are made of.
var classWords = []string{
	"aNULL", "eNULL", "RC4", "3DES", "MD5", "SEED", "IDEA", "kRSA", "kDH", "kECDH", "aDSS", "PSK", "kPSK", "kRSAPSK", "SRP",
	"SHA1", "SHA256", "SHA384", "CAMELLIA", "ARIA", "AESCCM8", "AESCCM", // CBC suites by their MAC
}

// exclusions are the words that leave of a list of ciphers, less what is
// excluded already, only what is wanted: words for whole classes where they hit
// nothing that is wanted, names of ciphers otherwise.
func (e *end) exclusions(of value, want audit.Want) ([]string, error) {
	if err := e.later(want); err != nil {
		return nil, err
	}
	lists := e.lists(of)
	tail := ":!" + strings.Join(append(e.excludedWords(), e.ciphers.extra...), ":!")
	if tail == ":!" {
		tail = ""
	}
	s := selection{want: want, text: lists[0] + tail, classes: e.classes()}
	e.mu.Lock()
	defer e.mu.Unlock()
	key := fmt.Sprintf("%q %v %q %q", s.text, want.Strong, want.AllowSuites, want.ForbidSuites)
	found, ok := e.excluding[key]
	switch {
	case ok:
	case len(e.excluding) >= maxStrings:
		return nil, errors.New("the files have more lists of ciphers than are evaluated")
	default:
		found = s.leaving(len(lists) > 1)
		e.excluding[key] = found
	}
	if found == nil {
		return nil, errors.New("nothing of the ciphers in force is wanted")
	}
	return found, nil
}

// leaving finds the words to take away, nil if nothing would be left. With either
// set, what is left is the same with and without what later versions leave out.
func (s selection) leaving(either bool) []string {
	wanted, other := s.count()
	if wanted == 0 {
		return nil
	}
	for _, word := range classWords {
		if other == 0 {
			break
		}
		if w, o := s.with(word).count(); w == wanted && o < other {
			s, other = s.with(word), o
		}
	}
	for _, name := range s.others() {
		s = s.with(name)
	}
	for i := 0; i < len(s.words); { // what a later word hits as well
		if less := s.without(i); sameCount(less, s) {
			s = less
		} else {
			i++
		}
	}
	if either {
		for _, word := range strings.Split(strings.Trim(lessSince38, ":!"), ":!") {
			if less := s.with(word); !sameCount(less, s) {
				s = less
			}
		}
	}
	if w, o := s.count(); w == 0 || o > 0 {
		return nil
	}
	return append([]string{}, s.words...)
}

// later says why suites of TLS 1.3 stand against a want: Postfix has no
// parameter for them.
func (e *end) later(want audit.Want) error {
	for _, list := range e.versions {
		for _, name := range []string{"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"} {
			allowed := !slices.Contains(want.ForbidSuites, name) &&
				(len(want.AllowSuites) == 0 || slices.Contains(want.AllowSuites, name) || slices.Contains(want.TLS13Suites, name))
			if list.allows(audit.TLSv13) && !allowed {
				return errors.New("Postfix cannot leave out suites of TLS 1.3, here " + name)
			}
		}
	}
	return nil
}

// selection is a list of ciphers with words taken away from it.
type selection struct {
	want    audit.Want
	text    string
	words   []string
	classes []cipherstring.OpenSSLVersion
}

func (s selection) with(word string) selection {
	s.words = append(slices.Clip(s.words), word)
	return s
}

func (s selection) without(i int) selection {
	s.words = slices.Delete(slices.Clone(s.words), i, i+1)
	return s
}

func (s selection) wanted(suite tlsreg.Suite) bool {
	return (!s.want.Strong || suite.PFS && suite.AEAD && suite.Auth != "anon") && !slices.Contains(s.want.ForbidSuites, suite.Name) &&
		(len(s.want.AllowSuites) == 0 || slices.Contains(s.want.AllowSuites, suite.Name))
}

// each visits what every version of OpenSSL in question selects.
func (s selection) each(visit func(tlsreg.Suite)) {
	text := s.text
	for _, w := range s.words {
		text += ":!" + w
	}
	for _, class := range s.classes {
		selected, err := class.Ciphers(text)
		if err != nil {
			continue
		}
		for _, suite := range selected.Suites {
			if suite.OpenSSL != "" && suite.Min != audit.TLSv13 {
				visit(suite)
			}
		}
	}
}

// count says how much is selected that is wanted, and how much that is not.
func (s selection) count() (wanted, other int) {
	s.each(func(suite tlsreg.Suite) {
		if s.wanted(suite) {
			wanted++
		} else {
			other++
		}
	})
	return wanted, other
}

// others names what is selected and not wanted.
func (s selection) others() (names []string) {
	s.each(func(suite tlsreg.Suite) {
		if !s.wanted(suite) && !slices.Contains(names, suite.OpenSSL) {
			names = append(names, suite.OpenSSL)
		}
	})
	return names
}

func sameCount(a, b selection) bool {
	wantedA, otherA := a.count()
	wantedB, otherB := b.count()
	return wantedA == wantedB && otherA == otherB
}
