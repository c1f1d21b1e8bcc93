package report

import (
	"fmt"
	"strings"
)

// The bounds of the remedy section: it is for reading, the other formats list
// all.
const (
	maxRemedies       = 200
	maxRemedySubjects = 5
)

// print writes the remedies by product. Snippets and commands are not wrapped:
// they are there to be copied. A line that ends in a full stop is prose.
func (r *remedies) print(t *terminal) {
	if len(r.list) == 0 {
		return
	}
	r.sort()
	t.section("REMEDIES")
	product := "\x00"
	for i, fix := range r.list {
		if fix.Product != product {
			product = fix.Product
			_, _ = fmt.Fprintf(t, "\n%s\n", t.paint(bold, clean(product, 60)))
		}
		prefix := fmt.Sprintf("%3d. ", i+1)
		var text []string
		for _, l := range CleanLines(fix.Text) {
			if strings.HasSuffix(l, ".") {
				text = append(text, wrap(l, t.width-columns(prefix))...)
			} else {
				text = append(text, l)
			}
		}
		_, _ = t.WriteString(indent(prefix, text))
		t.line("     for     ", Clean(strings.Join(fix.rules, ", ")))
		subjects := make([]string, 0, len(fix.subjects)+1)
		for _, s := range fix.subjects {
			subjects = append(subjects, clean(s, 300))
		}
		if more := fix.total - len(subjects); more > 0 {
			subjects = append(subjects, fmt.Sprintf("and %d more", more))
		}
		t.line("     on      ", strings.Join(subjects, ", "))
		if fix.Apply != "" {
			_, _ = t.WriteString(indent("     apply   ", CleanLines(fix.Apply)))
		}
		if fix.Verify != "" {
			_, _ = t.WriteString(indent("     verify  ", CleanLines(fix.Verify)))
		}
		if fix.Proven {
			t.line("     patch   ", "tlsaudit fix, with the same files and policy, prints it; --write applies it")
		}
		if fix.Rollback != "" {
			_, _ = t.WriteString(indent("     back    ", CleanLines(fix.Rollback)))
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
