package notify

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/fixtures"
)

// smtpServer is a mail server on loopback that keeps what it is told, apart in
// what came in clear and what came inside TLS. TestMailThroughPostfix does the
// same with a real one.
type smtpServer struct {
	tls *tls.Config
	// plainOnly does not know STARTTLS, implicit begins with TLS.
	plainOnly, implicit bool
	// inject is sent behind the answer to STARTTLS, before TLS.
	inject string
	// answers replace the usual ones, by the first word of the command; "DOT" is
	// the end of a message. An empty one hangs up.
	answers map[string]string
	port    int
	ca      string // file

	mu             sync.Mutex
	clear, secured []string
	mails          []string
	wg             sync.WaitGroup
}

func (s *smtpServer) start(t *testing.T) *smtpServer {
	t.Helper()
	authority := fixtures.NewAuthority(time.Now())
	s.ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(s.ca, authority.RootPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	s.tls = &tls.Config{Certificates: []tls.Certificate{authority.Issue(fixtures.Leaf{IPs: []net.IP{net.IPv4(127, 0, 0, 1)}, DNS: []string{"mail.example.com"}}).Present(authority.Intermediate)}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	s.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); s.wg.Wait() })
	return s
}

func (s *smtpServer) serve(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	into := &s.clear
	if s.implicit {
		c, into = tls.Server(c, s.tls), &s.secured
	}
	r := bufio.NewReader(c)
	fmt.Fprint(c, "220 mail.example.com ESMTP\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		*into = append(*into, line)
		s.mu.Unlock()
		word, _, _ := strings.Cut(strings.ToUpper(line), " ")
		answer, own := s.answers[word]
		switch {
		case own && answer == "":
			return
		case own:
		case word == "EHLO":
			answer = "250-mail.example.com\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME"
			if !s.plainOnly && into == &s.clear {
				answer = "250-mail.example.com\r\n250 STARTTLS"
			}
		case word == "STARTTLS" && !s.plainOnly:
			fmt.Fprint(c, "220 go ahead\r\n"+s.inject)
			c, into = tls.Server(c, s.tls), &s.secured
			r = bufio.NewReader(c)
			continue
		case word == "DATA":
			fmt.Fprint(c, "354 go ahead\r\n")
			if !s.takeMail(r) {
				return
			}
			if answer, own = s.answers["DOT"]; own && answer == "" {
				return
			} else if !own {
				answer = "250 taken"
			}
		case word == "AUTH" && strings.HasSuffix(line, "LOGIN"):
			answer = "334 VXNlcm5hbWU6"
		case word == "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		case word == "AUTH", isBase64(line) && word != "RSET":
			answer = "235 welcome"
			if line == base64.StdEncoding.EncodeToString([]byte("tls audit")) {
				answer = "334 UGFzc3dvcmQ6"
			}
		default:
			answer = "250 fine"
		}
		fmt.Fprint(c, answer+"\r\n")
	}
}

func (s *smtpServer) takeMail(r *bufio.Reader) bool {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			s.mu.Lock()
			s.mails = append(s.mails, b.String())
			s.mu.Unlock()
			return true
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

func isBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil && s != ""
}

// words are the first words of what was said.
func firstWords(lines []string) (words []string) {
	for _, line := range lines {
		word, _, _ := strings.Cut(line, " ")
		words = append(words, word)
	}
	return words
}

// mailTo makes a notifier that sends through the server.
func mailTo(t *testing.T, s *smtpServer, more string) *Notifier {
	t.Helper()
	return hurried(open(t, fmt.Sprintf("mail: {server: 127.0.0.1, port: %d, from: tlsaudit@example.com, to: [a@example.com, b@example.com], ca_file: '%s'%s}", s.port, s.ca, more),
		map[string]string{"PASSWORD": "hunter2-hunter2"}))
}

