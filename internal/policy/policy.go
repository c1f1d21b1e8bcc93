package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/strictyaml"
)

// Default is the profile used when none is chosen.
const Default = "baseline"

// Policy is everything demanded in a run.
type Policy struct {
	// Refs identify the policies and profiles in force, in the order chosen.
	Refs []audit.PolicyRef
	// Rules are the rules the given checks decide.
	Rules []audit.Rule
	// Unautomated are all others.
	Unautomated []audit.Unautomated
	// Connections are the rows of all gateway tables, each outbound before
	// inbound, by priority.
	Connections []gateway.Row
	// Tables are the gateway tables themselves, one of each policy that has
	// one.
	Tables []*gateway.Table

	// written are the parameters of Rules as written and limits the scopes they
	// are limited to, index by index, for Conflicts; remarks are for Lint.
	written []map[string]any
	limits  [][][]*scope
	remarks []Problem
	// place is where the first policy chosen stands, if it is a file.
	place audit.Place
}

// Load reads what names name, each the id of a built-in profile or the path of
// a YAML file, and joins it; no name means Default. The checks say which rules
// can be decided, and read their parameters.
func Load(names []string, checks []*audit.Check) (*Policy, error) {
	if len(names) == 0 {
		names = []string{Default}
	}
	var sources []*source
	for _, name := range names {
		s, err := open(name)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	return join(sources, checks)
}

// Parse reads one policy or profile. The name of the file is used in places
// and errors.
func Parse(file string, data []byte, checks []*audit.Check) (*Policy, error) {
	s, err := reader{}.parse(file, data)
	if err != nil {
		return nil, err
	}
	return join([]*source{s}, checks)
}

// Builtins returns one policy per built-in profile, in order of their ids.
func Builtins(checks []*audit.Check) ([]*Policy, error) {
	var list []*Policy
	for _, p := range Profiles() {
		one, err := Load([]string{p.ID}, checks)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// source is one thing that was chosen: a profile, or a policy that may extend
// profiles.
type source struct {
	ref   audit.PolicyRef
	place audit.Place
	// parts are the demands by profile, in the order written; a policy's own
	// come last.
	parts []part
	// named are the entries of profiles as written; remarks are for lint.
	named   []string
	remarks []Problem
}

// part is what one profile, or a policy's own rules, demands. Tuned says that
// the policy changed some of it.
type part struct {
	ref     audit.PolicyRef
	tuned   bool
	demands []demand
	// scopes limit the part to some targets, unless it is chosen everywhere.
	scopes     []*scope
	everywhere bool
	// table is the policy's gateway table; nil if it has none.
	table *gateway.Table
}

func open(name string) (*source, error) {
	if p := builtin(name); p != nil {
		s := p.source()
		s.superseded(p, p.place)
		return s, nil
	}
	data, err := strictyaml.ReadFile(name, maxPolicy)
	if err == nil {
		return reader{dir: filepath.Dir(name), below: []string{filepath.Clean(name)}}.parse(name, data)
	}
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, `/\`) && filepath.Ext(name) != ".yaml" && filepath.Ext(name) != ".yml" {
		hint := "tlsaudit policy list names the built-in profiles"
		if near := strictyaml.Nearest(name, ProfileIDs()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return nil, &audit.InputError{Cause: fmt.Sprintf("%q is neither a built-in profile nor a file; profiles: %s", name, strings.Join(ProfileIDs(), ", ")), Hint: hint, Err: err}
	}
	return nil, strictyaml.Unreadable(name, "the policy", "name an existing YAML file or a built-in profile (tlsaudit policy list)", err)
}

// reader reads policies that may name other files.
type reader struct {
	// dir is the folder names are relative to; empty if no file may be named.
	dir string
	// below are the files on their way already, from the first.
	below []string
}

// parse tells a profile from a policy by its schema key.
func (r reader) parse(file string, data []byte) (*source, error) {
	root, err := strictyaml.Parse(file, data, maxPolicy)
	if err != nil {
		return nil, err
	}
	if root.Get("schema").IsZero() {
		return r.parsePolicy(root, data)
	}
	p, err := parseProfile(file, data)
	if err != nil {
		return nil, err
	}
	if builtin(p.ID) != nil {
		return nil, root.Get("id").Fault("give it an id of its own", "%q is the id of a built-in profile", p.ID)
	}
	return p.source(), nil
}

// source is what choosing the profile means: what it builds on, each profile a
// part of its own, and then its own demands.
func (p *Profile) source() *source {
	return &source{ref: p.ref(), place: p.place, parts: p.parts()}
}

func (p *Profile) parts() []part {
	var parts []part
	if p.Extends != "" && !p.Graded {
		parts = builtin(p.Extends).parts()
	}
	return append(parts, part{ref: p.ref(), demands: slices.Clone(p.demands)})
}

// join binds the demands of all sources. A profile that comes twice is judged
// once, unless one policy tuned it: then the two would contradict each other.
func join(sources []*source, checks []*audit.Check) (*Policy, error) {
	p := &Policy{}
	seen := map[string]part{}
	for _, s := range sources {
		p.addRef(s.ref)
		p.remarks = append(p.remarks, s.remarks...)
		if p.place.File == "" && !strings.HasPrefix(s.place.File, builtinFolder) {
			p.place = s.place
		}
		for _, part := range s.parts {
			first, twice := seen[part.ref.ID]
			if twice && (first.tuned || part.tuned || first.ref != part.ref) {
				return nil, &audit.InputError{Place: s.place, Cause: fmt.Sprintf("%q is chosen twice and differs", part.ref.ID),
					Hint: "choose either the profile or the policy that overrides its rules, and give every policy an id of its own"}
			}
			if twice {
				continue
			}
			seen[part.ref.ID] = part
			p.addRef(part.ref)
			if part.table != nil {
				p.Connections = append(p.Connections, part.table.Rows...)
				p.Tables = append(p.Tables, part.table)
			}
			if err := p.bind(part.demands, checks); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func (p *Policy) addRef(ref audit.PolicyRef) {
	if !slices.Contains(p.Refs, ref) {
		p.Refs = append(p.Refs, ref)
	}
}

func (p *Policy) bind(demands []demand, checks []*audit.Check) error {
	for i := range demands {
		rule, unautomated, err := demands[i].bind(checks)
		switch {
		case err != nil:
			return err
		case rule != nil:
			p.Rules = append(p.Rules, *rule)
			p.written = append(p.written, demands[i].params)
			p.limits = append(p.limits, demands[i].limits)
		default:
			p.Unautomated = append(p.Unautomated, *unautomated)
		}
	}
	return nil
}

var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// policyID reads the id of a policy or profile.
func policyID(n strictyaml.Node) (string, error) {
	id, err := n.Text()
	if err != nil {
		return "", err
	}
	if !idPattern.MatchString(id) {
		return "", n.Fault("lower-case letters, digits, dot, dash and underscore, 64 at most", "%q is not an id", id)
	}
	return id, nil
}
