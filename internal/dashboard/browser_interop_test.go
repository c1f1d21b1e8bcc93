//go:build interop

package dashboard

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestDashboardInABrowser serves a made-up fleet full of hostile text, and a real
// history with nights of an estate, and has Chromium walk every page, see browser/dashboard.test.mjs. Pictures of the pages go to the folder
// that SCREENSHOTS names, if it does. It fails, rather than passing by, where there
// is no browser.
func TestDashboardInABrowser(t *testing.T) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "browser"))
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
	f := newFake()
	forOperator := testConfig(f, operator)
	forOperator.Tick, forOperator.Audits = 100*time.Millisecond, &fakeAudits{again: true}
	server := httptest.NewServer(newDashboard(t, forOperator))
	defer server.Close()
	other := httptest.NewServer(newDashboard(t, testConfig(f, viewer)))
	defer other.Close()
	store, pagesOfStore := filled(t, 12, 60)
	real := httptest.NewServer(pagesOfStore)
	defer real.Close()
	estate, err := estateAddresses(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := json.Marshal(map[string]any{"made": shown(f), "real": estate})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, node, "--test", "--test-reporter=spec", "dashboard.test.mjs")
	command.Dir, command.Env = dir, append(os.Environ(), "DASHBOARD="+server.URL, "VIEWER="+other.URL, "HISTORY="+real.URL, "ADDRESSES="+string(addresses))
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("%v\nhint: install a browser (Debian: chromium), or name one in CHROMIUM", err)
	}
}

// shown lists, by template, the addresses of the pages that are HTML.
func shown(f *fake) map[string][]string {
	list := map[string][]string{}
	known := samples(f)
	for i := range pages {
		if p := &pages[i]; p.Template != "" {
			list[p.Template] = known[p.Path]
		}
	}
	return list
}
