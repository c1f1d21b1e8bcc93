package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsaudit/fixtures"
)

// receiver is an HTTPS server on loopback that keeps what it is sent.
type receiver struct {
	*httptest.Server
	ca string // file

	mu       sync.Mutex
	requests []request
}

type request struct {
	head http.Header
	body []byte
}

// receive starts a receiver that answers with answer, given the number of the
// request.
func receive(t *testing.T, answer func(w http.ResponseWriter, number int)) *receiver {
	t.Helper()
	authority := fixtures.NewAuthority(time.Now())
	r := &receiver{ca: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(r.ca, authority.RootPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.requests = append(r.requests, request{q.Header, body})
		number := len(r.requests)
		r.mu.Unlock()
		answer(w, number)
	}))
	r.TLS = &tls.Config{Certificates: []tls.Certificate{authority.Issue(fixtures.Leaf{IPs: []net.IP{net.IPv4(127, 0, 0, 1)}, DNS: []string{"hooks.example.com"}}).Present(authority.Intermediate)}}
	r.EnableHTTP2 = true
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.StartTLS()
	t.Cleanup(r.Close)
	return r
}

const signingKey = "correct horse battery staple"

// open makes a notifier for one channel whose way: is written in YAML.
func open(t *testing.T, way string, env map[string]string) *Notifier {
	t.Helper()
	c, err := parse(filepath.Join(t.TempDir(), "notify.yaml"), []byte("notify:\n  channels:\n  - name: ops\n    "+way+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(c, Parts{Now: time.Now, Getenv: func(name string) string { return env[name] }})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// hurried makes a channel not wait between attempts.
func hurried(n *Notifier) *Notifier {
	r := retry{attempts: 3, first: time.Millisecond, most: time.Millisecond, patience: time.Second, budget: time.Minute, random: func() float64 { return 0 }}
	for _, c := range n.channels {
		switch way := c.way.(type) {
		case *hook:
			way.retry = r
		case *mailer:
			way.retry = r
		}
	}
	return n
}

func webhookTo(t *testing.T, r *receiver) *Notifier {
	t.Helper()
	return hurried(open(t, fmt.Sprintf("webhook: {url: '%s/hook', secret_env: KEY, ca_file: '%s'}", r.URL, r.ca), map[string]string{"KEY": signingKey}))
}

// verify is the recipe of docs/notifications.md.
func verify(secret []byte, header string, body []byte, now time.Time) error {
	var t int64
	var signature string
	if _, err := fmt.Sscanf(header, "t=%d,v1=%s", &t, &signature); err != nil {
		return err
	}
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%d.%s", t, body)
	if wanted := hex.EncodeToString(mac.Sum(nil)); !hmac.Equal([]byte(wanted), []byte(signature)) || now.Sub(time.Unix(t, 0)).Abs() > 5*time.Minute {
		return errors.New("not from tlsaudit, or too old")
	}
	return nil
}

// TestRecipe: what the documentation tells receivers to do is what these tests
// do.
func TestRecipe(t *testing.T) {
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "notifications.md"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("hook_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, recipe, _ := strings.Cut(string(docs), "```go\n")
	recipe, _, _ = strings.Cut(recipe, "```")
	if !strings.HasPrefix(recipe, "func verify(") || !strings.Contains(string(source), recipe) {
		t.Error("the recipe in Go differs from the one that is tested here")
	}
}

func TestWebhook(t *testing.T) {
	r := receive(t, func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusNoContent) })
	list := webhookTo(t, r).Test(t.Context(), "")
	if len(list) != 1 || list[0].Outcome != Sent || len(r.requests) != 1 {
		t.Fatalf("%+v, %d requests", list, len(r.requests))
	}
	q := r.requests[0]
	if err := verify([]byte(signingKey), q.head.Get(SignatureHeader), q.body, time.Now()); err != nil {
		t.Errorf("%s: %v", q.head.Get(SignatureHeader), err)
	}
	for name, wrong := range map[string]error{
		"another key":  verify([]byte("another key"), q.head.Get(SignatureHeader), q.body, time.Now()),
		"another body": verify([]byte(signingKey), q.head.Get(SignatureHeader), append([]byte(" "), q.body...), time.Now()),
		"another time": verify([]byte(signingKey), "t=1"+q.head.Get(SignatureHeader)[2:], q.body, time.Now()),
		"too late":     verify([]byte(signingKey), q.head.Get(SignatureHeader), q.body, time.Now().Add(time.Hour)),
	} {
		if wrong == nil {
			t.Errorf("%s, and the signature holds", name)
		}
	}
	var body struct{ Schema, ID, Kind string }
	if err := json.Unmarshal(q.body, &body); err != nil || body.Schema != SchemaV1 || body.Kind != "test" || body.ID != q.head.Get(DeliveryHeader) || len(body.ID) != 32 {
		t.Errorf("%+v, %v", body, err)
	}
	if got := q.head.Get("Content-Type"); got != "application/json" {
		t.Error(got)
	}
}

// TestAnswers: what a receiver's answer means, how often it is asked, and that
// each attempt is signed and has the same id.
func TestAnswers(t *testing.T) {
	status := func(codes ...int) func(http.ResponseWriter, int) {
		return func(w http.ResponseWriter, n int) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(codes[min(n, len(codes))-1])
			fmt.Fprint(w, "because of \x1b[31m https://evil.test and "+signingKey)
		}
	}
	tests := []struct {
		name     string
		answer   func(http.ResponseWriter, int)
		outcome  Outcome
		requests int
		why      string
	}{
		{"created", status(201), Sent, 1, ""},
		{"fails once", status(503, 200), Sent, 2, ""},
		{"fails always", status(500), Failed, 3, `tried 3 times: answered 500 Internal Server Error: because of \x1b[31m https[:]//evil.test and (secret)`},
		{"too many", status(429, 202), Sent, 2, ""},
		{"not allowed", status(403), Failed, 1, `answered 403 Forbidden: because of \x1b[31m https[:]//evil.test and (secret)`},
		{"found elsewhere", status(302), Failed, 1, "answered 302; redirects are not followed, name the address itself"},
		{"moved", status(307), Failed, 1, "answered 307; redirects are not followed, name the address itself"},
		{"asks for an hour", func(w http.ResponseWriter, _ int) { w.Header().Set("Retry-After", "3600"); w.WriteHeader(503) }, Failed, 1, "the receiver asks to be left alone for 1h0m0s: answered 503 Service Unavailable"},
		{"endless answer", func(w http.ResponseWriter, _ int) {
			w.WriteHeader(400)
			for range 1000 {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return // it hangs up, as it should
				}
			}
			t.Error("64 MB of an answer were read")
		}, Failed, 1, "answered 400 Bad Request: "},
		{"endless head", func(w http.ResponseWriter, n int) {
			for i := range 20 {
				w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 10<<10))
			}
		}, Failed, 3, ""},
		{"hangs up", func(http.ResponseWriter, int) { panic(http.ErrAbortHandler) }, Failed, 3, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := receive(t, tt.answer)
			list := webhookTo(t, r).Test(t.Context(), "ops")
			if len(list) != 1 || list[0].Outcome != tt.outcome || len(r.requests) != tt.requests || !strings.HasPrefix(list[0].Why, tt.why) {
				t.Fatalf("%+v, %d requests", list, len(r.requests))
			}
			for _, q := range r.requests {
				if q.head.Get(DeliveryHeader) != r.requests[0].head.Get(DeliveryHeader) || verify([]byte(signingKey), q.head.Get(SignatureHeader), q.body, time.Now()) != nil {
					t.Error("an attempt is not signed, or has another id")
				}
			}
			if strings.Contains(list[0].Why, signingKey) {
				t.Error("the reason names the key")
			}
		})
	}
}

