package confdoc

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// value takes the value that begins at i, of a name that begins at start.
// colon is set if a colon stands between them.
func (s *scan) value(name string, start, i int, colon bool) {
	text := s.text
	if i < len(text) && (text[i] == '"' || text[i] == '\'') {
		end := s.closing(i)
		if s.lineStart(start) && end < len(text) && !behindQuote.MatchString(text[end:s.line(end).end]) {
			end = s.continued(start, s.line(i).end) // the quotes are part of the value, as in properties
		}
		s.add(name, i+1, end)
		return
	}
	if i+1 < len(text) && text[i] == '\\' && text[i+1] == '"' { // in a string of JSON
		if end := strings.Index(text[i+2:min(len(text), i+reach)], `\"`); end >= 0 {
			s.add(name, i+2, i+2+end)
			return
		}
	}
	eol := max(i, s.line(i).end)
	switch {
	case !s.lineStart(start):
		s.add(name, i, max(s.wordEnd(start, i, eol), s.quotedEnd(start, i, eol)))
	case i >= eol || eol-i < 8 && blockScalar.MatchString(strings.TrimSpace(text[i:eol])):
		s.indented(name, start, eol, colon)
	default:
		if text[start] == '-' {
			if next := strings.Index(text[i:eol], " -"); next >= 0 {
				eol = i + next
			}
		}
		s.add(name, i, s.continued(start, eol))
	}
}

// behindQuote matches what may follow a quoted value in a line: nothing, the end
// of a list or an element, a comment, or another attribute or field.
var behindQuote = regexp.MustCompile(`^["']?\s*([,;})\]/?>\\]*\s*$|#|//|[,/?]?\s*>|,?\s*[\w:.-]+\s*=\s*["']|,\s*["']|\\n)`)

var blockScalar = regexp.MustCompile(`^[|>][-+0-9]*$`)

// closing returns where a quoted value ends whose quote stands at i: before the
// next quote that is not escaped, or with the line if there is none near.
func (s *scan) closing(i int) int {
	for j := i + 1; j < min(len(s.text), i+reach); j++ {
		switch s.text[j] {
		case '\\':
			j++
		case s.text[i]:
			if j+1 < len(s.text) && !strings.ContainsRune(" \t\r\n,;:)}]>/?&|#\\\"'", rune(s.text[j+1])) {
				return s.continued(i, max(i+1, s.line(i).end)) // no quotes, but part of the value
			}
			return j
		}
	}
	return max(i+1, s.line(i).end)
}

// wordEnd returns where a value within a line ends: with the word, and in the
// query of a URL before the next field.
func (s *scan) wordEnd(start, i, eol int) int {
	stops := " \t\"'<>"
	if start > 0 && (s.text[start-1] == '?' || s.text[start-1] == '&') {
		stops += "&"
	}
	if end := strings.IndexAny(s.text[i:eol], stops); end >= 0 {
		return i + end
	}
	return s.continued(start, eol)
}

// innerQuotes are the quotes there are inside an attribute or a string.
var innerQuotes = []string{"&quot;", "&#34;", "&apos;", "&#39;", `"`, "'"}

// quotedEnd returns where a value ends that has quotes of its own inside of a
// longer one, around it or around its name as well, as an argument of a JVM
// has: "-Dx.password=a b". It is i if there are none.
func (s *scan) quotedEnd(start, i, eol int) int {
	text := s.text
	for _, quote := range innerQuotes {
		from := i
		switch around := strings.HasSuffix(text[:start], quote); {
		case strings.HasPrefix(text[i:eol], quote):
			from += len(quote)
		case around && strings.HasSuffix(strings.TrimRight(text[:start-len(quote)], " \t"), "="):
			return i // the quote of the attribute itself
		case !around:
			continue
		}
		if end := strings.Index(text[from:eol], quote); end >= 0 {
			return from + end
		}
		return eol
	}
	return i
}

// most is how many lines a value may take.
const most = 200

// continued returns where a value ends that may go on in the next lines: behind
// a backslash, or in lines indented more than the name.
func (s *scan) continued(start, eol int) int {
	for range most {
		next, ok := s.next(eol)
		backslash := eol > start && s.text[eol-1] == '\\'
		if !ok || !backslash && !s.deeper(start, next) {
			break
		}
		eol = next.end
	}
	return eol
}

// next returns the line behind the one that an offset lies in.
func (s *scan) next(i int) (span, bool) {
	n, _ := slices.BinarySearchFunc(s.lines, i, func(l span, at int) int { return cmp.Compare(l.start, at+1) })
	if n >= len(s.lines) {
		return span{}, false
	}
	return s.lines[n], true
}

// indent returns how far a line is indented, the sign of a list counted.
func indent(line, also string) int { return len(line) - len(strings.TrimLeft(line, " \t"+also)) }

