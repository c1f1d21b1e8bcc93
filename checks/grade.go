package checks

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// Rating schemes give an endpoint a grade, and each of their rules says what a
// violation costs: `cap: F`. The cost changes no verdict; it is told.

// ratings are the marks of such schemes, best first; T stands for trust and M
// for mismatch.
var ratings = []string{"A+", "A", "A-", "B", "C", "D", "E", "F", "T", "M"}

// costs are the marks a violation of one rule leads to.
type costs struct {
	params       any
	cap, warning string
	// special holds the marks of special, in its order; empty ones are not given.
	special []string
}

// special is a further mark, for violations of one kind.
type special struct {
	key, doc string
	// applies reports whether the violation is of that kind.
	applies func(c *audit.Case) bool
}

// graded lets the rules of a check say what a violation costs.
func graded(check *audit.Check, specials ...special) *audit.Check {
	keys := []string{"cap", "warning"}
	check.ParamsDoc = maps.Clone(check.ParamsDoc)
	if check.ParamsDoc == nil {
		check.ParamsDoc = map[string]string{}
	}
	check.ParamsDoc["cap"] = "grade to which a violation caps an endpoint in a rating scheme, such as B or F; told in the message"
	check.ParamsDoc["warning"] = "grade to which a violation lowers an endpoint otherwise faultless, such as A-; told in the message"
	for _, s := range specials {
		keys = append(keys, s.key)
		check.ParamsDoc[s.key] = s.doc
	}
	inner := *check
	check.Params = func(in map[string]any) (any, error) {
		return readCosts(in, keys, inner.Params)
	}
	check.Run = func(c *audit.Case) []audit.Outcome {
		cost, ok := c.Params.(*costs)
		if !ok {
			return inner.Run(c)
		}
		plain := *c
		plain.Params = cost.params
		return cost.tell(&plain, specials, inner.Run(&plain))
	}
	if inner.Forbids != nil {
		check.Forbids = func(params any) bool { return inner.Forbids(ungraded(params)) }
	}
	if inner.Asks != nil {
		check.Asks = func(c *audit.Case, q *audit.Questions) {
			plain := *c
			plain.Params = ungraded(c.Params)
			inner.Asks(&plain, q)
		}
	}
	if inner.Turns != nil {
		check.Turns = func(c *audit.Case) []audit.Turn {
			plain := *c
			plain.Params = ungraded(c.Params)
			return inner.Turns(&plain)
		}
	}
	if inner.Want != nil {
		check.Want = func(params any) audit.Want { return inner.Want(ungraded(params)) }
	}
	if inner.WantFor != nil {
		check.WantFor = func(c *audit.Case) audit.Want {
			plain := *c
			plain.Params = ungraded(c.Params)
			return inner.WantFor(&plain)
		}
	}
	return check
}

func ungraded(params any) any {
	if cost, ok := params.(*costs); ok {
		return cost.params
	}
	return params
}

// readCosts reads the marks, and leaves the other parameters to the check.
func readCosts(in map[string]any, keys []string, others func(map[string]any) (any, error)) (any, error) {
	rest := maps.Clone(in)
	r := read(in)
	marks := make([]string, len(keys))
	for i, key := range keys {
		marks[i] = r.word(key, "", ratings...)
		delete(rest, key)
	}
	if r.err != nil {
		return nil, r.err
	}
	params, err := others(rest)
	var unknown *unknownParamError
	if errors.As(err, &unknown) && unknown.Error() == err.Error() { // not one within a mapping
		return nil, &unknownParamError{unknown.key, slices.Concat(unknown.known, keys)}
	}
	if err != nil || len(rest) == len(in) {
		return params, err
	}
	return &costs{params: params, cap: marks[0], warning: marks[1], special: marks[2:]}, nil
}

// tell adds the cost to what is violated.
func (p *costs) tell(c *audit.Case, specials []special, out []audit.Outcome) []audit.Outcome {
	i := slices.IndexFunc(out, func(o audit.Outcome) bool { return o.Kind == audit.Violated })
	if i < 0 {
		return out
	}
	var says []string
	mark := p.cap
	for k, s := range specials {
		if p.special[k] != "" && s.applies(c) {
			mark = p.special[k]
		}
	}
	if mark != "" {
		says = append(says, "caps the grade at "+mark)
	}
	if p.warning != "" {
		says = append(says, "lowers the grade to "+p.warning)
	}
	if len(says) > 0 {
		out[i].Message += " (" + strings.Join(says, ", ") + ")"
	}
	return out
}
