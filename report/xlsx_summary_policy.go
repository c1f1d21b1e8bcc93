package report

import (
	"fmt"
	"strings"
)

// byProfile counts the endpoints by their verdict under each profile.
func (p *page1) byProfile() {
	if len(p.report.Summary.Profiles) == 0 {
		return
	}
	p.section("Endpoints by profile")
	p.line(p.styles.head, "Profile", "Endpoints it has rules about", "Fail", "Unknown", "Warn", "Waived", "Pass")
	for _, s := range p.report.Summary.Profiles {
		about := fmt.Sprint(s.Fail + s.Unknown + s.Warn + s.Waived + s.Pass + s.NotApplicable)
		if s.NotApplicable > 0 {
			about += fmt.Sprintf(", to %d of them none applies", s.NotApplicable)
		}
		p.line(p.styles.wrapped, s.Profile, about, s.Fail, s.Unknown, s.Warn, s.Waived, s.Pass)
	}
}

// exceptions says what waivers hide from no one, and what is new.
func (p *page1) exceptions() {
	r := p.report
	p.section("Waivers and baseline")
	p.fact("Findings waived", p.styles.count, r.Summary.Waived)
	waivers := "none"
	if len(r.Waivers) > 0 {
		waivers = stateCounts(r.Waivers)
	}
	p.fact("Waivers", p.styles.wrapped, waivers)
	for _, f := range r.WaiverFiles {
		p.hashed("Waivers read from", f.File, f.SHA256)
	}
	if r.Baseline == nil {
		p.fact("Baseline", p.styles.wrapped, "none given: nothing is called new or known")
		return
	}
	p.hashed("Baseline", r.Baseline.File, r.Baseline.SHA256)
	p.fact("Baseline made (UTC)", p.styles.when, r.Baseline.Generated)
	grades := severities(r.Baseline.NewBySeverity)
	if r.Baseline.NewWarn > 0 {
		grades = append(grades, fmt.Sprintf("%d warn", r.Baseline.NewWarn))
	}
	p.cells(0, styled(p.styles.label, "   new findings"), styled(p.styles.count, r.Baseline.New), styled(p.styles.wrapped, strings.Join(grades, ", ")))
	p.fact("   known findings", p.styles.count, r.Baseline.Known)
	p.fact("   gone since", p.styles.count, r.Baseline.Gone)
}

// hashed names a file and the hash of its content.
func (p *page1) hashed(label, file, sum string) {
	name := styled(p.styles.wrapped, file)
	fine := styled(p.styles.fine, nil)
	p.cells(rowHeight(linesIn(name.Value, summaryWidths[1])), styled(p.styles.label, label), name, styled(p.styles.wrapped, nil), styled(p.styles.fine, sum), fine, fine, fine)
	p.merge("D", "G")
}

// whatIf counts the mail peers by what they would do at each level.
func (p *page1) whatIf() {
	tally := &p.tally.peers
	p.section("What if a row of the gateway table demanded more")
	p.fact("Mail peers", p.styles.count, tally.peers)
	if tally.peers == 0 {
		return
	}
	p.line(p.styles.head, "Level and strength", nil, "Mail keeps flowing", "Queues", "Not known")
	eachCell(func(level, strength string) {
		n := tally.cells[[2]string{level, strength}]
		p.line(p.styles.wrapped, levelTitle(level)+" "+strength, nil, n[0], n[1], n[2])
	})
}

// guide is the legend of the sheets.
var guide = map[string]string{
	"Matrix":        "every endpoint under every profile: the worst verdict",
	"Findings":      "everything that fails, warns, is waived or could not be decided; the worst endpoint first",
	"Remediation":   "each distinct repair once, with the endpoints it is for; columns to plan it",
	"Configuration": "configuration files and the listeners they declare: what they allow, what is wrong with them, and the patch",
	"Gateway":       "the rows of the gateway's table: what they demand, what is in effect, what is wrong with them",
	"What-if":       "what every mail peer satisfies today, for each level and strength a row can demand",
	"Row impact":    "for each row, whose mail would queue if it demanded more, and why",
	"Waivers":       "every exception, what became of it, and until when it holds",
	"Conflicts":     "where the chosen profiles contradict each other",
	"Endpoints":     "one row per endpoint: what was seen, version by version",
	"Ciphers":       "each cipher suite accepted, in which version, at which strength",
	"Certificates":  "each certificate as presented, with its validity in UTC",
	"Not judged":    "endpoints about which something stayed unknown, and why",
	"Passed":        "rules that hold or do not apply, as evidence",
	"Not automated": "rules a person has to judge, with the evidence to attach, and rules the policy switched off",
}