// deeper reports whether a line is indented more than that of start, and is no
// setting of its own.
func (s *scan) deeper(start int, l span) bool {
	own, near := s.before(start)
	line := s.text[l.start:min(l.end, l.start+reach)]
	body := strings.TrimLeft(line, " \t")
	return near && strings.TrimSpace(body) != "" && indent(line, "") > indent(own, "-") && !ownSetting.MatchString(body)
}

var ownSetting = regexp.MustCompile(`^(#|;|</?[a-zA-Z]|-?\s*[\w."'-]+\s*[:=](\s|$)|-\s)`)

// indented takes the lines below a name without a value in its own line: a
// block scalar, a list, or a continuation.
func (s *scan) indented(name string, start, eol int, colon bool) {
	own, near := s.before(start)
	if !near {
		return
	}
	block := eol > start && strings.ContainsAny(s.text[max(start, eol-4):eol], "|>")
	for range most {
		l, ok := s.next(eol)
		if !ok {
			return
		}
		eol = l.end
		line := s.text[l.start:l.end]
		body := strings.TrimLeft(line, " \t")
		item := strings.HasPrefix(body, "- ")
		switch deep := indent(line, ""); {
		case strings.TrimSpace(body) == "" && block:
			continue
		case strings.TrimSpace(body) == "", deep <= indent(own, "") && !(colon && item && deep == indent(own, "")):
			return
		case colon && !block && !item && ownSetting.MatchString(body):
			return // a mapping: its own names tell
		case item && !block:
			s.add(name, l.start+deep+2, l.end)
		default:
			s.add(name, l.start, l.end)
		}
	}
}

// nameFields are attributes and fields that give a name, as in
// name="x.password" value="...".
var nameFields = []string{"name", "key", "id", "property", "variable"}

// isName reports whether the word at start is, or ends, the value of an
// attribute or field that gives a name.
func (s *scan) isName(start int) bool {
	lead, _ := s.before(start)
	lead = strings.TrimRightFunc(lead, func(r rune) bool { return r < 0x80 && (nameByte(byte(r)) || r == '/') })
	lead = strings.TrimRight(strings.TrimRight(lead, `"'`), `\ `)
	if lead == "" || lead[len(lead)-1] != '=' && lead[len(lead)-1] != ':' {
		return false
	}
	lead = strings.TrimRight(lead[:len(lead)-1], `"'\ `)
	word := lead[strings.LastIndexFunc(lead, func(r rune) bool { return !unicode.IsLetter(r) })+1:]
	return len(word) > 1 && len(word) < 16 && slices.Contains(nameFields, strings.ToLower(word))
}

var valueField = regexp.MustCompile(`(?i)\b(default[-_]?value|value|default|content)\\?["']?\s*[=:]\s*`)

// valueBeside takes the value that stands beside the name in the same element,
// object or list item.
func (s *scan) valueBeside(name string, start, end int) {
	from, to := s.around(start, end)
	if s.looked += to - from; s.looked > maxLooked {
		s.found = append(s.found, s.line(start)) // a text made to keep us busy
		return
	}
	for _, at := range valueField.FindAllStringIndex(s.text[from:to], 8) {
		i := from + at[1]
		if i >= to {
			continue
		}
		switch {
		case s.text[i] == '"' || s.text[i] == '\'':
			s.add(name, i+1, s.closing(i))
		case strings.HasPrefix(s.text[i:], `\"`):
			if stop := strings.Index(s.text[i+2:to], `\"`); stop >= 0 {
				s.add(name, i+2, i+2+stop)
			}
		default:
			s.value(name, from+at[0], i, true)
		}
	}
}

// maxLooked is how many bytes are looked at in all for values beside names.
const maxLooked = 4 << 20

// around returns the element or object that a name lies in, otherwise its line
// and those before and behind it, as in an item of a list in YAML.
func (s *scan) around(start, end int) (from, to int) {
	from, to = max(0, start-reach/2), min(len(s.text), end+reach/2)
	if open := strings.LastIndexAny(s.text[from:start], "<>{}"); open >= 0 && (s.text[from+open] == '<' || s.text[from+open] == '{') {
		if shut := strings.IndexAny(s.text[end:to], ">}"); shut >= 0 {
			to = end + shut
		}
		return from + open, to
	}
	own := s.line(start)
	first, last := own, own
	if own.start > 0 {
		first = s.line(own.start - 1)
	}
	for range most {
		next, ok := s.next(last.end)
		if !ok {
			break
		}
		last = next
		// lines between that say nothing
		if body := strings.TrimSpace(s.text[last.start:last.end]); body != "" && body[0] != '#' || last.end >= to {
			break
		}
	}
	return max(from, first.start), min(to, last.end)
}
