package policy

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// overrideDoc changes one rule of a profile the policy extends, everywhere or
// within a scope; outside of it the rule stays as it is.
type overrideDoc struct {
	Place    audit.Place     `yaml:",place"`
	Profile  strictyaml.Node `yaml:"profile"`
	Rule     strictyaml.Node `yaml:"rule,required"`
	Scope    strictyaml.Node `yaml:"scope"`
	Disable  bool            `yaml:"disable"`
	Level    strictyaml.Node `yaml:"level"`
	Severity *severity       `yaml:"severity"`
	Params   strictyaml.Node `yaml:"params"`
	Reason   string          `yaml:"reason"`
}

// severityChange is a severity an override gave without a reason: to where the
// rule had given, at a level, or else that of its check.
type severityChange struct {
	given *severity
	level audit.Level
	to    audit.Severity
	place audit.Place
}

// variant is what a rule is within a scope.
type variant struct {
	scope  *scope
	demand demand
	place  audit.Place
}

// apply changes the one rule the override names. Remarks are for lint.
func (o *overrideDoc) apply(parts []part, remark func(place audit.Place, cause, hint string)) error {
	d, err := o.find(parts)
	if err != nil {
		return err
	}
	if !o.Disable && o.Level.IsZero() && o.Severity == nil && o.Params.IsZero() {
		return &audit.InputError{Place: o.Place, Cause: "the override changes nothing", Hint: "add disable: true, level, severity or params"}
	}
	place := o.Rule.Place()
	if d.original == nil {
		untouched := *d
		d.original = &untouched
	}
	if o.Scope.IsZero() {
		if d.overridden != nil {
			return o.twice(d, *d.overridden)
		}
		d.overridden = &place
		return o.change(d, remark)
	}
	var doc scopeDoc
	if err := o.Scope.Decode(&doc); err != nil {
		return err
	}
	s, err := doc.read(o.Scope)
	if err != nil {
		return err
	}
	for _, v := range d.variants {
		if v.scope.String() == s.String() {
			return o.twice(d, v.place)
		}
	}
	v := variant{scope: s, demand: *d.original, place: place}
	v.demand.variants = nil
	if err := o.change(&v.demand, remark); err != nil {
		return err
	}
	d.variants = append(d.variants, v)
	return nil
}

func (o *overrideDoc) twice(d *demand, first audit.Place) error {
	return o.Rule.Fault("write all changes to a rule into one override", "the rule %q is overridden a second time; the first is at %s", d.rule.ID, first)
}

// change makes a demand what the override wants it to be.
func (o *overrideDoc) change(d *demand, remark func(place audit.Place, cause, hint string)) error {
	if o.Disable {
		if !o.reasoned() {
			return &audit.InputError{Place: o.Place, Cause: fmt.Sprintf("rule %s is disabled without a reason", d.rule.ID), Hint: "add reason: who decided it, and why"}
		}
		d.off, d.disabled = fmt.Sprintf("disabled at %s: %s", o.Place, o.Reason), true
		return nil
	}
	idle, level := true, d.rule.Level
	if !o.Level.IsZero() {
		same, err := o.setLevel(d)
		if err != nil {
			return err
		}
		idle = idle && same
	}
	if o.Severity != nil {
		if !o.reasoned() { // whether that is lower, only the check can tell
			d.severities = append(slices.Clone(d.severities), severityChange{given: d.severity, level: level, to: audit.Severity(*o.Severity), place: o.Place})
		}
		idle = idle && d.severity != nil && *d.severity == *o.Severity
		d.severity = o.Severity
		d.remark("severity set to %s at %s", audit.Severity(*o.Severity), o.Place)
	}
	if !o.Params.IsZero() {
		same, err := o.setParams(d)
		if err != nil {
			return err
		}
		idle = idle && same
	}
	switch {
	case idle:
		remark(o.Place, fmt.Sprintf("the override leaves rule %s as it is", d.rule.ID), "remove it")
	case d.off != "" && d.rule.Level != audit.Process:
		remark(o.Place, fmt.Sprintf("rule %s is decided by a person, and the override changes nothing about that", d.rule.ID), "disable it with a reason, or remove the override")
	}
	if o.Reason != "" && d.off == "" {
		d.remark("%s", o.Reason)
	}
	return nil
}

func (o *overrideDoc) reasoned() bool { return strings.TrimSpace(o.Reason) != "" }

// weight orders levels: what is lower demands less.
func weight(l audit.Level) int {
	switch l {
	case audit.Must, audit.MustNot:
		return 2
	case audit.Should, audit.ShouldNot:
		return 1
	}
	return 0
}

