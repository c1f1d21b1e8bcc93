//go:build interop

package nginx

import (
	"fmt"
	"math/rand/v2"
	nethttp "net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc/conftest"
)

// TestHellosToUpstreams compares the versions declared of upstreams with the
// hellos nginx sends.
func TestHellosToUpstreams(t *testing.T) {
	versions := program(t)
	dir := t.TempDir()
	conftest.Certificates(t, dir, time.Now())
	m := &maker{Rand: rand.New(rand.NewPCG(12, 2026)), texts: map[string]string{}}
	port := conftest.FreePorts(t, 1)[0]
	var targets []*conftest.Hellos
	var b strings.Builder
	b.WriteString("events {}\nhttp {\nproxy_ssl_protocols TLSv1.1 TLSv1.2;\nserver {\nlisten 127.0.0.1:" + port + ";\n")
	for i := range 80 {
		h := conftest.ListenForHellos(t, dir)
		targets = append(targets, h)
		fmt.Fprintf(&b, "location /%d/ {\nproxy_pass https://%s;\n", i, h.Addr())
		if m.chance(85) {
			b.WriteString(strings.ReplaceAll(m.protocols(), "ssl_protocols", "proxy_ssl_protocols"))
		}
		if m.chance(60) {
			b.WriteString("proxy_ssl_ciphers ALL:@SECLEVEL=0;\n")
		}
		if m.chance(25) {
			b.WriteString("proxy_ssl_conf_command " + m.pick("MinProtocol TLSv1.2", "MaxProtocol TLSv1.2", "Protocol -TLSv1.3", "Protocol TLSv1") + ";\n")
		}
		b.WriteString("}\n")
	}
	b.WriteString("}\n}\n")
	texts := map[string]string{"nginx.conf": b.String()}
	write(t, dir, texts)
	if ok, said := check(t, dir); !ok {
		t.Fatalf("%s\n%s", said, b.String())
	}
	d := readTexts(t, texts, "nginx.conf", versions)
	defer start(t, dir, []string{port})()
	var equal int
	for _, l := range d.Listeners {
		c, ok := l.Scope.(*client)
		if !ok {
			continue
		}
		i := slices.IndexFunc(targets, func(h *conftest.Hellos) bool { return strings.HasSuffix(c.target, h.Addr().String()) })
		request, err := nethttp.NewRequestWithContext(t.Context(), nethttp.MethodGet, fmt.Sprintf("http://127.0.0.1:%s/%d/", port, i), nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := nethttp.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
		}
		var declared []audit.Version
		for _, fact := range l.Versions {
			if (fact.Answer == audit.Accepted || fact.Answer == audit.Latent) && fact.Version >= audit.TLSv10 {
				declared = append(declared, fact.Version)
			}
		}
		if got := targets[i].Versions(); !same(declared, got) {
			t.Errorf("%s: declared %v, offered %v\n%s", l.Listener, declared, got, text(c.block))
		}
		equal++
	}
	t.Logf("the hellos to %d upstreams compared", equal)
}

func text(d *directive) string { return d.file.Text[d.start:d.end] }

// same compares what is declared with what a hello offers: one without TLS 1.3
// names its newest version only.
func same(declared, offered []audit.Version) bool {
	if len(declared) == 0 || len(offered) == 0 || slices.Contains(offered, audit.TLSv13) {
		return slices.Equal(declared, offered)
	}
	return slices.Max(declared) == slices.Max(offered)
}
