package report

import (
	"regexp"
	"strings"
)

// markdownActive finds what sites make links, mentions, references, pictures or
// mathematics of. Some do so after the Markdown was read, where no escape is
// left: but nowhere inside of code, so that is where these characters are put.
//
//	://  www.     addresses            @       people, mail
//	#1 !1         issues, requests     ~a %a &1 ^a   what GitLab refers to
//	:name:        pictures of feelings; two have a number for a name, others are times
var markdownActive = regexp.MustCompile(`://|\bwww\.|[@#]+|[!~%&^]+["\w]|:[a-zA-Z0-9_+-]*[a-zA-Z_+-][a-zA-Z0-9_+-]*:|:(?:100|1234):`)

// markdownEntities are for what Markdown, its tables and HTML act upon. An
// entity is never markup again, in tables either, where a backslash may be.
var markdownEntities = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", `\`, "&#92;", "`", "&#96;", "*", "&#42;", "_", "&#95;", "[", "&#91;", "]", "&#93;",
	"|", "&#124;", "~", "&#126;", "$", "&#36;", "!", "&#33;", "^", "&#94;", "{", "&#123;", "}", "&#125;").Replace

// markdownText makes text of at most limit bytes, cleaned, fit to stand within a
// line or a cell: it shows as it is and is nothing else. It must not begin a
// line, where "1." or "-" would start a list.
func markdownText(s string, limit int) string {
	s = clean(s, limit)
	var b strings.Builder
	code := false // a code span is open
	put := func(s string, active bool) {
		if s == "" {
			return
		}
		if active != code {
			b.WriteByte('`')
			code = active
		}
		if !active {
			s = markdownEntities(s)
		}
		b.WriteString(s)
	}
	for s != "" {
		at := markdownActive.FindStringIndex(s)
		if at == nil {
			break
		}
		from, to := at[0], at[1]
		switch s[from] {
		case 'w': // only the dot
			from = to - 1
		case ':':
			if s[from:to] != "://" {
				to = from + 1
			}
		case '!', '~', '%', '&', '^':
			to--
		}
		put(s[:from], false)
		put(s[from:to], true)
		s = s[to:]
	}
	put(s, false)
	if code {
		b.WriteByte('`')
	}
	return b.String()
}

// markdownCode is text of at most limit bytes, cleaned, as code within a line or
// a cell: names, which nothing may be made of. A | would end a cell in spite of
// the code around it; it stands between two spans.
func markdownCode(s string, limit int) string {
	parts := strings.Split(clean(s, limit), "|")
	for i, part := range parts {
		if part == "" {
			continue
		}
		fence := strings.Repeat("`", longestRun(part, '`')+1)
		if strings.Trim(part, " ") == "" {
			parts[i] = part // a span of spaces is not seen
			continue
		}
		if strings.HasPrefix(part, "`") || strings.HasSuffix(part, "`") || strings.HasPrefix(part, " ") && strings.HasSuffix(part, " ") {
			part = " " + part + " " // of which one on each side is taken away again
		}
		parts[i] = fence + part + fence
	}
	return strings.Join(parts, "&#124;")
}

// markdownFence is text in a block of code, whose fence is longer than any in
// the text.
func markdownFence(s string) string {
	text := strings.Join(CleanLines(s), "\n")
	fence := strings.Repeat("`", max(longestRun(text, '`')+1, 3))
	return fence + "\n" + text + "\n" + fence + "\n"
}

// longestRun is the length of the longest sequence of c.
func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
