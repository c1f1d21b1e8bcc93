package scanner

import (
	"bufio"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadReply(t *testing.T) {
	for _, c := range []struct {
		in    string
		code  int
		lines []string
		ok    bool
	}{
		{"220 ready\r\n", 220, []string{"ready"}, true},
		{"220\r\n", 220, []string{""}, true},
		{"220 bare newline\n", 220, []string{"bare newline"}, true},
		{"250-one\r\n250-two\r\n250 three\r\n", 250, []string{"one", "two", "three"}, true},
		{"250-one\r\n251 two\r\n", 0, nil, false},
		{"220-never ends\r\n", 0, nil, false},
		{"220 no line end", 0, nil, false},
		{"HTTP/1.1 400 Bad Request\r\n", 0, nil, false},
		{"999 beyond\r\n", 0, nil, false},
		{"120 too low\r\n", 0, nil, false},
		{"22\r\n", 0, nil, false},
		{"220x\r\n", 0, nil, false},
		{"220 " + strings.Repeat("x", 5000) + "\r\n", 0, nil, false},
		{strings.Repeat("250-x\r\n", 100) + "250 x\r\n", 0, nil, false},
		{"220 " + strings.Repeat("x", 2000) + "\r\n", 220, []string{strings.Repeat("x", maxText)}, true},
		{"", 0, nil, false},
	} {
		code, lines, err := readReply(bufio.NewReaderSize(strings.NewReader(c.in), maxLine))
		if code != c.code || (err == nil) != c.ok || !cmp.Equal(lines, c.lines) {
			t.Errorf("%.40q: %d %.3q %v", c.in, code, lines, err)
		}
	}
}

func TestAnnounced(t *testing.T) {
	lines := []string{"SIZE 1000", "starttls", "AUTH=LOGIN", "XSTARTTLS2 x"}
	for keyword, want := range map[string]bool{"STARTTLS": true, "SIZE": true, "AUTH": false, "STARTTLS2": false} {
		if announced(lines, keyword) != want {
			t.Errorf("%s: %v", keyword, !want)
		}
	}
}

func FuzzReadReply(f *testing.F) {
	f.Add("250-one\r\n250 two\r\n")
	f.Add("421 4.7.0 busy\r\n")
	f.Add("220-\x00\x1b[31m\r\n220 \xff\r\nsmuggled")
	f.Fuzz(func(t *testing.T, in string) {
		code, lines, err := readReply(bufio.NewReaderSize(strings.NewReader(in), maxLine))
		u := new(upgradeError)
		switch {
		case err == nil && (code < 200 || code > 599 || len(lines) == 0 || len(lines) > maxLines):
			t.Errorf("%d with %d lines", code, len(lines))
		case err != nil && errors.As(err, &u) && u.kind != upgradeForeign:
			t.Errorf("kind %d: %v", u.kind, err)
		}
	})
}
