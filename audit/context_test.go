package audit

import "testing"

func TestScore(t *testing.T) {
	var s Score
	if s.String() != "none" {
		t.Errorf("nothing asked: %s", s)
	}
	for _, f := range []Finding{
		{Verdict: Pass, Severity: Critical}, {Verdict: Warn, Severity: Medium}, {Verdict: NotApplicable, Severity: Critical},
		{Verdict: Fail, Severity: High}, {Verdict: Waived, Severity: Low}, {Verdict: Unknown, Severity: Info},
	} {
		s.Add(&f)
	}
	if want := (Score{Points: 24, Of: 48}); s != want || s.String() != "50.0" {
		t.Errorf("%+v (%s), want %+v", s, s, want)
	}
	if nearly := (Score{Points: 9999, Of: 10000}); nearly.String() != "99.9" {
		t.Errorf("what is not perfect is told as %s", nearly)
	}
}

// TestScoreOfSilence: an endpoint that stops answering never raises the score,
// whatever the others are like.
func TestScoreOfSilence(t *testing.T) {
	verdicts := []Verdict{Unknown, Fail, Warn, Pass, NotApplicable, Waived}
	for _, others := range []Score{{}, {100, 100}, {0, 100}, {1, 3}} {
		for _, a := range verdicts {
			for _, b := range verdicts {
				answered, silent := others, others
				for i, v := range []Verdict{a, b} {
					severity := []Severity{Low, Critical}[i]
					answered.Add(&Finding{Verdict: v, Severity: severity})
					silent.Add(&Finding{Verdict: Unknown, Severity: severity})
				}
				if answered.Of > 0 && silent.Points*answered.Of > answered.Points*silent.Of {
					t.Errorf("beside %+v: %v %v gives %s, silence %s", others, a, b, answered, silent)
				}
			}
		}
	}
}
