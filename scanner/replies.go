package scanner

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// answer is one reply of a protocol of lines.
type answer struct {
	// status is the word that decides, such as "220", "OK" or "+OK".
	status string
	// first is the text behind it, for a person.
	first string
	// temporary: the peer asks to come back later.
	temporary bool
	// capabilities are the lines that announce what the peer can do.
	capabilities []string
}

// text is the decisive line.
func (a *answer) text() string { return strings.TrimSpace(a.status + " " + a.first) }

// replies reads one reply to a step. It reads not a byte more from the
// connection than the reader's buffer holds.
type replies func(in *bufio.Reader, s *Step) (answer, error)

// mailReplies are those of RFC 5321 section 4.2, which LMTP shares.
func mailReplies(in *bufio.Reader, _ *Step) (answer, error) {
	code, lines, err := readReply(in)
	if err != nil {
		return answer{}, err
	}
	return answer{status: strconv.Itoa(code), first: lines[0], temporary: code/100 == 4, capabilities: lines[1:]}, nil
}

// readReply reads one reply of one or more lines: "250-first", "250 last". It
// reads not a byte more from the connection than the reader's buffer holds.
func readReply(in *bufio.Reader) (code int, lines []string, err error) {
	for len(lines) < maxLines {
		raw, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return 0, nil, &upgradeError{upgradeForeign, fmt.Sprintf("a line is longer than %d bytes", maxLine)}
		case err != nil && len(raw) > 0 && len(lines) == 0 && !digits(raw):
			return 0, nil, foreign(raw)
		case err != nil:
			return 0, nil, err
		}
		line := strings.TrimRight(string(raw), "\r\n")
		if len(line) < 3 || !digits(raw[:3]) || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
			return 0, nil, foreign(raw)
		}
		n, _ := strconv.Atoi(line[:3])
		if n < 200 || n > 599 || len(lines) > 0 && n != code {
			return 0, nil, foreign(raw)
		}
		code = n
		text := line[min(4, len(line)):]
		lines = append(lines, text[:min(len(text), maxText)])
		if len(line) == 3 || line[3] == ' ' {
			return code, lines, nil
		}
	}
	return 0, nil, &upgradeError{upgradeForeign, fmt.Sprintf("a reply has more than %d lines", maxLines)}
}

func foreign(raw []byte) error {
	return &upgradeError{upgradeForeign, "answered " + strconv.QuoteToASCII(string(raw[:min(len(raw), 64)])) + ", which is no reply"}
}

func digits(b []byte) bool {
	for i, c := range b[:min(3, len(b))] {
		if c < '0' || c > '9' || i == 0 && c > '5' {
			return false
		}
	}
	return true
}

// readLine reads one line without its end. A line that never came to an end is
// no reply of the protocol if it does not begin with one of the bytes of first.
func readLine(in *bufio.Reader, first string) (string, error) {
	raw, err := in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", &upgradeError{upgradeForeign, fmt.Sprintf("a line is longer than %d bytes", maxLine)}
	case len(raw) > 0 && first != "" && !strings.ContainsRune(first, rune(raw[0])):
		return "", foreign(raw)
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

// clipped is what is kept of a line.
func clipped(line string) string { return line[:min(len(line), maxText)] }

var errLines = &upgradeError{upgradeForeign, fmt.Sprintf("a reply has more than %d lines", maxLines)}

// readBlock reads the lines of a block up to the one that is a single dot (RFC
// 3977 section 3.1.1, RFC 1939 section 3).
func readBlock(in *bufio.Reader) (lines []string, err error) {
	for len(lines) < maxLines {
		line, err := readLine(in, "")
		if err != nil {
			return nil, err
		}
		if line == "." {
			return lines, nil
		}
		lines = append(lines, clipped(strings.TrimPrefix(line, ".")))
	}
	return nil, errLines
}

// announced looks for a keyword among capabilities. It is case-insensitive and
// may have parameters (RFC 5321 section 4.1.1.1); a second word of the
// capability must be one of them ("AUTH TLS-C;TLS;", RFC 4217 section 6).
func announced(lines []string, capability string) bool {
	keyword, parameter, _ := strings.Cut(capability, " ")
	for _, line := range lines {
		words := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == ';' || c == ',' })
		if len(words) == 0 || !strings.EqualFold(words[0], keyword) {
			continue
		}
		if parameter == "" || slices.ContainsFunc(words[1:], func(w string) bool { return strings.EqualFold(w, parameter) }) {
			return true
		}
	}
	return false
}
