package report

import (
	"io"
	"strings"

	"tlsaudit/audit"
)

// Format is one kind of document.
type Format struct {
	// Name is what a user types, such as "xlsx".
	Name string
	// Ext is how names of files end for which the format is chosen, with its dot:
	// ".json", or ".cdx.json". The longest that fits counts.
	Ext string
	// Type is the media type, for who sends the document by HTTP or mail.
	Type string
	// Title is one line for help texts.
	Title string
	// Write writes the whole document. An error leaves w with a part of it;
	// see WriteFile for all or nothing.
	Write func(w io.Writer, r *audit.Report, o Options) error
}

// Formats lists every format; the first is the default.
var Formats = []Format{Table, JSON, Workbook, HTML, NDJSON, CSV, Markdown, JUnit, GitLab, GitHub, Prometheus, SARIF, CycloneDX, OSCAL, HDF, OCSF}

// ByName returns the format called name.
func ByName(name string) (Format, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// ByExt returns the format with the longest extension the file name has, in any
// case.
func ByExt(file string) (format Format, found bool) {
	for _, f := range Formats {
		if strings.HasSuffix(strings.ToLower(file), f.Ext) && len(f.Ext) > len(format.Ext) {
			format, found = f, true
		}
	}
	return format, found
}

// Options are the wishes of the reader. Formats made for programs take none of
// them, but for Raw in CSV and Limit in annotations; the workbook takes only
// WhatIf, Markdown only Limit and Only.
type Options struct {
	// Color allows ANSI colours. They repeat what the text says.
	Color bool
	// Width is the number of columns to fill; 0 means 80, the least is 60.
	Width int
	// Verbose lists what is otherwise counted: passes, rules that do not apply
	// and rules that are not automated.
	Verbose bool
	// Limit is the number of finding rows to print; 0 means 500 in a table, 100
	// in Markdown, 10 of a kind in annotations. A negative number means all, in
	// the latter two at most 5000.
	Limit int
	// Wide gives columns the room their text needs, whatever Width is.
	Wide bool
	// Only, when not empty, leaves of the findings those with these verdicts;
	// the counts stay those of all.
	Only []audit.Verdict
	// Grades adds a letter to each endpoint, with the reasons for it.
	Grades bool
	// Raw leaves text in CSV as it is, where a spreadsheet may take it for a
	// formula.
	Raw bool
	// WhatIf leaves only what every mail peer satisfies and what raising the
	// rows of the gateway's table would break.
	WhatIf bool
}
