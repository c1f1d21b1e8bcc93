//go:build interop

package main

import (
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsaudit/fixtures"
	"tlsaudit/internal/notify/notifytest"
)

// TestServeSendsMail: a schedule that is due when the program starts makes a run,
// and what it found goes out of the serving program to a real mail server, inside
// STARTTLS, once; a start later it does not go out again. tlsaudit audit --notify
// sends through the same server.
func TestServeSendsMail(t *testing.T) {
	leaf := fixtures.Leaf{IPs: []net.IP{net.IPv4(127, 0, 0, 1)}, DNS: []string{"mail.example.com"}}
	post := notifytest.Start(t, fixtures.NewAuthority(time.Now()), notifytest.RequiresTLS, leaf)
	endpoint := httptest.NewUnstartedServer(http.NotFoundHandler())
	endpoint.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	endpoint.StartTLS() // nobody knows its authority: something fails
	t.Cleanup(endpoint.Close)
	_, port, _ := net.SplitHostPort(endpoint.Listener.Addr().String())
	dir := t.TempDir()
	channel := func(to string) string {
		return fmt.Sprintf("notify: {channels: [{name: %s, mail: {server: 127.0.0.1, port: %d, from: tlsaudit@example.com, to: [%s@example.com], ca_file: '%s'}}]}\n", to, post.Port, to, post.CA)
	}
	for name, text := range map[string]string{
		"targets.txt": "https://www.example.com:" + port + "?ip=127.0.0.1\n",
		"serve.yaml": "db: audits.db\nlisten: 127.0.0.1:0\naudit: {inventory: [targets.txt], depth: quick, timeout: 20s}\n" +
			"schedules:\n- {name: nightly, cron: '0 3 * * *', at_start: true}\n" + channel("a"),
		"notify.yaml": channel("b"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	serve := func() *running { return startServe(t, dir, "--config", "serve.yaml") }
	r := serve()
	raw := post.Delivered(t, "a")
	if err := r.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	message, err := netmail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil || !strings.Contains(subject, "1 added; ") || !strings.HasSuffix(subject, " fail") {
		t.Errorf("the subject is %q, %v", subject, err)
	}
	body, err := io.ReadAll(message.Body)
	if err != nil || !strings.Contains(strings.ReplaceAll(string(body), "=\r\n", ""), "of the schedule nightly") || !strings.Contains(string(body), "www.example.com:"+port) {
		t.Errorf("%v\n%s", err, body)
	}
	if log := post.Log(); !strings.Contains(log, "TLS connection established") {
		t.Errorf("no TLS in the log of the server:\n%s", log)
	}

	r = serve()
	time.Sleep(3 * time.Second) // what was not sent before is looked for at once
	if err := r.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if list := post.Mails(); len(list) != 1 {
		t.Errorf("after another start there are %d mails", len(list))
	}

	command := func() {
		t.Helper()
		rec := &recorded{T: t, database: filepath.Join(dir, "audits.db")}
		if code, _, said := rec.run("audit", "-q", "-i", filepath.Join(dir, "targets.txt"), "--depth", "quick", "--notify", filepath.Join(dir, "notify.yaml")); code != exitFindings && code != exitIncomplete {
			t.Fatalf("exit code %d\n%s", code, said)
		}
	}
	command() // nothing changed since
	if list := post.Mails(); len(list) != 1 {
		t.Errorf("nothing changed, and there are %d mails", len(list))
	}
	endpoint.Close()
	command()
	if raw := string(post.Delivered(t, "b")); !strings.Contains(raw, "1 unreachable") {
		t.Errorf("the command sent\n%s", raw)
	}
}
