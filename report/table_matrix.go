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
	if t.seen.endpoints > matrixEndpoints {
		t.line("", fmt.Sprintf("The matrix of %d endpoints and %d profiles is in the json and xlsx reports; the summary counts it by profile.", t.seen.endpoints, len(profiles)))
		return nil
	}
	t.line("", "The worst verdict of every endpoint under every profile, and how many findings are so.")
	var rows []matrixRow
	longest := len("endpoint")
	err := each(r.Records.Findings(), func(record *audit.Record) error {
		if record.Evidence.Endpoint() {
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
	for len(profiles) > 0 {
		widths := fitting(profiles, free)
		left := free
		for _, w := range widths {
			left -= w + 3
		}
		if err := t.block(rows, profiles[:len(widths)], min(longest, endpoint+max(left, 0)), widths); err != nil {
			return err
		}
		profiles = profiles[len(widths):]
	}
	return nil
}

// fitting returns the widths of the columns of the first profiles, as many as
// fit, at least one. No column is so narrow that a part of the id would have to
// be split, and what is left over goes to the ids that are still wrapped.
func fitting(profiles []audit.ProfileSummary, free int) []int {
	var widths []int
	for _, p := range profiles {
		w := matrixCell
		for _, part := range strings.FieldsFunc(clean(p.Profile, 100), func(r rune) bool { return r == '-' || r == ' ' }) {
			w = max(w, min(columns(part)+1, 2*matrixCell)) // with the hyphen behind it
		}
		if len(widths) > 0 && free < w+3 {
			break
		}
		free -= w + 3
		widths = append(widths, w)
	}
	for i := range widths {
		more := min(max(free, 0), max(columns(clean(profiles[i].Profile, 100))-widths[i], 0))
		widths[i] += more
		free -= more
	}
	return widths
}

// block draws the columns of some profiles.
func (t *terminal) block(rows []matrixRow, profiles []audit.ProfileSummary, endpoint int, cells []int) error {
	header, widths := []string{"ENDPOINT"}, append([]int{endpoint}, cells...)
	for i, p := range profiles {
		header = append(header, strings.Join(wrap(clean(p.Profile, 100), cells[i]), "\n"))
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
