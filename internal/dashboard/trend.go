package dashboard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/internal/history"
)

// trendRuns is how many runs the trend goes back.
const trendRuns = 60

// The trend is drawn in a box of this size and stretched to the page.
const (
	trendWidth  = 1000
	trendHeight = 200
)

// trend is what became of all there is, as it stood when each of the last runs was
// finished, the oldest first: a run of a part changes what it looked at, and no
// denominator.
type trend struct {
	Points []trendPoint
	// Pass is the line of the share that passes every rule, Unknown the area of the
	// share of which something is not known; both as lists of coordinates.
	Pass, Unknown string
	// Columns are the open findings of each point, Most the greatest of them.
	Columns []trendColumn
	Most    int
}

// trendPoint is all there was after one run.
type trendPoint struct {
	history.FleetCounts
	Run string
	At  time.Time
}

// open counts the findings of a point that are open or undecided.
func (p *trendPoint) open() int { return p.FindingsFail + p.FindingsUnknown + p.FindingsWarn }

// Share is the share that passes every rule.
func (p trendPoint) Share() string { return fleetBar(&p.FleetCounts).Part("pass").Percent }

// trendColumn is one part of a column.
type trendColumn struct {
	Class               string
	X, Y, Width, Height int
}

// newTrend reads runs, the newest first, and leaves out those after which nothing
// was counted.
func newTrend(runs []history.Run) *trend {
	t := &trend{}
	for i := range runs {
		r := &runs[i]
		if r.Fleet.Subjects == 0 {
			continue
		}
		p := trendPoint{r.Fleet, r.ID, r.Started}
		t.Points = append(t.Points, p)
		t.Most = max(t.Most, p.open())
	}
	slices.Reverse(t.Points)
	t.lines()
	t.columns()
	return t
}

// First is the oldest point of the trend.
func (t *trend) First() trendPoint { return t.Points[0] }

// Last is the newest point of the trend.
func (t *trend) Last() trendPoint { return t.Points[len(t.Points)-1] }

// lines draws what is a share of a hundred.
func (t *trend) lines() {
	if len(t.Points) < 2 {
		return
	}
	var pass, unknown []string
	step := float64(trendWidth) / float64(len(t.Points)-1)
	for i, p := range t.Points {
		x := float64(i) * step
		at := func(n int) string {
			return fmt.Sprintf("%.1f,%.1f", x, trendHeight-float64(n)*trendHeight/float64(p.Subjects))
		}
		pass, unknown = append(pass, at(p.Pass)), append(unknown, at(p.FleetCounts.Unknown))
	}
	t.Pass = strings.Join(pass, " ")
	t.Unknown = fmt.Sprintf("0,%d %s %d,%d", trendHeight, strings.Join(unknown, " "), trendWidth, trendHeight)
}

// columns draws the open findings of each point, those that fail at the bottom.
func (t *trend) columns() {
	if t.Most == 0 {
		return
	}
	n := len(t.Points)
	for i, p := range t.Points {
		x, end := i*trendWidth/n, (i+1)*trendWidth/n
		gap := max((end-x)/6, 1)
		y := trendHeight
		for _, part := range []trendColumn{{Class: "fail", Height: p.FindingsFail}, {Class: "unknown", Height: p.FindingsUnknown}, {Class: "warn", Height: p.FindingsWarn}} {
			height := int(int64(part.Height) * trendHeight / int64(t.Most))
			if height == 0 {
				continue
			}
			y -= height
			t.Columns = append(t.Columns, trendColumn{Class: part.Class, X: x, Y: y, Width: max(end-x-gap, 1), Height: height})
		}
	}
}
