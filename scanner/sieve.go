package scanner

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

// sieve is announced in the greeting (RFC 5804 section 1.7).
var sieve = Protocol{
	Protocol: audit.Protocol{Name: "sieve", Ports: []uint16{4190}, Title: "ManageSieve with STARTTLS (RFC 5804)"},
	Upgrade: []Step{
		{Name: "greeting", Want: "OK", Capability: "STARTTLS"},
		{Name: "STARTTLS", Send: "STARTTLS", Want: "OK"},
	},
	Replies: sieveReplies,
	PerHost: 2,
	Rate:    4,
	Budget:  5 * time.Minute,
}

// sieveReplies are those of RFC 5804 section 1.2: lines that begin with a
// string, then OK, NO or BYE.
func sieveReplies(in *bufio.Reader, _ *Step) (a answer, err error) {
	for range maxLines {
		line, err := readSieveLine(in)
		if err != nil {
			return a, err
		}
		word, text, _ := strings.Cut(line, " ")
		switch word = strings.ToUpper(word); {
		case strings.HasPrefix(line, `"`):
			a.capabilities = append(a.capabilities, strings.ReplaceAll(clipped(line), `"`, ""))
		case word == "OK" || word == "NO" || word == "BYE":
			a.status, a.first = word, clipped(text)
			a.temporary = word != "OK" && later(text, "TRYLATER")
			return a, nil
		default:
			return a, foreign([]byte(line))
		}
	}
	return a, errLines
}

// readSieveLine reads one line with the literals in it: "{12}" at its end says
// that so many bytes follow, and then the rest of the line.
func readSieveLine(in *bufio.Reader) (string, error) {
	var whole strings.Builder
	first := `"ONBonb`
	for {
		line, err := readLine(in, first)
		if err != nil {
			return "", err
		}
		first = ""
		start := strings.LastIndexByte(line, '{')
		n, fault := strconv.ParseUint(strings.TrimSuffix(strings.TrimSuffix(line[start+1:], "}"), "+"), 10, 16)
		if start < 0 || !strings.HasSuffix(line, "}") || fault != nil {
			whole.WriteString(line)
			return whole.String(), nil
		}
		if whole.Len()+int(n) > maxLine {
			return "", &upgradeError{upgradeForeign, fmt.Sprintf("a line is longer than %d bytes", maxLine)}
		}
		whole.WriteString(line[:start])
		if _, err := io.CopyN(&whole, in, int64(n)); err != nil {
			return "", err
		}
	}
}
