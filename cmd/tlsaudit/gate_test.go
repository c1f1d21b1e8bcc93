package main

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/waiver"
)

// judged is audit.Records over findings alone.
type judged []audit.Finding

func (j judged) Findings() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		yield(&audit.Record{Evidence: audit.Evidence{Subject: "https://www.example.com:443"}, Findings: j}, nil)
	}
}
func (j judged) BySubject() iter.Seq2[*audit.Record, error]  { return j.Findings() }
func (j judged) WorstFirst() iter.Seq2[*audit.Record, error] { return j.Findings() }

// reportOf counts findings as the engine does.
func reportOf(findings ...audit.Finding) *audit.Report {
	r := &audit.Report{Complete: true, Records: judged(findings), Summary: audit.Summary{Subjects: 1, FailBySeverity: map[string]int{}}}
	for i := range findings {
		f := &findings[i]
		r.Summary.Score.Add(f)
		switch f.Verdict {
		case audit.Fail:
			r.Summary.Fail++
			r.Summary.FailBySeverity[f.Severity.String()]++
		case audit.Warn:
			r.Summary.Warn++
		case audit.Waived:
			r.Summary.Waived++
		case audit.Unknown:
			r.Summary.UnknownFindings++
			r.Summary.Unknown, r.Complete, r.Incomplete = 1, false, "1 of 1 endpoints could not be judged in full"
		}
	}
	return r
}

func finding(rule string, v audit.Verdict, s audit.Severity) audit.Finding {
	return audit.Finding{Profile: "base", Rule: rule, Check: "check." + strings.ToLower(rule), Verdict: v, Severity: s}
}

