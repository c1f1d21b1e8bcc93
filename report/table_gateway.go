package report

import (
	"cmp"
	"fmt"

	"tlsaudit/audit"
)

// gateway prints the findings about the rows of the gateway's table, which are
// no endpoints: what is wrong with them is wrong whoever answers.
func (t *terminal) gateway(r *audit.Report) error {
	if t.seen.rows == 0 {
		return nil
	}
	t.section("GATEWAY TABLE")
	limit := t.limit
	err := each(r.Records.WorstFirst(), func(record *audit.Record) error {
		if record.Evidence.Connection == nil {
			return nil
		}
		return t.subject(record)
	})
	t.folded("row", "rows")
	t.limit = limit
	return err
}

// connection says what a row of the table demands, and of whom.
func (t *terminal) connection(c *audit.Connection) {
	text := fmt.Sprintf("%s row %d %s: %s", c.Direction, c.Priority, quoted(c.Name), c.Security)
	if c.Strength != "" {
		text += "/" + c.Strength
	}
	text += ", " + effective(c)
	if c.Source != "" {
		text += ", read from " + clean(c.Source, 60)
	}
	if c.Place != nil {
		text += ", " + c.Place.String()
	}
	t.line("  ", clean(text, 1000))
	t.line("  ", "for "+clean(cmp.Or(c.Match, "peers the table does not name"), 600))
}

// effective says what the gateway makes of a configured level.
func effective(c *audit.Connection) string {
	switch c.Effective {
	case "":
		return "what is in effect cannot be told"
	case c.Security:
		return "in effect as configured"
	}
	return "in effect only " + c.Effective
}
