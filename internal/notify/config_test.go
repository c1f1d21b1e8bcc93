package notify

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

const hookHead = "notify:\n  channels:\n  - name: ops\n    webhook: "

func TestConfigErrors(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"key": signingKey + "\n", "short": "short\n", "lines": "two lines of a secret\nhere\n", "empty": "\n", "long": strings.Repeat("x", maxSecret+1), "ca.pem": "no certificate", "huge.pem": strings.Repeat("x", maxAuthorities+1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"KEY": signingKey, "URL": "https://hooks.example.com/T0/s3cr3t", "HTTP": "http://hooks.example.com/s3cr3t"}
	mail := "notify:\n  channels:\n  - name: ops\n    mail: "
	tests := []struct{ name, in, want string }{
		{"no channels", "notify: {}", `:1:9: notify: the key "channels" is missing`},
		{"empty channels", "notify: {channels: []}", `:1:20: notify.channels: must not be empty`},
		{"unknown key", "notify: {chanels: []}", `:1:10: notify: unknown key "chanels"`},
		{"other section", "serve: {}\nnotify: {channels: []}", `:1:1: unknown key "serve"`},
		{"mode", "notify: {all_clear: sometimes, channels: [{name: a, slack: {url_env: URL}}]}", `notify.all_clear: "sometimes" is not one of always, on-recovery, never`},
		{"lines", "notify: {lines: 0, channels: [{name: a, slack: {url_env: URL}}]}", `notify.lines: 0 is not between 1 and 100`},
		{"horizon", "notify: {horizons: [90, 0], channels: [{name: a, slack: {url_env: URL}}]}", `notify.horizons: 0 is not between 1 and 3660`},
		{"kind of change", "notify: {changes: [fixd], channels: [{name: a, slack: {url_env: URL}}]}", `notify.changes[0]: "fixd" is not one of regressed, new,`},
		{"dashboard", "notify: {dashboard: 'javascript:alert(1)', channels: [{name: a, slack: {url_env: URL}}]}", `notify.dashboard: this is not the address of a web page`},
		{"dashboard with a user", "notify: {dashboard: 'https://a:b@x.example.com/', channels: [{name: a, slack: {url_env: URL}}]}", `notify.dashboard: this is not the address of a web page`},
		{"dashboard with markup", "notify: {dashboard: 'https://x.example.com/|<b', channels: [{name: a, slack: {url_env: URL}}]}", `notify.dashboard: this is not the address of a web page`},
		{"no way", "notify:\n  channels:\n  - name: ops\n", `:3:5: channel ops must have exactly one of webhook, slack, teams and mail`},
		{"two ways", "notify:\n  channels:\n  - {name: ops, slack: {url_env: URL}, teams: {url_env: URL}}\n", `channel ops must have exactly one of`},
		{"name", "notify:\n  channels:\n  - {name: a/b, slack: {url_env: URL}}\n", `notify.channels[0].name: this is not a name for a channel`},
		{"name twice", "notify:\n  channels:\n  - {name: a, slack: {url_env: URL}}\n  - {name: a, slack: {url_env: URL}}\n", `notify.channels[1].name: a second channel is called "a"`},
		{"secret in the file", hookHead + "{url: 'https://x.example.com', secret: abc}", `unknown key "secret"`},
		{"no address", hookHead + "{secret_env: KEY}", `notify.channels[0].webhook: no address to send to`},
		{"two addresses", hookHead + "{url: 'https://x.example.com', url_env: URL, secret_env: KEY}", `the address stands here and in a file or the environment`},
		{"no TLS", hookHead + "{url: 'http://x.example.com', secret_env: KEY}", `webhook.url: the address cannot be sent to`},
		{"no TLS, secret", hookHead + "{url_env: HTTP, secret_env: KEY}", `webhook: the address cannot be sent to`},
		{"user in the address", hookHead + "{url: 'https://a:s3cr3t@x.example.com', secret_env: KEY}", `webhook.url: the address cannot be sent to`},
		{"no key", hookHead + "{url: 'https://x.example.com'}", `no key to sign with, or one shorter than 16 bytes`},
		{"short key", hookHead + "{url: 'https://x.example.com', secret_file: short}", `no key to sign with, or one shorter than 16 bytes`},
		{"key of two lines", hookHead + "{url: 'https://x.example.com', secret_file: lines}", `secret_file: the secret has several lines or control characters`},
		{"empty key", hookHead + "{url: 'https://x.example.com', secret_file: empty}", `secret_file: the secret is empty`},
		{"huge key", hookHead + "{url: 'https://x.example.com', secret_file: long}", "secret_file: the file " + filepath.Join(dir, "long") + " is larger than 4096 bytes"},
		{"huge authorities", hookHead + "{url: 'https://x.example.com', secret_env: KEY, ca_file: huge.pem}", "ca_file: the file " + filepath.Join(dir, "huge.pem") + " is larger than 4194304 bytes"},
		{"missing key", hookHead + "{url: 'https://x.example.com', secret_file: s3cr3t-itself}", `secret_file: the file cannot be read: no such file or directory`},
		{"variable not set", hookHead + "{url: 'https://x.example.com', secret_env: NOTHING}", `secret_env: the secret is empty`},
		{"the secret for its variable", hookHead + "{url: 'https://x.example.com', secret_env: 's3cr3t itself'}", `secret_env: this is not the name of a variable`},
		{"two secrets", hookHead + "{url: 'https://x.example.com', secret_env: KEY, secret_file: key}", `a secret stands in a file or in the environment, not in both`},
		{"no authority", hookHead + "{url: 'https://x.example.com', secret_env: KEY, ca_file: ca.pem}", `ca_file: there is no certificate in the file`},
		{"proxy", hookHead + "{url: 'https://x.example.com', secret_env: KEY, proxy: 'socks5://x'}", `proxy: this is not a proxy`},
		{"addresses", hookHead + "{url: 'https://x.example.com', secret_env: KEY, allow_addresses: [x]}", `allow_addresses[0]: this is neither an address nor a network`},
		{"address of Slack in the file", "notify:\n  channels:\n  - {name: a, slack: {url: 'https://hooks.example.com/s3cr3t'}}\n", `unknown key "url"`},
		{"no server", mail + "{from: a@example.com, to: [b@example.com]}", `the key "server" is missing`},
		{"server", mail + "{server: 'mail.example.com:25', from: a@example.com, to: [b@example.com]}", `mail.server: "mail.example.com:25" is not the name of a host`},
		{"port", mail + "{server: mail.example.com, port: 0, from: a@example.com, to: [b@example.com]}", `mail.port: 0 is not a port`},
		{"no TLS for mail", mail + "{server: mail.example.com, tls: none, from: a@example.com, to: [b@example.com]}", `mail.tls: "none" is not one of starttls, implicit`},
		{"sender", mail + "{server: mail.example.com, from: 'a@example.com, c@example.com', to: [b@example.com]}", `mail.from: "a@example.com, c@example.com" is not the address of a mailbox`},
		{"recipient with a header", mail + "{server: mail.example.com, from: a@example.com, to: [\"b@example.com\\nBcc: c@example.com\"]}", `mail.to[0]: "b@example.com\\x0aBcc: c@example.com" is not the address of a mailbox`},
		{"password alone", mail + "{server: mail.example.com, from: a@example.com, to: [b@example.com], password_env: KEY}", `there is a password for nobody`},
		{"user alone", mail + "{server: mail.example.com, from: a@example.com, to: [b@example.com], username: a}", `mail.username: the user has no password`},
		{"way to log in", mail + "{server: mail.example.com, from: a@example.com, to: [b@example.com], username: a, password_env: KEY, auth: cram-md5}", `mail.auth: "cram-md5" is not one of plain, login`},
		{"password in the file", mail + "{server: mail.example.com, from: a@example.com, to: [b@example.com], password: x}", `unknown key "password"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(dir, "notify.yaml")
			c, err := parse(file, []byte(tt.in))
			if err == nil {
				_, err = New(c, Parts{Now: time.Now, Getenv: func(name string) string { return env[name] }})
			}
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), signingKey) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
			if input := (*audit.InputError)(nil); !errors.As(err, &input) || input.Hint == "" || input.Place.Line == 0 {
				t.Errorf("no place or no hint: %v", err)
			}
		})
	}
}

// TestDocumented: the configuration of docs/notifications.md is read, and says
// what it says.
func TestDocumented(t *testing.T) {
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "notifications.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(docs), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	c, err := parse("notify.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var modes []AllClear
	for _, ch := range c.Channels {
		modes = append(modes, ch.AllClear)
	}
	if diff := cmp.Diff([]AllClear{AllClearOnRecovery, AllClearOnRecovery, AllClearAlways, AllClearOnRecovery}, modes); diff != "" {
		t.Error(diff)
	}
	// What it says of itself to be the usual is the usual.
	usual, err := parse("notify.yaml", []byte("notify: {channels: [{name: a, slack: {url_env: A}}]}"))
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]any{"lines": {c.Lines, usual.Lines}, "all_clear": {c.AllClear, usual.AllClear}, "horizons": {c.Horizons, usual.Horizons}, "changes": {c.Changes, usual.Changes}} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSectionMissing(t *testing.T) {
	for _, in := range []string{"", "notify:", "x: 1", "notify: 3", "notify: []"} {
		if _, err := parse("f.yaml", []byte(in)); err == nil {
			t.Errorf("%q is read", in)
		}
	}
}

// FuzzConfig: any bytes are read or refused with a place, and what is read can
// be opened or is refused the same way.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(hookHead + "{url: 'https://x.example.com', secret_env: KEY}"))
	f.Add([]byte("notify: {dashboard: 'https://x', channels: [{name: a, slack: {url_env: A}}]}"))
	f.Add([]byte("notify: {channels: [{name: a, mail: {server: m, from: a@b, to: [b@c], username: u, password_env: P}}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var input *audit.InputError
		c, err := parse("f.yaml", data)
		if err == nil {
			if c.Lines < 1 || len(c.Channels) == 0 || len(c.Channels) > maxChannels {
				t.Errorf("%+v", c)
			}
			c.dir = t.TempDir() // names of files lead nowhere
			_, err = New(c, Parts{Now: time.Now, Getenv: func(string) string { return "https://hooks.example.com/0123456789" }})
		}
		if err != nil && !errors.As(err, &input) {
			t.Errorf("%T is no *audit.InputError: %v", err, err)
		}
	})
}
