package scanner

import (
	"bufio"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

// ftp asks about the control connection; a data connection needs a login. AUTH
// TLS is tried whether FEAT announces it or not, since a server need not know
// FEAT (RFC 4217 section 6).
var ftp = Protocol{
	Protocol: audit.Protocol{Name: "ftp", Ports: []uint16{21}, Title: "FTP with AUTH TLS (RFC 4217)"},
	Upgrade: []Step{
		{Name: "greeting", Want: "220"},
		{Name: "FEAT", Send: "FEAT", Want: "211", Capability: "AUTH TLS", Optional: true},
		{Name: "AUTH TLS", Send: "AUTH TLS", Want: "234"},
	},
	Replies: ftpReplies,
	PerHost: 2,
	Rate:    4,
	Budget:  5 * time.Minute,
}

var ftps = Protocol{
	Protocol: audit.Protocol{Name: "ftps", Ports: []uint16{990}, Title: "FTP over implicit TLS"},
	PerHost:  2,
	Rate:     4,
	Budget:   5 * time.Minute,
}

// ftpReplies are those of RFC 959 section 4.2. Unlike in mail, the lines between
// the first and the last of a reply need not begin with its code.
func ftpReplies(in *bufio.Reader, _ *Step) (a answer, err error) {
	for n := range maxLines {
		line, err := readLine(in, ftpFirst(n))
		if err != nil {
			return a, err
		}
		code, text, last, ok := ftpLine(line)
		switch {
		case n == 0 && !ok:
			return a, foreign([]byte(line))
		case n == 0:
			a.status, a.first = code, clipped(text)
			a.temporary = code[0] == '4' || code[0] == '1'
		}
		if last && ok && code == a.status {
			return a, nil
		}
		if n > 0 {
			a.capabilities = append(a.capabilities, strings.TrimSpace(clipped(line)))
		}
	}
	return a, errLines
}

// ftpFirst are the bytes the n-th line of a reply may begin with; empty for any.
func ftpFirst(n int) string {
	if n == 0 {
		return "12345"
	}
	return ""
}

// ftpLine splits a line that begins with a reply code; last is not set if a
// dash behind the code announces more.
func ftpLine(line string) (code, text string, last, ok bool) {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return "", "", false, false
	}
	n, err := strconv.ParseUint(line[:3], 10, 16)
	if err != nil || n < 100 || n > 599 {
		return "", "", false, false
	}
	return line[:3], line[min(4, len(line)):], len(line) == 3 || line[3] == ' ', true
}