// TestGate holds the exit code and its reason to the precedence of gateHelp.
func TestGate(t *testing.T) {
	high, low := finding("A", audit.Fail, audit.High), finding("B", audit.Fail, audit.Low)
	warn, unknown := finding("C", audit.Warn, audit.Medium), finding("D", audit.Unknown, audit.Medium)
	waived, pass := finding("E", audit.Waived, audit.High), finding("F", audit.Pass, audit.Critical)
	compared := func(r *audit.Report, fresh ...string) *audit.Report {
		r.Baseline = &audit.BaselineRef{NewBySeverity: map[string]int{}}
		findings := r.Records.(judged)
		for i := range findings {
			f := &findings[i]
			if f.Status = "known"; slices.Contains(fresh, f.Rule) {
				f.Status = "new"
				r.Baseline.NewBySeverity[f.Severity.String()]++
			}
		}
		return r
	}
	rows := reportOf(pass)
	rows.Summary.Subjects, rows.Summary.Rows = 0, 3
	for _, tt := range []struct {
		name  string
		flags string
		r     *audit.Report
		code  int
		why   string
	}{
		{"nothing", "", &audit.Report{Records: judged{}}, exitNothing, ""},
		{"nothing, whatever is allowed", "--allow-incomplete --fail-on none", &audit.Report{Records: judged{}}, exitNothing, ""},
		{"clean", "", reportOf(pass), exitCompliant, "the gate passes"},
		{"a finding", "", reportOf(low, pass), exitFindings, "1 fail, 0 warn"},
		{"below the limit", "--fail-on high", reportOf(low), exitCompliant, "no finding reaches --fail-on high: 1 fail, 0 warn"},
		{"at the limit", "--fail-on high", reportOf(high, low), exitFindings, "2 fail, 0 warn; 1 of them reach --fail-on high"},
		{"findings before incompleteness", "", reportOf(high, unknown), exitFindings, ""},
		{"incomplete", "", reportOf(pass, unknown), exitIncomplete, "no finding stops the gate, but not everything could be judged"},
		{"incomplete allowed", "--allow-incomplete", reportOf(pass, unknown), exitCompliant, ""},
		{"rows alone", "", rows, exitNothing, ""},
		{"rows alone allowed", "--allow-incomplete", rows, exitCompliant, ""},

		{"as many as are tolerated", "--max-findings 2", reportOf(high, low), exitCompliant, "2 findings reach --fail-on fail, and --max-findings 2 tolerates that: 2 fail, 0 warn"},
		{"more than are tolerated", "--max-findings 1", reportOf(high, low), exitFindings, "2 fail, 0 warn; 2 of them reach --fail-on fail, and --max-findings tolerates 1"},
		{"only what counts uses up the tolerance", "--max-findings 1 --fail-on high", reportOf(high, low, low), exitCompliant, ""},
		{"warnings count where they do", "--max-findings 1 --fail-on warn", reportOf(high, warn), exitFindings, ""},
		{"warnings do not", "--max-findings 1", reportOf(high, warn), exitCompliant, ""},
		{"tolerance is not for the unknown", "--max-findings 5", reportOf(high, unknown), exitIncomplete, ""},
		{"waived ones are not counted", "--max-findings 0", reportOf(waived), exitCompliant, ""},

		{"a rule that is named", "--fail-on none --fail-on-rule base/B", reportOf(low), exitFindings, "1 fail, 0 warn; 1 of rules --fail-on-rule names: base/B (1)"},
		{"by its id", "--fail-on critical --fail-on-rule B", reportOf(low), exitFindings, ""},
		{"by its check", "--fail-on critical --fail-on-rule check.b", reportOf(low), exitFindings, ""},
		{"by a pattern", "--fail-on critical --fail-on-rule ba*/B*", reportOf(low), exitFindings, ""},
		{"a pattern matches as a whole", "--fail-on critical --fail-on-rule *A", reportOf(low, pass, finding("A", audit.Pass, audit.Low)), exitCompliant, ""},
		{"it is never tolerated", "--max-findings 9 --fail-on-rule B", reportOf(low), exitFindings, ""},
		{"its warning counts", "--fail-on-rule C", reportOf(warn), exitFindings, "0 fail, 1 warn; 1 of rules --fail-on-rule names: base/C (1)"},
		{"its waiver holds", "--fail-on-rule E", reportOf(waived), exitCompliant, ""},
		{"its unknown is not excused", "--allow-incomplete --fail-on-rule D", reportOf(pass, unknown), exitIncomplete, "no finding stops the gate, but not everything could be judged; 1 unknown of rules --fail-on-rule names: base/D (1)"},
		{"that of another is", "--allow-incomplete --fail-on-rule F", reportOf(pass, unknown), exitCompliant, ""},
		{"none of it", "--fail-on-rule A", reportOf(pass), exitIncomplete, "no finding stops the gate; no rule was judged that --fail-on-rule names: A"},
		{"none of it allowed", "--allow-incomplete --fail-on-rule A", reportOf(pass), exitCompliant, "the gate passes; no rule was judged that --fail-on-rule names: A (--allow-incomplete)"},

		{"known", "--new-only", compared(reportOf(high)), exitCompliant, "nothing new: of the known findings 1 fail, 0 warn"},
		{"new", "--new-only", compared(reportOf(high, low), "B"), exitFindings, "1 new of 2 fail, 0 new of 0 warn"},
		{"new ones tolerated", "--new-only --max-findings 1", compared(reportOf(high, low), "B"), exitCompliant, ""},
		{"named and known", "--new-only --fail-on-rule A", compared(reportOf(high)), exitCompliant, ""},
		{"named and new", "--new-only --fail-on none --fail-on-rule A", compared(reportOf(high), "A"), exitFindings, ""},
		{"new-only without a baseline", "--new-only", reportOf(high), exitFindings, ""},

		// A pass of 20 and a warning of 8, which counts half: 24 of 28.
		{"the score wanted", "--min-score 85.7", reportOf(pass, warn), exitCompliant, ""},
		{"a tenth too low", "--min-score 85.8", reportOf(pass, warn), exitFindings, "0 fail, 1 warn; the score 85.7 is below --min-score 85.8"},
		{"low without a finding that counts", "--fail-on none --min-score 90%", reportOf(pass, high), exitFindings, "1 fail, 0 warn; the score 58.8 is below --min-score 90"},
		{"a waiver does not raise it", "--min-score 90", reportOf(pass, waived), exitFindings, ""},
		// 20 of 28 known, and 28 of 28 if the unknown were in order.
		{"low for what is unknown", "--min-score 90", reportOf(pass, unknown), exitIncomplete, "no finding stops the gate, but not everything could be judged; the score 71.4 is below --min-score 90 for what is not known"},
		{"which is not excused", "--allow-incomplete --min-score 90", reportOf(pass, unknown), exitIncomplete, ""},
		{"high in spite of the unknown", "--allow-incomplete --min-score 70", reportOf(pass, unknown), exitCompliant, ""},
		{"too low even if all were in order", "--fail-on none --min-score 90", reportOf(pass, unknown, high), exitFindings, ""},
		{"nothing asked is no score", "--min-score 0 --allow-incomplete", reportOf(finding("G", audit.NotApplicable, audit.Low)), exitIncomplete, "no finding stops the gate; there is no score, since nothing was asked, and --min-score 0 wants one"},
		{"all passed, of all", "--min-score 100", reportOf(pass), exitCompliant, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, err := gateOf(t, tt.flags)
			if err != nil {
				t.Fatal(err)
			}
			d, err := g.decide(tt.r)
			if err != nil || d.code != tt.code {
				t.Fatalf("exit code %d, %v; want %d", d.code, err, tt.code)
			}
			var why string
			switch d.code {
			case exitCompliant:
				why, _ = g.pass(tt.r, &d)
			case exitFindings:
				why = g.stop(tt.r, &d)
			case exitIncomplete:
				why = g.lacks(tt.r, &d)
			}
			if tt.why != "" && why != tt.why {
				t.Errorf("it says %q, want %q", why, tt.why)
			}
		})
	}
}

