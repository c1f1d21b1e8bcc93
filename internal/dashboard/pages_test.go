package dashboard

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// samples is an address of each page of the list.
func samples(f *fake) map[string][]string {
	odd := "s=" + url.QueryEscape(f.subjects[3].Subject)
	two := "a=" + runName(20) + "&b=" + runName(40)
	return map[string][]string{
		"/{$}":                 {"/"},
		"/findings":            {"/findings", "/findings?state=all&severity=high&order=age&q=TLS&after=2", "/findings?q=nothing-has-this", "/findings?profile=house&subject=x"},
		"/subjects":            {"/subjects", "/subjects?verdict=fail&order=expiry", "/subjects?state=gone", "/subjects?after=50", "/subjects?q=%3Cscript%3E&system=Web+shop&protocol=https"},
		"/subject":             {"/subject?" + odd, "/subject?" + odd + "&run=" + runName(3), "/subject?s=" + url.QueryEscape(f.subjects[5].Subject)},
		"/subject/record.json": {"/subject/record.json?" + odd, "/subject/record.json?" + odd + "&run=latest~3"},
		"/systems":             {"/systems"},
		"/system":              {"/system?name=" + url.QueryEscape(fakeSystems[5])},
		"/rules":               {"/rules", "/rules?profile=house&q=chain", "/rules?q=nothing"},
		"/rule":                {"/rule?profile=house&rule=odd", "/rule?profile=bsi-tr-02102-2&rule=3.2-tls12"},
		"/certificates":        {"/certificates", "/certificates?before=expired", "/certificates?before=30", "/certificates?before=2027-05", "/certificates?before=1", "/certificates?from=2027-05&before=2027-05", "/certificates?from=14&before=30", "/certificates?from=60"},
		"/forecast":            {"/forecast", "/forecast?kind=rule"},
		"/waivers":             {"/waivers"},
		"/gateway":             {"/gateway"},
		"/runs":                {"/runs", "/runs?after=20"},
		"/runs/{run}":          {"/runs/" + runName(40), "/runs/latest", "/runs/" + runName(17), "/runs/" + runName(41)},
		"/runs/{run}/download/{format}": {
			"/runs/latest/download/json",
		},
		"/compare":            {"/compare", "/compare?" + two},
		"/compare/subject":    {"/compare/subject?" + two + "&" + odd},
		"/audit":              {"/audit"},
		"POST /audit":         {"/audit"},
		"/audit/{run}":        {"/audit/" + runName(41), "/audit/" + runName(40), "/audit/" + runName(17)},
		"/audit/{run}/events": {"/audit/" + runName(40) + "/events"},
		"/log":                {"/log", "/log?after=100"},
	}
}

// TestEveryPage walks the list of pages: each answers whom it is for, and its
// HTML keeps the rules of the house.
func TestEveryPage(t *testing.T) {
	f := newFake()
	pagesFor := map[Role]http.Handler{Viewer: newDashboard(t, testConfig(f, viewer)), Operator: newDashboard(t, testConfig(f, operator))}
	known := samples(f)
	for i := range pages {
		p := &pages[i]
		name := p.Path
		if p.Method != "" {
			name = p.Method + " " + name
		}
		if len(known[name]) == 0 {
			t.Errorf("%s: no test knows an address of it", name)
		}
		if p.Method == http.MethodPost {
			continue // see TestStart
		}
		for _, address := range known[name] {
			t.Run(address, func(t *testing.T) {
				for role, h := range pagesFor {
					w := get(t, h, address)
					want := http.StatusOK
					if role < p.Role {
						want = http.StatusForbidden
					}
					if w.Code != want {
						t.Fatalf("as %s: answer %d, wanted %d: %s", role, w.Code, want, w.Body)
					}
					if p.Template != "" {
						checkPage(t, w)
					} else {
						checkHeaders(t, w)
					}
				}
			})
		}
	}
}

