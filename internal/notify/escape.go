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

// chat makes a line safe for Slack and Teams, whatever their programs make of
// it: no character that begins a mention, a link, a channel or a template in
// any of their dialects. Similar looking ones stand in their place; who needs
// the exact text finds it in the report.
func chat(line string) string { return chatReplacer().Replace(plain(line, maxLine)) }

// chatReplacer is made anew for each line: it is small, and a global would be
// one more list.
func chatReplacer() *strings.Replacer {
	return strings.NewReplacer(
		"<", "‹", ">", "›", // <!channel>, <@U1>, <https://...|text>, <at>name</at>
		"@", "＠", // @channel, @here, names
		"](", "] (", // [text](target)
		"{{", "{ {", "${", "$ {", "@{", "＠ {", // templates of cards and of the workflows that carry them
		"`", "ˋ", "*", "∗", "_", "＿", "~", "∼", // what makes text bold, struck out or code
		"#", "＃", // headings and channels
	)
}

// mrkdwn escapes text for Slack's own dialect, for the one field that is read
// in it. The three characters are those Slack reserves.
func mrkdwn(line string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(chat(line))
}

// header makes text fit to be the value of a header of a mail: one line, no
// control characters, short. The library encodes what is not ASCII.
func header(s string) string { return plain(s, maxSubject) }
