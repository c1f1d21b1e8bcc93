package report

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// The charts of the summary stand beside each other in a strip of empty rows,
// and show numbers that stand in cells below it.
const (
	stripRows = 15
	// The library takes rows it did not write for 18 pixels high; those of the
	// strip have 15 points, which are 20 pixels.
	chartHeight = 18*stripRows - 12
	chartWidth  = 365 // pixels: a third of the summary
	// mostCharted is the number of profiles whose bars can still be told apart.
	mostCharted = 12
)

// verdictTones are the colours of the verdicts in the order of allVerdicts. The
// legend names each, so that colour only repeats it.
var verdictTones = []string{"C0392B", "7D5BBE", "D9A400", "3B78C2", "2E8B57", "8A94A0"}

// strip leaves the rows for the charts and returns the first of them.
func (p *paper) strip() int {
	p.cells(0)
	first := p.row + 1
	for range stripRows {
		p.cells(15)
	}
	return first
}

// stripCell are the cell and the offset in pixels at which the charts begin. A
// column takes 7 pixels for each character of its width, and 5 more.
var stripCell = []struct {
	column string
	offset int
}{{"A", 0}, {"B", 184}, {"E", 0}}

// shareChart draws the numbers in column C of some rows as parts of a whole,
// under the words in column A. Those that are 0 have no room in it.
func (p *paper) shareChart(strip, place int, title string, first, last int) {
	points := make([]excelize.ChartDataPoint, len(verdictTones))
	for i, color := range verdictTones {
		points[i] = excelize.ChartDataPoint{Index: i, Fill: solid(color)}
	}
	p.chart(strip, place, &excelize.Chart{
		Type: excelize.Doughnut, Title: chartTitle(title), HoleSize: 55,
		Series: []excelize.ChartSeries{{Name: fmt.Sprintf("'%s'!$C$%d", p.name, first-1), DataPoint: points, Categories: p.span("A", first, last), Values: p.span("C", first, last),
			DataLabel: excelize.ChartDataLabel{Font: excelize.Font{Size: 9, Bold: true, Color: "FFFFFF"}}}},
		Legend:   excelize.ChartLegend{Position: "right", Font: &excelize.Font{Size: 9, Color: ink}},
		PlotArea: excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "#,##0;;;"}},
	})
}

// columnChart draws the numbers in column C of some rows over the words in
// column A.
func (p *paper) columnChart(strip, place int, title string, first, last int) {
	p.chart(strip, place, &excelize.Chart{
		Type: excelize.Col, Title: chartTitle(title), VaryColors: new(bool),
		Series: []excelize.ChartSeries{{
			Name: fmt.Sprintf("'%s'!$C$%d", p.name, first-1), Fill: solid(verdictTones[0]), Categories: p.span("A", first, last), Values: p.span("C", first, last),
		}},
		Legend: excelize.ChartLegend{Position: "none"}, PlotArea: excelize.ChartPlotArea{ShowVal: true},
		YAxis: excelize.ChartAxis{None: true}, XAxis: excelize.ChartAxis{Font: excelize.Font{Size: 9, Color: ink}},
	})
}

// stackedChart draws the numbers of the columns C to G of some rows below a
// header as bars, one for each row.
func (p *paper) stackedChart(strip, place int, title string, head, last int) {
	var series []excelize.ChartSeries
	for i, column := range []string{"C", "D", "E", "F", "G"} {
		series = append(series, excelize.ChartSeries{Name: fmt.Sprintf("'%s'!$%s$%d", p.name, column, head), Fill: solid(verdictTones[i]),
			Categories: p.span("A", head+1, last), Values: p.span(column, head+1, last)})
	}
	p.chart(strip, place, &excelize.Chart{
		Type: excelize.BarStacked, Title: chartTitle(title), Series: series, Legend: excelize.ChartLegend{Position: "bottom", Font: &excelize.Font{Size: 8, Color: ink}},
		XAxis: excelize.ChartAxis{ReverseOrder: true, Font: excelize.Font{Size: 8, Color: ink}},
		YAxis: excelize.ChartAxis{Font: excelize.Font{Size: 8, Color: ink}, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "0"}},
	})
}

func (p *paper) chart(strip, place int, chart *excelize.Chart) {
	if p.err != nil {
		return
	}
	at := stripCell[place]
	chart.Dimension = excelize.ChartDimension{Width: chartWidth, Height: chartHeight}
	chart.Format = excelize.GraphicOptions{OffsetX: at.offset, OffsetY: 4, AltText: chart.Title.Paragraph[0].Text + ": the numbers stand below"}
	p.check(p.AddChart(p.name, fmt.Sprintf("%s%d", at.column, strip), chart))
}

func (p *paper) span(column string, first, last int) string {
	return fmt.Sprintf("'%s'!$%[2]s$%[3]d:$%[2]s$%[4]d", p.name, column, first, last)
}

func chartTitle(text string) excelize.ChartTitle {
	return excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: text, Font: &excelize.Font{Size: 11, Bold: true, Color: ink}}}}
}

func solid(color string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
}
