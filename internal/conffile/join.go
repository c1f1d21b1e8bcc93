package conffile

import (
	"cmp"
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
	systems map[string][]*served
	// bound are the listeners of documents the inventory gives to one endpoint,
	// by its subject.
	bound map[string][]*served
	// files are what there is of each system.
	files map[string]Files
}

// served is a listener with the doubt about the document it is of, if any.
type served struct {
	*confdoc.Listener
	doubt string
}

// Files are what a system has of configuration files: any, and the first reason
// for which they may not say all.
type Files struct {
	Any   bool
	Doubt string
}

// NewJoin returns an empty Join.
func NewJoin() *Join {
	return &Join{systems: map[string][]*served{}, bound: map[string][]*served{}, files: map[string]Files{}}
}

// Add makes the servers of documents known to the endpoints of a system.
func (x *Join) Add(system string, l *Loaded) {
	files := x.files[system]
	for _, u := range l.Unknown {
		files.Doubt = cmp.Or(files.Doubt, u.Name+" could not be read")
	}
	for _, d := range l.Documents {
		list := servers(d)
		files.Any = files.Any || len(list) > 0
		if doubt := doubtOf(d); doubt != "" {
			files.Doubt = cmp.Or(files.Doubt, d.Main().Name+": "+doubt)
		}
		x.systems[system] = append(x.systems[system], list...)
	}
	x.files[system] = files
}

// servers lists the servers of a document.
func servers(d *Document) (list []*served) {
	for _, l := range d.Listeners {
		if l.Server() {
			list = append(list, &served{l, doubtOf(d)})
		}
	}
	return list
}

// doubtOf says why a document may declare something else than it seems to.
func doubtOf(d *Document) string {
	if fault := d.Broken(); fault != nil {
		return fault.Message
	}
	doubt, _ := d.Doubt()
	return doubt
}

// Bind says that an endpoint is served by a document, whatever ports the
// document names; listener, if not empty, says by which of its listeners.
func (x *Join) Bind(subject, listener string, documents []*Document) {
	for _, d := range documents {
		for _, l := range servers(d) {
			if listener == "" || strings.EqualFold(l.Listener.Listener, listener) {
				x.bound[subject] = append(x.bound[subject], l)
			}
		}
	}
}

// Files tells what there is for the endpoint's system.
func (x *Join) Files(t *audit.Target) Files {
	files := x.files[t.System]
	files.Any = files.Any || len(x.bound[t.Subject()]) > 0
	return files
}

// Of returns the listeners that answer an endpoint: one per document that has
// its port, or those the inventory gives it.
func (x *Join) Of(o *audit.Observation) (list []audit.Declared) {
	t := &o.Target
	candidates := x.bound[t.Subject()]
	given := candidates != nil
	if !given {
		for _, l := range x.systems[t.System] {
			if listens(l.Listener, o) {
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
		list = append(list, best(l.File, candidates, t.Name()).declared())
	}
	return list
}

// declared is what the listener declares, with the doubt about its document.
func (l *served) declared() audit.Declared {
	d := l.Declared
	if l.doubt != "" && !slices.Contains(d.Gaps, l.doubt) {
		d.Gaps = append(slices.Clip(d.Gaps), l.doubt)
	}
	return d
}

// best is the listener of a file that a client asking for a name gets: the one
// that has the name, else the default of the port, else the first.
func best(file string, candidates []*served, name string) *served {
	var first, fallback *served
	for _, l := range candidates {
		switch {
		case l.File != file:
		case answersTo(l.Listener, name):
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
