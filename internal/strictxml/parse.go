package strictxml

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// The faults a caller may want to tell apart.
var (
	// ErrEntities: the document declares or uses entities of its own. A parser
	// that expands them reads something else than one that does not.
	ErrEntities = errors.New("entities of its own")
	// ErrLimit: deeper or larger than is read, or in an encoding that is not. A
	// product may read it all the same.
	ErrLimit = errors.New("beyond the limits")
	// ErrEncoding: the file is not in the encoding it declares.
	ErrEncoding = errors.New("not in the declared encoding")
)

// What is read at most.
const (
	MaxDepth        = 100
	MaxElements     = 200_000
	MaxAttrs        = 500_000 // in all
	MaxElementAttrs = 20_000  // of one element
	MaxComments     = 100_000
	MaxName         = 1000 // bytes
)

// parser reads a text from front to back; what is open stands in a stack of its
// own, so that depth costs no stack.
type parser struct {
	file *conftree.File
	text string
	pos  int
	doc  *Document
	open []*openElement
	// elements and attrs count what was read.
	elements, attrs int
}

// openElement is an element whose end tag has not been seen.
type openElement struct {
	*Element
	// qname is the name with its prefix, as the end tag must repeat it.
	qname string
	// outer is the namespaces in force outside, inner those inside.
	outer, inner *scope
	data         strings.Builder
}

// fault is how the parser gives up; Parse turns it into an error.
type fault struct {
	at    int
	cause string
	hint  string
	err   error
}

// Parse reads a file. The error is an [*audit.InputError] with the place of the
// first fault; it wraps ErrEntities, ErrLimit or ErrEncoding where one of them
// is the reason, and otherwise means that the text is not well-formed.
func Parse(f *conftree.File) (doc *Document, err error) {
	p := &parser{file: f, text: f.Text, doc: &Document{}}
	defer func() {
		if r := recover(); r != nil {
			bad, ok := r.(fault)
			if !ok {
				panic(r)
			}
			doc, err = nil, &audit.InputError{Place: f.Place(bad.at), Cause: bad.cause, Hint: bad.hint, Err: bad.err}
		}
	}()
	p.declaration()
	for p.pos < len(p.text) {
		p.next()
	}
	switch {
	case len(p.open) > 0:
		e := p.open[len(p.open)-1]
		p.fail(len(p.text), "the file ends inside the element <%s> of line %d", short(e.qname), f.LineAt(e.Start))
	case p.doc.Root == nil:
		p.fail(len(p.text), "no element: the file is empty or has comments only")
	}
	return p.doc, nil
}

func (p *parser) fail(at int, format string, args ...any) {
	panic(fault{at: at, cause: fmt.Sprintf(format, args...)})
}

func (p *parser) limit(at int, format string, args ...any) {
	panic(fault{at: at, cause: fmt.Sprintf(format, args...), err: ErrLimit})
}

// next reads one piece: a tag, a comment, a section or text up to the next tag.
func (p *parser) next() {
	rest := p.text[p.pos:]
	switch {
	case rest[0] != '<':
		p.charData()
	case strings.HasPrefix(rest, "<!--"):
		p.comment()
	case strings.HasPrefix(rest, "<![CDATA["):
		p.section()
	case strings.HasPrefix(rest, "<!DOCTYPE"):
		p.doctype()
	case strings.HasPrefix(rest, "<!"):
		p.fail(p.pos, "a declaration where none may stand")
	case strings.HasPrefix(rest, "<?"):
		p.instruction()
	case strings.HasPrefix(rest, "</"):
		p.endTag()
	default:
		p.startTag()
	}
}

// comment reads a comment; two hyphens inside are not allowed.
func (p *parser) comment() {
	start := p.pos
	n := strings.Index(p.text[start+4:], "--")
	if n < 0 {
		p.fail(start, "a comment without an end")
	}
	end := start + 4 + n
	if !strings.HasPrefix(p.text[end:], "-->") {
		p.fail(end, "two hyphens inside a comment")
	}
	p.characters(start+4, end)
	if len(p.doc.Comments) == MaxComments {
		p.limit(start, "more than %d comments", MaxComments)
	}
	c := Comment{Text: p.text[start+4 : end], Start: start, End: end + 3}
	if len(p.open) > 0 {
		c.Parent = p.open[len(p.open)-1].Element
	}
	p.doc.Comments = append(p.doc.Comments, c)
	p.pos = c.End
}

// instruction reads a processing instruction and forgets it.
func (p *parser) instruction() {
	start := p.pos
	p.pos += 2
	target := p.name("the target of a processing instruction")
	if strings.EqualFold(target, "xml") {
		panic(fault{at: start, cause: "an XML declaration that is not at the very beginning of the file", hint: "delete what stands in front of <?xml, blanks and line ends too"})
	}
	if strings.Contains(target, ":") {
		p.fail(start, "a colon in the target of a processing instruction")
	}
	n := strings.Index(p.text[p.pos:], "?>")
	if n < 0 {
		p.fail(start, "a processing instruction without an end")
	}
	if n > 0 && !space(p.text[p.pos]) {
		p.fail(p.pos, "no blank behind the target of a processing instruction")
	}
	p.characters(p.pos, p.pos+n)
	p.pos += n + 2
}

// section reads a CDATA section, which is text.
func (p *parser) section() {
	start := p.pos
	if len(p.open) == 0 {
		p.fail(start, "a CDATA section outside of the root element")
	}
	n := strings.Index(p.text[start+9:], "]]>")
	if n < 0 {
		p.fail(start, "a CDATA section without an end")
	}
	end := start + 9 + n
	p.characters(start+9, end)
	writeLines(&p.open[len(p.open)-1].data, p.text[start+9:end])
	p.pos = end + 3
}

// charData reads text up to the next tag.
func (p *parser) charData() {
	start, end := p.pos, len(p.text)
	if n := strings.IndexByte(p.text[start:], '<'); n >= 0 {
		end = start + n
	}
	p.pos = end
	if len(p.open) == 0 {
		for i := start; i < end; i++ {
			if !space(p.text[i]) {
				p.fail(i, "text outside of the root element")
			}
		}
		return
	}
	if i := strings.Index(p.text[start:end], "]]>"); i >= 0 {
		p.fail(start+i, "\"]]>\" in text")
	}
	p.characters(start, end)
	data := &p.open[len(p.open)-1].data
	for at := start; at < end; {
		n := strings.IndexByte(p.text[at:end], '&')
		if n < 0 {
			writeLines(data, p.text[at:end])
			break
		}
		writeLines(data, p.text[at:at+n])
		c, next := p.reference(at+n, end)
		data.WriteRune(c)
		at = next
	}
}

// writeLines writes text with its line ends as XML has them.
func writeLines(b *strings.Builder, s string) {
	for s != "" {
		i := strings.IndexByte(s, '\r')
		if i < 0 {
			b.WriteString(s)
			return
		}
		b.WriteString(s[:i])
		b.WriteByte('\n')
		s = strings.TrimPrefix(s[i+1:], "\n")
	}
}

// characters refuses what is no character of XML.
func (p *parser) characters(from, to int) {
	for i := from; i < to; {
		c := p.text[i]
		if c >= ' ' && c < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(p.text[i:to])
		if r == utf8.RuneError && size <= 1 {
			panic(fault{at: i, cause: "bytes that are no characters of the file's encoding", err: ErrEncoding})
		}
		if !isChar(r) {
			p.fail(i, "the character U+%04X, which XML does not allow", r)
		}
		i += size
	}
}

func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= utf8.MaxRune
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
