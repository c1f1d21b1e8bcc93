//go:build interop

package report

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tlsaudit/audit"
)

// TestPagesInABrowser opens pages in Chromium and uses them, see
// browser/report.test.mjs. It fails, rather than passing by, where there is no
// browser.
func TestPagesInABrowser(t *testing.T) {
	dir, err := filepath.Abs(filepath.Join("..", "browser"))
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("%v\nhint: install Node.js 18 or later (Debian: nodejs npm)", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "playwright-core")); err != nil {
		t.Fatalf("%v\nhint: npm ci --prefix browser", err)
	}
	pages := t.TempDir()
	for name, r := range map[string]*audit.Report{"zoo": pageReport(), "fleet": fleetReport()} {
		if err := os.WriteFile(filepath.Join(pages, name+".html"), write(t, HTML, r, Options{}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, node, "--test", "--test-reporter=spec", "report.test.mjs")
	command.Dir, command.Env = dir, append(os.Environ(), "PAGES="+pages)
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("%v\nhint: install a browser (Debian: chromium), or name one in CHROMIUM", err)
	}
}
