package policy

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// policyDoc is a policy as its users write it.
type policyDoc struct {
	Policy      identityDoc        `yaml:"policy,required"`
	Profiles    []strictyaml.Node  `yaml:"profiles"`
	Extends     []strictyaml.Node  `yaml:"extends"`
	Rules       []ruleDoc          `yaml:"rules"`
	Overrides   []overrideDoc      `yaml:"overrides"`
	Groups      map[string]groupOf `yaml:"groups"`
	Connections []connectionDoc    `yaml:"connections"`
	Gateway     *gatewayDoc        `yaml:"gateway"`
}

type identityDoc struct {
	ID      strictyaml.Node `yaml:"id,required"`
	Title   string          `yaml:"title,required"`
	Version string          `yaml:"version"`
}

// useDoc is an entry of profiles that is limited to some targets.
type useDoc struct {
	ID strictyaml.Node `yaml:"id,required"`
	scopeDoc
}

// parsePolicy reads a policy. Other files it may name only where the reader
// has a folder to look for them in.
func (r reader) parsePolicy(root strictyaml.Node, data []byte) (*source, error) {
	var doc policyDoc
	if err := root.Decode(&doc); err != nil {
		return nil, err
	}
	id, err := policyID(doc.Policy.ID)
	if err != nil {
		return nil, err
	}
	if builtin(id) != nil {
		return nil, doc.Policy.ID.Fault("to extend the profile, give the policy an id of its own and list the profile under profiles", "%q is the id of a built-in profile", id)
	}
	if len(doc.Profiles)+len(doc.Extends)+len(doc.Rules)+len(doc.Connections) == 0 && doc.Gateway == nil {
		return nil, root.Fault("add profiles, rules or connections", "the policy demands nothing")
	}
	s := &source{place: root.Place(), ref: audit.PolicyRef{ID: id, Title: doc.Policy.Title, Version: doc.Policy.Version, SHA256: sum(data)}}
	for _, n := range slices.Concat(doc.Extends, doc.Profiles) {
		if err := s.extend(r, n); err != nil {
			return nil, err
		}
	}
	for i := range doc.Overrides {
		if err := doc.Overrides[i].apply(s.parts, s.warn); err != nil {
			return nil, err
		}
	}
	s.finish(id)
	own, err := demands(id, doc.Rules, root)
	if err != nil {
		return nil, err
	}
	s.unusedGroups(root, &doc)
	rows, err := readConnections(doc.Connections, doc.Groups)
	if err != nil {
		return nil, err
	}
	table, imported, err := r.readGateway(id, doc.Gateway, rows, root.Place())
	if err != nil {
		return nil, err
	}
	if len(imported) > 0 { // what is imported is part of the policy
		s.ref.SHA256 = sum(slices.Concat(data, imported))
	}
	if table != nil {
		own = append(own, tableDemands(table.Demands())...)
	}
	if err := checkDistinct(own); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(s.parts, func(p part) bool { return p.ref.ID == id }) {
		return nil, doc.Policy.ID.Fault("give every policy an id of its own", "%q is the id of a policy this one extends", id)
	}
	s.parts = append(s.parts, part{ref: s.ref, demands: own, table: table})
	return s, nil
}

func (s *source) warn(place audit.Place, cause, hint string) {
	s.remarks = append(s.remarks, Problem{Place: place, Warning: true, Cause: cause, Hint: hint})
}

// extend brings in what one entry of profiles names.
func (s *source) extend(r reader, n strictyaml.Node) error {
	name, limit := n, (*scope)(nil)
	if n.IsMapping() {
		var doc useDoc
		if err := n.Decode(&doc); err != nil {
			return err
		}
		var err error
		if limit, err = doc.read(n); err != nil {
			return err
		}
		name = doc.ID
	}
	text, err := name.Text()
	if err != nil {
		return err
	}
	if slices.Contains(s.named, text) {
		return name.Fault("keep one of the two", "the profile %q stands here a second time", text)
	}
	s.named = append(s.named, text)
	other, err := r.named(name, text)
	if err != nil {
		return err
	}
	s.remarks = append(s.remarks, other.remarks...)
	if p := builtin(text); p != nil {
		s.superseded(p, name.Place())
	}
	for _, one := range other.parts {
		if limit != nil {
			one.scopes = append(one.scopes, limit)
		} else {
			one.everywhere = true
		}
		if err := s.bring(name, one); err != nil {
			return err
		}
	}
	return nil
}

