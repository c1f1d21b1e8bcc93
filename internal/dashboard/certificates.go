package dashboard

import (
	"context"
	"strconv"
	"time"

	"tlsaudit/internal/history"
)

// maxCertificates bounds what is counted for the calendar.
const maxCertificates = 5000

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
func buckets(now time.Time, list []history.Certificate) []bucket {
	all := []bucket{{Name: "expired", Class: "fail", Link: link("/certificates", "before", "expired")}}
	from := 0
	for _, days := range horizons {
		class := "warn"
		if days <= 7 {
			class = "fail"
		}
		if days > 30 {
			class = "waived"
		}
		all = append(all, bucket{Name: strconv.Itoa(from) + " to " + strconv.Itoa(days) + " days", Class: class, Link: link("/certificates", "before", strconv.Itoa(days))})
		from = days
	}
	for i := range list {
		end := list[i].NotAfter
		at := -1
		switch {
		case end.IsZero():
		case end.Before(now):
			at = 0
		default:
			for k := len(horizons) - 1; k >= 0; k-- {
				if end.Before(now.AddDate(0, 0, horizons[k])) {
					at = k + 1
				}
			}
		}
		if at >= 0 {
			all[at].N++
		}
	}
	most := 0
	for _, b := range all {
		most = max(most, b.N)
	}
	for i := range all {
		all[i].Width = scaled(all[i].N, most)
	}
	return all
}

// endingBefore reads the certificates that end before a time, so far as they may
// be counted; cut is set where there are more.
func (q *request) endingBefore(ctx context.Context, end time.Time) (list []history.Certificate, cut bool, err error) {
	for p := (history.Page{Limit: 500}); ; {
		part, next, err := q.History.Certificates(ctx, end, p)
		if err != nil {
			return nil, false, err
		}
		list = append(list, part...)
		if next == "" {
			return list, false, nil
		}
		if len(list) >= maxCertificates {
			return list, true, nil
		}
		p.After = next
	}
}

// certificatesData is the calendar and a part of the list.
type certificatesData struct {
	Buckets []bucket
	Months  []month
	// Cut is set where not all certificates were counted.
	Cut  bool
	List []history.Certificate
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
	before, at := in.text("before"), in.page()
	if in.err != nil {
		return nil, in.err
	}
	end, until, err := horizon(q.now, before)
	if err != nil {
		return nil, err
	}
	d := &certificatesData{Until: until}
	counted, cut, err := q.endingBefore(ctx, firstOfMonth(q.now, calendarMonths))
	if err != nil {
		return nil, err
	}
	d.Cut, d.Buckets, d.Months = cut, buckets(q.now, counted), months(q.now, counted)
	list, next, err := q.History.Certificates(ctx, end, at)
	if err != nil {
		return nil, err
	}
	d.List, d.Pager = list, q.pager(next, len(list), "certificate", "certificates")
	choices := []string{"", "expired"}
	for _, days := range horizons {
		choices = append(choices, strconv.Itoa(days))
	}
	d.Chosen = options(choices, before, "all")
	for i := range d.Chosen {
		switch o := &d.Chosen[i]; o.Value {
		case "":
		case "expired":
			o.Label = "expired"
		default:
			o.Label = "ends within " + o.Value + " days"
		}
	}
	return d, nil
}

// horizon reads up to when certificates are listed: "expired", a number of days,
// or a month such as 2027-03. The time is zero for all.
func horizon(now time.Time, before string) (end time.Time, says string, err error) {
	switch before {
	case "":
		return time.Time{}, "", nil
	case "expired":
		return now, "expired", nil
	}
	if m, err := time.Parse("2006-01", before); err == nil {
		return m.AddDate(0, 1, 0), "end before the end of " + before, nil
	}
	days, err := strconv.Atoi(before)
	if err != nil || days < 1 || days > 3650 {
		return time.Time{}, "", badRequest("The parameter \"before\" is no time.", "It is \"expired\", a number of days, or a month such as 2027-03.")
	}
	return now.AddDate(0, 0, days), "end within " + plural(days, "day", "days") + ", or have ended", nil
}

// firstOfMonth is the first moment of a month, so many after that of now.
func firstOfMonth(now time.Time, n int) time.Time {
	y, m, _ := now.UTC().Date()
	return time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
}

// months counts certificates by the month they end in, from this month on. What
// ended in this month already is counted.
func months(now time.Time, list []history.Certificate) []month {
	all := make([]month, calendarMonths)
	for i := range all {
		name := firstOfMonth(now, i).Format("2006-01")
		all[i] = month{Name: name, Link: link("/certificates", "before", name)}
	}
	most := 0
	for i := range list {
		for k := range all {
			if list[i].NotAfter.UTC().Format("2006-01") == all[k].Name {
				all[k].N++
				most = max(most, all[k].N)
			}
		}
	}
	for i := range all {
		all[i].Width = scaled(all[i].N, most)
	}
	return all
}
