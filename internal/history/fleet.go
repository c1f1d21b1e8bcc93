package history

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// FleetCounts counts all there is, each subject at its latest result. What is gone
// is not counted.
type FleetCounts struct {
	// Subjects are counted by their verdict as well, which together make Subjects.
	// Unknown counts also those that were not reached; Waived those whose worst
	// finding a waiver accepts.
	Subjects, Pass, Warn, Fail, Unknown, NotApplicable, Waived int
	// What was found of them is counted as in a report.
	FindingsFail, FindingsWarn, FindingsUnknown, FindingsWaived, FindingsPass int
}

// Fleet is all there is, whichever run the latest result of each subject is of.
type Fleet struct {
	FleetCounts
	// Oldest and Newest are when the runs of those results were made, Runs is how
	// many they are. All are zero if there is nothing.
	Oldest, Newest time.Time
	Runs           int
	// Systems are in the order of their names.
	Systems []SystemCount
	// Rules are in the order of profile and rule. They count what the history follows
	// from run to run: findings that are open, or were undecided though their subject
	// was reached. Pass and None are not known, and 0; a rule that nothing is open
	// under is not in the list.
	Rules []RuleCount
}

// Fleet implements Reader.
func (s *Store) Fleet(ctx context.Context) (*Fleet, error) {
	f := &Fleet{}
	systems := map[string]*SystemCount{}
	err := fleetGroups(ctx, s, func(g *fleetGroup) {
		f.add(g)
		if f.Oldest.IsZero() || g.oldest.Before(f.Oldest) {
			f.Oldest = g.oldest
		}
		if g.newest.After(f.Newest) {
			f.Newest = g.newest
		}
		c := systems[g.system]
		if c == nil {
			c = &SystemCount{System: g.system}
			systems[g.system] = c
		}
		c.add(g.verdict, g.subjects)
	})
	if err != nil {
		return nil, err
	}
	for _, c := range systems {
		f.Systems = append(f.Systems, *c)
	}
	slices.SortFunc(f.Systems, func(a, b SystemCount) int { return strings.Compare(a.System, b.System) })
	err = s.query(ctx, "SELECT COUNT(DISTINCT last_run) FROM subject WHERE gone_since = "+noTime, nil, func(rows *sql.Rows) error { return rows.Scan(&f.Runs) })
	if err == nil {
		f.Rules, err = s.fleetRules(ctx)
	}
	return f, err
}

// fleetGroup is the subjects of one system that have one verdict.
type fleetGroup struct {
	system                            string
	verdict                           audit.Verdict
	subjects                          int
	fail, warn, unknown, waived, pass int
	oldest, newest                    time.Time
}

// fleetGroups hands over all there is, by system and verdict.
func fleetGroups(ctx context.Context, q querier, each func(*fleetGroup)) error {
	total := func(column string) string { return ", CAST(SUM(" + column + ") AS BIGINT)" } // PostgreSQL makes something else of it
	return q.query(ctx, "SELECT system, verdict, COUNT(*)"+total("fail")+total("warn")+total("unknown")+total("waived")+total("pass")+", MIN(last_seen), MAX(last_seen) FROM subject "+
		"WHERE gone_since = "+noTime+" GROUP BY system, verdict", nil, func(rows *sql.Rows) error {
		g := &fleetGroup{}
		var verdict, oldest, newest int64
		err := rows.Scan(&g.system, &verdict, &g.subjects, &g.fail, &g.warn, &g.unknown, &g.waived, &g.pass, &oldest, &newest)
		g.verdict, g.oldest, g.newest = audit.Verdict(verdict), moment(oldest), moment(newest)
		each(g)
		return err
	})
}

// fleetCounts counts all there is.
func fleetCounts(ctx context.Context, q querier) (c FleetCounts, err error) {
	return c, fleetGroups(ctx, q, c.add)
}

func (c *FleetCounts) add(g *fleetGroup) {
	c.Subjects += g.subjects
	c.FindingsFail += g.fail
	c.FindingsWarn += g.warn
	c.FindingsUnknown += g.unknown
	c.FindingsWaived += g.waived
	c.FindingsPass += g.pass
	switch g.verdict {
	case audit.Fail:
		c.Fail += g.subjects
	case audit.Warn:
		c.Warn += g.subjects
	case audit.Pass:
		c.Pass += g.subjects
	case audit.Waived:
		c.Waived += g.subjects
	case audit.NotApplicable:
		c.NotApplicable += g.subjects
	default:
		c.Unknown += g.subjects
	}
}

// fleetRules counts what is open, and what is undecided, by rule.
func (s *Store) fleetRules(ctx context.Context) (counts []RuleCount, err error) {
	// Those that are undecided and not open lie together in the index of the worst.
	err = s.query(ctx, "SELECT u.profile, u.rule, u.chk, f.verdict, MAX(f.severity), COUNT(*) FROM finding AS f JOIN subject AS s ON s.id = f.subject JOIN rule AS u ON u.id = f.rule "+
		"WHERE (f.is_open = 1 OR f.is_open = 0 AND f.worst >= ? AND f.worst <= ?) AND s.gone_since = "+noTime+" GROUP BY u.profile, u.rule, u.chk, f.verdict ORDER BY u.profile, u.rule",
		[]any{gravity(audit.Unknown, 15), gravity(audit.Unknown, 0)}, func(rows *sql.Rows) error {
			var r RuleCount
			var verdict, severity int64
			var n int
			if err := rows.Scan(&r.Profile, &r.Rule, &r.Check, &verdict, &severity, &n); err != nil {
				return err
			}
			if last := len(counts) - 1; last < 0 || counts[last].Profile != r.Profile || counts[last].Rule != r.Rule {
				counts = append(counts, r)
			}
			c := &counts[len(counts)-1]
			c.Severity = max(c.Severity, audit.Severity(severity))
			c.add(audit.Verdict(verdict), n)
			return nil
		})
	return counts, err
}

// FleetEvidence implements Reader.
func (s *Store) FleetEvidence(ctx context.Context) iter.Seq2[audit.Stored, error] {
	return func(yield func(audit.Stored, error) bool) {
		type place struct{ run, subject int64 }
		var all []place
		err := s.query(ctx, "SELECT last_run, id FROM subject WHERE gone_since = "+noTime+" ORDER BY subject", nil, func(rows *sql.Rows) error {
			var p place
			err := rows.Scan(&p.run, &p.subject)
			all = append(all, p)
			return err
		})
		if err != nil {
			yield(audit.Stored{}, err)
			return
		}
		for _, at := range all {
			record, err := s.record(ctx, at.run, at.subject, wantEvidence)
			if err != nil {
				yield(audit.Stored{}, err)
				return
			}
			if e := &record.Evidence; e.Observed != nil && !yield(audit.Stored{Observed: e.Observed, Declared: e.Declared}, nil) {
				return
			}
		}
	}
}
