package nginx

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
)

// hostile are texts of about a megabyte that ask for much work.
func hostile() map[string]string {
	fill := func(head, unit, tail string) string {
		return head + strings.Repeat(unit, (1<<20-len(head)-len(tail))/len(unit)) + tail
	}
	var distinct strings.Builder
	distinct.WriteString("events{} http{\n")
	for i := 0; distinct.Len() < 1<<20; i++ {
		fmt.Fprintf(&distinct, "server{listen %d ssl;ssl_certificate a;ssl_ciphers HIGH:!AES128:-RC4:+DES%d;}", i%60000+1, i)
	}
	return map[string]string{
		"directives":    fill("events{} http{", "a;", "}"),
		"blocks":        fill("events{} http{", "a{}", "}"),
		"nested":        fill("events{} http{", "a{", ""),
		"servers":       fill("events{} http{ssl_protocols TLSv1;", "server{listen 443 ssl;ssl_certificate a;}", "}"),
		"protocols":     fill("events{} http{server{listen 443 ssl;ssl_certificate a;", "ssl_protocols TLSv1;", "}}"),
		"inherited":     fill("events{} http{"+strings.Repeat("ssl_protocols TLSv1;", 20000), "server{listen 443 ssl;ssl_certificate a;}", "}"),
		"commands":      fill("events{} http{"+strings.Repeat("ssl_conf_command Protocol ALL;", 15000), "server{listen 443 ssl;ssl_certificate a;}", "}"),
		"ranges":        fill("events{} http{", "server{listen 1-2000 ssl;ssl_certificate a;}", "}"),
		"listens":       fill("events{} http{server{ssl_certificate a;", "listen 443 ssl;", "}}"),
		"names":         fill("events{} http{server{listen 443 ssl;ssl_certificate a;server_name", " a", ";}}"),
		"upstreams":     fill("events{} http{server{", "location /{proxy_pass https://u;}", "}}"),
		"comment":       "events{} http{ #" + strings.Repeat("x", 1<<20) + "\n}",
		"word":          "events{} http{ " + strings.Repeat("x", 1<<20) + ";}",
		"includes":      fill("events{} http{", "include other;", "}"),
		"self":          fill("events{} http{", "include nginx.conf;", "}"),
		"lua":           fill("events{} http{ x_by_lua_block {", "[==[", "}}"),
		"quotes":        fill("events{} http{ a ", `"b" `, ";}"),
		"distinct":      distinct.String() + "}",
		"string":        "events{} http{server{listen 1 ssl;ssl_certificate a;ssl_ciphers " + strings.Repeat("HIGH:", 800) + ";}}",
		"carriage":      strings.Repeat("events{}\r", 1<<17),
		"unknown words": fill("events{} http{", "ssl_x;", "}"),
	}
}

func TestBounds(t *testing.T) {
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var d *confdoc.Document
			took := conftest.Effort(t, func() {
				d = readTexts(t, map[string]string{"nginx.conf": text, "other": "include third; include third;", "third": "include other; ssl_protocols TLSv1;"}, "nginx.conf", nil)
				confdoc.Judge(d, conftest.Demands)
			})
			runtime.ReadMemStats(&after)
			t.Logf("%s: %v, %d listeners, %d faults, %d gaps, %d MB allocated", name, took, len(d.Listeners), len(d.Faults), len(d.Gaps), (after.TotalAlloc-before.TotalAlloc)>>20)
			if took > time.Minute { // a bound, no goal: benchmarks have those
				t.Errorf("%v", took)
			}
		})
	}
}
