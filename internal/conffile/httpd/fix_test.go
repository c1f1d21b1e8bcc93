package httpd

import (
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// outcome is what became of the failing findings of one document.
type outcome struct {
	failing, patched int
	without          []string
}

// prove applies the fix of each failing finding on its own, reads and judges
// again: the finding must be gone, and nothing new may have come up.
func prove(t testing.TB, format *confdoc.Format, r *confdoc.Reader, f *conftree.File) (o outcome) {
	t.Helper()
	d := read(format, r, f)
	before := judge(d)
	was := states(before)
	for _, j := range before {
		for i, finding := range j.Findings {
			if finding.Verdict != audit.Fail && finding.Verdict != audit.Warn {
				continue
			}
			o.failing++
			fix, ok := j.Fixes[i]
			if !ok || fix.None != "" {
				o.without = append(o.without, finding.Rule+": "+fix.None)
				continue
			}
			texts, err := conftree.Apply(fix.Edits)
			if err != nil {
				t.Errorf("%s of %s: %v", finding.Rule, j.Subject, err)
				continue
			}
			o.patched++
			again := *r
			again.Tree = r.Tree.With(texts)
			main := f
			if text, ok := texts[f.Path]; ok {
				main = conftree.NewFile(f.Path, f.Name, text, f.Encoding)
			}
			after := states(judge(read(format, &again, main)))
			key := j.Subject + " " + finding.Rule
			if v := after[key]; v == audit.Fail || v == audit.Warn {
				t.Errorf("%s: still %v after the fix:\n%s", key, v, main.Text)
			}
			for k, v := range after {
				if old, known := was[k]; (v == audit.Fail || v == audit.Warn || v == audit.Unknown) && (!known && v != audit.Unknown || old == audit.Pass || old == audit.NotApplicable && v != audit.Unknown) && !strings.Contains(finding.Rule, "LOAD-01") && finding.Rule != "IHS-06" {
					t.Errorf("%s: the fix makes %s %v:\n%s", key, k, v, main.Text)
				}
			}
		}
	}
	return o
}

// states are the verdicts by subject and rule.
func states(list []confdoc.Judgement) map[string]audit.Verdict {
	m := map[string]audit.Verdict{}
	for _, j := range list {
		for _, f := range j.Findings {
			m[j.Subject+" "+f.Rule] = f.Verdict
		}
	}
	return m
}

// TestSampleFixes patches every failing sample.
func TestSampleFixes(t *testing.T) {
	var total outcome
	for _, s := range samples(t) {
		r, f := open(t, s.Path)
		t.Run(s.Path, func(t *testing.T) {
			o := prove(t, formatOf(s), r, f)
			total.failing += o.failing
			total.patched += o.patched
			for _, why := range o.without {
				t.Log(why)
			}
		})
	}
	t.Logf("%d of %d findings patched", total.patched, total.failing)
	if total.patched*10 < total.failing*8 {
		t.Errorf("only %d of %d findings patched", total.patched, total.failing)
	}
}
