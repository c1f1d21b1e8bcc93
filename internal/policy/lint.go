package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Problem is one thing lint has to say about a policy.
type Problem struct {
	Place audit.Place
	// Warning tells what can stay from what cannot.
	Warning     bool
	Cause, Hint string
}

// Lint reads what names name, as Load does, and says what is wrong with it: the
// first fault of the reader, or else, as warnings, what reads well and is
// hardly meant. The policy is nil if there is a fault.
func Lint(names []string, checks []*audit.Check, now time.Time) (*Policy, []Problem) {
	p, err := Load(names, checks)
	if err != nil {
		problem := Problem{Cause: err.Error()}
		if input := (*audit.InputError)(nil); errors.As(err, &input) {
			problem = Problem{Place: input.Place, Cause: input.Cause, Hint: input.Hint}
		}
		return nil, []Problem{problem}
	}
	return p, p.Lint(now)
}

// Lint says what of the policy is hardly meant, in order of place.
func (p *Policy) Lint(now time.Time) []Problem {
	list := slices.Clone(p.remarks)
	warn := func(place audit.Place, hint, format string, args ...any) {
		list = append(list, Problem{Place: place, Warning: true, Cause: fmt.Sprintf(format, args...), Hint: hint})
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		// What a row of the gateway's table demands ends with the product, not by
		// what somebody wrote.
		if r.Place == nil || strings.HasPrefix(r.Place.File, builtinFolder) || strings.HasPrefix(r.ID, "FP-") || r.Until.IsZero() || now.Before(r.Until) {
			continue
		}
		warn(*r.Place, "remove it, or give it another effective_until", "rule %s has not been in force since %s", r.ID, r.Until.Format(time.DateOnly))
	}
	differences := 0
	for _, c := range p.clashes(now) {
		if !c.proper {
			differences++
			continue
		}
		when := ""
		if !c.From.IsZero() {
			when = "from " + c.From.Format(time.DateOnly) + " on, "
		}
		warn(p.place, "choose one of them, limit each to its targets, or override one of the rules with a reason", "%s%s", when, c.Text)
	}
	if differences > 0 {
		warn(p.place, "the report names them; tlsaudit policy show prints the lists", "the lists of the chosen profiles differ in %d ways: only what none objects to meets all", differences)
	}
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line), cmp.Compare(a.Place.Col, b.Place.Col))
	})
	return list
}

// builtinFolder begins the file names of built-in profiles.
const builtinFolder = "builtin/"

// superseded warns of an edition that is no longer the newest.
func (s *source) superseded(p *Profile, place audit.Place) {
	if p.Superseded() {
		s.warn(place, fmt.Sprintf("%s is not the newest edition: %s", p.ID, p.Status), "tlsaudit policy list shows the newer one; an old edition stays selectable")
	}
}
