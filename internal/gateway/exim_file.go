package gateway

import (
	"slices"
	"strings"
)

// eximFile is what of a configuration matters here: the named lists of the main
// part, the routers and the transports.
type eximFile struct {
	lists      map[string]word // by kind and name
	routers    []*eximBlock
	transports []*eximBlock
	// hostname is the host's own name, where it is set.
	hostname string
	// included says why what is named but not found may still be defined.
	included string
	// items counts what was read of all lists.
	items int
	// parts remembers what each transport does.
	parts map[*eximBlock][]eximPart
}

// eximBlock is one router or transport.
type eximBlock struct {
	name    string
	at      at
	options map[string]word
	// doubt says why some option may be missing or not in force.
	doubt string
	// included is set for a block that stands for routers in a file that was
	// not read.
	included bool
}

// eximReader goes through the logical lines.
type eximReader struct {
	s       *source
	f       *eximFile
	macros  []word // text is the name; values beside
	values  []string
	section string
	block   *eximBlock
	// open are the conditions around the line.
	open []eximBranch
	// unread says why routers that are not seen may come before those that
	// follow.
	unread string
	// grown counts the bytes macros added to the file.
	grown int
}

// eximBranch is one .ifdef: taken is whether the lines now count, done whether
// a branch counted already; unsure is set where that cannot be told.
type eximBranch struct{ taken, done, unsure bool }

const (
	maxMacros = 500
	// maxGrown bounds what macros make of a file.
	maxGrown = 4 * maxBytes
)

// eximHostsOptions are the options of the smtp transport that a name like
// hosts_require_tls may be meant to be.
var eximHostsOptions = []string{
	"hosts_require_tls", "hosts_avoid_tls", "hosts_require_dane", "hosts_require_auth", "hosts_require_ocsp", "hosts_require_helo", "hosts_require_alpn",
	"hosts_request_ocsp", "hosts_nopass_tls", "hosts_noproxy_tls", "hosts_verify_avoid_tls", "hosts_override", "hosts_randomize",
}

