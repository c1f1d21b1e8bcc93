//go:build interop

package haproxy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc/conftest"
)

// TestHellosToServers compares the versions declared of server lines with the
// hellos HAProxy's health checks send.
func TestHellosToServers(t *testing.T) {
	versions := program(t)
	dir := t.TempDir()
	conftest.Certificates(t, dir, time.Now())
	var targets []*conftest.Hellos
	m := &maker{Rand: rand.New(rand.NewPCG(11, 2026)), dir: dir}
	var b strings.Builder
	b.WriteString("global\n    ssl-default-server-options " + "no-sslv3\n" + "    setenv LOW TLSv1.1\n    setenv ONE 1.1\n")
	b.WriteString("defaults\n    mode tcp\n    timeout client 2s\n    timeout server 2s\n    timeout connect 2s\nfrontend f\n    bind 127.0.0.1:" + conftest.FreePorts(t, 1)[0] + "\n")
	for i := range 80 {
		h := conftest.ListenForHellos(t, dir)
		targets = append(targets, h)
		words := m.versions()
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "max-ver") }) && len(words) > 1 {
			words = words[:1] // both ends often leave nothing
		}
		level := ""
		if i%2 == 0 {
			level = " ciphers ALL:@SECLEVEL=0"
		}
		fmt.Fprintf(&b, "backend b%d\n    default-server %s\n    server s%d %s ssl verify none check check-ssl inter 100ms%s\n", i, strings.Join(words, " "), i, h.Addr(), level)
	}
	texts := map[string]string{"haproxy.cfg": strings.ReplaceAll(b.String(), "    default-server \n", "")}
	write(t, dir, texts)
	if ok, said := check(t, dir); !ok {
		t.Fatalf("%s\n%s", said, b.String())
	}
	d := readTexts(t, texts, "haproxy.cfg", versions)
	stop := start(t, dir, nil)
	defer stop()
	var equal int
	for _, l := range d.Listeners {
		s, ok := l.Scope.(*server)
		if !ok {
			continue
		}
		h := targets[equal]
		select {
		case <-h.First:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s sends no hello: %v", l.Listener, s.line.value())
		}
		var declared []audit.Version
		for _, fact := range l.Versions {
			if (fact.Answer == audit.Accepted || fact.Answer == audit.Latent) && fact.Version >= audit.TLSv10 {
				declared = append(declared, fact.Version)
			}
		}
		if got := h.Versions(); !same(declared, got) {
			t.Errorf("%s: declared %v, offered %v, %s", s.line.value(), declared, got, s.section.lines[0].value())
		}
		equal++
	}
	t.Logf("the hellos of %d servers compared", equal)
}

// same compares what is declared with what a hello offers: one without TLS 1.3
// names its newest version only.
func same(declared, offered []audit.Version) bool {
	if len(declared) == 0 || len(offered) == 0 || slices.Contains(offered, audit.TLSv13) {
		return slices.Equal(declared, offered)
	}
	return slices.Max(declared) == slices.Max(offered)
}
