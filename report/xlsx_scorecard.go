package report

import (
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
)

const (
	// maxScoredSystems is the number of systems told apart: a fleet in which each
	// endpoint is a system of its own has its endpoints on other sheets.
	maxScoredSystems = 10_000
	// maxScored is the number of profiles, and of families, that have a column.
	maxScored = 100

	otherFamily = "other"
)

// families are the words for the first part of the names of checks. A check of
// another kind is in the family of its own first part.
var families = map[string]string{
	"protocol": "Protocols", "suite": "Cipher suites", "kx": "Key exchange", "cert": "Certificates", "ocsp": "Revocation", "tls": "Session features",
	"smtp": "Mail", "messaging": "Messaging", "pq": "Post-quantum", "crypto": "Cryptographic strength", "vuln": "Known attacks", "config": "Configuration", "gateway": "Gateway table",
}

// familyOf is the control family a check belongs to.
func familyOf(check string) string {
	prefix, _, _ := strings.Cut(check, ".")
	if word := families[prefix]; word != "" {
		return word
	}
	if prefix == "" {
		return otherFamily
	}
	return prefix
}

// scorecard counts findings by system, and there by profile and family.
type scorecard struct {
	known    map[string]*scored
	profiles map[string]bool
	families map[string]bool
}

type scored struct {
	owners             []string
	endpoints, judged  int
	score              audit.Score
	counts             [len(allVerdicts)]int
	profiles, families map[string]*[len(allVerdicts)]int
}

// of finds the system of a record.
func (s *scorecard) of(record *audit.Record) *scored {
	name := observed(record).Target.System
	if name == "" {
		name = unnamedSystem
	}
	if s.known == nil {
		s.known, s.profiles, s.families = map[string]*scored{}, map[string]bool{}, map[string]bool{}
	}
	if s.known[name] == nil && len(s.known) >= maxScoredSystems {
		name = otherSystems
	}
	found := s.known[name]
	if found == nil {
		found = &scored{profiles: map[string]*[len(allVerdicts)]int{}, families: map[string]*[len(allVerdicts)]int{}}
		s.known[name] = found
	}
	return found
}

func (s *scorecard) add(record *audit.Record) {
	of := s.of(record)
	unknown := false
	for i := range record.Findings {
		f := &record.Findings[i]
		of.score.Add(f)
		at := rank(f.Verdict)
		of.counts[at]++
		count(of.profiles, s.profiles, f.Profile, at)
		count(of.families, s.families, familyOf(f.Check), at)
		unknown = unknown || f.Verdict == audit.Unknown
	}
	if !record.Evidence.Endpoint() {
		return
	}
	of.endpoints++
	if !unknown {
		of.judged++
	}
	if owner := observed(record).Target.Owner; owner != "" && len(of.owners) < 5 && !slices.Contains(of.owners, owner) {
		of.owners = append(of.owners, owner)
	}
}

// count adds a verdict to a cell; all are the names that have a column.
func count(cells map[string]*[len(allVerdicts)]int, all map[string]bool, name string, at int) {
	if !all[name] {
		if len(all) == maxScored {
			return
		}
		all[name] = true
	}
	if cells[name] == nil {
		cells[name] = &[len(allVerdicts)]int{}
	}
	cells[name][at]++
}

// named counts the systems that have a name.
func (s *scorecard) named() int {
	n := len(s.known)
	for _, other := range []string{unnamedSystem, otherSystems} {
		if s.known[other] != nil {
			n--
		}
	}
	return n
}

// addScorecard lists the systems, the lowest score first. Its columns are those
// of the profiles and families there are findings of.
func (b *book) addScorecard() error {
	profiles, groups := slices.Sorted(maps.Keys(b.systems.profiles)), slices.Sorted(maps.Keys(b.systems.families))
	columns := []column{{"System", 26, text}, {"Owner", 20, text}, {"Score", 9, ratio}, {"Endpoints", 11, number}, {"Judged in full", 10, number},
		{"Fail", 7, number}, {"Unknown", 10, number}, {"Warn", 7, number}, {"Waived", 8, number}, {"Pass", 7, number}}
	for _, p := range profiles {
		columns = append(columns, column{"Profile: " + p, 16, verdict})
	}
	for _, g := range groups {
		columns = append(columns, column{"Family: " + g, 14, verdict})
	}
	b.scorecard.columns, b.scorecard.letters = columns, letters(len(columns))
	names := slices.SortedFunc(maps.Keys(b.systems.known), func(x, y string) int {
		if c := compareScores(b.systems.known[x].score, b.systems.known[y].score); c != 0 {
			return c
		}
		return strings.Compare(x, y)
	})
	for _, name := range names {
		s := b.systems.known[name]
		row := []any{name, lines(s.owners), scoreCell(s.score), s.endpoints, s.judged, s.counts[rank(audit.Fail)], s.counts[rank(audit.Unknown)],
			s.counts[rank(audit.Warn)], s.counts[rank(audit.Waived)], s.counts[rank(audit.Pass)]}
		for _, p := range profiles {
			row = append(row, worstWord(s.profiles[p]))
		}
		for _, g := range groups {
			row = append(row, worstWord(s.families[g]))
		}
		if err := b.scorecard.add(row...); err != nil {
			return err
		}
	}
	return b.scorecard.start()
}

// compareScores orders the lower first, and none last.
func compareScores(a, b audit.Score) int {
	x, y := a.Tenths(), b.Tenths()
	switch {
	case x == y:
		return 0
	case y < 0 || x >= 0 && x < y:
		return -1
	}
	return 1
}

// scoreCell is a score as a share, nil where nothing was asked.
func scoreCell(s audit.Score) any {
	if t := s.Tenths(); t >= 0 {
		return float64(t) / 1000
	}
	return nil
}

// worstWord labels the worst verdict counted.
func worstWord(counts *[len(allVerdicts)]int) string {
	if counts != nil {
		if i := slices.IndexFunc(counts[:], func(n int) bool { return n > 0 }); i >= 0 {
			return verdictLabel(allVerdicts[i])
		}
	}
	return noRule
}
