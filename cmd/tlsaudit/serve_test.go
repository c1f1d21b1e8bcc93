package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/history"
	"tlsaudit/internal/schedule"
)

// running is the program serving.
type running struct {
	t       *testing.T
	command *exec.Cmd
	url     string
	said    *transcript
}

// transcript is what a program says while it runs.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
	line chan string
}

var servingLine = regexp.MustCompile(`^serving .* on (https?://\S+) until`)

// startServe runs the program and waits until it says where it serves.
func startServe(t *testing.T, dir string, args ...string) *running {
	t.Helper()
	r := &running{t: t, command: exec.Command("tlsaudit", append([]string{"serve"}, args...)...), said: &transcript{line: make(chan string, 1)}}
	r.command.Dir = dir
	out, err := r.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.command.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			r.said.mu.Lock()
			fmt.Fprintln(&r.said.text, lines.Text())
			r.said.mu.Unlock()
			if at := servingLine.FindStringSubmatch(lines.Text()); at != nil {
				r.said.line <- at[1]
			}
		}
	}()
	t.Cleanup(func() {
		r.command.Process.Kill()
		<-done
		r.command.Wait()
	})
	select {
	case r.url = <-r.said.line:
	case <-done:
		t.Fatalf("it did not serve:\n%s", r.told())
	case <-time.After(time.Minute):
		t.Fatalf("it says nothing:\n%s", r.told())
	}
	return r
}

func (r *running) told() string {
	r.said.mu.Lock()
	defer r.said.mu.Unlock()
	return r.said.text.String()
}

// stop sends a signal and waits for the end.
func (r *running) stop(signal os.Signal) error {
	r.t.Helper()
	if err := r.command.Process.Signal(signal); err != nil {
		r.t.Fatal(err)
	}
	state, err := r.command.Process.Wait()
	if err == nil && !state.Success() {
		err = fmt.Errorf("ended with %s:\n%s", state, r.told())
	}
	return err
}

// ask sends a request with a token.
func (r *running) ask(method, path, token string) (*http.Response, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer, string(text)
}

