package httpd

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// unknownToken is a word nobody has shown to be read.
type unknownToken struct {
	directive *directive
	word      string
	means     audit.Version // 0: not to be told
}

// maxDoubts is how many reasons are told why one host cannot be judged.
const maxDoubts = 20

// doubtTokens opens a gap for words of which nobody has shown that the server
// reads them: it may refuse the line, or read it in part. A # behind the
// beginning of a line is such a word.
func (p *parser) doubtTokens(d *directive) {
	if strings.ContainsAny(d.args, ",;") {
		return // which is refused
	}
	for _, w := range d.words() {
		if _, ok := ihsTokens[strings.ToLower(w)]; ok {
			continue
		}
		why := fmt.Sprintf("%s: %s is not among the documented words, and what the server makes of the line is not known", p.spell(d.name), quote(w))
		if strings.HasPrefix(w, "#") {
			why = fmt.Sprintf("%s: a # comments a line only where it begins; what follows it is read as versions, and what the server makes of them is not known", p.spell(d.name))
		}
		if d.scope.kind == mainScope {
			p.open(d.argument(), why)
		}
		if len(d.scope.doubts) < maxDoubts {
			d.scope.doubts = append(d.scope.doubts, why)
		}
		return
	}
}

// mayMean reports whether an unknown word may stand for a version.
func (st *ihsState) mayMean(v audit.Version) bool {
	return slices.ContainsFunc(st.unknown, func(u unknownToken) bool { return u.means == v || u.means == 0 })
}

// doubtful reports whether a line holds words nobody has shown to be read.
func (st *ihsState) doubtful(d *directive) bool {
	return slices.ContainsFunc(st.unknown, func(u unknownToken) bool { return u.directive == d })
}

// rewritten is a line with unknown words in documented ones: remarks go above
// it, and SSLProtocolDisable names every version below the policy's.
func (d *directive) rewritten(lowest audit.Version) []conftree.Edit {
	if !d.editable() || d.replaced {
		return nil
	}
	text, remarks := d.remarks()
	var list []string
	keep := func(v audit.Version) {
		if v != 0 && !contains(list, ihsToken[v]) {
			list = append(list, ihsToken[v])
		}
	}
	for _, w := range words(text) {
		if v, ok := ihsTokens[strings.ToLower(w)]; ok {
			keep(v)
		} else {
			keep(ihsMeant[strings.ToLower(w)])
		}
	}
	if d.name == "sslprotocoldisable" {
		for _, v := range audit.Versions {
			if v < lowest {
				keep(v)
			}
		}
	}
	if len(list) == 0 && len(remarks) == 0 {
		return []conftree.Edit{d.remove()}
	}
	if len(list) > 0 {
		remarks = append(remarks, d.word+" "+strings.Join(list, " "))
	}
	return []conftree.Edit{d.become(remarks...)}
}

// remarks takes the arguments apart: what stands in front of a # in each part
// of the line, and the remarks from there to the end of the part.
func (d *directive) remarks() (text string, list []string) {
	l := &d.line
	for i, s := range l.segments {
		end := len(l.text)
		if i+1 < len(l.segments) {
			end = min(l.segments[i+1].text, end)
		}
		part := l.text[min(max(s.text, d.argsAt), end):end]
		for at := range len(part) {
			if part[at] == '#' && (at == 0 || strings.ContainsRune(blanks, rune(part[at-1]))) {
				list = append(list, strings.TrimRight(part[at:], blanks))
				part = part[:at]
				break
			}
		}
		text += " " + part
	}
	return text, list
}
