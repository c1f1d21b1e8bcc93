package scanner

import (
	"bufio"
	"strings"
	"time"

	"tlsaudit/audit"
)

// imap sends no LOGIN and leaves nothing selected: CAPABILITY and STARTTLS are
// allowed before authentication (RFC 9051 section 6.1 and 6.2).
var imap = Protocol{
	Protocol: audit.Protocol{Name: "imap", Ports: []uint16{143}, Title: "IMAP with STARTTLS (RFC 9051)"},
	Upgrade: []Step{
		{Name: "greeting", Want: "OK"},
		{Name: "CAPABILITY", Send: "a1 CAPABILITY", Want: "OK", Capability: "STARTTLS"},
		{Name: "STARTTLS", Send: "a2 STARTTLS", Want: "OK"},
	},
	Replies: imapReplies,
	PerHost: 2,
	Rate:    4,
	Budget:  5 * time.Minute,
}

var imaps = Protocol{
	Protocol: audit.Protocol{Name: "imaps", Ports: []uint16{993}, Title: "IMAP over implicit TLS (RFC 8314)"},
	PerHost:  2,
	Rate:     4,
	Budget:   5 * time.Minute,
}

// imapReplies are those of RFC 9051 section 7: untagged lines, then one with the
// tag of the command. The greeting is an untagged line. PREAUTH is a refusal,
// since STARTTLS is not allowed any more after it (section 6.2.1).
func imapReplies(in *bufio.Reader, s *Step) (a answer, err error) {
	tag, _, _ := strings.Cut(s.Send, " ")
	for range maxLines {
		line, err := readLine(in, "*"+tag[:min(1, len(tag))])
		if err != nil {
			return a, err
		}
		status, text, untagged := imapStatus(line, "*")
		switch {
		case tag == "" && untagged && position(status, "OK", "PREAUTH", "BYE") < 3:
			// A server that is full says BYE without any further reason.
			return answer{status: status, first: clipped(text), temporary: status == "BYE"}, nil
		case tag == "" || !strings.HasPrefix(line, "* ") && !strings.HasPrefix(line, tag+" "):
			return a, foreign([]byte(line))
		case status == "CAPABILITY":
			a.capabilities = append(a.capabilities, strings.Fields(clipped(text))...)
		case status == "BYE":
			return answer{status: status, first: clipped(text), temporary: true}, nil
		}
		if status, text, tagged := imapStatus(line, tag); tagged {
			if position(status, "OK", "NO", "BAD") == 3 {
				return a, foreign([]byte(line))
			}
			a.status, a.first = status, clipped(text)
			a.temporary = status == "NO" && later(text, "UNAVAILABLE", "INUSE", "LIMIT")
			return a, nil
		}
	}
	return a, errLines
}

// imapStatus splits a line that begins with the tag.
func imapStatus(line, tag string) (status, text string, ok bool) {
	rest, ok := strings.CutPrefix(line, tag+" ")
	status, text, _ = strings.Cut(rest, " ")
	return strings.ToUpper(status), text, ok
}

// later reports whether a text begins with one of the response codes that ask
// for another time, in brackets or parentheses (RFC 5530, RFC 3206, RFC 5804).
func later(text string, codes ...string) bool {
	for _, code := range codes {
		if len(text) > len(code)+1 && strings.ContainsRune("[(", rune(text[0])) && strings.EqualFold(text[1:1+len(code)], code) &&
			strings.ContainsRune("]) ", rune(text[1+len(code)])) {
			return true
		}
	}
	return false
}