// gateOf reads flags as the audit command does.
func gateOf(t *testing.T, flags string) (gate, error) {
	t.Helper()
	var f auditFlags
	c := auditCommand(new(app))
	c.ResetFlags()
	f.register(c)
	f.registerGate(c)
	if err := c.ParseFlags(strings.Fields(flags)); err != nil {
		t.Fatal(err)
	}
	known := waiver.Known{Unautomated: []audit.Unautomated{{Profile: "base", Rule: "P", Check: "process", Reason: "a demand on people"}}}
	for _, id := range []string{"A", "B", "C", "D", "E", "F"} {
		known.Rules = append(known.Rules, audit.Rule{Profile: "base", ID: id, Check: "check." + strings.ToLower(id)})
	}
	return f.gateFlags.gate(known)
}

func TestGateRefuses(t *testing.T) {
	for flags, want := range map[string]string{
		"--fail-on medum":         `--fail-on "medum" is not a threshold`,
		"--max-findings -1":       "--max-findings -1 is negative",
		"--min-score ninety":      `--min-score "ninety" is not a percentage`,
		"--min-score 100.1":       `--min-score "100.1" is not a percentage`,
		"--min-score 90.55":       `--min-score "90.55" is not a percentage`,
		"--min-score -5":          `--min-score "-5" is not a percentage`,
		"--min-score NaN":         `--min-score "NaN" is not a percentage`,
		"--min-score 6553610":     `--min-score "6553610" is not a percentage`,
		"--fail-on-rule check.aa": `did you mean "check.a"?`,
		"--fail-on-rule base/Z9":  `--fail-on-rule "base/Z9" is no rule`,
		"--fail-on-rule nothing*": `--fail-on-rule "nothing*" is no rule`,
		"--fail-on-rule base/P":   "no rule it names is decided by this program, such as base/P: a demand on people",
		"--fail-on-rule=":         `--fail-on-rule "" is no rule`,
	} {
		_, err := gateOf(t, flags)
		var input *audit.InputError
		if codeOf(err) != exitUsage || !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: exit code %d, %v; want %q", flags, codeOf(err), err, want)
		}
	}
}