// makeToken runs the command that makes one.
func makeToken(t *testing.T, dir, name, role string) string {
	t.Helper()
	c := exec.Command("tlsaudit", "serve", "token", name, "--role", role)
	c.Dir = dir
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// TestServe serves a history: audits begin by themselves and by an operator, a
// viewer reads, and what is done is written down.
func TestServe(t *testing.T) {
	zoo, err := fixtures.Demo(context.Background(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { zoo.Close() })
	dir := t.TempDir()
	subject := zoo.Endpoints[0].Target.Subject()
	for name, text := range map[string]string{
		"ca.pem":        string(zoo.CA),
		"targets.txt":   subject + "\n",
		"serve.yaml":    "db: audits.db\nlisten: 127.0.0.1:0\naccess: {tokens: tokens}\naudit: {inventory: [targets.txt], ca: ca.pem, depth: quick, timeout: 20s}\nschedules:\n- {name: nightly, cron: '0 3 * * *', zone: Europe/Berlin, at_start: true}\n",
		"untouched.txt": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	alice, bob := makeToken(t, dir, "alice", "operator"), makeToken(t, dir, "bob", "viewer")
	r := startServe(t, t.TempDir(), "--config", filepath.Join(dir, "serve.yaml")) // its files are found beside it
	first := waitForRun(t, r, bob, 1)
	if !strings.Contains(r.told(), "schedule nightly: 0 3 * * *, next ") {
		t.Errorf("it does not say what begins when:\n%s", r.told())
	}
	for path, want := range map[string]int{"/": 401, "/healthz": 200, "/readyz": 200, "/metrics": 200} {
		if answer, _ := r.ask("GET", path, ""); answer.StatusCode != want {
			t.Errorf("a stranger at %s gets %s", path, answer.Status)
		}
	}
	for _, path := range []string{"/", "/findings", "/subjects", "/systems", "/rules", "/certificates", "/forecast", "/waivers", "/gateway", "/runs", "/compare", first} {
		if answer, text := r.ask("GET", path, bob); answer.StatusCode != 200 {
			t.Errorf("%s: %s\n%s", path, answer.Status, text)
		}
	}
	for _, tt := range []struct {
		method, path, token string
		want                int
	}{{"POST", "/audit", bob, 403}, {"GET", "/log", bob, 403}, {"GET", "/log", alice, 200}, {"POST", "/audit", alice, 303}} {
		if answer, text := r.ask(tt.method, tt.path, tt.token); answer.StatusCode != tt.want {
			t.Errorf("%s %s: %s\n%s", tt.method, tt.path, answer.Status, text)
		}
	}
	waitForRun(t, r, bob, 2)
	answer, text := r.ask("GET", first+"/download/json", bob)
	var report audit.Report
	if err := json.Unmarshal([]byte(text), &report); answer.StatusCode != 200 || err != nil || report.Summary.Subjects != 1 {
		t.Errorf("the download: %s %v %.200s", answer.Status, err, text)
	}
	_, log := r.ask("GET", "/log", alice)
	for _, want := range []string{"audit asked for", "POST /audit system", "download", "request refused", "GET /log is for the role operator [bearer]", "alice", "bob"} {
		if !strings.Contains(log, want) {
			t.Errorf("the audit log does not tell of %q", want)
		}
	}
	for _, secret := range []string{alice, bob} {
		if strings.Contains(log+r.told(), secret) {
			t.Error("a token is in a log")
		}
	}
	if err := r.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	run := lastRun(t, filepath.Join(dir, "audits.db"))
	if run.Trigger != "operator" || run.Actor != "alice" || run.State != history.Complete {
		t.Errorf("the run of the operator: %+v", run)
	}
}

// TestServeCountsChannels: what becomes of notifications is counted from the start
// for every channel of the configuration.
func TestServeCountsChannels(t *testing.T) {
	dir := t.TempDir()
	text := "db: audits.db\nlisten: 127.0.0.1:0\nnotify: {channels: [{name: team, mail: {server: mail.example.com, from: a@example.com, to: [b@example.com]}}]}\n"
	if err := os.WriteFile(filepath.Join(dir, "serve.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, scrape := startServe(t, dir, "--config", "serve.yaml").ask("GET", "/metrics", "")
	for _, result := range []string{"failed", "sent"} {
		if want := `tlsaudit_notifications_total{channel="team",result="` + result + `"} 0`; !strings.Contains(scrape, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

var runLink = regexp.MustCompile(`/runs/[0-9A-Z]{26}`)

// waitForRun waits until so many runs have ended, and returns the path of the
// oldest.
func waitForRun(t *testing.T, r *running, token string, count int) string {
	t.Helper()
	for range 600 {
		_, text := r.ask("GET", "/runs", token)
		seen := map[string]bool{}
		last := ""
		for _, link := range runLink.FindAllString(text, -1) {
			seen[link], last = true, link
		}
		_, scrape := r.ask("GET", "/metrics", token)
		if len(seen) >= count && strings.Contains(scrape, "tlsaudit_runs_running 0") || len(seen) >= count && !strings.Contains(text, "running") {
			return last
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("no run came to its end:\n%s", r.told())
	return ""
}

func lastRun(t *testing.T, db string) *history.Run {
	t.Helper()
	s, err := history.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runs, _, err := s.Runs(t.Context(), history.Page{Limit: 1})
	if err != nil || len(runs) == 0 {
		t.Fatal(err)
	}
	return &runs[0]
}

// TestServeStopped is stopped while an audit waits for a server that says
// nothing: it leaves soon, and the run is kept as far as it got.
func TestServeStopped(t *testing.T) {
	accepted := make(chan struct{}, 64)
	port := stall(t, accepted)
	dir := t.TempDir()
	db := filepath.Join(dir, "audits.db")
	r := startServe(t, dir, "--db", db, "--listen", "127.0.0.1:0", "--local-role", "operator", "--schedule", "0 3 * * *", "https://tarpit.example.com:"+port+"?ip=127.0.0.1")
	_, page := r.ask("GET", "/audit", "")
	token := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)
	if token == nil {
		t.Fatalf("no form: %s", page)
	}
	answer, err := http.Post(r.url+"/audit", "application/x-www-form-urlencoded", bytes.NewBufferString("csrf="+token[1]))
	if err != nil || answer.StatusCode != 200 { // the page of its progress
		t.Fatalf("%v %v", answer, err)
	}
	answer.Body.Close()
	<-accepted // the probe is under way
	if answer, _ := http.Post(r.url+"/audit", "application/x-www-form-urlencoded", bytes.NewBufferString("csrf="+token[1])); answer.StatusCode != http.StatusConflict && answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a second audit gets %s", answer.Status)
	}
	if err := r.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if run := lastRun(t, db); run.State == history.Running || run.Whole || run.Trigger != "operator" || run.Actor != "local" {
		t.Errorf("the run that was broken off: %+v", run)
	}
}

// FuzzServeFile: whatever a configuration holds, it is read or refused with a
// place.
func FuzzServeFile(f *testing.F) {
	f.Add([]byte("db: audits.db\nlisten: 127.0.0.1:8980\ntls: {certificate: c.pem, key: k.pem}\naccess: {hosts: [a.example.com], proxies: [127.0.0.1], tokens: tokens}\n"))
	f.Add([]byte("audit: {inventory: [i.yaml], depth: quick}\nschedules:\n- {name: nightly, cron: '0 3 * * *', zone: Europe/Berlin, jitter: 5m}\n"))
	f.Add([]byte("access:\n  oidc: {issuer: 'https://login.example.com', client_id: x, redirect_url: 'https://a.example.com/login/oidc/callback', viewers: ['*']}\nnotify: {channels: []}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := parseServe("serve.yaml", data)
		if (doc == nil) == (err == nil) {
			t.Errorf("%v and %v", doc, err)
		}
		if err == nil {
			if again := schedule.Check(doc.Schedules, audit.Depths); again != nil {
				t.Error(again)
			}
		}
	})
}
