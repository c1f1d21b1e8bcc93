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

// trend is what became of the numbers over the last runs, the oldest first.
type trend struct {
	Points []trendPoint
	// Score is the line of the score, Unknown the area of the share of endpoints
	// of which something is not known; both as lists of coordinates.
	Score, Unknown string
	// Columns are the failures of each run, Most the greatest of them.
	Columns []trendColumn
	Most    int
}

// trendPoint is one run.
type trendPoint struct {
	Run              string
	At               time.Time
	Score            string
	Subjects         int
	Unknown          int
	Fail, Warn, Lost int
	tenths           int
}

// trendColumn is one part of a column.
type trendColumn struct {
	Class               string
	X, Y, Width, Height int
}

// newTrend reads runs, the newest first, and leaves out those without a result.
func newTrend(runs []history.Run) *trend {
	t := &trend{}
	for i := range runs {
		r := &runs[i]
		if r.State != history.Complete {
			continue
		}
		s := &r.Summary
		t.Points = append(t.Points, trendPoint{Run: r.ID, At: r.Started, Score: s.Score.String(), Subjects: s.Subjects, Unknown: s.Unknown, Fail: s.Fail, Warn: s.Warn, Lost: s.UnknownFindings, tenths: s.Score.Tenths()})
		t.Most = max(t.Most, s.Fail)
	}
	slices.Reverse(t.Points)
	t.lines()
	t.columns(runs)
	return t
}

// First and Last are the ends of the trend.
func (t *trend) First() trendPoint { return t.Points[0] }

// Last is the newest run of the trend.
func (t *trend) Last() trendPoint { return t.Points[len(t.Points)-1] }

// lines draws what is a share of a hundred.
func (t *trend) lines() {
	if len(t.Points) < 2 {
		return
	}
	var score, unknown []string
	step := float64(trendWidth) / float64(len(t.Points)-1)
	for i, p := range t.Points {
		x := float64(i) * step
		if p.tenths >= 0 {
			score = append(score, fmt.Sprintf("%.1f,%.1f", x, trendHeight-float64(p.tenths)*trendHeight/1000))
		}
		share := 0.0
		if p.Subjects > 0 {
			share = float64(p.Unknown) / float64(p.Subjects)
		}
		unknown = append(unknown, fmt.Sprintf("%.1f,%.1f", x, trendHeight-share*trendHeight))
	}
	t.Score = strings.Join(score, " ")
	t.Unknown = fmt.Sprintf("0,%d %s %d,%d", trendHeight, strings.Join(unknown, " "), trendWidth, trendHeight)
}

// columns draws the failures of each run, the gravest at the bottom.
func (t *trend) columns(runs []history.Run) {
	if t.Most == 0 || len(t.Points) == 0 {
		return
	}
	severities := map[string]map[string]int{}
	for i := range runs {
		severities[runs[i].ID] = runs[i].Summary.FailBySeverity
	}
	n := len(t.Points)
	for i, p := range t.Points {
		x, end := i*trendWidth/n, (i+1)*trendWidth/n
		gap := max((end-x)/6, 1)
		y := trendHeight
		for _, name := range severityNames {
			height := int(int64(severities[p.Run][name]) * trendHeight / int64(t.Most))
			if height == 0 {
				continue
			}
			y -= height
			t.Columns = append(t.Columns, trendColumn{Class: name, X: x, Y: y, Width: max(end-x-gap, 1), Height: height})
		}
	}
}
