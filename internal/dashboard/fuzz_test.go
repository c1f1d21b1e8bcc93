package dashboard

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzAddress asks for any address: the answer is never a fault of the server, and
// never holds what the address smuggled in.
func FuzzAddress(f *testing.F) {
	made := newFake()
	for _, addresses := range samples(made) {
		for _, address := range addresses {
			path, query, _ := strings.Cut(address, "?")
			f.Add(path, query)
		}
	}
	f.Add("/findings", "q=%1b%e2%80%ae<script>alert(1)</script>&system=escaped:%zz&after=%00")
	f.Add("/compare", "after=l%3Dx%26a%3D1%26b%3D2&a=latest&b=latest~39")
	f.Add("/certificates", "before=9999999999999999999999")
	c := testConfig(made, operator)
	c.Formats = c.Formats[:1]
	h := newDashboard(f, c)
	f.Fuzz(func(t *testing.T, path, query string) {
		if !strings.HasPrefix(path, "/") {
			path = "/" + path
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL = &url.URL{Path: path, RawQuery: query}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("answer %d", w.Code)
		}
		if kind := w.Header().Get("Content-Type"); strings.HasPrefix(kind, "text/html") && w.Code != http.StatusMovedPermanently && w.Code != http.StatusTemporaryRedirect {
			checkPage(t, w)
		}
	})
}
