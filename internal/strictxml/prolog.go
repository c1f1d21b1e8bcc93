package strictxml

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// declared is an XML declaration; its parts have an order.
var declared = regexp.MustCompile(`^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*("1\.[0-9]+"|'1\.[0-9]+')` +
	`(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*("[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*'))?` +
	`(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*("yes"|'yes'|"no"|'no'))?[ \t\r\n]*\?>`)

// maxDeclaration bounds an XML declaration, in bytes.
const maxDeclaration = 1000

// declaration reads the XML declaration, if there is one.
func (p *parser) declaration() {
	if !strings.HasPrefix(p.text, "<?xml") || len(p.text) > 5 && !space(p.text[5]) && p.text[5] != '?' {
		p.undeclared()
		return
	}
	m := declared.FindStringSubmatchIndex(p.text[:min(len(p.text), maxDeclaration)])
	if m == nil {
		p.fail(0, "the XML declaration is not complete or not in order: version, encoding, standalone")
	}
	switch v := p.text[m[2]+1 : m[3]-1]; {
	case v != "1.0" && v != "1.1":
		p.limit(m[2], "version %s of XML; 1.0 and 1.1 are read", short(v))
	case v == "1.1" && strings.IndexFunc(p.text, differs) >= 0:
		p.limit(strings.IndexFunc(p.text, differs), "a character that XML 1.1 reads otherwise than 1.0")
	}
	p.pos = m[1]
	if m[4] < 0 {
		p.undeclared()
		return
	}
	p.encoding(p.text[m[4]+1:m[5]-1], m[4]+1)
}

// undeclared refuses a file that declares no encoding and is not in one that
// goes without saying: UTF-8, or UTF-16 that can be told by its beginning.
func (p *parser) undeclared() {
	switch e := p.file.Encoding; {
	case e.UTF16() && !e.BOM && !strings.HasPrefix(p.text, "<?"):
		panic(fault{at: 0, cause: "the file is in UTF-16 without a byte order mark and without an XML declaration", hint: "store the file in UTF-8", err: ErrEncoding})
	case !e.UTF16() && e.Charset != "utf-8" && !p.ascii():
		at := strings.IndexFunc(p.text, func(r rune) bool { return r >= utf8.RuneSelf })
		panic(fault{at: at, cause: "the file declares no encoding and is not in UTF-8", hint: "store the file in UTF-8", err: ErrEncoding})
	}
}

// differs reports whether XML 1.1 takes a character for a line end, or refuses
// it, and 1.0 does not.
func differs(r rune) bool { return r >= 0x7f && r <= 0x9f || r == 0x2028 }

func (p *parser) ascii() bool {
	return strings.IndexFunc(p.text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// encoding refuses a declared encoding that is not the file's.
func (p *parser) encoding(name string, at int) {
	e := p.file.Encoding
	lie := func(is string) {
		panic(fault{at: at, cause: fmt.Sprintf("the file declares the encoding %s and is in %s", short(name), is), hint: "store the file in the encoding it declares", err: ErrEncoding})
	}
	ascii := p.ascii()
	switch declared := strings.ToLower(name); declared {
	case "utf-16", "iso-10646-ucs-2", "ucs-2":
		if !e.UTF16() {
			lie("an encoding of single bytes")
		}
	case "utf-16le", "utf-16be":
		if e.Charset != declared {
			lie(e.Charset)
		}
	case "utf-8", "utf8", "us-ascii", "ascii":
		if e.UTF16() || !ascii && (e.Charset != "utf-8" || strings.Contains(declared, "ascii")) {
			lie(e.Charset)
		}
	case "iso-8859-1", "iso-8859-15", "windows-1252", "latin1", "cp1252":
		if e.UTF16() {
			lie(e.Charset)
		}
		if !ascii && e.BOM {
			// Parsers believe the declaration, and read garbage in silence.
			panic(fault{at: at, cause: fmt.Sprintf("the file begins with the byte order mark of UTF-8 and declares the encoding %s", short(name)), hint: "delete one of the two", err: ErrLimit})
		}
	default:
		if e.UTF16() {
			lie(e.Charset)
		}
		panic(fault{at: at, cause: fmt.Sprintf("the encoding %s is not one that is read", short(name)), hint: "store the file in UTF-8", err: ErrLimit})
	}
}

// doctype reads a document type declaration without following it.
func (p *parser) doctype() {
	start := p.pos
	if p.doc.Root != nil || p.doc.Doctype {
		p.fail(start, "a document type declaration where none may stand")
	}
	p.doc.Doctype, p.doc.DoctypeStart = true, start
	p.pos += len("<!DOCTYPE")
	if !p.blanks() {
		p.fail(p.pos, "no blank behind <!DOCTYPE")
	}
	p.name("the name in a document type declaration")
	literals := 0
	if p.blanks() {
		switch rest := p.text[p.pos:]; {
		case strings.HasPrefix(rest, "SYSTEM"):
			p.pos, literals = p.pos+6, 1
		case strings.HasPrefix(rest, "PUBLIC"):
			p.pos, literals = p.pos+6, 2
		}
	}
	for range literals {
		if !p.blanks() {
			p.fail(p.pos, "no blank before an identifier of a document type")
		}
		p.literal()
	}
	p.blanks()
	if strings.HasPrefix(p.text[p.pos:], "[") {
		p.pos++
		p.blanks()
		if !strings.HasPrefix(p.text[p.pos:], "]") {
			panic(fault{at: start, cause: "a document type declaration with declarations of its own, which are not expanded", hint: "delete the declaration and write the values where they are used", err: ErrEntities})
		}
		p.pos++
		p.blanks()
	}
	if !strings.HasPrefix(p.text[p.pos:], ">") {
		p.fail(p.pos, "a document type declaration that is not closed")
	}
	p.pos++
}

func (p *parser) literal() {
	rest := p.text[p.pos:]
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		p.fail(p.pos, "an identifier of a document type that is not in quotes")
	}
	n := strings.IndexByte(rest[1:], rest[0])
	if n < 0 {
		p.fail(p.pos, "an identifier of a document type without an end")
	}
	p.characters(p.pos+1, p.pos+1+n)
	p.pos += n + 2
}

// maxReference bounds a reference, in bytes.
const maxReference = 100

// reference reads the reference at an offset and returns what it stands for
// and where it ends.
func (p *parser) reference(at, end int) (r rune, next int) {
	n := strings.IndexByte(p.text[at:min(end, at+maxReference)], ';')
	if n < 0 {
		p.fail(at, "\"&\" without a reference; write &amp;")
	}
	name := p.text[at+1 : at+n]
	switch name {
	case "lt":
		return '<', at + n + 1
	case "gt":
		return '>', at + n + 1
	case "amp":
		return '&', at + n + 1
	case "quot":
		return '"', at + n + 1
	case "apos":
		return '\'', at + n + 1
	}
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		base := 10
		if hex, ok := strings.CutPrefix(digits, "x"); ok {
			digits, base = hex, 16
		}
		code, err := strconv.ParseUint(digits, base, 32)
		if err != nil || code > utf8.MaxRune || !isChar(rune(code)) {
			p.fail(at, "a reference to a character that XML does not have")
		}
		return rune(code), at + n + 1
	}
	before := p.pos
	p.pos = at + 1
	p.name("the name of an entity")
	if p.pos != at+n {
		p.fail(at, "\"&\" without a reference; write &amp;")
	}
	p.pos = before
	panic(fault{at: at, cause: fmt.Sprintf("the entity &%s; is not one of XML's own", short(name)), hint: "write the value itself", err: ErrEntities})
}