// TestChatsAreSentOnce: who knows no id is not asked again when it is unclear
// what became of a message, and the address is not told.
func TestChatsAreSentOnce(t *testing.T) {
	for _, way := range []string{"slack", "teams"} {
		t.Run(way, func(t *testing.T) {
			r := receive(t, func(http.ResponseWriter, int) { panic(http.ErrAbortHandler) })
			n := hurried(open(t, fmt.Sprintf("%s: {url_env: URL, ca_file: '%s'}", way, r.ca), map[string]string{"URL": r.URL + "/services/T0/s3cr3t-path"}))
			list := n.Test(t.Context(), "")
			if list[0].Outcome != Unclear || len(r.requests) != 1 {
				t.Errorf("%+v, %d requests", list, len(r.requests))
			}
			if r.requests[0].head.Get(SignatureHeader) != "" {
				t.Error("a chat is sent a signature")
			}
			r.Close()
			list = n.Test(t.Context(), "")
			if list[0].Outcome != Failed || strings.Contains(list[0].Why, "s3cr3t") {
				t.Errorf("%+v", list)
			}
		})
	}
}

// TestNotVerified: nothing is sent to a receiver whose certificate is of nobody
// known, or for another name.
func TestNotVerified(t *testing.T) {
	r := receive(t, func(http.ResponseWriter, int) {})
	other := anotherCA(t)
	for name, way := range map[string]string{
		"system's authorities": fmt.Sprintf("webhook: {url: '%s', secret_env: KEY}", r.URL),
		"another authority":    fmt.Sprintf("webhook: {url: '%s', secret_env: KEY, ca_file: '%s'}", r.URL, other),
		"another name":         fmt.Sprintf("webhook: {url: '%s', secret_env: KEY, ca_file: '%s'}", strings.Replace(r.URL, "127.0.0.1", "localhost", 1), r.ca),
	} {
		list := hurried(open(t, way, map[string]string{"KEY": signingKey})).Test(t.Context(), "")
		if list[0].Outcome != Failed || !strings.Contains(list[0].Why, "certificate") || len(r.requests) != 0 {
			t.Errorf("%s: %+v, %d requests", name, list, len(r.requests))
		}
	}
}

