package gateway

import (
	"slices"
	"strings"
)

// eximFile is what of a configuration matters here: the named lists of the main
// part, the routers and the transports.
type eximFile struct {
	lists      map[string]word
	routers    []*eximBlock
	transports []*eximBlock
	// included says why what is named but not found may still be defined.
	included string
}

// eximBlock is one router or transport.
type eximBlock struct {
	name    string
	at      at
	options map[string]word
	// doubt says why some option may be missing or not in force.
	doubt string
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
}

// eximBranch is one .ifdef: taken is whether the lines now count, done whether
// a branch counted already; unsure is set where that cannot be told.
type eximBranch struct{ taken, done, unsure bool }

const maxMacros = 500

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
	r := &eximReader{s: s, f: &eximFile{lists: map[string]word{}}, section: "main"}
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
	for i, m := range r.macros {
		if text = strings.ReplaceAll(text, m.text, r.values[i]); len(text) > maxLine {
			return r.s.fault(p, "define the macros otherwise", "the line is longer than %d bytes with its macros replaced", maxLine)
		}
	}
	if f := strings.Fields(text); len(f) == 2 && f[0] == "begin" {
		r.section, r.block = f[1], nil
		return nil
	}
	switch r.section {
	case "main":
		if name, ok := strings.CutPrefix(text, "domainlist "); ok {
			r.list(name, p, unsure)
		} else if name, ok := strings.CutPrefix(text, "hostlist "); ok {
			r.list(name, p, unsure)
		}
	case "routers", "transports":
		return r.option(text, p, unsure)
	}
	return nil
}

// list keeps a named list. One that may not be in force is as good as unknown.
func (r *eximReader) list(text string, p at, unsure bool) {
	name, value, found := strings.Cut(text, "=")
	if !found {
		return
	}
	if unsure {
		value = "$unsure"
	}
	r.f.lists[strings.TrimSpace(name)] = word{strings.TrimSpace(value), p}
}

// macro takes in a definition. A macro that may or may not be defined makes
// what it stands in uncertain, by a sign no list can hold.
func (r *eximReader) macro(text string, p at, unsure bool) (bool, error) {
	name, value, found := strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	if !found || name == "" || name[0] < 'A' || name[0] > 'Z' || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return false, nil
	}
	value = strings.TrimSpace(strings.TrimPrefix(value, "="))
	if unsure {
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
		r.f.included = "the file " + clip(name) + " is included and was not read"
		if r.block != nil {
			r.block.doubt = r.f.included
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

func (r *eximReader) defined(name string, not bool) (taken, unsure bool) {
	for i := range r.macros {
		if r.macros[i].text == name {
			return !not, r.values[i] == "$"+name
		}
	}
	return not, r.f.included != ""
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
	name = strings.TrimSpace(name)
	if !found {
		value = "true"
	}
	if !slices.Contains(eximHostsOptions, name) && near(name, "hosts_require_tls") {
		return r.s.fault(p, `did you mean "hosts_require_tls"?`, "unknown option %s", quote(name))
	}
	r.block.options[name] = word{strings.Trim(strings.TrimSpace(value), `"`), p}
	return nil
}
