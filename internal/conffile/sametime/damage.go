package sametime

import (
	"strings"
	"unicode"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// damaged reports text that no product is documented to read as it was meant,
// and says so in the document. How Sametime and its containers read such a file
// was not seen, so nothing else is said about it.
func damaged(d *confdoc.Document, f *conftree.File) bool {
	const clean = "save the file again as plain text in UTF-8 without a byte order mark, one setting a line"
	text := f.Text
	switch {
	case f.Encoding.UTF16():
		d.Fail(confdoc.Unclear, f.Place(0), "the file is in UTF-16: how it is read is not known, probably no setting takes effect", clean)
	case f.Encoding.BOM, strings.HasPrefix(text, "\uFEFF"):
		d.Fail(confdoc.Unclear, f.Place(0), "the file begins with a byte order mark: how the first line is read is not known", clean)
	case strings.IndexByte(text, 0) >= 0:
		d.Fail(confdoc.Unclear, f.Place(strings.IndexByte(text, 0)), "there is a NUL byte here: how the rest of the line is read is not known", clean)
	case loneCR(text) >= 0:
		d.Fail(confdoc.Unclear, f.Place(loneCR(text)), "a line ends with CR alone here: whether the next line is read is not known", clean)
	default:
		return false
	}
	return true
}

// loneCR returns where the first CR without LF is, -1 if there is none.
func loneCR(text string) int {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '\r')
		if i < 0 {
			return -1
		}
		at += i + 1
		if at == len(text) || text[at] != '\n' {
			return at - 1
		}
	}
}

// oddSpace returns where a name or a value holds a character that looks like a
// space, or like nothing, and is neither; -1 if there is none.
func oddSpace(s string) int {
	return strings.IndexFunc(s, func(r rune) bool {
		return r > 0x7f && (unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Zs, unicode.Zl, unicode.Zp)) || r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7f
	})
}

// strange reports an odd character in a setting.
func strange(d *confdoc.Document, f *conftree.File, start, end int) bool {
	i := oddSpace(f.Text[start:end])
	if i < 0 {
		return false
	}
	d.Fail(confdoc.Unclear, f.Place(start+i), "a character that cannot be seen sticks to a name or a value here: the setting is probably lost", "type the line again, with plain spaces or none")
	return true
}

// cut looks at the last line of a file that has no line end: the file may be
// shorter than it was. What cannot be complete is a fault; what may be is a gap.
func cut(d *confdoc.Document, f *conftree.File, last *entry, start int) {
	if f.Text == "" || strings.HasSuffix(f.Text, "\n") || start < 0 {
		return
	}
	place := f.Place(start)
	switch {
	case last == nil || last.keyStart < start, !whole(last.name, last.value):
		d.Fail(confdoc.Unclear, place, "the file ends within this line: it was cut off, and what else it said is not known", "copy the file again, whole")
	case !surely(last.name) && last.value != "true" && last.value != "false":
		d.Open(place, "the last line has no end: the file may have been cut off here")
	}
}

// whole reports whether a value can be complete.
func whole(name, value string) bool {
	upper := strings.ToUpper(name)
	switch {
	case value == "":
		return false
	case strings.HasSuffix(upper, "_FILE"):
		return strings.Contains(value[strings.LastIndexByte(value, '/')+1:], ".") && !strings.HasSuffix(value, ".p1") && !strings.HasSuffix(value, ".p") && !strings.HasSuffix(value, ".")
	case strings.HasSuffix(upper, "PROTOCOL_VERSION"):
		_, ok := protocol(value)
		return ok
	case strings.HasSuffix(upper, "CIPHER_SUITES"):
		suites, unknown := suitesOf(value)
		return len(suites) > 0 && len(unknown) == 0
	case upper == "VPMX_PORT", upper == "VPMX_TLS_PORT", upper == "VPS_PORT", upper == "VPS_TLS_PORT":
		return value == "0" || len(value) >= 4
	case upper == silentType:
		return (&client{set: true, value: value}).kind() != strangeKind
	case strings.HasSuffix(upper, "STORE_TYPE"):
		return value == "p12" || value == "jks"
	}
	return true
}

// surely reports whether a parameter's value shows that it is complete, given
// that it can be.
func surely(name string) bool {
	upper := strings.ToUpper(name)
	for _, suffix := range []string{"_FILE", "PROTOCOL_VERSION", "CIPHER_SUITES", "VPMX_PORT", "VPMX_TLS_PORT", "VPS_PORT", "VPS_TLS_PORT", "STORE_TYPE", "SECURITY_LEVEL", "CLIENT_AUTH", "CONFIGURATION_UPDATE", "CONNECTIONTYPE75"} {
		if strings.HasSuffix(upper, suffix) {
			return true
		}
	}
	return false
}
