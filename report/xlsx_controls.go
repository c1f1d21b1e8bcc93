package report

import (
	"slices"

	"tlsaudit/audit"
)

var controlColumns = []column{
	{"Profile", 25, text}, {"Control", 22, text}, {"Rule", 24, text}, {"Title", 50, text}, {"Result", 11, verdict},
	{"Fail", 7, number}, {"Unknown", 10, number}, {"Warn", 7, number}, {"Waived", 8, number}, {"Pass", 7, number}, {"N/A", 7, number},
	{"Family", 20, text}, {"Check", 24, text}, {"Level", 11, short}, {"Severity", 10, short}, {"Why", 96, text}, {"How it is decided", 96, text}, {"References", 44, text},
	{"In force from (UTC)", 17, date}, {"Until (UTC)", 17, date}, {"Confidence", 14, text}, {"Stated at", 24, text},
}

// addControls lists the rules with what became of them: the way from a control
// of a standard to the check that decides it, and back.
func (b *book) addControls() error {
	for _, r := range b.rules() {
		t := b.tally.rules[[2]string{r.Profile, r.Rule}]
		if t == nil {
			t = &ruleTally{}
		}
		place := ""
		if r.Place != nil {
			place = r.Place.String()
		}
		counts := [len(allVerdicts)]int{}
		for v, n := range map[audit.Verdict]int{audit.Fail: t.fail, audit.Unknown: t.unknown, audit.Warn: t.warn, audit.Waived: t.waived, audit.Pass: t.pass, audit.NotApplicable: t.notApplicable} {
			counts[rank(v)] = n
		}
		if err := b.controls.add(r.Profile, r.Control, r.Rule, r.Title, worstWord(&counts), t.fail, t.unknown, t.warn, t.waived, t.pass, t.notApplicable,
			familyOf(r.Check), r.Check, string(r.Level), r.Severity.String(), split(r.Why), split(r.Detect), lines(r.References), r.From, r.Until, r.Confidence, place); err != nil {
			return err
		}
		b.ruleRows[[2]string{r.Profile, r.Rule}] = b.controls.here()
	}
	return nil
}

// rules are those the report describes and, of reports that describe none, those
// that findings name.
func (b *book) rules() []audit.RuleRef {
	list, known := slices.Clone(b.report.Rules), map[[2]string]bool{}
	for i := range list {
		known[[2]string{list[i].Profile, list[i].Rule}] = true
	}
	for key, t := range b.tally.rules {
		if !known[key] {
			list = append(list, audit.RuleRef{Profile: t.profile, Rule: t.rule, Control: t.control, Check: t.check})
		}
	}
	slices.SortStableFunc(list, func(x, y audit.RuleRef) int { return x.Compare(&y) })
	return list
}
