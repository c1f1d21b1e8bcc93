package confdoc

import (
	"strings"

	"tlsaudit/audit"
)

// Redacted stands for a secret.
const Redacted = "[redacted]"

// NewSetting makes a setting, without its value if key or value have the form
// of a secret.
func NewSetting(key, value string, place audit.Place) audit.Setting {
	return audit.Setting{Key: key, Value: Redact(key, value), Place: place}
}

// Clip cuts a text that is evidence only.
func Clip(s string) string {
	const most = 200
	if runes := []rune(s[:min(len(s), 4*most)]); len(runes) > most {
		return string(runes[:most]) + " ..."
	}
	return s
}

// Redact returns the value, or what of it may be shown: nothing if the key names
// a secret, and without the parts that have the form of one. A switch, a path or
// a reference is shown where the key asks for one, such as savePassword=true or
// ssl_password_file=/path.
func Redact(key, value string) string {
	if secret(key, value) {
		return Redacted
	}
	return RedactText(value)
}

// RedactText blanks out what is, or has the form of, a secret in any text, such
// as a line of a file in a diff or in an error: values behind the names of
// secrets in the syntaxes configuration files have, and values that tell
// themselves, such as {xor}, a password in a URL or a private key. It cannot
// know a secret of which a line is only the continuation; see [Redactor].
func RedactText(text string) string {
	spans := secretSpans(text)
	if len(spans) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, s := range spans {
		b.WriteString(text[at:s.start])
		b.WriteString(Redacted)
		at = s.end
	}
	b.WriteString(text[at:])
	return b.String()
}

// Redactor returns a function that blanks out secrets in single lines of the
// given texts. Unlike RedactText it knows secrets that begin on another line:
// continuations, block scalars, elements and keys that take several.
func Redactor(texts ...string) func(line string) string {
	known := map[string]string{}
	for _, text := range texts {
		spans := secretSpans(text)
		for _, l := range lineSpans(text, false) {
			for len(spans) > 0 && spans[0].end <= l.start {
				spans = spans[1:]
			}
			if len(spans) == 0 {
				break
			}
			if shown, any := blanked(text, l, spans); any {
				// a line that comes twice is shown as where less of it may be
				if before, twice := known[text[l.start:l.end]]; !twice || len(shown) < len(before) {
					known[text[l.start:l.end]] = shown
				}
			}
		}
	}
	return func(line string) string {
		if shown, ok := known[line]; ok {
			return RedactText(shown)
		}
		return RedactText(line)
	}
}

// blanked returns a line without the parts of it that lie in spans.
func blanked(text string, l span, spans []span) (shown string, any bool) {
	var b strings.Builder
	at := l.start
	for _, s := range spans {
		if s.start >= l.end {
			break
		}
		b.WriteString(text[at:max(at, s.start)])
		b.WriteString(Redacted)
		at, any = min(max(at, s.end), l.end), true
	}
	b.WriteString(text[at:l.end])
	return b.String(), any
}

// span is a part of a text.
type span struct{ start, end int }

// lineSpans returns the lines of a text without their ends; a CR by itself ends
// one too if cr is set.
func lineSpans(text string, cr bool) (lines []span) {
	start := 0
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text) || text[i] == '\n':
			end := i
			if end > start && text[end-1] == '\r' {
				end--
			}
			lines = append(lines, span{start, end})
			start = i + 1
		case cr && text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			lines = append(lines, span{start, i})
			start = i + 1
		}
	}
	return lines
}
