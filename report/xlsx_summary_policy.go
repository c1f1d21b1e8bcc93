package report

import (
	"fmt"
	"strings"
)

// byProfile counts the endpoints by their verdict under each profile.
func (p *paper) byProfile(strip int) {
	if len(p.report.Summary.Profiles) == 0 {
		return
	}
	p.section("Endpoints by profile")
	p.line(p.styles.head, "Profile", "Endpoints it has rules about", "Fail", "Unknown", "Warn", "Waived", "Pass")
	first := p.row
	for _, s := range p.report.Summary.Profiles {
		about := fmt.Sprint(s.Fail + s.Unknown + s.Warn + s.Waived + s.Pass + s.NotApplicable)
		if s.NotApplicable > 0 {
			about += fmt.Sprintf(", to %d of them none applies", s.NotApplicable)
		}
		p.line(p.styles.wrapped, s.Profile, about, s.Fail, s.Unknown, s.Warn, s.Waived, s.Pass)
	}
	p.stackedChart(strip, 2, "Endpoints by profile", first, min(p.row, first+mostCharted))
}

// exceptions says what waivers hide from no one, and what is new.
func (p *paper) exceptions() {
	r := p.report
	p.section("Waivers and baseline")
	p.fact("Findings waived", p.styles.count, r.Summary.Waived)
	waivers := "none"
	if len(r.Waivers) > 0 {
		waivers = stateCounts(r.Waivers)
	}
	p.fact("Waivers", p.styles.wrapped, waivers)
	for _, f := range r.WaiverFiles {
		p.hashed("Waivers read from", f.File, "", f.SHA256)
	}
	if r.Baseline == nil {
		p.fact("Baseline", p.styles.wrapped, "none given: nothing is called new or known")
		return
	}
	p.hashed("Baseline", r.Baseline.File, "", r.Baseline.SHA256)
	p.fact("Baseline made (UTC)", p.styles.when, r.Baseline.Generated)
	grades := severities(r.Baseline.NewBySeverity)
	if r.Baseline.NewWarn > 0 {
		grades = append(grades, fmt.Sprintf("%d warn", r.Baseline.NewWarn))
	}
	p.cells(0, styled(p.styles.label, "   new findings"), styled(p.styles.count, r.Baseline.New), styled(p.styles.wrapped, strings.Join(grades, ", ")))
	p.fact("   known findings", p.styles.count, r.Baseline.Known)
	p.fact("   gone since", p.styles.count, r.Baseline.Gone)
}

// whatIfCounts counts the mail peers by what they would do at each level.
func (p *paper) whatIfCounts() {
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
