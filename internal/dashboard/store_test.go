package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// filled is a real history with nights of a made-up estate, and the dashboard of
// the morning after.
func filled(t testing.TB, nights, endpoints int) (*history.Store, http.Handler) {
	t.Helper()
	store, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := historytest.Fill(t.Context(), store, nights, endpoints, 1); err != nil {
		t.Fatal(err)
	}
	c := testConfig(newFake(), operator)
	c.History = store
	c.Now = func() time.Time { return historytest.Night(nights - 1).Add(6 * time.Hour) }
	return store, newDashboard(t, c)
}

// estateAddresses are addresses of pages of a filled history, those first that
// have most to show.
func estateAddresses(ctx context.Context, store *history.Store) ([]string, error) {
	worst, next, err := store.Subjects(ctx, history.SubjectQuery{Page: history.Page{Limit: pageSize}})
	if err != nil || len(worst) == 0 {
		return nil, fmt.Errorf("%d subjects: %w", len(worst), err)
	}
	open, _, err := store.Findings(ctx, history.FindingQuery{Page: history.Page{Limit: 1}})
	if err != nil || len(open) == 0 {
		return nil, fmt.Errorf("%d findings: %w", len(open), err)
	}
	odd := "s=" + url.QueryEscape(worst[0].Subject)
	list := []string{
		"/", "/findings", "/findings?order=age", "/findings?order=seen", "/findings?state=all", "/findings?state=fixed", "/findings?state=flapping", "/findings?severity=high&q=TLS", "/findings?system=" + url.QueryEscape(open[0].System),
		"/findings?rule=" + url.QueryEscape(open[0].Rule) + "&profile=" + url.QueryEscape(open[0].Profile), "/findings?" + url.Values{"subject": {open[0].Subject}}.Encode(), "/findings?q=nothing-has-this",
		"/subjects", "/subjects?order=subject", "/subjects?order=expiry", "/subjects?order=seen", "/subjects?verdict=fail", "/subjects?verdict=pass", "/subjects?protocol=https", "/subjects?q=12", "/subjects?q=nothing-has-this",
		"/subject?" + odd, "/subject?" + odd + "&run=latest~1", "/subject/record.json?" + odd,
		"/systems", "/system?name=" + url.QueryEscape(worst[0].System), "/rules", "/rule?" + url.Values{"profile": {open[0].Profile}, "rule": {open[0].Rule}}.Encode(),
		"/certificates", "/certificates?before=30", "/certificates?before=expired", "/waivers", "/gateway", "/runs", "/runs/latest", "/runs/latest~1",
		"/compare", "/compare?a=latest~2&b=latest", "/compare/subject?a=latest~2&b=latest&" + odd, "/forecast", "/audit", "/audit/latest", "/log",
	}
	if next != "" {
		list = append(list, "/subjects?after="+url.QueryEscape(next))
	}
	return list, nil
}

// TestRealHistory walks the pages over a real history.
func TestRealHistory(t *testing.T) {
	store, h := filled(t, 5, 70)
	addresses, err := estateAddresses(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		w := get(t, h, address)
		if w.Code != http.StatusOK {
			t.Errorf("%s: answer %d: %s", address, w.Code, w.Body)
			continue
		}
		if w.Header().Get("Content-Type") == "text/html; charset=utf-8" {
			checkPage(t, w)
		}
	}
	if w := get(t, h, "/findings?after=nonsense"); w.Code != http.StatusBadRequest {
		t.Errorf("a mark no list gave out: answer %d", w.Code)
	}
}

// TestLongestNotAudited holds the history to the order the overview goes by: what
// was not looked at for longest comes first.
func TestLongestNotAudited(t *testing.T) {
	store, _, _ := partly(t)
	list, next, err := store.Subjects(t.Context(), history.SubjectQuery{Page: history.Page{Limit: 1000}, Order: "seen"})
	if err != nil || next != "" {
		t.Fatal(err)
	}
	if first, last := list[0].LastSeen, list[len(list)-1].LastSeen; !first.Before(last) {
		t.Errorf("from %s to %s", first, last)
	}
	if !slices.IsSortedFunc(list, func(a, b history.SubjectState) int { return a.LastSeen.Compare(b.LastSeen) }) {
		t.Error("they are in another order")
	}
}

// BenchmarkPages measures every page over a year of nights of a thousand
// endpoints. The metric p95-ms is what one request in twenty takes longer than.
func BenchmarkPages(b *testing.B) {
	began := time.Now()
	store, h := filled(b, 365, 1000)
	b.Logf("the history was filled in %s", time.Since(began).Round(time.Second))
	addresses, err := estateAddresses(b.Context(), store)
	if err != nil {
		b.Fatal(err)
	}
	addresses = append(addresses, "/compare?a=latest~360&b=latest", "/runs/latest~364", "/runs?after=")
	for _, address := range addresses {
		b.Run(address, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				w := get(b, h, address)
				took = append(took, time.Since(start))
				if w.Code != http.StatusOK {
					b.Fatalf("answer %d: %s", w.Code, w.Body)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}