// setLevel makes a rule stronger or weaker, but never turns it around. Weaker
// is an exception and needs a reason.
func (o *overrideDoc) setLevel(d *demand) (same bool, err error) {
	var to level
	if err := o.Level.Decode(&to); err != nil {
		return false, err
	}
	positive := []audit.Level{audit.Must, audit.Should}
	negative := []audit.Level{audit.MustNot, audit.ShouldNot}
	was, is := d.rule.Level, audit.Level(to)
	direction := cmp.Or(d.rule.Lowered, was) // what may was before
	if slices.Contains(positive, direction) && slices.Contains(negative, is) || slices.Contains(negative, direction) && slices.Contains(positive, is) {
		return false, o.Level.Fault("choose a level of the same direction, may or process", "%s would turn the %s of rule %s around", to, direction, d.rule.ID)
	}
	if was == is {
		return true, nil
	}
	d.rule.Level, d.levelAt = is, o.Level
	switch {
	case weight(is) == 0 && !o.reasoned():
		return false, o.Level.Fault("add reason: who decided it, and why", "rule %s can no longer fail at level %s, without a reason", d.rule.ID, to)
	case weight(is) < weight(was) && !o.reasoned():
		return false, o.Level.Fault("add reason: who decided it, and why", "rule %s is weakened from %s to %s without a reason", d.rule.ID, was, to)
	case is == audit.Process:
		d.off = fmt.Sprintf("made a matter for people at %s, no longer decided here: %s", o.Place, o.Reason)
		return false, nil
	case is == audit.May:
		d.rule.Lowered = was
	default:
		d.rule.Lowered = ""
	}
	d.remark("level changed from %s to %s at %s", was, to, o.Place)
	return false, nil
}

// setParams merges the parameters key by key; a key without a value is taken
// out. Whether that asks for more or for less only the check could tell, so a
// reason is wanted in any case.
func (o *overrideDoc) setParams(d *demand) (same bool, err error) {
	if !o.Params.IsMapping() {
		return false, o.Params.Fault("write name: value", "params must be a mapping")
	}
	if !o.reasoned() {
		return false, o.Params.Fault("add reason: who decided it, and why", "the parameters of rule %s are changed without a reason", d.rule.ID)
	}
	before := d.params
	d.params = maps.Clone(d.params)
	if d.params == nil {
		d.params = map[string]any{}
	}
	for _, key := range o.Params.Keys() {
		v := o.Params.Get(key).Any()
		_, had := d.params[key]
		switch {
		case v != nil:
			d.params[key] = v
		case had:
			delete(d.params, key)
		default:
			return false, o.Params.Get(key).Fault("give it a value, or leave it off", "rule %s has no parameter %q to take out", d.rule.ID, key)
		}
	}
	d.changed = o.Params
	if slices.Contains(o.Params.Keys(), "use") {
		delete(d.params, "schedule")
		if err := d.use(o.Params); err != nil {
			return false, err
		}
	}
	d.remark("parameters %s changed at %s", strings.Join(o.Params.Keys(), ", "), o.Place)
	return reflect.DeepEqual(before, d.params), nil
}

// remark adds to the note of a rule, so that a report shows the exception.
func (d *demand) remark(format string, args ...any) {
	if d.rule.Note != "" {
		d.rule.Note += "; "
	}
	d.rule.Note += fmt.Sprintf(format, args...)
}

// flatten replaces every demand by its variants, each within its scope, and
// what it is outside of all of them. Of several scopes that hold for a target,
// the first written counts.
func flatten(list []demand) []demand {
	var out []demand
	for _, d := range list {
		var earlier []*scope
		for _, v := range d.variants {
			in, before := v.scope, slices.Clone(earlier)
			v.demand.limit(in.String(), func(t *audit.Target) bool { return in.matches(t) && !anyOf(before, t) }, in)
			out = append(out, v.demand)
			earlier = append(earlier, in)
		}
		if len(earlier) > 0 {
			d.limit("all but "+scopeWords(earlier), func(t *audit.Target) bool { return !anyOf(earlier, t) })
		}
		d.variants, d.original, d.overridden = nil, nil, nil
		out = append(out, d)
	}
	return out
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
			hint := "list it under profiles"
			if near := strictyaml.Nearest(profile, ids); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return nil, o.Profile.Fault(hint, "%q is not among the profiles of this policy: %s", profile, strings.Join(ids, ", "))
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
			if found != nil && found.rule.Profile == d.rule.Profile {
				return nil, o.Rule.Fault("override it in the policy that splits it, or extend the profile itself", "a policy this one extends makes the rule %q differ by scope", id)
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
