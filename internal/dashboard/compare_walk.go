package dashboard

import (
	"context"
	"net/url"

	"tlsaudit/internal/history"
)

// side is the subjects of one run, read in parts in ascending order.
type side struct {
	query history.SubjectQuery
	list  []history.SubjectState
	// from is where the part in hand was asked from, next where the one after it is.
	from, next string
	begun      bool
}

// head is the next subject; nil at the end. It reads on where the part in hand is
// used up, and leaves out what does not come after last.
func (s *side) head(ctx context.Context, q *request, last string, budget *int) (*history.SubjectState, error) {
	for {
		for len(s.list) > 0 && last != "" && s.list[0].Subject <= last {
			s.list = s.list[1:]
		}
		if len(s.list) > 0 {
			return &s.list[0], nil
		}
		if s.begun && s.next == "" {
			return nil, nil
		}
		if s.begun {
			s.from = s.next
		}
		s.begun = true
		*budget--
		s.query.Page = history.Page{After: s.from, Limit: comparePart}
		list, next, err := q.History.Subjects(ctx, s.query)
		if err != nil {
			return nil, err
		}
		for i := 1; i < len(list); i++ {
			if list[i].Subject < list[i-1].Subject {
				return nil, errOrder
			}
		}
		s.list, s.next = list, next
	}
}

// subjects walks through both runs side by side, from where the address says, and
// gathers the subjects that differ until a page is full or enough was read.
func (d *compareData) subjects(ctx context.Context, q *request) error {
	mark, err := q.text("after", 4*maxCursor) // it holds three marks
	if err != nil {
		return err
	}
	last, fromA, fromB, err := unmark(mark)
	if err != nil {
		return err
	}
	a := &side{query: history.SubjectQuery{Run: d.A.ID, Order: "subject"}, from: fromA}
	b := &side{query: history.SubjectQuery{Run: d.B.ID, Order: "subject"}, from: fromB}
	budget := compareParts
	for budget > 0 && len(d.Subjects) < pageSize {
		x, err := a.head(ctx, q, last, &budget)
		if err != nil {
			return err
		}
		y, err := b.head(ctx, q, last, &budget)
		if err != nil {
			return err
		}
		p := subjectPair{A: x, B: y}
		switch {
		case x == nil && y == nil:
			d.Pager = q.pager("", len(d.Subjects), "subject differs", "subjects differ")
			return nil
		case y == nil || x != nil && x.Subject < y.Subject:
			p.Subject, p.B = x.Subject, nil
		case x == nil || y.Subject < x.Subject:
			p.Subject, p.A = y.Subject, nil
		default:
			p.Subject = x.Subject
		}
		last = p.Subject
		if differs(p.A, p.B) {
			d.Subjects = append(d.Subjects, p)
		}
	}
	d.Part = true
	d.Pager = q.pager(markAt(last, a.from, b.from), len(d.Subjects), "subject differs", "subjects differ")
	return nil
}

// markAt says where the walk stands; unmark reads it.
func markAt(last, a, b string) string {
	return url.Values{"l": {last}, "a": {a}, "b": {b}}.Encode()
}

func unmark(mark string) (last, a, b string, err error) {
	values, err := url.ParseQuery(mark)
	if err != nil {
		return "", "", "", badRequest("The address does not say where the list goes on.", "Begin at its first part.")
	}
	return values.Get("l"), values.Get("a"), values.Get("b"), nil
}
