package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"tlsaudit/audit"
)

// buckets sort certificates by the days they have left; the last that is not
// above counts.
var buckets = []struct {
	upTo int
	word string
}{{-1, "expired"}, {7, "0-7 days"}, {30, "8-30 days"}, {60, "31-60 days"}, {90, "61-90 days"}}

// lastBucket is for all that end later.
const lastBucket = "over 90 days"

// bucketOf names the bucket for what daysUntil returns.
func bucketOf(left any) string {
	n, ok := left.(int)
	if !ok {
		return "not known"
	}
	for _, b := range buckets {
		if n <= b.upTo {
			return b.word
		}
	}
	return lastBucket
}

// maxMonths bounds the calendar; certificates claim any year up to 9999.
const maxMonths = 1200

// calendar counts the leaf certificates by the month they end in.
type calendar map[time.Time]*month

type month struct {
	endpoints int
	last      string
	first     time.Time
	who       []string
}

// add counts the leaves of a record, each chain of it.
func (c calendar) add(subject string, leaf *audit.Certificate) {
	if leaf.NotAfter.IsZero() {
		return
	}
	end := leaf.NotAfter.UTC()
	at := time.Date(end.Year(), end.Month(), 1, 0, 0, 0, 0, time.UTC)
	m := c[at]
	if m == nil {
		if len(c) == maxMonths {
			return
		}
		m = &month{first: end}
		c[at] = m
	}
	if end.Before(m.first) {
		m.first = end
	}
	if m.endpoints > 0 && m.last == subject {
		return
	}
	m.last = subject
	m.endpoints++
	if len(m.who) < maxNamedUsers {
		m.who = append(m.who, fmt.Sprintf("%s on %s", subject, end.Format(time.DateOnly)))
	}
}

var calendarColumns = []column{
	{"Month", 12, short}, {"Endpoints", 11, number}, {"First ends (UTC)", 17, date}, {"Days left", 8, days}, {"Bucket", 14, state}, {"Whose certificate ends", 70, text},
}

// addCalendar lists the months in which certificates end, as a chart too.
func (b *book) addCalendar() error {
	order := slices.SortedFunc(maps.Keys(b.calendar), time.Time.Compare)
	for _, at := range order {
		m := b.calendar[at]
		left := daysUntil(m.first, b.report.Now)
		who := append(lines{}, m.who...)
		if more := m.endpoints - len(m.who); more > 0 {
			who = append(who, "and "+plural(more, "more", "more"))
		}
		if err := b.ends.add(at.Format("2006-01"), m.endpoints, m.first, left, bucketOf(left), who); err != nil {
			return err
		}
	}
	if len(order) < 2 {
		return b.ends.start()
	}
	b.ends.finishing = func(p *part) error {
		last := min(p.rows, mostMonths+1)
		return b.AddChart(p.name, "H2", &excelize.Chart{
			Type: excelize.Col, Title: chartTitle("Endpoints whose certificate ends, by month"), Legend: excelize.ChartLegend{Position: "none"},
			Series: []excelize.ChartSeries{{Name: cellIn(p.name, "$B$", 1), Fill: solid(navy),
				Categories: fmt.Sprintf("'%s'!$A$2:$A$%d", p.name, last), Values: fmt.Sprintf("'%s'!$B$2:$B$%d", p.name, last)}},
			Dimension: excelize.ChartDimension{Width: 640, Height: 320}, PlotArea: excelize.ChartPlotArea{ShowVal: true},
			XAxis: excelize.ChartAxis{Font: excelize.Font{Size: 8, Color: ink}}, YAxis: excelize.ChartAxis{None: true},
			Format: excelize.GraphicOptions{AltText: "Endpoints whose certificate ends, by month: the numbers stand beside it"},
		})
	}
	return nil
}

// mostMonths is the number of months in the chart.
const mostMonths = 36
