package notify

import (
	"strings"
	"unicode/utf8"

	"tlsaudit/report"
)

const (
	// maxWord bounds one text of a peer or a file in characters, maxLine a line of
	// a message, maxSubject the subject of a mail and the title of a chat message.
	maxWord    = 200
	maxLine    = 500
	maxSubject = 140
)

// plain makes text of any origin one line that is safe to be read: visible
// characters only, bounded, and without "://", by which programs know what to
// turn into a link. The rest is up to the target.
func plain(s string, most int) string {
	s = strings.ReplaceAll(report.Clean(clip(s, most)), "://", "[:]//")
	return clip(s, most)
}

// clip cuts text to so many characters. Bytes that are no UTF-8 stay what they
// are, for report.Clean to show.
func clip(s string, most int) string {
	for i, n := 0, 0; i < len(s); n++ {
		if n == most {
			return s[:i] + "…"
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return s
}

// word is plain text that stands within a line.
func word(s string) string { return plain(s, maxWord) }

// named shows a subject without looking like an address to click on:
// "https://www.example.com:443" is "www.example.com:443 (https)".
func named(subject string) string {
	protocol, rest, found := strings.Cut(subject, "://")
	if !found || protocol == "" || rest == "" {
		return word(subject)
	}
	return word(rest) + " (" + word(protocol) + ")"
}

// chat makes a line safe for Slack and Teams. It stands in elements they show
// letter by letter; should one of their programs read it as its own markup all
// the same, nothing in it begins a mention, a link or a template. Similar
// looking characters stand in place of those that would; who needs the exact
// text finds it in the report.
func chat(line string) string {
	return strings.NewReplacer(
		"<", "‹", ">", "›", // <!channel>, <@U1>, <https://...|text>, <at>name</at>
		"@", "＠", // @channel, @here, names
		"](", "] (", // [text](target)
		"{", "｛", // {{...}} and @{...}: templates of cards, and of the workflows that carry them
	).Replace(plain(line, maxLine))
}

// mrkdwn makes text safe for Slack's own markup, for the one field that is read
// as such: besides what chat does, nothing becomes bold, struck out or code, and
// the character Slack reserves is escaped as it asks.
func mrkdwn(line string) string {
	return strings.NewReplacer("&", "&amp;", "`", "ˋ", "*", "∗", "_", "＿", "~", "∼").Replace(chat(line))
}

// header makes text fit to be the value of a header of a mail: one line, no
// control characters, short. The library encodes what is not ASCII.
func header(s string) string { return plain(s, maxSubject) }
