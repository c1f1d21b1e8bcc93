package report

import (
	"fmt"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// gridRows is the number of rows after which a grid ends and the next begins,
// with a header of its own: the library holds a grid until it is drawn.
const gridRows = 500

// grid is a bordered table of columns of given widths. Its cells are clean,
// wrapped and may be painted line by line; lines are separated by newlines.
type grid struct {
	t      *terminal
	header []string
	widths tw.Mapper[int, int]
	ruled  bool // a line between rows, for cells of many lines
	table  *tablewriter.Table
	rows   int
}

// gridWidth is what borders and padding add to the widths of n columns.
func gridWidth(n int) int { return 3*n + 1 }

func (t *terminal) grid(header []string, widths []int) *grid {
	g := &grid{t: t, header: header, widths: tw.NewMapper[int, int]()}
	for i, w := range widths {
		g.widths.Set(i, w+2)
	}
	return g
}

func (g *grid) add(cells []string) error {
	if g.rows%gridRows == 0 {
		if err := g.close(); err != nil {
			return err
		}
		look := tw.Rendition{Symbols: tw.NewSymbols(tw.StyleLight)}
		if g.ruled {
			look.Settings.Separators.BetweenRows = tw.On
		}
		g.table = tablewriter.NewTable(g.t,
			tablewriter.WithRenderer(renderer.NewBlueprint(look)),
			tablewriter.WithEastAsian(tw.Off), // the locale must not change the report
			tablewriter.WithColumnWidths(g.widths),
			tablewriter.WithRowAutoWrap(tw.WrapNone), // cells are wrapped where names may be split
			tablewriter.WithHeaderAutoWrap(tw.WrapNone),
			tablewriter.WithHeaderAutoFormat(tw.Off), // profile ids are written as they are
			tablewriter.WithRowAlignment(tw.AlignLeft),
			tablewriter.WithHeaderAlignment(tw.AlignLeft),
			tablewriter.WithHeader(g.header),
		)
	}
	g.rows++
	if err := g.table.Append(cells); err != nil {
		return fmt.Errorf("table row: %w", err)
	}
	return nil
}

// close draws what was added since the last grid was drawn.
func (g *grid) close() error {
	if g.table == nil {
		return nil
	}
	defer func() { g.table = nil }()
	if err := g.table.Render(); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	return nil
}
