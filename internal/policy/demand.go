package policy

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// demand is a rule before it is bound to a check: its parameters are still as
// written.
type demand struct {
	rule audit.Rule
	// severity, if nil, is left to the check; severities are the overrides that
	// gave one without a reason.
	severity   *severity
	severities []severityChange
	params     map[string]any
	// node is where the parameters stand; zero for rules that are derived.
	node strictyaml.Node
	// root is the document of a written rule; source the section a derived one
	// is made of.
	root, source strictyaml.Node
	// levelAt is where the level stands; zero for rules that are derived.
	levelAt strictyaml.Node
	// overridden is where a policy changed the rule; nil if none did. original
	// is the rule before, variants what it is within scopes, and changed the
	// parameters a policy gave.
	overridden *audit.Place
	original   *demand
	variants   []variant
	changed    strictyaml.Node
	// limits are scopes of which one of each list holds wherever the rule does.
	limits [][]*scope
	// off, if set, says why a person has to decide it, or who switched it off.
	off      string
	disabled bool
}

// ruleDoc is one entry of rules.
type ruleDoc struct {
	Place      audit.Place     `yaml:",place"`
	Rule       strictyaml.Node `yaml:"rule,required"`
	Control    string          `yaml:"control"`
	Title      string          `yaml:"title"`
	Level      strictyaml.Node `yaml:"level,required"`
	Check      strictyaml.Node `yaml:"check,required"`
	Params     strictyaml.Node `yaml:"params"`
	Severity   *severity       `yaml:"severity"`
	Applies    []protocolName  `yaml:"applies"`
	Scope      strictyaml.Node `yaml:"scope"`
	From       date            `yaml:"effective_from"`
	Until      date            `yaml:"effective_until"`
	Confidence confidence      `yaml:"confidence"`
	Note       string          `yaml:"note"`
	// Manual says why a person decides the rule although there is a check of
	// this name, and what to attach.
	Manual string `yaml:"manual"`
}

