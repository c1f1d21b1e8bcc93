package audit

import (
	"maps"
	"slices"
)

// Questions says what would have to be known about one target for the rules
// that hold for it to pass: the suites and groups whose acceptance makes a
// difference to some rule. Checks add to it what they need (Check.Asks), a scan
// at depth quick asks just that. It says nothing about connections. The zero
// value asks nothing; nil may be read.
type Questions struct {
	suites, groups map[Version]map[Code]bool
	// Order: some rule reads the order in which a server prefers its suites.
	Order bool
}

// AskSuites adds suites, which must be ones a server can be asked about at v.
func (q *Questions) AskSuites(v Version, codes ...Code) { q.suites = add(q.suites, v, codes) }

// AskGroups adds key-exchange groups.
func (q *Questions) AskGroups(v Version, codes ...Code) { q.groups = add(q.groups, v, codes) }

// Suites lists the suites asked about at v, by number.
func (q *Questions) Suites(v Version) []Code {
	if q == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(q.suites[v]))
}

// Groups lists the key-exchange groups asked about at v, by number.
func (q *Questions) Groups(v Version) []Code {
	if q == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(q.groups[v]))
}

func add(to map[Version]map[Code]bool, v Version, codes []Code) map[Version]map[Code]bool {
	if to == nil {
		to = map[Version]map[Code]bool{}
	}
	if to[v] == nil {
		to[v] = map[Code]bool{}
	}
	for _, code := range codes {
		to[v][code] = true
	}
	return to
}