func TestMail(t *testing.T) {
	const login = ", username: tls audit, password_env: PASSWORD"
	plain := "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00tls audit\x00hunter2-hunter2"))
	tests := []struct {
		name           string
		server         *smtpServer
		more           string
		outcome        Outcome
		clear, secured []string
		mails          int
		why            string
	}{
		{"STARTTLS", &smtpServer{}, "", Sent, []string{"EHLO", "STARTTLS"}, []string{"EHLO", "MAIL", "RCPT", "RCPT", "DATA", "QUIT"}, 1, ""},
		{"implicit TLS", &smtpServer{implicit: true}, ", tls: implicit", Sent, nil, []string{"EHLO", "MAIL", "RCPT", "RCPT", "DATA", "QUIT"}, 1, ""},
		{"log in", &smtpServer{}, login, Sent, []string{"EHLO", "STARTTLS"}, []string{"EHLO", plain, "MAIL", "RCPT", "RCPT", "DATA", "QUIT"}, 1, ""},
		{"log in, implicit TLS", &smtpServer{implicit: true}, login + ", tls: implicit", Sent, nil, []string{"EHLO", plain, "MAIL", "RCPT", "RCPT", "DATA", "QUIT"}, 1, ""},
		{"log in with LOGIN", &smtpServer{}, login + ", auth: login", Sent, []string{"EHLO", "STARTTLS"},
			[]string{"EHLO", "AUTH LOGIN", "dGxzIGF1ZGl0", "aHVudGVyMi1odW50ZXIy", "MAIL", "RCPT", "RCPT", "DATA", "QUIT"}, 1, ""},
		{"no STARTTLS", &smtpServer{plainOnly: true}, login, Failed, []string{"EHLO"}, nil, 0, "does not support STARTTLS"},
		{"STARTTLS refused", &smtpServer{answers: map[string]string{"STARTTLS": "454 not now"}}, login, Failed, []string{"EHLO", "STARTTLS", "EHLO", "STARTTLS", "EHLO", "STARTTLS"}, nil, 0, "454"},
		{"words slipped in before TLS are not heard", &smtpServer{inject: "250-mail.example.com\r\n250 AUTH NONE\r\n"}, login, Sent, []string{"EHLO", "STARTTLS"},
			[]string{"EHLO", plain, "MAIL", "RCPT", "RCPT", "DATA", "QUIT"}, 1, ""},
		{"wrong password", &smtpServer{answers: map[string]string{"AUTH": "535 no, hunter2-hunter2 is wrong"}}, login, Failed, []string{"EHLO", "STARTTLS"}, []string{"EHLO", plain, "*", "QUIT"}, 0, `535 "no, (secret) is wrong"`},
		{"recipient refused", &smtpServer{answers: map[string]string{"RCPT": "550 nobody"}}, "", Failed, []string{"EHLO", "STARTTLS"}, []string{"EHLO", "MAIL", "RCPT", "RCPT", "RSET"}, 0, `550 "nobody"`},
		{"mail refused", &smtpServer{answers: map[string]string{"DOT": "554 spam"}}, "", Failed, []string{"EHLO", "STARTTLS"}, []string{"EHLO", "MAIL", "RCPT", "RCPT", "DATA"}, 1, `554 "spam"`},
		{"silence behind the mail", &smtpServer{answers: map[string]string{"DOT": ""}}, "", Unclear, []string{"EHLO", "STARTTLS"}, []string{"EHLO", "MAIL", "RCPT", "RCPT", "DATA"}, 1, ""},
		{"silence behind QUIT", &smtpServer{answers: map[string]string{"QUIT": ""}}, "", Sent, []string{"EHLO", "STARTTLS"}, []string{"EHLO", "MAIL", "RCPT", "RCPT", "DATA", "QUIT"}, 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.server.start(t)
			list := mailTo(t, s, tt.more).Test(t.Context(), "")
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(list) != 1 || list[0].Outcome != tt.outcome || len(s.mails) != tt.mails || !strings.Contains(list[0].Why, tt.why) || strings.Contains(list[0].Why, "hunter2") {
				t.Errorf("%+v, %d mails", list, len(s.mails))
			}
			var secured []string
			for _, line := range s.secured {
				if word := firstWords([]string{line})[0]; word != "AUTH" {
					line = word
				}
				secured = append(secured, line)
			}
			if diff := cmp.Diff(tt.clear, firstWords(s.clear)); diff != "" {
				t.Errorf("in clear (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.secured, secured); diff != "" {
				t.Errorf("inside TLS (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMailNotVerified: to a server whose certificate is of nobody known, or for
// another name, nothing is said but that TLS is wanted.
func TestMailNotVerified(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		s, other := (&smtpServer{implicit: implicit}).start(t), anotherCA(t)
		way := "starttls"
		if implicit {
			way = "implicit"
		}
		for name, config := range map[string]string{
			"system's authorities": fmt.Sprintf("server: 127.0.0.1, port: %d", s.port),
			"another authority":    fmt.Sprintf("server: 127.0.0.1, port: %d, ca_file: '%s'", s.port, other),
			"another name":         fmt.Sprintf("server: localhost, port: %d, ca_file: '%s'", s.port, s.ca),
		} {
			n := hurried(open(t, "mail: {"+config+", tls: "+way+", from: a@example.com, to: [b@example.com], username: u, password_env: PASSWORD}", map[string]string{"PASSWORD": "hunter2-hunter2"}))
			list := n.Test(t.Context(), "")
			s.mu.Lock()
			if list[0].Outcome != Failed || !strings.Contains(list[0].Why, "certificate") || len(s.secured) > 0 {
				t.Errorf("%s, %s: %+v, %q", way, name, list, s.secured)
			}
			for _, word := range firstWords(s.clear) {
				if word != "EHLO" && word != "STARTTLS" {
					t.Errorf("%s, %s: %s in clear", way, name, word)
				}
			}
			s.mu.Unlock()
		}
	}
}

// TestMailEndless: a server that does not stop talking is left.
func TestMailEndless(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { l.Close() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			for err == nil { // until it is hung up
				_, err = c.Write(make([]byte, 64<<10))
			}
			c.Close()
		}
	})
	s := &smtpServer{port: l.Addr().(*net.TCPAddr).Port, ca: (&smtpServer{}).start(t).ca}
	if list := mailTo(t, s, "").Test(t.Context(), ""); list[0].Outcome != Failed || !strings.Contains(list[0].Why, errTalk.Error()) {
		t.Errorf("%+v", list)
	}
}
