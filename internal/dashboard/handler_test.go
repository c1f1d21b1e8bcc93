package dashboard

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestRefusals asks for what there is not, or in a way there is not.
func TestRefusals(t *testing.T) {
	f := newFake()
	h := newDashboard(t, testConfig(f, operator))
	long := strings.Repeat("x", 5000)
	for _, test := range []struct {
		address string
		status  int
		says    string
	}{
		{"/nothing", http.StatusNotFound, "There is no such page."},
		{"/runs/../../etc/passwd", http.StatusTemporaryRedirect, ""},
		{"/static/../templates.go", http.StatusTemporaryRedirect, ""},
		{"/static/..%2fdoc.go", http.StatusNotFound, "There is no such file."},
		{"/static/frame.tmpl", http.StatusNotFound, "There is no such file."},
		{"/runs/..%2f..%2fetc", http.StatusBadRequest, "not the id of a run"},
		{"/runs/" + long, http.StatusBadRequest, "not the id of a run"},
		{"/runs/%3Cscript%3E", http.StatusBadRequest, "not the id of a run"},
		{"/runs/latest~99999", http.StatusBadRequest, "not the id of a run"},
		{"/runs/01JZ9999999999999999999999", http.StatusNotFound, "The history does not have this."},
		{"/runs/latest/download/exe", http.StatusNotFound, "There is no such format."},
		{"/runs/" + runName(17) + "/download/json", http.StatusConflict, "it is incomplete"},
		{"/subject", http.StatusBadRequest, "names no subject"},
		{"/subject?s=nobody", http.StatusNotFound, "The history does not have this."},
		{"/subject?s=%ff", http.StatusBadRequest, "no text"},
		{"/subject?s=" + long, http.StatusBadRequest, "too long"},
		{"/subject?s=x&run=%00", http.StatusBadRequest, "not the id of a run"},
		{"/system", http.StatusNotFound, "no such system"},
		{"/rule?profile=x&rule=y", http.StatusNotFound, "no such rule"},
		{"/findings?state=odd", http.StatusBadRequest, "It is one of open, flapping, fixed, gone, all."},
		{"/findings?severity=odd", http.StatusBadRequest, "no such value"},
		{"/findings?q=" + long, http.StatusBadRequest, "too long"},
		{"/findings?after=nonsense", http.StatusBadRequest, "the place to go on from"},
		{"/subjects?verdict=odd", http.StatusBadRequest, "no such value"},
		{"/subjects?order=odd", http.StatusBadRequest, "no such value"},
		{"/certificates?before=soon", http.StatusBadRequest, "is no time"},
		{"/certificates?before=-1", http.StatusBadRequest, "is no time"},
		{"/certificates?from=later&before=3", http.StatusBadRequest, "is no time"},
		{"/compare?a=../x", http.StatusBadRequest, "not the id of a run"},
		{"/compare?a=latest~1&b=latest&after=%25zz", http.StatusBadRequest, "where the list goes on"},
		{"/audit/nope-nope", http.StatusBadRequest, "not the id of a run"},
		{"/?" + strings.Repeat("x", 40<<10), http.StatusRequestURITooLong, "too long"},
	} {
		t.Run(strings.ToValidUTF8(test.address[:min(len(test.address), 60)], "?"), func(t *testing.T) {
			w := get(t, h, test.address)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.says) {
				t.Fatalf("answer %d, wanted %d and %q: %s", w.Code, test.status, test.says, w.Body)
			}
			if w.Code < 300 || w.Code >= 400 {
				checkPage(t, w)
			}
		})
	}
}

// TestMethods sends what is not for reading to every page.
func TestMethods(t *testing.T) {
	f := newFake()
	h := newDashboard(t, testConfig(f, operator))
	for path, addresses := range samples(f) {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace, "PROPFIND"} {
			if method == http.MethodPost && strings.HasSuffix(path, "/audit") {
				continue
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, addresses[0], nil))
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
				t.Errorf("%s %s: answer %d", method, addresses[0], w.Code)
			}
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/runs", nil))
	if w.Code != http.StatusOK {
		t.Errorf("HEAD: answer %d", w.Code)
	}
}

// TestStatic reads the files beside the pages, and asks whether they changed.
func TestStatic(t *testing.T) {
	h := newDashboard(t, testConfig(newFake(), viewer))
	for name, kind := range statics {
		w := get(t, h, "/static/"+name)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != kind || w.Header().Get("ETag") == "" || w.Header().Get("Cache-Control") != "no-cache" || w.Body.Len() == 0 {
			t.Fatalf("%s: answer %d, %v", name, w.Code, w.Header())
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/static/"+name, nil)
		r.Header.Set("If-None-Match", w.Header().Get("ETag"))
		again := httptest.NewRecorder()
		h.ServeHTTP(again, r)
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: the second answer is %d", name, again.Code)
		}
	}
	css := get(t, h, "/static/app.css").Body.String()
	for _, outside := range []string{"url(", "@import", "http"} {
		if strings.Contains(css, outside) {
			t.Errorf("the style asks for %q", outside)
		}
	}
}

// TestFault has the history fail: the reader is told what to do, the log why.
func TestFault(t *testing.T) {
	f := newFake()
	f.err = errors.New("disk image is malformed: /secret/path \x1b[31m")
	var log bytes.Buffer
	c := testConfig(f, viewer)
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	w := get(t, newDashboard(t, c), "/runs")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "malformed") || !strings.Contains(w.Body.String(), "tlsaudit history verify") {
		t.Errorf("answer %d: %s", w.Code, w.Body)
	}
	checkPage(t, w)
	if !strings.Contains(log.String(), "malformed") || strings.Contains(log.String(), "\x1b") {
		t.Errorf("the log says %q", log.String())
	}
}

// TestHostileIsMarked looks for what cannot be seen in a name: it is shown and
// marked, and markup in it is text.
func TestHostileIsMarked(t *testing.T) {
	f := newFake()
	body := get(t, newDashboard(t, testConfig(f, viewer)), "/subjects").Body.String()
	for _, want := range []string{`>\u202e</mark>gpj.exe`, `>\x1b</mark>[2J`, `&lt;script&gt;alert(1)&lt;/script&gt;`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	if link := "/subject?s=https%3A%2F%2Fhostile%3Cscript%3E"; !strings.Contains(body, link) {
		t.Error("the link to the hostile subject is not whole")
	}
}

// TestNew refuses a dashboard that lacks what it cannot be without.
func TestNew(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"history": func(c *Config) { c.History = nil }, "session": func(c *Config) { c.Session = nil }, "clean": func(c *Config) { c.Clean = nil }, "clock": func(c *Config) { c.Now = nil },
	} {
		c := testConfig(newFake(), viewer)
		spoil(&c)
		if _, err := New(c); err == nil {
			t.Errorf("there may be no dashboard without a %s", name)
		}
	}
}
