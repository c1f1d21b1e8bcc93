package scanner

import (
	"bufio"
	"strings"
	"time"

	"tlsaudit/audit"
)

// pop3 asks for STLS whether it is announced or not: CAPA came later than POP3
// itself (RFC 2449), and old servers do not know it.
var pop3 = Protocol{
	Protocol: audit.Protocol{Name: "pop3", Ports: []uint16{110}, Title: "POP3 with STLS (RFC 2595)"},
	Upgrade: []Step{
		{Name: "greeting", Want: "+OK"},
		{Name: "CAPA", Send: "CAPA", Want: "+OK", Capability: "STLS", Optional: true},
		{Name: "STLS", Send: "STLS", Want: "+OK"},
	},
	Replies: popReplies,
	PerHost: 2,
	Rate:    4,
	Budget:  5 * time.Minute,
}

var pop3s = Protocol{
	Protocol: audit.Protocol{Name: "pop3s", Ports: []uint16{995}, Title: "POP3 over implicit TLS (RFC 8314)"},
	PerHost:  2,
	Rate:     4,
	Budget:   5 * time.Minute,
}

// popReplies are those of RFC 1939 section 3: "+OK" or "-ERR", and after a
// successful CAPA a block.
func popReplies(in *bufio.Reader, s *Step) (a answer, err error) {
	line, err := readLine(in, "+-")
	if err != nil {
		return a, err
	}
	status, text, _ := strings.Cut(line, " ")
	a = answer{status: strings.ToUpper(status), first: clipped(text)}
	switch a.status {
	case "+OK":
		if s.Capability != "" {
			a.capabilities, err = readBlock(in)
		}
		return a, err
	case "-ERR":
		a.temporary = later(text, "SYS/TEMP", "IN-USE", "LOGIN-DELAY")
		return a, nil
	}
	return a, foreign([]byte(line))
}
