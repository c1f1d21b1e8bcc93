package report

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

const (
	// matrixEndpoints is the number of endpoints up to which the terminal shows
	// a matrix; a longer one is for a spreadsheet.
	matrixEndpoints = 40
	// matrixCell holds "UNKNOWN 12", the longest cell that is common.
	matrixCell = 10
	// noRule stands where a profile has no rule about an endpoint.
	noRule = "no rule"
)

// matrix shows every endpoint under every profile, if there are two or more to
// compare. Profiles that do not fit beside each other follow below.
func (t *terminal) matrix(r *audit.Report) error {
	profiles := r.Summary.Profiles
	if len(profiles) < 2 {
		return nil
	}
	t.section("COMPLIANCE BY PROFILE")
	if r.Summary.Subjects > matrixEndpoints {
		t.line("", fmt.Sprintf("The matrix of %d endpoints and %d profiles is in the json and xlsx reports; the summary counts it by profile.", r.Summary.Subjects, len(profiles)))
		return nil
	}
	t.line("", "The worst verdict of every endpoint under every profile, and how many findings are so.")
	var rows []matrixRow
	longest := len("endpoint")
	err := each(r.Records.BySubject(), func(record *audit.Record) error {
		if record.Evidence.Connection == nil {
			rows = append(rows, matrixRow{record.Evidence.Subject, audit.Compliance(record.Findings)})
			longest = max(longest, columns(clean(record.Evidence.Subject, 300)))
		}
		return nil
	})
	if err != nil {
		return err
	}
	endpoint := min(longest, t.width*2/5)
	free := t.width - endpoint - gridWidth(1)
	for fit := max(free/gridWidth2(matrixCell), 1); len(profiles) > 0; {
		n := min(fit, len(profiles))
		if err := t.block(rows, profiles[:n], endpoint, free/n-3); err != nil {
			return err
		}
		profiles = profiles[n:]
	}
	return nil
}

// gridWidth2 is what one more column of a grid takes.
func gridWidth2(column int) int { return column + 3 }

// block draws the columns of some profiles, each at most cell wide.
func (t *terminal) block(rows []matrixRow, profiles []audit.ProfileSummary, endpoint, cell int) error {
	header, widths := []string{"ENDPOINT"}, []int{endpoint}
	for _, p := range profiles {
		id := clean(p.Profile, 100)
		w := max(min(cell, columns(id)), matrixCell)
		header, widths = append(header, strings.Join(wrap(id, w), "\n")), append(widths, w)
	}
	g := t.grid(header, widths)
	for _, row := range rows {
		cells := []string{strings.Join(wrap(clean(row.Subject, 300), endpoint), "\n")}
		for _, p := range profiles {
			cells = append(cells, t.complianceCell(verdictUnder(row.Profiles, p.Profile)))
		}
		if err := g.add(cells); err != nil {
			return err
		}
	}
	return g.close()
}

// verdictUnder finds the cell of one profile; nil if there is none.
func verdictUnder(cells []audit.ProfileVerdict, profile string) *audit.ProfileVerdict {
	for i := range cells {
		if cells[i].Profile == profile {
			return &cells[i]
		}
	}
	return nil
}

func (t *terminal) complianceCell(c *audit.ProfileVerdict) string {
	if c == nil {
		return t.paint(dim, noRule)
	}
	n := []int{c.Fail, c.Unknown, c.Warn, c.Waived, c.Pass, c.NotApplicable}[rank(c.Verdict)] // as allVerdicts
	return t.paint(verdictColor(c.Verdict), fmt.Sprintf("%s %d", verdictLabel(c.Verdict), n))
}
