package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/strictyaml"
)

// policyDoc is a policy as its users write it.
type policyDoc struct {
	Policy      identityDoc        `yaml:"policy,required"`
	Profiles    []strictyaml.Node  `yaml:"profiles"`
	Rules       []ruleDoc          `yaml:"rules"`
	Overrides   []overrideDoc      `yaml:"overrides"`
	Groups      map[string]groupOf `yaml:"groups"`
	Connections []connectionDoc    `yaml:"connections"`
}

type identityDoc struct {
	ID      strictyaml.Node `yaml:"id,required"`
	Title   string          `yaml:"title,required"`
	Version string          `yaml:"version"`
}

// overrideDoc changes one rule of a profile the policy extends.
type overrideDoc struct {
	Place    audit.Place     `yaml:",place"`
	Profile  strictyaml.Node `yaml:"profile"`
	Rule     strictyaml.Node `yaml:"rule,required"`
	Disable  bool            `yaml:"disable"`
	Level    strictyaml.Node `yaml:"level"`
	Severity *severity       `yaml:"severity"`
	Reason   string          `yaml:"reason"`
}

func parsePolicy(root strictyaml.Node, data []byte) (*source, error) {
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
	if len(doc.Profiles)+len(doc.Rules)+len(doc.Connections) == 0 {
		return nil, root.Fault("add profiles, rules or connections", "the policy demands nothing")
	}
	s := &source{place: root.Place(), ref: audit.PolicyRef{ID: id, Title: doc.Policy.Title, Version: doc.Policy.Version, SHA256: sum(data)}}
	if s.parts, err = extend(doc.Profiles); err != nil {
		return nil, err
	}
	for i := range doc.Overrides {
		if err := doc.Overrides[i].apply(s.parts); err != nil {
			return nil, err
		}
	}
	for i := range s.parts {
		if s.parts[i].tuned {
			s.parts[i].ref.Title += " (rules changed by " + id + ")"
		}
	}
	own, err := demands(id, doc.Rules)
	if err != nil {
		return nil, err
	}
	rows, err := readConnections(doc.Connections, doc.Groups)
	if err != nil {
		return nil, err
	}
	var table *gateway.Table
	if len(rows) > 0 {
		table = &gateway.Table{Policy: id, Place: root.Place(), Rows: rows}
		table.Sort()
		own = append(own, tableDemands(table.Demands())...)
	}
	if err := checkDistinct(own); err != nil {
		return nil, err
	}
	s.parts = append(s.parts, part{ref: s.ref, demands: own, table: table})
	return s, nil
}

// extend takes the built-in profiles a policy names, as copies.
func extend(names []strictyaml.Node) ([]part, error) {
	var parts []part
	for _, n := range names {
		id, err := n.Text()
		if err != nil {
			return nil, err
		}
		var unknown *strictyaml.ChoiceError
		if errors.As(strictyaml.Choose(id, profileIDs()), &unknown) {
			return nil, n.Fault(unknown.Hint(), "%v", unknown)
		}
		if slices.ContainsFunc(parts, func(p part) bool { return p.ref.ID == id }) {
			return nil, n.Fault("keep one of the two", "the profile %q stands here a second time", id)
		}
		p := builtin(id)
		parts = append(parts, part{ref: p.ref(), demands: slices.Clone(p.demands)})
	}
	return parts, nil
}

