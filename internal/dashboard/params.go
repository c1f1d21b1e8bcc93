package dashboard

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tlsaudit/internal/history"
)

// Lists are shown in parts of pageSize; no address asks for more.
const pageSize = 50

// The longest parameters there are. A subject may be a long one; what is searched
// for, and the mark where a list goes on, may not.
const (
	maxSubject = 4096
	maxSearch  = 200
	maxCursor  = 4096
)

// runID is how a run is named: its id, a beginning of it, or by its age.
var runID = regexp.MustCompile(`^(?:latest(?:~[0-9]{1,4})?|[0-9A-Za-z]{4,26})$`)

// run reads the name of a run; the value is what stands for an absent one.
func validRun(name, absent string) (string, error) {
	if name == "" && absent != "" {
		return absent, nil
	}
	if !runID.MatchString(name) {
		return "", badRequest("That is not the id of a run.", "Runs are named by their id, by \"latest\", or by \"latest~1\" for the one before it.")
	}
	return name, nil
}

// text reads a parameter of bounded length.
func (q *request) text(name string, most int) (string, error) {
	value, err := unescaped(q.query().Get(name))
	if err != nil || len(value) > most || !utf8.ValidString(value) {
		return "", badRequest("The parameter \""+name+"\" is too long or no text.", "Shorten it.")
	}
	return value, nil
}

// oneOf reads a parameter that is one of a list; the first stands for an absent
// one.
func (q *request) oneOf(name string, known []string) (string, error) {
	value := q.query().Get(name)
	switch {
	case value == "":
		return known[0], nil
	case slices.Contains(known, value):
		return value, nil
	}
	list := slices.DeleteFunc(slices.Clone(known), func(s string) bool { return s == "" })
	return "", badRequest("The parameter \""+name+"\" has no such value.", "It is one of "+strings.Join(list, ", ")+".")
}

// query reads the parameters of the address.
func (q *request) query() url.Values { return q.URL.Query() }

// after reads where a list goes on.
func (q *request) after() (history.Page, error) {
	after, err := q.text("after", maxCursor)
	return history.Page{After: after, Limit: pageSize}, err
}

// reader reads several parameters and keeps the first error.
type reader struct {
	q   *request
	err error
}

func (r *reader) text(name string) string {
	value, err := r.q.text(name, maxSearch)
	r.keep(err)
	return value
}

func (r *reader) subject(name string) string {
	value, err := r.q.text(name, maxSubject)
	r.keep(err)
	return value
}

func (r *reader) oneOf(name string, known []string) string {
	value, err := r.q.oneOf(name, known)
	r.keep(err)
	return value
}

func (r *reader) page() history.Page {
	p, err := r.q.after()
	r.keep(err)
	return p
}

func (r *reader) run(name, absent string) string {
	value, err := validRun(r.q.query().Get(name), absent)
	r.keep(err)
	return value
}

func (r *reader) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

// pager links to the parts of a list.
type pager struct {
	// First is set behind the first part, Next where there is more.
	First, Next href
	// Shown counts the lines of this part, named by One and Many.
	Shown     int
	One, Many string
}

// pager makes the links below a list: the address as it is, but elsewhere in it.
func (q *request) pager(next string, shown int, one, many string) pager {
	p := pager{Shown: shown, One: one, Many: many}
	values := q.query()
	if values.Has("after") {
		values.Del("after")
		p.First = with(q.URL.Path, values)
	}
	if next != "" {
		values.Set("after", next)
		p.Next = with(q.URL.Path, values)
	}
	return p
}

func with(path string, values url.Values) href {
	address := (&url.URL{Path: path}).EscapedPath()
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	return href(address)
}

// option is one choice of a form.
type option struct {
	Value, Label string
	Chosen       bool
}

// options are the choices of a form. An empty value is labelled by all.
func options(known []string, chosen, all string) []option {
	list := make([]option, 0, len(known))
	for _, value := range known {
		o := option{Value: value, Label: value, Chosen: value == chosen}
		if value == "" {
			o.Label = all
		}
		list = append(list, o)
	}
	return list
}