// bring adds a part, or widens the one that is there already.
func (s *source) bring(n strictyaml.Node, one part) error {
	i := slices.IndexFunc(s.parts, func(p part) bool { return p.ref.ID == one.ref.ID })
	if i < 0 {
		s.parts = append(s.parts, one)
		return nil
	}
	have := &s.parts[i]
	if have.tuned || one.tuned || have.ref != one.ref {
		return n.Fault("extend either of them", "%q comes from here and from another entry, and differs", one.ref.ID)
	}
	have.everywhere = have.everywhere || one.everywhere
	have.scopes = append(have.scopes, one.scopes...)
	return nil
}

// named reads what a policy extends: a built-in profile, or a file beside it.
func (r reader) named(n strictyaml.Node, text string) (*source, error) {
	if p := builtin(text); p != nil {
		return p.source(), nil
	}
	if ext := filepath.Ext(text); ext != ".yaml" && ext != ".yml" {
		var unknown *strictyaml.ChoiceError
		if errors.As(strictyaml.Choose(text, ProfileIDs()), &unknown) {
			return nil, n.Fault(unknown.Hint(), "%v", unknown)
		}
	}
	if r.dir == "" {
		return nil, n.Fault("name built-in profiles only, or read the policy from a file", "%q is a file, and this policy is not read from one", text)
	}
	path := text
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	if slices.Contains(r.below, path) {
		return nil, n.Fault("a policy cannot extend itself", "%s", strings.Join(append(r.below, path), " extends "))
	}
	if len(r.below) >= maxExtends {
		return nil, n.Fault("take policies out of the chain", "policies extend each other more than %d deep", maxExtends)
	}
	data, err := strictyaml.ReadFile(path, maxPolicy)
	if err != nil {
		return nil, n.Fault("name an existing YAML file, relative to this one, or a built-in profile", "cannot read %s: %s", path, strictyaml.Reason(err))
	}
	return reader{dir: filepath.Dir(path), below: append(slices.Clone(r.below), path)}.parse(path, data)
}

// maxExtends bounds the chain of files that extend each other.
const maxExtends = 8

// finish applies scopes and says in the titles what the policy changed.
func (s *source) finish(id string) {
	for i := range s.parts {
		p := &s.parts[i]
		p.demands = flatten(p.demands)
		if p.tuned && !strings.Contains(p.ref.Title, "(rules changed by ") {
			p.ref.Title += " (rules changed by " + id + ")"
		}
		if p.everywhere || len(p.scopes) == 0 {
			p.scopes = nil
			continue
		}
		scopes := p.scopes
		p.ref.Title += fmt.Sprintf(" (limited by %s to %s)", id, scopeWords(scopes))
		p.tuned, p.scopes = true, nil
		for j := range p.demands {
			p.demands[j].limit(scopeWords(scopes), func(t *audit.Target) bool { return anyOf(scopes, t) }, scopes...)
		}
	}
}

// unusedGroups warns of groups no row names.
func (s *source) unusedGroups(root strictyaml.Node, doc *policyDoc) {
	used := map[string]bool{}
	for _, c := range doc.Connections {
		for _, key := range c.Match.Keys() {
			if text, err := c.Match.Get(key).Text(); err == nil {
				used[text] = true
			}
		}
	}
	for _, name := range root.Get("groups").Keys() {
		if !used[name] {
			s.warn(root.Get("groups").Get(name).Place(), fmt.Sprintf("no row of connections names the group %q", name), "remove it, or name it in the match of a row")
		}
	}
}
