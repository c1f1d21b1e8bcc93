package dashboard

import (
	"context"
	"strconv"
	"time"

	"tlsaudit/internal/history"
)

// horizons are the days to the end of a certificate that are told apart.
var horizons = []int{7, 14, 30, 60, 90}

// calendarMonths is how far the calendar reaches.
const calendarMonths = 12

// bucket counts certificates that end within a span of time.
type bucket struct {
	// Name says "8 to 14 days"; Class is its colour.
	Name, Class string
	N           int
	Width       int
	// Link lists all that end before the end of the span.
	Link href
}

// buckets counts certificates by how soon they end; each is in one bucket.
func (q *request) buckets(ctx context.Context) ([]bucket, error) {
	all := []bucket{{Name: "ended", Class: "fail", Link: link("/certificates", "before", "expired")}}
	bounds, from := []time.Time{q.now}, 0
	for _, days := range horizons {
		class := "warn"
		if days <= 7 {
			class = "fail"
		}
		if days > 30 {
			class = "waived"
		}
		all = append(all, bucket{Name: strconv.Itoa(from) + " to " + strconv.Itoa(days) + " days", Class: class, Link: link("/certificates", "from", strconv.Itoa(from), "before", strconv.Itoa(days))})
		bounds, from = append(bounds, q.now.AddDate(0, 0, days)), days
	}
	counts, err := q.History.CountEnding(ctx, bounds)
	if err != nil {
		return nil, err
	}
	most := 0
	for i := range all {
		if all[i].N = counts[i]; i > 0 {
			all[i].N -= counts[i-1]
		}
		most = max(most, all[i].N)
	}
	for i := range all {
		all[i].Width = scaled(all[i].N, most)
	}
	return all, nil
}

// certificatesData is the calendar and a part of the list.
type certificatesData struct {
	Buckets []bucket
	Months  []month
	List    []history.Certificate
	// Until says what the list is limited to.
	Until  string
	Pager  pager
	Chosen []option
}

// month counts the certificates that end in a month.
type month struct {
	Name  string
	N     int
	Width int
	Link  href
}

func certificates(ctx context.Context, q *request) (any, error) {
	in := reader{q: q}
	from, before, at := in.text("from"), in.text("before"), in.page()
	if in.err != nil {
		return nil, in.err
	}
	span, err := endsWithin(q.now, from, before)
	if err != nil {
		return nil, err
	}
	d := &certificatesData{Until: span.says}
	if d.Buckets, err = q.buckets(ctx); err != nil {
		return nil, err
	}
	if d.Months, err = q.months(ctx); err != nil {
		return nil, err
	}
	list, next, err := q.History.CertificatesEnding(ctx, span.from, span.before, at)
	if err != nil {
		return nil, err
	}
	d.List, d.Pager = list, q.pager(next, len(list), "certificate", "certificates")
	choices := []string{"", "expired"}
	for _, days := range horizons {
		choices = append(choices, strconv.Itoa(days))
	}
	chosen := before
	if from != "" {
		chosen = "-" // what the form does not offer
	}
	d.Chosen = options(choices, chosen, "all")
	for i := range d.Chosen {
		switch o := &d.Chosen[i]; o.Value {
		case "":
		case "expired":
			o.Label = "ended"
		default:
			o.Label = "up to " + o.Value + " days left"
		}
	}
	return d, nil
}

// ending is a span of time in which certificates end; zero times are no bounds.
type ending struct {
	from, before time.Time
	// says words it; empty for all.
	says string
}

// endsWithin reads which certificates are listed. Both bounds are a number of
// days; "before" may be "expired" as well, and a month such as 2027-03 as both is
// that month.
func endsWithin(now time.Time, from, before string) (ending, error) {
	if before == "expired" && from == "" {
		return ending{before: now, says: "have ended"}, nil
	}
	if m, err := time.Parse("2006-01", before); err == nil && (from == "" || from == before) {
		e := ending{before: m.AddDate(0, 1, 0), says: "end before the end of " + before}
		if from == before {
			e.from, e.says = m, "end in "+before
		}
		return e, nil
	}
	first, err := daysAhead("from", from, 0)
	if err != nil {
		return ending{}, err
	}
	last, err := daysAhead("before", before, 1)
	e := ending{}
	switch {
	case err != nil:
		return e, err
	case from != "" && before != "":
		e.says = "end in " + strconv.Itoa(first) + " to " + plural(last, "day", "days")
	case from != "":
		e.says = "end in " + plural(first, "day", "days") + " or later"
	case before != "":
		e.says = "end within " + plural(last, "day", "days") + ", or have ended"
	}
	if from != "" {
		e.from = now.AddDate(0, 0, first)
	}
	if before != "" {
		e.before = now.AddDate(0, 0, last)
	}
	return e, nil
}

// daysAhead reads a number of days.
func daysAhead(name, text string, least int) (int, error) {
	if text == "" {
		return 0, nil
	}
	days, err := strconv.Atoi(text)
	if err != nil || days < least || days > 3650 {
		return 0, badRequest("The parameter \""+name+"\" is no time.", "It is \"expired\", a number of days, or a month such as 2027-03.")
	}
	return days, nil
}

// firstOfMonth is the first moment of a month, so many after that of now.
func firstOfMonth(now time.Time, n int) time.Time {
	y, m, _ := now.UTC().Date()
	return time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
}

// months counts certificates by the month they end in, from this month on. What
// ended in this month already is counted.
func (q *request) months(ctx context.Context) ([]month, error) {
	var bounds []time.Time
	for i := range calendarMonths + 1 {
		bounds = append(bounds, firstOfMonth(q.now, i))
	}
	counts, err := q.History.CountEnding(ctx, bounds)
	if err != nil {
		return nil, err
	}
	all, most := make([]month, calendarMonths), 0
	for i := range all {
		name := bounds[i].Format("2006-01")
		all[i] = month{Name: name, N: counts[i+1] - counts[i], Link: link("/certificates", "from", name, "before", name)}
		most = max(most, all[i].N)
	}
	for i := range all {
		all[i].Width = scaled(all[i].N, most)
	}
	return all, nil
}