var ruleID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,79}$`)

// demands turns the entries of rules into demands of the given profile, whose
// document rules may refer to.
func demands(profile string, docs []ruleDoc, root strictyaml.Node) ([]demand, error) {
	var list []demand
	first := map[string]audit.Place{}
	for i := range docs {
		d, err := docs[i].demand(profile, root)
		if err != nil {
			return nil, err
		}
		if place, ok := first[d.rule.ID]; ok {
			return nil, docs[i].Rule.Fault("give it a name of its own", "the rule %q stands here a second time; the first is at %s", d.rule.ID, place)
		}
		first[d.rule.ID] = docs[i].Rule.Place()
		list = append(list, d)
	}
	return list, nil
}

func (r *ruleDoc) demand(profile string, root strictyaml.Node) (demand, error) {
	id, err := r.Rule.Text()
	if err != nil {
		return demand{}, err
	}
	if !ruleID.MatchString(id) {
		return demand{}, r.Rule.Fault("letters, digits, dot, dash, plus and underscore, 80 at most", "%q is not a rule name", id)
	}
	check, err := checkName(r.Check)
	if err != nil {
		return demand{}, err
	}
	var force level
	if err := r.Level.Decode(&force); err != nil {
		return demand{}, err
	}
	d := demand{severity: r.Severity, node: r.Params, root: root, levelAt: r.Level, off: r.Manual, rule: audit.Rule{
		Profile: profile, ID: id, Control: r.Control, Title: r.Title, Check: check, Level: audit.Level(force),
		From: r.From.first, Until: r.Until.after, Note: r.Note, Place: &r.Place,
		Confidence: string(r.Confidence),
	}}
	if !d.rule.Until.IsZero() && !d.rule.From.Before(d.rule.Until) {
		return d, &audit.InputError{Place: r.Place, Cause: "effective_until is before effective_from", Hint: "the rule would never be in force"}
	}
	for _, p := range r.Applies {
		d.rule.Applies = append(d.rule.Applies, string(p))
	}
	if !r.Scope.IsZero() {
		var doc scopeDoc
		if err := r.Scope.Decode(&doc); err != nil {
			return d, err
		}
		s, err := doc.read(r.Scope)
		if err != nil {
			return d, err
		}
		d.limit(s.String(), s.matches, s)
	}
	if r.Params.IsZero() {
		return d, nil
	}
	if !r.Params.IsMapping() {
		return d, r.Params.Fault("write name: value", "params must be a mapping")
	}
	d.params = r.Params.Any().(map[string]any)
	return d, d.use(r.Params)
}

// use gives the rule the schedule of the profile it names: "use: KEY" stands
// for the rows under that key. The parameters are those written at params.
func (d *demand) use(params strictyaml.Node) error {
	key, ok := d.params["use"].(string)
	if !ok {
		return nil
	}
	schedule := d.root.Get(key)
	if !schedule.IsList() {
		hint := "write the rows under " + key + ", beside rules"
		if near := strictyaml.Nearest(key, listsOf(d.root)); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return params.Get("use").Fault(hint, "the profile has no list %q", key)
	}
	d.params["schedule"] = schedule.Any()
	return nil
}

// listsOf names the lists of a document that hold rows and not rules.
func listsOf(root strictyaml.Node) []string {
	return slices.DeleteFunc(root.Keys(), func(key string) bool { return key == "rules" || !root.Get(key).IsList() })
}

// same reports whether two demands ask for the same of the same targets, so
// that one is enough. Two that are limited are never taken for the same: their
// conditions cannot be compared.
func (d *demand) same(e *demand) bool {
	return d.rule.Match == nil && e.rule.Match == nil && d.rule.Check == e.rule.Check && d.rule.Level == e.rule.Level && d.rule.From.Equal(e.rule.From) && d.rule.Until.Equal(e.rule.Until) &&
		slices.Equal(d.rule.Applies, e.rule.Applies) && reflect.DeepEqual(d.params, e.params)
}

// bind finds the demand's check and lets it read the parameters. A demand
// nothing here can decide becomes an audit.Unautomated instead.
func (d *demand) bind(checks []*audit.Check) (*audit.Rule, *audit.Unautomated, error) {
	i := slices.IndexFunc(checks, func(c *audit.Check) bool { return c.ID == d.rule.Check })
	reason := d.off
	switch {
	case reason != "":
	case i < 0:
		reason = reasonFor(d.rule.Check, d.rule.Level)
	case d.rule.Level == audit.Process:
		reason = "written as a requirement on people, not on endpoints; attach the evidence"
	}
	if reason != "" {
		if d.rule.Note != "" {
			reason += " (" + d.rule.Note + ")"
		}
		if d.rule.Scope != "" && !strings.HasPrefix(reason, d.rule.Scope+": ") {
			reason = d.rule.Scope + ": " + reason
		}
		return nil, &audit.Unautomated{Profile: d.rule.Profile, Rule: d.rule.ID, Control: d.rule.Control, Check: d.rule.Check, Level: d.rule.Level, Reason: reason,
			Disabled: d.disabled, Confidence: d.rule.Confidence}, nil
	}
	rule, check := d.rule, checks[i]
	rule.Title = cmp.Or(rule.Title, check.Title)
	rule.Severity = severityOf(d.severity, rule.Level, check.Severity)
	for _, s := range d.severities {
		if was := severityOf(s.given, s.level, check.Severity); s.to < was {
			return nil, nil, &audit.InputError{Place: s.place, Cause: fmt.Sprintf("the severity of rule %s is lowered from %s to %s without a reason", d.rule.ID, was, s.to),
				Hint: "add reason: who decided it, and why"}
		}
	}
	if check.Params == nil {
		if len(d.params) > 0 {
			return nil, nil, d.fault("the check " + check.ID + " takes no parameters")
		}
		return &rule, nil, d.checkDirection(check, nil)
	}
	params, err := check.Params(maps.Clone(d.params))
	if err != nil {
		return nil, nil, d.fault(err.Error())
	}
	rule.Params = params
	return &rule, nil, d.checkDirection(check, params)
}

// checkDirection refuses a prohibition made of a check that states a demand:
// "must_not: TLS is enabled" would be judged as "must", and pass where it is
// meant to fail.
func (d *demand) checkDirection(check *audit.Check, params any) error {
	if !d.rule.Level.Forbids() || check.Forbids != nil && check.Forbids(params) {
		return nil
	}
	hint := fmt.Sprintf("write must or should: the check demands %q", check.Title)
	switch {
	case strings.HasPrefix(check.ID, "protocol."):
		hint = "use protocol.offered, whose versions must not be offered at this level"
	case check.Forbids != nil:
		hint = "write must or should, or give only parameters that say what is ruled out"
	}
	cause := fmt.Sprintf("%s does not fit the check %s with these parameters, which states what must hold", d.rule.Level, check.ID)
	if !d.changed.IsZero() { // an override cannot turn the level, so it is its parameters
		return d.changed.Fault(hint, "rule %s: %s", d.rule.ID, cause)
	}
	if d.levelAt.IsZero() {
		return &audit.InputError{Place: *d.rule.Place, Cause: "rule " + d.rule.ID + ": " + cause, Hint: hint}
	}
	return d.levelAt.Fault(hint, "%s", cause)
}

// severityOf gives a rule without a severity the check's own, but not more than
// its level can mean.
func severityOf(given *severity, l audit.Level, own audit.Severity) audit.Severity {
	switch {
	case given != nil:
		return audit.Severity(*given)
	case l == audit.May:
		return audit.Info
	case l == audit.Should || l == audit.ShouldNot:
		return min(own, audit.Medium)
	}
	return own
}
