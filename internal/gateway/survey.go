package gateway

import (
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// survey is the table at one time, with what its rows mean to each other.
type survey struct {
	t   *Table
	now time.Time
	// shadows holds for every row the rows before it that leave it nothing.
	shadows []shadow
	// clashes says for every row what makes it ambiguous.
	clashes []clash
	// sensitive says for every row which sensitive domains it governs.
	sensitive [][]string
	// elsewhere says that it governs one for which a row of another ruleset
	// makes sure of the receiver.
	elsewhere []bool
	// uncertain says that mail to a domain may meet another row first, one for
	// hosts or addresses that does not make sure of them.
	uncertain []bool
	// ungoverned are sensitive domains without a row; perhaps says that rows
	// for hosts or addresses may govern them.
	ungoverned []string
	perhaps    bool
}

func newSurvey(t *Table, now time.Time) *survey {
	s := &survey{t: t, now: now}
	s.shadows = shadows(t.Rows)
	s.clashes = clashes(t)
	s.governSensitive()
	return s
}

// row returns a row with what it is in effect.
func (s *survey) row(i int) (r *Row, effective Level, known bool) {
	r = &s.t.Rows[i]
	effective, known = s.t.Effective(r, s.now)
	return r, effective, known
}

// connection describes the row as evidence.
func (s *survey) connection(i int) *audit.Connection {
	r, effective, known := s.row(i)
	if !known {
		effective = ""
	}
	product := r.Product
	if product == "" {
		product = s.t.Product
	}
	return &audit.Connection{
		Direction: r.Direction, Priority: r.Priority, Name: r.Name, Security: string(r.Level), Effective: string(effective),
		Strength: r.Strength(), Match: r.Match.String(), Source: product, Place: &r.Place,
	}
}

func sortFindings(list []audit.Finding) {
	slices.SortStableFunc(list, func(a, b audit.Finding) int { return a.Compare(&b) })
}

// few names at most three of a list.
func few(list []string) string {
	const most = 3
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:most], ", ") + " and others"
}
