package dashboard

import (
	"bytes"
	"context"
	"crypto/subtle"
	"net/http"
	"time"
)

// policy is the Content-Security-Policy of every answer: styles, scripts, images
// and requests of our own, nothing inline, no frame around it.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// headers are put on every answer.
var headers = map[string]string{
	"Content-Security-Policy":      policy,
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control":                "no-store",
}

// maxForm is the most bytes a form may have, maxQuery what stands behind the
// question mark of an address.
const (
	maxForm  = 16 << 10
	maxQuery = 32 << 10
)

// patienceWithHistory is how long a view may ask the history.
const patienceWithHistory = 20 * time.Second

// request is one request to one page.
type request struct {
	*dashboard
	*http.Request
	page    *page
	session Session
	now     time.Time
}

// routes makes the handler of all pages.
func (d *dashboard) routes() http.Handler {
	mux := http.NewServeMux()
	for i := range pages {
		p := &pages[i]
		mux.HandleFunc(p.method()+" "+p.Path, func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, p) })
	}
	mux.HandleFunc("GET /static/{file}", d.static)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			d.fail(w, r, &fault{status: http.StatusMethodNotAllowed, cause: "Pages can only be read.", hint: "Audits are started by the form of the page that starts them."})
			return
		}
		d.fail(w, r, notFound("There is no such page.", "The pages there are stand in the navigation."))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range headers {
			h.Set(name, value)
		}
		if len(r.URL.RawQuery) > maxQuery {
			d.fail(w, r, &fault{status: http.StatusRequestURITooLong, cause: "The address is too long.", hint: "Shorten what is searched for."})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		mux.ServeHTTP(w, r)
	})
}

// serve answers with a page, or with why not.
func (d *dashboard) serve(w http.ResponseWriter, r *http.Request, p *page) {
	q := &request{dashboard: d, Request: r, page: p, session: d.Session(r), now: d.Now()}
	if err := q.answer(w); err != nil {
		d.fail(w, r, err)
	}
}

func (q *request) answer(w http.ResponseWriter) error {
	if q.session.Role < q.page.Role {
		return &fault{status: http.StatusForbidden, cause: "This page is for the " + q.page.Role.String() + ".", hint: "Sign in as one who has that role."}
	}
	if q.Method == http.MethodPost {
		if err := q.genuine(); err != nil {
			return err
		}
	}
	if q.page.Serve != nil {
		return q.page.Serve(q, w)
	}
	ctx, cancel := context.WithTimeout(q.Context(), patienceWithHistory)
	defer cancel()
	data, err := q.page.View(ctx, q)
	if err != nil {
		return err
	}
	return q.render(w, http.StatusOK, q.page.Template, data)
}

// genuine reports a form that does not carry the token of its session.
func (q *request) genuine() error {
	if err := q.ParseForm(); err != nil {
		return &fault{status: http.StatusBadRequest, cause: "The form could not be read.", hint: "Open the page anew and send the form again.", err: err}
	}
	token := q.PostForm.Get("csrf")
	if q.session.CSRF == "" || subtle.ConstantTimeCompare([]byte(token), []byte(q.session.CSRF)) != 1 {
		return &fault{status: http.StatusForbidden, cause: "The form does not belong to this session.", hint: "Open the page anew and send the form again."}
	}
	return nil
}

// render writes a page in one go: what goes wrong in a template leaves no half of
// one behind.
func (q *request) render(w http.ResponseWriter, status int, template string, data any) error {
	var b bytes.Buffer
	if err := q.templates.ExecuteTemplate(&b, template, q.frame(data)); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(b.Bytes()); err != nil {
		q.Log.Debug("writing a page", "error", err) // the reader is gone
	}
	return nil
}

// fail answers with a page that says what went wrong and what to do. What is no
// fault of the reader is told to the log and not to the reader.
func (d *dashboard) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := asFault(err)
	switch {
	case r.Context().Err() != nil:
		// Most often nobody reads it. Who does, because the server stops or a session
		// ended, must not take nothing for an answer.
		f = &fault{status: http.StatusServiceUnavailable, cause: "The request was broken off: the server stops, or your session has ended.", hint: "Load the page again.", err: err}
	case f.status >= http.StatusInternalServerError:
		d.Log.Error("a page failed", "path", d.Clean(r.URL.Path), "error", d.Clean(err.Error()))
	}
	q := &request{dashboard: d, Request: r, page: &page{Title: http.StatusText(f.status)}, session: d.Session(r), now: d.Now()}
	if err := q.render(w, f.status, "fault", f); err != nil {
		d.Log.Error("the page of errors failed", "error", d.Clean(err.Error()))
		http.Error(w, http.StatusText(f.status), f.status)
	}
}
