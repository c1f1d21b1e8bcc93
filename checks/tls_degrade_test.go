package checks_test

import (
	"fmt"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
)

// TestLessFeaturesNeverHelp loses what is known of session features and staples
// in every example, all at once and one by one, as old evidence and torn back
// ends do: nothing that passed fails for it, nothing that failed or was
// unknown passes.
func TestLessFeaturesNeverHelp(t *testing.T) {
	tried := 0
	for _, check := range checks.All {
		for _, e := range check.Examples {
			params, err := check.Params(e.Params)
			if err != nil {
				t.Fatal(err)
			}
			judge := engine.Judge{Checks: checks.All, Now: e.Now, Rules: []audit.Rule{{ID: "R", Check: check.ID, Level: e.Level, Params: params}}}
			try := func(name string, lose func(*audit.Observation)) {
				tried++
				o := e.Observe()
				lose(o)
				switch f := judge.Findings(o)[0]; {
				case e.Want == audit.Pass && (f.Verdict == audit.Fail || f.Verdict == audit.Warn),
					e.Want != audit.Pass && e.Want != audit.NotApplicable && f.Verdict == audit.Pass:
					t.Errorf("%s, %s, %s: %s (%s), was %s", check.ID, e.Name, name, f.Verdict, f.Message, e.Want)
				}
			}
			for i, fact := range e.Observe().Features {
				name := fmt.Sprintf("%s at %s", fact.Name, fact.Version)
				try(name+" lost", func(o *audit.Observation) { o.Features = append(o.Features[:i], o.Features[i+1:]...) })
				try(name+" open", func(o *audit.Observation) { o.Features[i].Answer = audit.Undetermined })
			}
			try("no features", func(o *audit.Observation) { o.Features = nil })
			try("features open", func(o *audit.Observation) {
				for i := range o.Features {
					o.Features[i].Answer = audit.Undetermined
				}
			})
			try("no staples", func(o *audit.Observation) {
				for i := range o.Chains {
					o.Chains[i].Stapled = audit.Staple{}
				}
			})
			try("staples unread", func(o *audit.Observation) {
				for i := range o.Chains {
					if s := &o.Chains[i].Stapled; s.Answer == audit.Accepted {
						*s = audit.Staple{Answer: audit.Accepted, Signed: audit.Undetermined, Reason: "too large"}
					}
				}
			})
		}
	}
	if tried < 1000 {
		t.Errorf("only %d losses were tried", tried)
	}
}