// TestEmpty walks the pages of a history that holds nothing yet: none of them may
// break, and none may look like a clean bill.
func TestEmpty(t *testing.T) {
	c := testConfig(&fake{}, operator)
	c.Audits, c.Outlook, c.Schedules = nil, nil, nil
	h := newDashboard(t, c)
	for _, address := range []string{"/", "/findings", "/subjects", "/runs", "/compare", "/certificates", "/forecast", "/audit", "/log"} {
		w := get(t, h, address)
		if w.Code != http.StatusOK {
			t.Errorf("%s: answer %d", address, w.Code)
		}
		checkPage(t, w)
	}
	for _, address := range []string{"/systems", "/rules", "/waivers", "/gateway"} {
		if w := get(t, h, address); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "The history does not have this.") {
			t.Errorf("%s: answer %d, %s", address, w.Code, w.Body)
		}
	}
	if strings.Contains(get(t, h, "/").Body.String(), "pass every rule") {
		t.Error("the overview of nothing claims that rules pass")
	}
}

// TestLinks follows every link of every page, once: none leads nowhere.
func TestLinks(t *testing.T) {
	f := newFake()
	h := newDashboard(t, testConfig(f, operator))
	seen := map[string]bool{}
	pending := []string{"/"}
	for len(pending) > 0 && len(seen) < 300 {
		address := pending[0]
		pending = pending[1:]
		if seen[address] || strings.Contains(address, "/download/") {
			continue
		}
		seen[address] = true
		w := get(t, h, address)
		if w.Code != http.StatusOK {
			t.Errorf("%s: answer %d", address, w.Code)
			continue
		}
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			checkPage(t, w)
			pending = append(pending, links(t, w.Body.String())...)
		}
	}
	if len(seen) < 150 {
		t.Errorf("only %d addresses were found", len(seen))
	}
}

// TestNavigation compares the navigation with the list and the roles.
func TestNavigation(t *testing.T) {
	f := newFake()
	for _, s := range []Session{viewer, operator} {
		body := get(t, newDashboard(t, testConfig(f, s)), "/runs/latest").Body.String()
		for i := range pages {
			p := &pages[i]
			if p.Label == "" || p.Path == "/{$}" {
				continue
			}
			shown := strings.Contains(body, `<a href="`+p.Path+`">`+p.Label) || strings.Contains(body, `<a href="`+p.Path+`" aria-current="true">`+p.Label)
			if want := s.Role >= p.Role; shown != want {
				t.Errorf("%s sees %q: %v, wanted %v", s.Role, p.Label, shown, want)
			}
		}
		if !strings.Contains(body, `<a href="/runs" aria-current="true">`) {
			t.Error("the navigation does not say where the page belongs")
		}
	}
}

// TestNeeds asks for every page whom it is for, as the layer in front does.
func TestNeeds(t *testing.T) {
	for i := range pages {
		p := &pages[i]
		if p.Role > Viewer && strings.ContainsAny(p.Path, "{}") {
			t.Errorf("%s: whom it is for cannot be told by its path", p.Path)
		}
		if strings.Contains(p.Path, "{") {
			continue
		}
		for _, method := range []string{p.method(), map[string]string{http.MethodGet: http.MethodHead, http.MethodPost: http.MethodPost}[p.method()]} {
			if got := Needs(httptest.NewRequestWithContext(t.Context(), method, p.Path, nil)); got != p.Role {
				t.Errorf("%s %s is for the %s", method, p.Path, got)
			}
		}
	}
	if got := Needs(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/runs/latest", nil)); got != Viewer {
		t.Errorf("a run is for the %s", got)
	}
}

// TestSignIn links to where one can sign in, for who has not.
func TestSignIn(t *testing.T) {
	for at, want := range map[string]bool{"/login": true, "": false} {
		s := viewer
		s.SignIn = at
		if got := strings.Contains(get(t, newDashboard(t, testConfig(newFake(), s)), "/runs").Body.String(), `<a href="/login">Sign in</a>`); got != want {
			t.Errorf("sign in at %q: the link is there: %v", at, got)
		}
	}
}
