package report

import (
	"fmt"

	"tlsaudit/audit"
)

const (
	summaryName = "Summary"
	topRules    = 15
)

// summaryWidths are the columns of the summary, in characters.
var summaryWidths = []float64{30, 46, 24, 11, 11, 11, 28}

// writeSummary fills the summary when all findings have passed by.
func (b *book) writeSummary() error {
	p, s := b.summary, &b.report.Summary
	p.head()
	if b.whatIf {
		p.scope()
		p.judgedAgainst()
		p.whatIfCounts()
		p.guide()
		return p.close()
	}
	p.score()
	strip := p.strip()
	p.scope()

	p.section("Result")
	p.line(b.styles.head, "Verdict", "Meaning", "Findings")
	verdicts := p.row + 1
	for _, v := range allVerdicts {
		p.cells(0, styled(b.styles.cell[verdict], verdictLabel(v)), styled(b.styles.wrapped, meaning[v]), styled(b.styles.count, findingsOf(s, v)))
		p.named("Findings_"+nameWord(v), "C")
	}
	p.cells(0)
	p.line(b.styles.head, "Failed, by severity", nil, "Findings")
	severities := p.row + 1
	for g := int(audit.Critical); g >= int(audit.Info); g-- {
		name := audit.Severity(g).String()
		p.cells(0, styled(b.styles.cell[verdict], name), styled(b.styles.value, nil), styled(b.styles.count, s.FailBySeverity[name]))
	}
	p.colour("A", verdicts, p.row)
	p.shareChart(strip, 0, "Findings by verdict", verdicts, severities-3)
	p.columnChart(strip, 1, "Failures by severity", severities, p.row)

	p.byProfile(strip)
	p.changes()
	p.exceptions()
	if b.tally.peers.peers > 0 {
		p.whatIfCounts()
	}
	p.worstRules()
	p.guide()
	return p.close()
}

// score says what the score is and how it is made.
func (p *paper) score() {
	s := &p.report.Summary
	p.section("Score")
	if t := s.Score.Tenths(); t < 0 {
		p.cells(30, styled(p.styles.label, "Score"), styled(p.styles.big, "none: no rule was asked"))
	} else {
		p.cells(30, styled(p.styles.label, "Score"), styled(p.styles.big, float64(t)/1000))
	}
	p.named("Audit_Score", "B")
	p.prose("Points", fmt.Sprintf("%s of %s: the weight of the rules that are kept, over the weight of all that were asked", grouped(s.Score.Points), grouped(s.Score.Of)))
	p.prose("Formula", scoreFormula)
	unknown := "findings undecided: " + undecidedShare(s)
	if s.Subjects > 0 {
		unknown += fmt.Sprintf("; endpoints not judged in full: %d of %d (%s)", s.Unknown, s.Subjects, unknownPercent(s.Unknown, s.Subjects))
	}
	p.prose("Unknown share", unknown+". What is not decided lowers the score.")
}

// scoreFormula is how audit.Score counts.
const scoreFormula = "sum of weight x share kept / sum of weight x 100 %, over all findings but N/A. Weights: critical 20, high 14, medium 8, low 4, info 2. " +
	"Share kept: PASS 1, WARN 1/2, FAIL, WAIVED and UNKNOWN 0. Rounded down to a tenth of a percent, so that only what is perfect is 100 %."

// grouped writes a number with commas between thousands.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

func nameWord(v audit.Verdict) string {
	if v == audit.NotApplicable {
		return "NotApplicable"
	}
	return verdictLabel(v)
}

func (p *paper) scope() {
	b, r, s := p.book, p.report, &p.report.Summary
	p.section("Scope and coverage")
	p.fact("Endpoints", b.styles.count, s.Subjects)
	p.named("Endpoints_Total", "B")
	p.fact("   judged in full", b.styles.count, s.Judged)
	p.named("Endpoints_Judged", "B")
	p.fact("   not judged in full", b.styles.count, s.Unknown)
	p.named("Endpoints_Unknown", "B")
	p.fact("Coverage", b.styles.value, percent(s.Judged, s.Subjects))
	if s.Rows > 0 {
		p.fact("Rows of the gateway table", b.styles.count, s.Rows)
	}
	if s.Files > 0 {
		p.fact("Configuration files", b.styles.count, s.Files)
		p.fact("Listeners and clients in them", b.styles.count, s.Listeners)
	}
	if !b.whatIf {
		manual, off := byKind(r.Unautomated)
		p.fact("Protocols", b.styles.wrapped, b.protocols())
		p.fact("Rules for a person to judge", b.styles.count, manual)
		p.fact("Rules switched off", b.styles.count, off)
		p.fact("Scan began (UTC)", b.styles.when, b.tally.from)
		p.fact("Scan ended (UTC)", b.styles.when, b.tally.to)
	}
	p.fact("Judged as of (UTC)", b.styles.when, r.Now)
	p.named("Judged_As_Of", "B")
	p.fact("Report made (UTC)", b.styles.when, r.Generated)
	p.fact("Made by", b.styles.value, r.Tool.Name+" "+r.Tool.Version)
	p.fact("Connections opened", b.styles.count, s.Connections)
}

// worstRules lists the rules broken most, each with a link to what it says.
func (p *paper) worstRules() {
	p.section("Rules broken most")
	p.line(p.styles.head, "Profile", "Rule", "Control", "Fail", "Warn", "Unknown")
	worst := p.tally.worst(topRules)
	for _, t := range worst {
		p.line(p.styles.wrapped, t.profile, t.rule, t.control, t.fail, t.warn, t.unknown)
		if at, ok := p.ruleRows[[2]string{t.profile, t.rule}]; ok {
			p.to("B", at.cell("A"))
		}
	}
	if len(worst) == 0 {
		p.line(p.styles.wrapped, "none", nil, nil, nil, nil, nil)
	}
}

// title is the name of the document.
func (b *book) title() string {
	if b.whatIf {
		return "TLS what-if report"
	}
	return "TLS compliance report"
}

// hint says where in the workbook the gaps are told.
func (b *book) hint() string {
	if b.whatIf {
		return "what could not be told says unknown."
	}
	return "see the sheet Inconclusive."
}

// byKind counts the rules for a person and those the policy switched off.
func byKind(rules []audit.Unautomated) (manual, off int) {
	for _, u := range rules {
		if u.Disabled {
			off++
		} else {
			manual++
		}
	}
	return manual, off
}

// meaning is the legend of the verdicts.
var meaning = map[audit.Verdict]string{
	audit.Fail:          "a must or must not is broken",
	audit.Unknown:       "could not be decided; never to be read as a pass",
	audit.Warn:          "a should is broken, or a must holds but barely",
	audit.Waived:        "broken, and accepted in the policy for a time",
	audit.Pass:          "decided on complete evidence, and in order",
	audit.NotApplicable: "the rule does not speak about this endpoint",
}

func findingsOf(s *audit.Summary, v audit.Verdict) int {
	return map[audit.Verdict]int{audit.Fail: s.Fail, audit.Unknown: s.UnknownFindings, audit.Warn: s.Warn,
		audit.Waived: s.Waived, audit.Pass: s.Pass, audit.NotApplicable: s.NotApplicable}[v]
}

// percent rounds down: 100 % means all.
func percent(part, whole int) string {
	if whole == 0 {
		return "nothing was audited"
	}
	return fmt.Sprintf("%d %%", part*100/whole)
}