func (s *source) eximFile() (*eximFile, error) {
	lines, err := s.lines()
	if err != nil {
		return nil, err
	}
	r := &eximReader{s: s, f: &eximFile{lists: map[string]word{}, parts: map[*eximBlock][]eximPart{}}, section: "main"}
	for i := 0; i < len(lines); i++ {
		first := i
		text := strings.TrimRight(lines[i], " \t")
		if trimmed := strings.TrimLeft(text, " \t"); trimmed == "" || trimmed[0] == '#' {
			continue
		}
		for strings.HasSuffix(text, `\`) && i+1 < len(lines) {
			i++
			next := strings.Trim(lines[i], " \t")
			if strings.HasPrefix(next, "#") {
				continue // a comment between continued lines
			}
			if text = strings.TrimSuffix(text, `\`) + next; len(text) > maxLine {
				return nil, s.fault(at{first + 1, 1}, "break it", "the line is longer than %d bytes", maxLine)
			}
		}
		p := at{first + 1, column(lines[first], len(lines[first])-len(strings.TrimLeft(lines[first], " \t")))}
		if err := r.line(strings.TrimSpace(strings.TrimSuffix(text, `\`)), p); err != nil {
			return nil, err
		}
	}
	if len(r.open) > 0 {
		return nil, s.fault(at{len(lines), 1}, "add .endif", "the file ends inside a .ifdef")
	}
	return r.f, nil
}

func (r *eximReader) line(text string, p at) error {
	if strings.HasPrefix(text, ".") {
		return r.directive(strings.Fields(text), p)
	}
	if slices.ContainsFunc(r.open, func(b eximBranch) bool { return !b.taken && !b.unsure }) {
		return nil
	}
	unsure := slices.ContainsFunc(r.open, func(b eximBranch) bool { return b.unsure })
	if isMacro, err := r.macro(text, p, unsure); isMacro || err != nil {
		return err
	}
	text, err := r.expand(text, p)
	if err != nil {
		return err
	}
	if f := strings.Fields(text); len(f) == 2 && f[0] == "begin" {
		r.section, r.block = f[1], nil
		return nil
	}
	switch r.section {
	case "main":
		if name, ok := strings.CutPrefix(text, eximDomains); ok {
			r.list(eximDomains, name, p, unsure)
		} else if name, ok := strings.CutPrefix(text, eximHosts); ok {
			r.list(eximHosts, name, p, unsure)
		} else if name, value, ok := strings.Cut(text, "="); ok && strings.TrimSpace(name) == "primary_hostname" && !unsure {
			r.f.hostname = strings.TrimSpace(value)
		}
	case "routers", "transports":
		return r.option(text, p, unsure)
	}
	return nil
}

// list keeps a named list. One that may not be in force is as good as unknown.
func (r *eximReader) list(kind, text string, p at, unsure bool) {
	name, value, found := strings.Cut(text, "=")
	if !found {
		return
	}
	if unsure {
		value = "$unsure"
	}
	r.f.lists[kind+strings.TrimSpace(name)] = word{r.settled(strings.TrimSpace(value)), p}
}

// settled returns a value, or a sign that it is not known: behind a file that
// was not read each word with a capital may be, or hold, a macro of it.
func (r *eximReader) settled(value string) string {
	if r.f.included != "" && hasUpper(value) {
		return "$" + value
	}
	return value
}

// expand replaces the macros of a line, in the order of their definition, as
// Exim does.
func (r *eximReader) expand(text string, p at) (string, error) {
	for i, m := range r.macros {
		n := strings.Count(text, m.text)
		if n == 0 {
			continue
		}
		more := n * (len(r.values[i]) - len(m.text))
		if r.grown += max(more, 0); len(text)+more > maxLine || r.grown > maxGrown {
			return "", r.s.fault(p, "define the macros otherwise", "the line is longer than %d bytes with its macros replaced, or the file than %d", maxLine, maxGrown)
		}
		text = strings.ReplaceAll(text, m.text, r.values[i])
	}
	return text, nil
}

// macro takes in a definition. A macro that may or may not be defined makes
// what it stands in uncertain, by a sign no list can hold.
func (r *eximReader) macro(text string, p at, unsure bool) (bool, error) {
	name, value, found := strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	if !found || name == "" || name[0] < 'A' || name[0] > 'Z' || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return false, nil
	}
	// Exim replaces the macros known by now in the value, never in the name.
	value, err := r.expand(strings.TrimSpace(strings.TrimPrefix(value, "=")), p)
	if err != nil {
		return true, err
	}
	if value = r.settled(value); unsure {
		value = "$" + name
	}
	for i := range r.macros {
		if r.macros[i].text == name {
			r.values[i] = value
			return true, nil
		}
	}
	if len(r.macros) >= maxMacros {
		return true, r.s.fault(p, "define fewer", "more than %d macros", maxMacros)
	}
	r.macros, r.values = append(r.macros, word{name, p}), append(r.values, value)
	return true, nil
}

// directive handles conditions and inclusions. Files named are not read: what
// they define is unknown from there on.
func (r *eximReader) directive(f []string, p at) error {
	known := []string{".ifdef", ".ifndef", ".elifdef", ".elifndef", ".else", ".endif", ".include", ".include_if_exists"}
	if err := r.s.choose(p, "directive", f[0], known); err != nil {
		return err
	}
	name := strings.Join(f[1:], " ")
	switch f[0] {
	case ".include", ".include_if_exists":
		if !slices.ContainsFunc(r.open, func(b eximBranch) bool { return !b.taken && !b.unsure }) {
			r.include(name, p)
		}
		return nil
	case ".ifdef", ".ifndef":
		if len(r.open) >= maxDepth {
			return r.s.fault(p, "take levels out", "nested deeper than %d levels", maxDepth)
		}
		taken, unsure := r.defined(name, f[0] == ".ifndef")
		r.open = append(r.open, eximBranch{taken, taken, unsure})
		return nil
	}
	if len(r.open) == 0 {
		return r.s.fault(p, "remove it, or begin with .ifdef", "%s without .ifdef", f[0])
	}
	b := &r.open[len(r.open)-1]
	switch f[0] {
	case ".endif":
		r.open = r.open[:len(r.open)-1]
	case ".else":
		b.taken = !b.done
	default:
		taken, unsure := r.defined(name, f[0] == ".elifndef")
		b.taken, b.unsure = taken && !b.done, b.unsure || unsure
		b.done = b.done || taken
	}
	return nil
}

// include takes note of a file that is not read. It may go on with the block
// that is open, hold routers that come before those that follow, and define
// each macro anew.
func (r *eximReader) include(name string, p at) {
	r.f.included = "the file " + clip(name) + " is included and was not read"
	for i := range r.values {
		r.values[i] = "$" + r.macros[i].text
	}
	if r.block != nil {
		r.block.doubt = r.f.included
	}
	if r.section == "routers" && r.unread == "" {
		r.unread = r.f.included + ", and its routers come first"
		r.f.routers = append(r.f.routers, &eximBlock{name: "included", at: p, doubt: r.f.included, included: true})
	}
}

func (r *eximReader) defined(name string, not bool) (taken, unsure bool) {
	for i := range r.macros {
		if r.macros[i].text == name {
			return !not, r.values[i] == "$"+name
		}
	}
	// names with a leading underscore tell how Exim was built
	return not, r.f.included != "" || strings.HasPrefix(name, "_")
}

// option reads a line of a router or transport: its name, or one of its
// options.
func (r *eximReader) option(text string, p at, unsure bool) error {
	if name, ok := strings.CutSuffix(text, ":"); ok && !strings.ContainsAny(name, "= \t") {
		blocks := &r.f.routers
		if r.section == "transports" {
			blocks = &r.f.transports
		}
		if len(*blocks) >= maxRows {
			return r.s.fault(p, "split the file", "more than %d of them", maxRows)
		}
		r.block = &eximBlock{name: name, at: p, options: map[string]word{}}
		if r.section == "routers" {
			r.block.doubt = r.unread
		}
		if unsure {
			r.block.doubt = "it stands behind a condition that cannot be decided from the file"
		}
		*blocks = append(*blocks, r.block)
		return nil
	}
	if r.block == nil {
		return r.s.fault(p, "begin with a name and a colon", "an option before the first name of the section")
	}
	if unsure {
		r.block.doubt = "some options stand behind a condition that cannot be decided from the file"
	}
	name, value, found := strings.Cut(strings.TrimPrefix(text, "hide "), "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if positive, negated := cutNot(name); !found && negated {
		name, value = positive, "false"
	} else if !found {
		value = "true"
	}
	if hasUpper(name) {
		r.block.doubt = quote(name) + " is no option, but perhaps a macro that is not defined in the file"
	}
	if !slices.Contains(eximHostsOptions, name) && near(name, "hosts_require_tls") {
		return r.s.fault(p, `did you mean "hosts_require_tls"?`, "unknown option %s", quote(name))
	}
	if strings.HasPrefix(value, `"`) {
		value = strings.Trim(value, `"`)
	}
	r.block.options[name] = word{r.settled(value), p}
	return nil
}

// cutNot takes apart the negative form of a switch.
func cutNot(name string) (string, bool) {
	if positive, ok := strings.CutPrefix(name, "no_"); ok {
		return positive, true
	}
	return strings.CutPrefix(name, "not_")
}
