package report

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

// maxRemedyRules is the number of rules named beside a remedy.
const maxRemedyRules = 10

// maxDiff is the number of bytes kept of the change shown beside a remedy.
const maxDiff = 4096

// remedies collects each distinct remedy once, with what it repairs.
type remedies struct {
	limit, subjects int // how many remedies, and subjects of each, are kept
	list            []*repair
	index           map[audit.Remedy]*repair
	more            int // findings whose remedy was one too many
}

// repair is a remedy and the findings it makes go away.
type repair struct {
	audit.Remedy
	example  string   // the first change of a file, cut
	subjects []string // the first few, worst first
	rules    []string // "profile/rule", the first few
	last     string
	total    int // subjects
	findings int
}

func (r *remedies) add(f *audit.Finding) {
	if f.Remedy == nil || f.Remedy.Text == "" {
		return
	}
	key := *f.Remedy
	key.Diff = "" // it differs by file, what to do does not
	found := r.index[key]
	if found == nil {
		if len(r.list) == r.limit {
			r.more++
			return
		}
		if r.index == nil {
			r.index = map[audit.Remedy]*repair{}
		}
		found = &repair{Remedy: key}
		r.index[key] = found
		r.list = append(r.list, found)
	}
	found.findings++
	if found.example == "" && f.Remedy.Diff != "" {
		found.example = strings.Clone(f.Remedy.Diff[:min(len(f.Remedy.Diff), maxDiff)])
	}
	if rule := f.Profile + "/" + f.Rule; len(found.rules) < maxRemedyRules && !slices.Contains(found.rules, rule) {
		found.rules = append(found.rules, rule)
	}
	// All findings of a subject arrive together.
	if found.total > 0 && found.last == f.Subject {
		return
	}
	found.last = f.Subject
	found.total++
	if len(found.subjects) < r.subjects {
		found.subjects = append(found.subjects, f.Subject)
	}
}

// sort groups the remedies by product; within a product they stay in the order
// in which the worst endpoint needs them.
func (r *remedies) sort() {
	slices.SortStableFunc(r.list, func(a, b *repair) int { return strings.Compare(a.Product, b.Product) })
}

// trustIn says how far a remedy can be relied upon.
func trustIn(r *audit.Remedy) string {
	confidence := clean(r.Confidence, 60)
	if r.Confidence == "inferred" {
		confidence += ", try it on a test system first"
	}
	if r.Proven {
		return strings.TrimPrefix(confidence+"; proven on a copy", "; ")
	}
	return confidence
}
