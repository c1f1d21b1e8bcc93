package haproxy

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// weakDefaults judges the global options for binds by themselves: no bind needs
// to go by them.
func weakDefaults(c *confdoc.Case) []confdoc.Result {
	p := c.Doc.Syntax.(*parser)
	g := p.globals
	switch {
	case g == nil || g.options == nil:
		return confdoc.Moot("no ssl-default-bind-options in the file")
	case g.bind.min == nil && g.bind.max == nil && len(g.bind.unknown) > 0:
		return []confdoc.Result{confdoc.Undecided(g.options.place(), "ssl-default-bind-options: the value of the environment variable "+g.bind.unknown[0]+" is not known")}
	case g.bind.min == nil && g.bind.max == nil:
		return confdoc.Moot("ssl-default-bind-options says nothing about the lowest version")
	}
	o := p.spanOf(g.bind, false)
	if o.lowest < 0 || versionsOf[o.lowest] >= c.Min {
		if o.assumed {
			return []confdoc.Result{confdoc.Undecided(g.options.place(), "ssl-default-bind-options without ssl-min-ver: versions below TLS 1.2 are on by default before HAProxy "+tls12ByDefault+"; the version is not known")}
		}
		return nil
	}
	from := o.from
	if from == nil {
		from = g.bind.max
	}
	r := confdoc.Violated(from.place(), fmt.Sprintf("the global default of binds admits %s, %s or later is wanted: %s", versionsOf[o.lowest], c.Min, from.text()))
	r.Evidence = from.text()
	return []confdoc.Result{r.With(p.mendDefaults(g, c.Min)...)}
}

// mendDefaults returns the edits that make the global options for binds begin at
// a version: the same a bind would take that goes by them.
func (p *parser) mendDefaults(g *globals, lowest audit.Version) []conftree.Edit {
	m := &mender{p: p, l: &confdoc.Listener{}, want: audit.Want{MinVersion: lowest}, versions: g.bind, span: p.spanOf(g.bind, false), globals: g}
	if m.range13() != nil {
		return nil
	}
	if len(m.added) > 0 {
		at := g.options.words[len(g.options.words)-1].end
		m.edits = append(m.edits, g.options.file.Replace(at, at, " "+strings.Join(m.added, " ")))
	}
	return m.edits
}
