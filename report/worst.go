package report

import (
	"slices"

	"tlsaudit/audit"
)

// maxWorst is the greatest number of findings that is kept to be shown worst
// first, also if all are asked for: who reads by line and by page gets no
// further.
const maxWorst = 5000

// worst keeps the gravest of the findings that pass by, gravest first.
type worst struct {
	limit int
	list  []audit.Finding
	more  int // findings there was no room for
}

// newWorst makes room for limit findings, for standard if limit is 0.
func newWorst(limit, standard int) *worst {
	if limit == 0 {
		limit = standard
	}
	if limit < 0 || limit > maxWorst {
		limit = maxWorst
	}
	return &worst{limit: limit}
}

func (w *worst) add(f *audit.Finding) {
	if len(w.list) == w.limit {
		w.more++
		if w.limit == 0 || f.Compare(&w.list[w.limit-1]) >= 0 {
			return
		}
		w.list = w.list[:w.limit-1]
	}
	at, _ := slices.BinarySearchFunc(w.list, f, func(a audit.Finding, b *audit.Finding) int { return a.Compare(b) })
	w.list = slices.Insert(w.list, at, *f)
}
