package dashboard

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tlsaudit/internal/history"
)

// TestStart sends the form that starts an audit, by whoever may and may not.
func TestStart(t *testing.T) {
	form := func(token, depth string) string {
		return url.Values{"csrf": {token}, "depth": {depth}, "system": {"Web shop"}}.Encode()
	}
	for name, test := range map[string]struct {
		session Session
		form    string
		busy    bool
		status  int
		says    string
	}{
		"an operator":             {operator, form(operator.CSRF, "quick"), false, http.StatusSeeOther, ""},
		"a viewer":                {viewer, form(viewer.CSRF, "quick"), false, http.StatusForbidden, "for the operator"},
		"without a token":         {operator, "depth=quick", false, http.StatusForbidden, "does not belong to this session"},
		"with another's token":    {operator, form(viewer.CSRF, "quick"), false, http.StatusForbidden, "does not belong to this session"},
		"a session without token": {Session{Role: Operator}, form("", "quick"), false, http.StatusForbidden, "does not belong to this session"},
		"a depth there is not":    {operator, form(operator.CSRF, "abyss"), false, http.StatusBadRequest, "Choose from what the page offers."},
		"while one runs":          {operator, form(operator.CSRF, ""), true, http.StatusConflict, "never two at once"},
		"too large a form":        {operator, form(operator.CSRF, strings.Repeat("x", 20<<10)), false, http.StatusBadRequest, "could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			audits := &fakeAudits{busy: test.busy}
			c := testConfig(newFake(), test.session)
			c.Audits = audits
			w := post(t, newDashboard(t, c), "/audit", test.form)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.says) {
				t.Fatalf("answer %d, wanted %d: %s", w.Code, test.status, w.Body)
			}
			started := len(audits.asked)
			if want := map[bool]int{true: 1}[test.status == http.StatusSeeOther]; started != want {
				t.Errorf("%d audits were started", started)
			}
			if started == 1 {
				if ask := audits.asked[0]; ask.By != operator.Name || ask.Depth != "quick" || ask.System != "Web shop" {
					t.Errorf("asked for %+v", ask)
				}
				if at := w.Header().Get("Location"); at != "/audit/"+runName(41) {
					t.Errorf("leads to %q", at)
				}
			}
		})
	}
	c := testConfig(newFake(), operator)
	c.Audits = nil
	if w := post(t, newDashboard(t, c), "/audit", form(operator.CSRF, "")); w.Code != http.StatusConflict {
		t.Errorf("without targets: answer %d", w.Code)
	}
}

// TestToken has the token in the form, and nowhere for one who may not start.
func TestToken(t *testing.T) {
	f := newFake()
	if body := get(t, newDashboard(t, testConfig(f, operator)), "/audit").Body.String(); !strings.Contains(body, `name="csrf" value="`+operator.CSRF+`"`) {
		t.Error("the form carries no token")
	}
	for _, address := range []string{"/", "/runs", "/audit"} {
		if body := get(t, newDashboard(t, testConfig(f, viewer)), address).Body.String(); strings.Contains(body, viewer.CSRF) {
			t.Errorf("%s shows the token to one who has no form", address)
		}
	}
}

// TestEvents follows an audit to its end over a real connection.
func TestEvents(t *testing.T) {
	server := httptest.NewServer(newDashboard(t, testConfig(newFake(), viewer)))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/audit/"+runName(41)+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("the events are of type %q", kind)
	}
	var last event
	count := 0
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		count++
		if err := json.Unmarshal([]byte(data), &last); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(last.Note, "\u202e") {
			t.Error("an event holds what cannot be seen")
		}
	}
	if count != 13 || last.State != history.Complete || last.Bar != 1000 || last.Counts != "1,300 of 1,300 targets (100 %), 3 not reached" {
		t.Errorf("%d events, the last is %+v", count, last)
	}
}

// TestProgress reads the page of progress as one without scripts does.
func TestProgress(t *testing.T) {
	h := newDashboard(t, testConfig(newFake(), viewer))
	running := get(t, h, "/audit/"+runName(41)).Body.String()
	if !strings.Contains(running, `<noscript><meta http-equiv="refresh" content="5"></noscript>`) || !strings.Contains(running, "100 of 1,300 targets (7 %), 3 not reached") {
		t.Error("the page of a running audit does not renew itself, or does not say how far it is")
	}
	if done := get(t, h, "/audit/"+runName(40)).Body.String(); strings.Contains(done, "refresh") || strings.Contains(done, "data-events") || !strings.Contains(done, "130 of 130 targets (100 %); of 12 not all is known") || strings.Contains(done, "not reached") {
		t.Error("the page of an audit that is done goes on, or says what nobody counted")
	}
	elsewhere := testConfig(newFake(), viewer)
	elsewhere.Audits = nil
	if body := get(t, newDashboard(t, elsewhere), "/audit/"+runName(41)).Body.String(); !strings.Contains(body, "Another process makes this audit") || strings.Contains(body, "0 of 0") || strings.Contains(body, "<progress") || !strings.Contains(body, "data-events") {
		t.Error("the page of an audit that another process makes says how far it is, or does not go on")
	}
	if body := get(t, newDashboard(t, elsewhere), "/audit/"+runName(17)).Body.String(); !strings.Contains(body, "It did not get to its end") || strings.Contains(body, "not reached") {
		t.Error("the page of an audit that was broken off says how far it got")
	}
}

// TestDownload fetches a run, and one that breaks off: that must not look whole.
func TestDownload(t *testing.T) {
	server := httptest.NewServer(newDashboard(t, testConfig(newFake(), viewer)))
	defer server.Close()
	fetch := func(format string) (*http.Response, string, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/runs/latest/download/"+format, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return answer, string(body), err
	}
	answer, body, err := fetch("json")
	if err != nil || answer.StatusCode != http.StatusOK || body != `{"tlsaudit/report/v1":1}` || answer.Header.Get("Content-Disposition") != `attachment; filename="tlsaudit-`+runName(40)+`.json"` || answer.Header.Get("Content-Type") != "application/json" {
		t.Errorf("answer %v, %q, %v", answer.Header, body, err)
	}
	if _, _, err := fetch("broken"); err == nil {
		t.Error("a download that broke off came to a regular end")
	}
	if answer, body, err := fetch("unwilling"); err != nil || answer.StatusCode != http.StatusInternalServerError || answer.Header.Get("Content-Disposition") != "" || !strings.Contains(body, "</html>") {
		t.Errorf("a download that did not begin: answer %d, %v", answer.StatusCode, err)
	}
}