// apply changes the one rule the override names.
func (o *overrideDoc) apply(parts []part) error {
	d, err := o.find(parts)
	if err != nil {
		return err
	}
	if d.overridden != nil {
		return o.Rule.Fault("write all changes to a rule into one override", "the rule %q is overridden a second time; the first is at %s", d.rule.ID, *d.overridden)
	}
	place := o.Rule.Place()
	d.overridden = &place
	if !o.Disable && o.Level.IsZero() && o.Severity == nil {
		return &audit.InputError{Place: o.Place, Cause: "the override changes nothing", Hint: "add disable: true, level or severity"}
	}
	if o.Disable {
		if strings.TrimSpace(o.Reason) == "" {
			return &audit.InputError{Place: o.Place, Cause: fmt.Sprintf("rule %s is disabled without a reason", d.rule.ID), Hint: "add reason: who decided it, and why"}
		}
		d.off = fmt.Sprintf("disabled at %s: %s", o.Place, o.Reason)
		return nil
	}
	if !o.Level.IsZero() {
		if err := o.setLevel(d); err != nil {
			return err
		}
	}
	if o.Severity != nil {
		d.severity = o.Severity
		d.remark("severity set to %s at %s", audit.Severity(*o.Severity), o.Place)
	}
	if o.Reason != "" && d.off == "" {
		d.remark("%s", o.Reason)
	}
	return nil
}

// setLevel makes a rule stronger or weaker, but never turns it around. A level
// at which nothing fails any more is an exception and needs a reason.
func (o *overrideDoc) setLevel(d *demand) error {
	var to level
	if err := o.Level.Decode(&to); err != nil {
		return err
	}
	positive := []audit.Level{audit.Must, audit.Should}
	negative := []audit.Level{audit.MustNot, audit.ShouldNot}
	was := d.rule.Level
	if slices.Contains(positive, was) && slices.Contains(negative, audit.Level(to)) || slices.Contains(negative, was) && slices.Contains(positive, audit.Level(to)) {
		return o.Level.Fault("choose a level of the same direction, may or process", "%s would turn the %s of rule %s around", to, was, d.rule.ID)
	}
	d.rule.Level, d.levelAt = audit.Level(to), o.Level
	if d.rule.Level != audit.May && d.rule.Level != audit.Process {
		d.remark("level changed from %s to %s at %s", was, to, o.Place)
		return nil
	}
	if strings.TrimSpace(o.Reason) == "" {
		return o.Level.Fault("add reason: who decided it, and why", "rule %s can no longer fail at level %s, without a reason", d.rule.ID, to)
	}
	if d.rule.Level == audit.Process {
		d.off = fmt.Sprintf("made a matter for people at %s, no longer decided here: %s", o.Place, o.Reason)
		return nil
	}
	d.rule.Lowered = was
	d.remark("level changed from %s to %s at %s", was, to, o.Place)
	return nil
}

// remark adds to the note of a rule, so that a report shows the exception.
func (d *demand) remark(format string, args ...any) {
	if d.rule.Note != "" {
		d.rule.Note += "; "
	}
	d.rule.Note += fmt.Sprintf(format, args...)
}

// find returns the demand an override means.
func (o *overrideDoc) find(parts []part) (*demand, error) {
	id, err := o.Rule.Text()
	if err != nil {
		return nil, err
	}
	profile, ids := "", []string{}
	for _, p := range parts {
		ids = append(ids, p.ref.ID)
	}
	if !o.Profile.IsZero() {
		if profile, err = o.Profile.Text(); err != nil {
			return nil, err
		}
		if !slices.Contains(ids, profile) {
			return nil, o.Profile.Fault("list it under profiles", "%q is not among the profiles of this policy: %s", profile, strings.Join(ids, ", "))
		}
	}
	var found *demand
	var known []string
	for i := range parts {
		if profile != "" && parts[i].ref.ID != profile {
			continue
		}
		for j := range parts[i].demands {
			d := &parts[i].demands[j]
			known = append(known, d.rule.ID)
			if d.rule.ID != id {
				continue
			}
			if found != nil {
				return nil, o.Rule.Fault("add profile: "+found.rule.Profile+" or profile: "+d.rule.Profile, "the rule %q is in several profiles", id)
			}
			found, parts[i].tuned = d, true
		}
	}
	if found == nil {
		hint := "tlsaudit policy show PROFILE lists the rules; rules of this policy are changed where they stand"
		if near := strictyaml.Nearest(id, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return nil, o.Rule.Fault(hint, "no rule %q in the profiles of this policy", id)
	}
	return found, nil
}