// anotherCA writes the certificate of an authority that certified nobody here.
func anotherCA(t *testing.T) string {
	t.Helper()
	ca := fixtures.NewAuthority(time.Now()).CA("Another Root", nil)
	file := filepath.Join(t.TempDir(), "another.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.DER}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestProxy: requests go through the proxy of the configuration, and through
// none of the environment's.
func TestProxy(t *testing.T) {
	r := receive(t, func(http.ResponseWriter, int) {})
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	if list := webhookTo(t, r).Test(t.Context(), ""); list[0].Outcome != Sent {
		t.Errorf("%+v", list)
	}
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		asked = append(asked, q.Method+" "+q.Host)
		w.WriteHeader(http.StatusForbidden)
	}))
	defer proxy.Close()
	n := hurried(open(t, fmt.Sprintf("webhook: {url: 'https://hooks.example.com/x', secret_env: KEY, proxy: '%s'}", proxy.URL), map[string]string{"KEY": signingKey}))
	if list := n.Test(t.Context(), ""); list[0].Outcome != Failed || len(asked) == 0 || asked[0] != "CONNECT hooks.example.com:443" {
		t.Errorf("%+v, asked %v", list, asked)
	}
}

// TestSecretIsHidden: a secret shows itself in no format.
func TestSecretIsHidden(t *testing.T) {
	s := newSecret("hunter2-hunter2")
	encoded, err := json.Marshal(map[string]any{"a": s, "b": &s})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s), fmt.Sprintf("%+v %#v", struct{ S secret }{s}, &s), string(encoded)} {
		if strings.Contains(got, "hunter2") || strings.Contains(got, "68756e746572") {
			t.Error(got)
		}
	}
}

// TestRedacted: a receiver that repeats a secret anywhere in its answer gives
// nothing of it away, also where the answer is cut.
func TestRedacted(t *testing.T) {
	const path = "/services/T0000000/B0000000/abcdefghijklmnopqrstuvwx"
	for pad := 0; pad < maxAnswer; pad += 5 + pad/20 {
		var to string
		r := receive(t, func(w http.ResponseWriter, _ int) {
			w.WriteHeader(400)
			fmt.Fprint(w, strings.Repeat("x", pad)+" "+strings.Repeat(to+" ", 200))
		})
		way := webhookTo(t, r).channels[0].way.(*hook)
		to = way.to.reveal() + path
		way.to = newSecret(to)
		told := send(t.Context(), &opened{name: "ops", way: way}, &Digest{Kind: KindTest}, "id")
		if told.Outcome != Failed || strings.Contains(told.Why, "T0000") || strings.Contains(told.Why, "B0000") || strings.Contains(told.Why, "abcde") {
			t.Fatalf("behind %d characters: %+v", pad, told)
		}
	}
}
