package haproxy

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
	distinct.WriteString("frontend f\n")
	for i := 0; distinct.Len() < 1<<20; i++ {
		fmt.Fprintf(&distinct, "bind :%d ssl crt a ciphers HIGH:!AES128:-RC4:+DES%d\n", i%60000+1, i)
	}
	return map[string]string{
		"binds":      fill("frontend f\n", "bind :1 ssl crt a\n", ""),
		"lists":      fill("frontend f\n", "bind :1 ssl crt-list other\n", ""),
		"servers":    fill("backend b\n", "server s a:1 ssl verify none\n", ""),
		"options":    fill("global\n", "ssl-default-bind-options ssl-min-ver TLSv1.0\n", "frontend f\nbind :1 ssl crt a\n"),
		"words":      fill("frontend f\nbind :1 ssl crt a", " no-tlsv10", "\n"),
		"many words": fill("frontend f\n", "bind :1 ssl crt a"+strings.Repeat(" no-tlsv10", 100)+"\n", ""),
		"crts":       fill("frontend f\nbind :1 ssl", " crt a", "\n"),
		"addresses":  fill("frontend f\nbind :1", ",:2", " ssl crt a\n"),
		"sections":   fill("", "defaults\ndefault-server ssl\nlisten f\nbind :1\n", ""),
		"chain":      fill("", "defaults a from a\n", ""),
		"if":         fill("", ".if 1\n", ""),
		"condition":  ".if " + strings.Repeat("(", 4000) + "\n.endif\n" + strings.Repeat(".if "+strings.Repeat("!", 4000)+"1\n.endif\n", 250),
		"variables":  "global\nsetenv A " + strings.Repeat("x", 60000) + "\n" + strings.Repeat("setenv A \"$A$A\"\n", 60000),
		"expansion":  "global\nsetenv A " + strings.Repeat("x", 60000) + "\nfrontend f\n" + strings.Repeat("bind \"$A\" ssl crt a\n", 45000),
		"line":       "frontend f\n# " + strings.Repeat("x", 1<<20) + "\n bind :1 ssl crt a\n",
		"default":    fill("defaults\n", "default-server ssl verify none\n", "backend b\nserver s a:1\n"),
		"distinct":   distinct.String(),
		"empty":      strings.Repeat("\n", 1<<20),
	}
}

func TestBounds(t *testing.T) {
	other := strings.Repeat("a [ssl-min-ver TLSv1.0] n.test\n", 30000)
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var d *confdoc.Document
			took := conftest.Effort(t, func() {
				d = readTexts(t, map[string]string{"haproxy.cfg": text, "other": other}, "haproxy.cfg", nil)
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
