package access

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsaudit/fixtures"
	"tlsaudit/internal/history"
)

// clock is a clock that tests move.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// kept is an audit log in memory.
type kept struct {
	mu      sync.Mutex
	entries []history.AuditEntry
	broken  bool
	told    []string
}

func (k *kept) Log(_ context.Context, e history.AuditEntry) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken {
		return errors.New("the disk is full")
	}
	k.entries = append(k.entries, e)
	return nil
}

func (k *kept) logf(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told = append(k.told, fmt.Sprintf(format, args...))
}

func (k *kept) breakIt() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.broken = true
}

// actions lists "actor: action" of what was kept.
func (k *kept) actions() (list []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range k.entries {
		list = append(list, e.Actor+": "+e.Action)
	}
	return list
}

// everything is all that was written anywhere, to look for secrets in.
func (k *kept) everything() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return fmt.Sprint(k.entries, k.told)
}

// stage is a gate on a real server on loopback.
type stage struct {
	t     *testing.T
	gate  *Gate
	base  string
	addr  string
	log   *kept
	clock *clock
	// tokens are the secrets of the file's tokens, by name.
	tokens map[string]string
	file   string
	// CA certifies the server, where it speaks TLS.
	ca *x509.CertPool
}

// staged says what a test wants.
type staged struct {
	tls    bool
	change func(*Config, *stage)
}

// echo is the page behind the gate: it says who it is for, and streams.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	who, _ := Who(r.Context())
	if r.URL.Path == "/stream" {
		fmt.Fprintln(w, "begin")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return
	}
	if r.URL.Path == "/quiet" {
		fmt.Fprintln(w, "begin")
		w.(http.Flusher).Flush()
		time.Sleep(200 * time.Millisecond)
		fmt.Fprint(w, "ended: ", r.Context().Err())
		return
	}
	fmt.Fprintf(w, "%s %s %s %s form=%s.", r.Method, who.Name, who.Role, who.Via, FormToken(r.Context()))
})

func newStage(t *testing.T, s staged) *stage {
	t.Helper()
	st := &stage{t: t, log: &kept{}, clock: &clock{}, tokens: map[string]string{}, file: filepath.Join(t.TempDir(), "tokens")}
	for name, role := range map[string]Role{"vera": Viewer, "otto": Operator} {
		st.addToken(name, role)
	}
	tokens, err := OpenTokens(st.file, st.clock.now, st.log.logf)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Listen: "127.0.0.1:0", Tokens: tokens, Log: st.log, Logf: st.log.logf, Now: st.clock.now, TLS: s.tls}
	var certificate *Certificate
	if s.tls {
		certificate = st.certificate()
	}
	if s.change != nil {
		s.change(&c, st)
	}
	if st.gate, err = New(c); err != nil {
		t.Fatal(err)
	}
	l, err := st.gate.Listen(t.Context(), certificate)
	if err != nil {
		t.Fatal(err)
	}
	st.addr = l.Addr().String()
	st.base = "http://" + st.addr
	if s.tls {
		st.base = "https://" + st.addr
	}
	server := st.gate.Server(context.Background(), echo)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return st
}

func (s *stage) addToken(name string, role Role) {
	s.t.Helper()
	secret, line, err := NewToken(name, role, time.Time{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.tokens[name] = secret
	f, err := os.OpenFile(s.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(line); err != nil {
		s.t.Fatal(err)
	}
}

// certificate makes one for localhost in files.
func (s *stage) certificate() *Certificate {
	s.t.Helper()
	a := fixtures.NewAuthority(time.Now())
	dir := s.t.TempDir()
	writePair(s.t, a, dir, fixtures.Leaf{DNS: []string{"localhost"}, IPs: []net.IP{net.IPv4(127, 0, 0, 1)}})
	s.ca = x509.NewCertPool()
	s.ca.AppendCertsFromPEM(a.RootPEM())
	c, err := OpenCertificate(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), s.clock.now, s.log.logf)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func writePair(t *testing.T, a *fixtures.Authority, dir string, leaf fixtures.Leaf) {
	t.Helper()
	c := a.Issue(leaf)
	key, err := x509.MarshalPKCS8PrivateKey(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER})
	if !leaf.SelfSigned {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Intermediate.DER})...)
	}
	for name, text := range map[string][]byte{"cert.pem": chain, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// browser is a client that keeps cookies and follows nothing.
func (s *stage) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.ca}, ForceAttemptHTTP2: true}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// ask sends a request and returns the answer with its body read.
func (s *stage) ask(c *http.Client, method, path string, form url.Values, headers ...string) (*http.Response, string) {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	answer, err := c.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer, string(text)
}

var formValue = regexp.MustCompile(`name="csrf" value="([^"]*)"`)

// loginForm loads the page and returns the value its form carries.
func (s *stage) loginForm(c *http.Client) string {
	s.t.Helper()
	_, page := s.ask(c, "GET", "/login", nil)
	found := formValue.FindStringSubmatch(page)
	if found == nil {
		s.t.Fatalf("no form: %s", page)
	}
	return html.UnescapeString(found[1])
}

// login signs a browser in with a token.
func (s *stage) login(c *http.Client, name string) {
	s.t.Helper()
	answer, text := s.ask(c, "POST", "/login", url.Values{"csrf": {s.loginForm(c)}, "token": {s.tokens[name]}})
	if answer.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("login: %s\n%s", answer.Status, text)
	}
}

var pageForm = regexp.MustCompile(`form=([^.]*)\.`)

// formToken is what pages for this browser carry.
func (s *stage) formToken(c *http.Client) string {
	s.t.Helper()
	_, page := s.ask(c, "GET", "/", nil, "Accept", "text/html")
	found := pageForm.FindStringSubmatch(page)
	if found == nil {
		s.t.Fatalf("no form token on the page: %s", page)
	}
	return found[1]
}

// raw sends bytes and returns the status of every answer until the server
// closes, or an answer is the last one asked for.
func (s *stage) raw(text string) (statuses []int) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, text) // a server that refuses the beginning does not wait for the rest
	conn.(*net.TCPConn).CloseWrite()
	in := bufio.NewReader(conn)
	for {
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return statuses
		}
		statuses = append(statuses, answer.StatusCode)
		io.Copy(io.Discard, answer.Body)
	}
}
