package waiver

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// Known says what there is that a waiver may name.
type Known struct {
	// Rules and Unautomated are those of the policies chosen.
	Rules       []audit.Rule
	Unautomated []audit.Unautomated
	// Checks is the vocabulary of checks, by id.
	Checks []string
	// Profiles are all that could be chosen, by id. A waiver may name one that
	// is not in force today; its rule then cannot be looked up.
	Profiles []string
	// Protocols are the schemes subjects begin with; empty to take any.
	Protocols []string
	// Elsewhere is the hint where a profile or rule is not among these and may
	// be elsewhere; empty if it cannot.
	Elsewhere string
}

// accepts looks up the names a waiver uses.
func (k *Known) accepts(d *waiverDoc, w *waiver) error {
	rules := k.names("")
	if w.profile != "" {
		var profiles []string
		for _, r := range rules {
			profiles = append(profiles, r.profile)
		}
		profiles = sorted(append(profiles, k.Profiles...))
		if !slices.Contains(profiles, w.profile) {
			return k.missing(d.Profile, "is not a profile", w.profile, profiles, "tlsaudit policy list names the profiles")
		}
		if rules = k.names(w.profile); len(rules) == 0 {
			return k.acceptsCheck(d, w)
		}
	}
	if w.rule != "" {
		var ids, checks []string
		for _, r := range rules {
			if r.id == w.rule {
				checks = append(checks, r.check)
			}
			ids = append(ids, r.id)
		}
		if len(checks) == 0 {
			what := "is not a rule of the policies chosen"
			if w.profile != "" {
				what = "is not a rule of the profile " + w.profile
			}
			return k.missing(d.Rule, what, w.rule, sorted(ids), "tlsaudit policy show ID lists the rules of a profile")
		}
		if w.check != "" && !slices.Contains(checks, w.check) {
			return d.Check.Fault("leave the check out: the rule says it all", "rule %s is decided by %s, not by %q", w.rule, strings.Join(sorted(checks), " and "), w.check)
		}
	}
	return k.acceptsCheck(d, w)
}

// missing is the fault of naming a profile or rule there is not, or not here.
func (k *Known) missing(n strictyaml.Node, what, value string, allowed []string, hint string) error {
	err := unknown(n, what, value, allowed, cmp.Or(k.Elsewhere, hint))
	if fault := (*audit.InputError)(nil); errors.As(err, &fault) && k.Elsewhere != "" && fault.Hint != k.Elsewhere {
		fault.Hint += " If not, " + k.Elsewhere
	}
	return err
}

func (k *Known) acceptsCheck(d *waiverDoc, w *waiver) error {
	if w.check == "" || slices.Contains(k.Checks, w.check) {
		return nil
	}
	return unknown(d.Check, "is not a check", w.check, sorted(slices.Clone(k.Checks)), "docs/checks.md lists the checks")
}

// named is a rule by its names.
type named struct{ profile, id, check string }

// names lists the rules of a profile, or all.
func (k *Known) names(profile string) []named {
	var list []named
	for i := range k.Rules {
		list = append(list, named{k.Rules[i].Profile, k.Rules[i].ID, k.Rules[i].Check})
	}
	for i := range k.Unautomated {
		list = append(list, named{k.Unautomated[i].Profile, k.Unautomated[i].Rule, k.Unautomated[i].Check})
	}
	return slices.DeleteFunc(list, func(n named) bool { return profile != "" && n.profile != profile })
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// listed is how many allowed values an error spells out.
const listed = 12

func unknown(n strictyaml.Node, what, value string, allowed []string, hint string) error {
	if near := strictyaml.Nearest(value, allowed); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	text := strings.Join(allowed[:min(len(allowed), listed)], ", ")
	if more := len(allowed) - listed; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	if text == "" {
		text = "there are none"
	}
	return n.Fault(hint, "%q %s: %s", value, what, text)
}
