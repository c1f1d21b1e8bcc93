//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// TestFewDescriptors: a process that may open few files says nothing false
// about the endpoints it audits. More are audited at a time than there are
// descriptors; they have to wait for each other.
func TestFewDescriptors(t *testing.T) {
	authority := fixtures.NewAuthority(time.Now())
	server, err := fixtures.Listen(t.Context(), fixtures.TLS(fixtures.Hardened(authority.Server(fixtures.P256, "*.fleet.example.com"))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	const endpoints = 40
	var list strings.Builder
	for i := range endpoints {
		fmt.Fprintf(&list, "https://host%d.fleet.example.com:%d?ip=127.0.0.1\n", i, server.Addr().Port())
	}
	dir := t.TempDir()
	targets := filepath.Join(dir, "targets.txt")
	if err := os.WriteFile(targets, []byte(list.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, most := range []int{32, 64, 128} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(dir, fmt.Sprint(most, ".json"))
			// Nothing bounds the connections to this one address but the descriptors.
			run := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$@"`, most), "sh",
				"tlsaudit", "audit", "-q", "--depth", "quick", "--per-host", "64", "--exit-zero", "--allow-incomplete", "-i", targets, "-o", out)
			if text, err := run.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			r := readResumed(t, out)
			if len(r.Evidence) != endpoints {
				t.Errorf("%d of %d endpoints", len(r.Evidence), endpoints)
			}
			for _, e := range r.Evidence {
				o := e.Observed
				if v := o.Version(audit.TLSv12); o.Reach != audit.ReachTLS || v.Answer != audit.Accepted || len(o.Notes) > 0 {
					t.Errorf("%s: %s (%s), TLSv1.2 %s: %q", e.Subject, o.Reach, o.Reason, v.Answer, o.Notes)
				}
			}
		})
	}
}
