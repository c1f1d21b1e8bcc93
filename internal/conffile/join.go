package conffile

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// Join knows which listener of which document an endpoint is.
type Join struct {
	systems map[string][]*confdoc.Listener
	// bound are the listeners of documents the inventory gives to one endpoint,
	// by its subject.
	bound map[string][]*confdoc.Listener
}

// NewJoin returns an empty Join.
func NewJoin() *Join {
	return &Join{systems: map[string][]*confdoc.Listener{}, bound: map[string][]*confdoc.Listener{}}
}

// Add makes the servers of documents known to the endpoints of a system.
func (x *Join) Add(system string, documents []*Document) {
	for _, d := range documents {
		for _, l := range d.Listeners {
			if l.Server() {
				x.systems[system] = append(x.systems[system], l)
			}
		}
	}
}

// Bind says that an endpoint is served by a document, whatever ports the
// document names; listener, if not empty, says by which of its listeners.
func (x *Join) Bind(subject, listener string, documents []*Document) {
	for _, d := range documents {
		for _, l := range d.Listeners {
			if l.Server() && (listener == "" || strings.EqualFold(l.Listener, listener)) {
				x.bound[subject] = append(x.bound[subject], l)
			}
		}
	}
}

// Files reports whether there is any document for the endpoint's system.
func (x *Join) Files(t *audit.Target) bool {
	return len(x.systems[t.System]) > 0 || len(x.bound[t.Subject()]) > 0
}

// Of returns the listeners that answer an endpoint: one per document that has
// its port, or those the inventory gives it.
func (x *Join) Of(o *audit.Observation) (list []audit.Declared) {
	t := &o.Target
	candidates := x.bound[t.Subject()]
	given := candidates != nil
	if !given {
		for _, l := range x.systems[t.System] {
			if listens(l, o) {
				candidates = append(candidates, l)
			}
		}
	}
	var files []string
	for _, l := range candidates {
		if slices.Contains(files, l.File) {
			continue
		}
		files = append(files, l.File)
		list = append(list, best(l.File, candidates, t.Name()).Declared)
	}
	return list
}

// best is the listener of a file that a client asking for a name gets: the one
// that has the name, else the default of the port, else the first.
func best(file string, candidates []*confdoc.Listener, name string) *confdoc.Listener {
	var first, fallback *confdoc.Listener
	for _, l := range candidates {
		switch {
		case l.File != file:
		case answersTo(l, name):
			return l
		case first == nil:
			first = l
			fallthrough
		default:
			if l.Default && fallback == nil {
				fallback = l
			}
		}
	}
	if fallback != nil {
		return fallback
	}
	return first
}

// answersTo reports whether a listener has the name, by itself or by a
// wildcard of one label.
func answersTo(l *confdoc.Listener, name string) bool {
	return slices.ContainsFunc(l.Names, func(pattern string) bool {
		pattern = strings.TrimSuffix(strings.ToLower(pattern), ".")
		if rest, ok := strings.CutPrefix(pattern, "*."); ok {
			_, parent, _ := strings.Cut(name, ".")
			return parent == rest
		}
		return pattern == name
	})
}

// listens reports whether a listener is bound to the port, and if it names an
// address, to the one that was dialled.
func listens(l *confdoc.Listener, o *audit.Observation) bool {
	return slices.ContainsFunc(l.Binds, func(bind string) bool {
		host, port, err := net.SplitHostPort(bind)
		if err != nil || port != strconv.Itoa(int(o.Target.Port)) {
			return false
		}
		address, err := netip.ParseAddr(host)
		if err != nil || address.IsUnspecified() || !o.Address.IsValid() {
			return true
		}
		return address.Unmap() == o.Address.Addr().Unmap()
	})
}
