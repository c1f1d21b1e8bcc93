package report

var unautomatedColumns = []column{
	{"Profile", 28, text}, {"Rule", 26, text}, {"Kind", 13, state}, {"Level", 12, short}, {"Why, and what to do and to attach", 70, text},
	{"Control", 22, text}, {"Confidence", 12, short}, {"Check", 30, text}, {"Judged by", 16, text}, {"Date", 12, date}, {"Result", 16, text}, {"Evidence attached", 30, text},
}

// The kinds of rules this program does not decide.
const (
	manualRule   = "manual"
	disabledRule = "switched off"
)

func (b *book) addUnautomated() error {
	for _, u := range b.report.Unautomated {
		kind, reason := manualRule, u.Reason
		if u.Disabled {
			kind, reason = disabledRule, "the policy: "+u.Reason
		}
		if err := b.unassisted.add(u.Profile, u.Rule, kind, string(u.Level), reason, u.Control, u.Confidence, u.Check, nil, nil, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
