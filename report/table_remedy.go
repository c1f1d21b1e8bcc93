package report

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// The bounds of the remedy section: it is for reading, the other formats list
// all.
const (
	maxRemedies        = 200
	maxRemedySubjects  = 5
	confidenceInferred = "inferred"
)

// remedies collects each distinct remedy once, with what it repairs.
type remedies struct {
	list  []*repair
	index map[audit.Remedy]*repair
	more  int // findings whose remedy was one too many
}

// repair is a remedy and the findings it makes go away.
type repair struct {
	audit.Remedy
	subjects []string // the first few, worst first
	last     string
	total    int // subjects
}

func (r *remedies) add(f *audit.Finding) {
	if f.Remedy == nil || f.Remedy.Text == "" {
		return
	}
	found := r.index[*f.Remedy]
	if found == nil {
		if len(r.list) == maxRemedies {
			r.more++
			return
		}
		if r.index == nil {
			r.index = map[audit.Remedy]*repair{}
		}
		found = &repair{Remedy: *f.Remedy}
		r.index[*f.Remedy] = found
		r.list = append(r.list, found)
	}
	// All findings of a subject arrive together.
	if found.total > 0 && found.last == f.Subject {
		return
	}
	found.last = f.Subject
	found.total++
	if len(found.subjects) < maxRemedySubjects {
		found.subjects = append(found.subjects, f.Subject)
	}
}

// print writes the remedies by product, within a product in the order in which
// the worst endpoint needs them. Snippets and commands are not wrapped: they
// are there to be copied.
func (r *remedies) print(t *terminal) {
	if len(r.list) == 0 {
		return
	}
	slices.SortStableFunc(r.list, func(a, b *repair) int { return strings.Compare(a.Product, b.Product) })
	t.section("REMEDIES")
	product := "\x00"
	for i, fix := range r.list {
		if fix.Product != product {
			product = fix.Product
			_, _ = fmt.Fprintf(t, "\n%s\n", t.paint(bold, clean(product, 60)))
		}
		_, _ = t.WriteString(indent(fmt.Sprintf("%3d. ", i+1), CleanLines(fix.Text)))
		subjects := make([]string, 0, len(fix.subjects)+1)
		for _, s := range fix.subjects {
			subjects = append(subjects, clean(s, 300))
		}
		if more := fix.total - len(subjects); more > 0 {
			subjects = append(subjects, fmt.Sprintf("and %d more", more))
		}
		t.line("     fixes   ", strings.Join(subjects, ", "))
		if fix.Apply != "" {
			_, _ = t.WriteString(indent("     apply   ", CleanLines(fix.Apply)))
		}
		if fix.Verify != "" {
			_, _ = t.WriteString(indent("     verify  ", CleanLines(fix.Verify)))
		}
		if trust := trustIn(&fix.Remedy); trust != "" {
			t.line("     source  ", trust)
		}
	}
	if r.more > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", fmt.Sprintf("%s have further remedies; the json and xlsx reports hold them.", plural(r.more, "finding", "findings")))
	}
}

// trustIn says how far a remedy can be relied upon.
func trustIn(r *audit.Remedy) string {
	confidence := clean(r.Confidence, 60)
	if r.Confidence == confidenceInferred {
		confidence += ", try it on a test system first"
	}
	if r.Proven {
		return strings.TrimPrefix(confidence+"; proven on a copy", "; ")
	}
	return confidence
}
