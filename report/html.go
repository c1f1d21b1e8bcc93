package report

import (
	"bufio"
	"fmt"
	"html/template"
	"io"
	"time"

	"tlsaudit/audit"
)

// HTML is the document for a reader with a browser: one page that needs nothing
// beside itself. Everything is in the document and can be read without scripts;
// the script only filters, sorts and turns pages. Of the options it takes
// WhatIf alone: who wants to see less, filters.
//
// The policy in its head lets no style and no script run but its own two, and
// no request leave. Templates, style and script stand in the folder html.
var HTML = Format{Name: "html", Ext: ".html", Type: "text/html; charset=utf-8", Title: "one page for a browser: charts, filters, evidence and remedies; works offline", Write: writeHTML}

// page is one document being written. Templates read it; its methods are the
// words they have.
type page struct {
	*bufio.Writer
	templates *template.Template

	Report *audit.Report
	// WhatIfOnly leaves out what is not about the gateway's rows.
	WhatIfOnly bool
	// Grades adds a letter to each endpoint.
	Grades bool
	// Style and Script are the whole of what the page may run, CSP allows them
	// by their hashes.
	Style  template.CSS
	Script template.JS
	CSP    string
	// Tally is what all records together say.
	Tally *pageTally
}

func writeHTML(w io.Writer, r *audit.Report, o Options) error {
	p := &page{Writer: bufio.NewWriterSize(w, 64<<10), Report: r, WhatIfOnly: o.WhatIf, Grades: o.Grades, Tally: newPageTally(r)}
	if err := p.load(); err != nil {
		return err
	}
	if err := each(r.Records.WorstFirst(), p.Tally.add); err != nil {
		return err
	}
	p.Tally.close()
	sections := []func() error{p.part("summary"), p.part("findings"), p.endpoints, p.configuration, p.gateway, p.part("policy"), p.part("method")}
	if o.WhatIf {
		sections = []func() error{p.gateway, p.part("method")}
	}
	steps := append([]func() error{p.part("head")}, sections...)
	for _, step := range append(steps, p.part("foot"), p.Flush) {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// part writes a template that is about the report as a whole.
func (p *page) part(name string) func() error {
	return func() error { return p.execute(name, p) }
}

func (p *page) execute(name string, data any) error {
	if err := p.templates.ExecuteTemplate(p.Writer, name, data); err != nil {
		return fmt.Errorf("writing the page: %s: %w", name, err)
	}
	return nil
}

// list writes a section of n pieces: an opening, a piece for every record that
// is chosen, worst first, and an end.
func (p *page) list(name, piece string, n int, chosen func(*audit.Record) bool) error {
	if n == 0 {
		return nil
	}
	if err := p.execute(name+"-start", p); err != nil {
		return err
	}
	err := each(p.Report.Records.WorstFirst(), func(record *audit.Record) error {
		if !chosen(record) {
			return nil
		}
		return p.execute(piece, p.subject(record))
	})
	if err != nil {
		return err
	}
	return p.execute(name+"-end", p)
}

// Stamp is a time to the minute, in UTC.
func (p *page) Stamp(t time.Time) string { return stamp(t) }

// Day is the day of a time in UTC.
func (p *page) Day(t time.Time) string { return date10(t) }

// Plural counts things.
func (p *page) Plural(n int, one, many string) string { return plural(n, one, many) }
