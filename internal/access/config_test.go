package access

import (
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

// TestSettle: nothing is opened that is not guarded, and the error says how.
func TestSettle(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	writeFile(t, file, "a viewer "+digest+"\n")
	c, k := &clock{}, &kept{}
	tokens, err := OpenTokens(file, c.now, k.logf)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, file+"2", "a viewer "+digest+" until=2020-01-01\n")
	ended, err := OpenTokens(file+"2", c.now, k.logf)
	if err != nil {
		t.Fatal(err)
	}
	proxy := []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}
	for _, tt := range []struct {
		name   string
		config Config
		fault  string // part of the error; empty for none
		role   Role
	}{
		{"loopback", Config{Listen: "127.0.0.1:8980"}, "", Viewer},
		{"loopback 6", Config{Listen: "[::1]:8980"}, "", Viewer},
		{"by name", Config{Listen: "localhost:0"}, "", Viewer},
		{"all of 127", Config{Listen: "127.9.9.9:1"}, "", Viewer},
		{"loopback, operator", Config{Listen: "127.0.0.1:1", LocalRole: Operator}, "", Operator},
		{"loopback, tokens", Config{Listen: "127.0.0.1:1", Tokens: tokens}, "", Nobody},
		{"loopback, tokens, local viewer", Config{Listen: "127.0.0.1:1", Tokens: tokens, LocalRole: Viewer}, "", Viewer},
		{"another role", Config{Listen: "127.0.0.1:1", LocalRole: "admin"}, "is not a role", ""},
		{"everywhere", Config{Listen: ":8980"}, "takes a way to sign in", ""},
		{"everywhere 4", Config{Listen: "0.0.0.0:8980", TLS: true}, "takes a way to sign in", ""},
		{"everywhere 6", Config{Listen: "[::]:8980", TLS: true}, "takes a way to sign in", ""},
		{"an address", Config{Listen: "192.0.2.7:8980", TLS: true}, "takes a way to sign in", ""},
		{"mapped loopback", Config{Listen: "[::ffff:127.0.0.1]:1"}, "", Viewer},
		{"no TLS", Config{Listen: "192.0.2.7:8980", Tokens: tokens, Hosts: []string{"a.example.com"}}, "takes TLS", ""},
		{"no name", Config{Listen: "192.0.2.7:8980", Tokens: tokens, TLS: true}, "takes the names", ""},
		{"all there", Config{Listen: "192.0.2.7:8980", Tokens: tokens, TLS: true, Hosts: []string{"a.example.com"}}, "", Nobody},
		{"all there, but a role for strangers", Config{Listen: "192.0.2.7:8980", Tokens: tokens, TLS: true, Hosts: []string{"a.example.com"}, LocalRole: Viewer}, "does not go with a role", ""},
		{"tokens that ran out", Config{Listen: "192.0.2.7:8980", Tokens: ended, TLS: true, Hosts: []string{"a.example.com"}}, "nobody could sign in", ""},
		{"behind a proxy", Config{Listen: "127.0.0.1:1", Proxies: proxy}, "behind a proxy takes a way to sign in", ""},
		{"behind a proxy, tokens", Config{Listen: "127.0.0.1:1", Proxies: proxy, Tokens: tokens, Hosts: []string{"a.example.com"}}, "", Nobody},
		{"behind a proxy, a role for strangers", Config{Listen: "127.0.0.1:1", Proxies: proxy, Tokens: tokens, LocalRole: Viewer}, "does not go with a role", ""},
		{"a name of the network", Config{Listen: "127.0.0.1:1", Hosts: []string{"a.example.com"}}, "being asked by the name a.example.com takes a way", ""},
		{"everybody is a proxy", Config{Listen: "127.0.0.1:1", Tokens: tokens, Proxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}, "believes everybody", ""},
		{"a wildcard", Config{Listen: "127.0.0.1:1", Tokens: tokens, Hosts: []string{"*.example.com"}}, "is not a host name", ""},
		{"a name to listen on", Config{Listen: "www.example.com:443"}, "is not an IP address", ""},
		{"no port", Config{Listen: "127.0.0.1"}, "is not an address to listen on", ""},
		{"a word for a port", Config{Listen: "127.0.0.1:http"}, "is not an address to listen on", ""},
		{"nothing", Config{}, "is not an address to listen on", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Log, tt.config.Logf, tt.config.Now = k, k.logf, c.now
			g, err := New(tt.config)
			if tt.fault == "" {
				if err != nil || g.LocalRole != tt.role {
					t.Errorf("role %q, want %q: %v", tt.config.LocalRole, tt.role, err)
				}
				return
			}
			var input *audit.InputError
			if !errors.As(err, &input) || input.Hint == "" || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%v, want %q", err, tt.fault)
			}
		})
	}
	if _, err := New(Config{Listen: "127.0.0.1:1", Now: time.Now}); err == nil {
		t.Error("a gate without a log")
	}
}
