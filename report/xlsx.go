package report

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"tlsaudit/audit"
)

// Workbook is the document for an auditor and for whoever plans the repairs: a
// summary to sign, and lists to filter and sort. Data sheets are streamed; no
// cell holds a formula or a link made from data.
var Workbook = Format{Name: "xlsx", Ext: ".xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Title: "workbook with summary, findings, remedies and inventories", Write: writeWorkbook}

// book is a workbook being written. Memory does not grow with the number of
// endpoints: rows go into files, and what is counted has bounds of its own.
type book struct {
	*excelize.File
	report *audit.Report
	styles styles
	titles []printTitles
	names  []excelize.DefinedName
	whatIf bool     // nothing but that
	grades bool     // of endpoints
	tabs   []*sheet // in order, behind the summary

	cover, summary *paper

	findings, remediation, unjudged, passed, drift *sheet
	endpoints, ciphers, certificates, unassisted   *sheet
	inventory, ends, evidence, choice              *sheet
	scorecard, matrix, controls, changed           *sheet
	gateway, configuration, peers, impact          *sheet
	waivers, conflicts                             *sheet

	// What is counted while records pass by.
	tally       tally
	systems     scorecard
	asked       asked
	uses        uses
	calendar    calendar
	governed    governed
	connections []*audit.Record // the rows of the gateway's table
	owners      map[string]bool
	homes       homes
	ruleRows    map[[2]string]spot
}

func newBook(r *audit.Report, o Options) *book {
	return &book{File: excelize.NewFile(), report: r, whatIf: o.WhatIf, grades: o.Grades, tally: newTally(), calendar: calendar{}, governed: governed{},
		owners: map[string]bool{}, homes: homes{}, ruleRows: map[[2]string]spot{}}
}

func writeWorkbook(w io.Writer, r *audit.Report, o Options) (err error) {
	b := newBook(r, o)
	defer func() {
		if closed := b.close(); err == nil && closed != nil {
			err = fmt.Errorf("workbook: %w", closed)
		}
	}()
	if err := b.open(); err != nil {
		return err
	}
	if err := b.fill(); err != nil {
		return err
	}
	return b.canonical(w)
}

// close removes the temporary files.
func (b *book) close() error {
	failed := b.Close()
	for _, s := range b.tabs {
		for _, p := range s.parts {
			if err := p.body.Close(); failed == nil {
				failed = err
			}
		}
	}
	return failed
}

// fill writes the sheets. What was seen comes before what is said of it: a
// finding leads to the row of its endpoint.
func (b *book) fill() error {
	steps := []func() error{b.inventories, b.addConnections, b.judgements, b.lists, b.finish, b.repeat, b.properties}
	if b.whatIf {
		steps = []func() error{b.inventories, b.addConnections, b.addImpact, b.finish, b.repeat, b.properties}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// open creates the sheets in the order of their tabs.
func (b *book) open() (err error) {
	if b.styles, err = newStyles(b.File); err != nil {
		return err
	}
	if !b.whatIf {
		if b.cover, err = b.openPaper(coverName, true, coverWidths...); err != nil {
			return err
		}
	}
	if b.summary, err = b.openPaper(summaryName, false, summaryWidths...); err != nil {
		return err
	}
	const (
		always  = iota // says so if there is nothing to list
		lazy           // appears with its first row
		focused        // lazy, but always in a workbook about what-if, which has no sheets but those that are so
		also           // lazy, and in a workbook about what-if too
	)
	for _, s := range []struct {
		to      **sheet
		name    string
		keep    int
		columns []column
		when    int
	}{
		{&b.scorecard, "Scorecard", 1, nil, lazy}, // its columns depend on the findings
		{&b.matrix, "Matrix", 1, matrixColumns(b.report), lazy},
		{&b.findings, "Findings", 3, findingColumns, always},
		{&b.remediation, "Remediation", 2, remediationColumns, always},
		{&b.changed, "Changes", 2, changeColumns, lazy},
		{&b.gateway, "Gateway", 1, gatewayColumns, also},
		{&b.peers, "What-if", 1, peerColumns(), focused},
		{&b.impact, "Row impact", 1, impactColumns, focused},
		{&b.configuration, "Config files", 1, configurationColumns, lazy},
		{&b.drift, "Drift", 3, driftColumns, lazy},
		{&b.waivers, "Waivers", 2, waiverColumns, always},
		{&b.conflicts, "Conflicts", 1, conflictColumns, lazy},
		{&b.endpoints, "Endpoints", 1, b.endpointColumns(), always},
		{&b.certificates, "Certificates", 1, certificateColumns, always},
		{&b.ends, "Calendar", 1, calendarColumns, always},
		{&b.inventory, "Cipher inventory", 3, inventoryColumns, always},
		{&b.ciphers, "Ciphers", 1, cipherColumns, always},
		{&b.controls, "Controls", 3, controlColumns, always},
		{&b.unjudged, "Inconclusive", 1, unjudgedColumns, always},
		{&b.evidence, "Evidence", 2, evidenceColumns, always},
		{&b.passed, "Passed", 3, passedColumns, always},
		{&b.unassisted, "Not automated", 2, unautomatedColumns, always},
		{&b.choice, "Lists", 1, listColumns, lazy},
	} {
		if b.whatIf && s.when != focused && s.when != also {
			continue
		}
		*s.to = b.sheet(s.name, s.keep, s.columns)
		b.tabs = append(b.tabs, *s.to)
		if s.when == always || s.when == focused && b.whatIf {
			if err := (*s.to).start(); err != nil {
				return err
			}
		}
	}
	return nil
}

// inventories fills the sheets about what was seen, by subject.
func (b *book) inventories() error {
	steps := []func(*audit.Record) error{b.keepConnection, b.addToMatrix, b.addEndpoint, b.addCiphers, b.addCertificates, b.addDeclared, b.addPeer}
	if b.whatIf {
		steps = []func(*audit.Record) error{b.keepConnection, b.addPeer}
	}
	for record, err := range b.report.Records.BySubject() {
		if err != nil {
			return fmt.Errorf("reading the evidence: %w", err)
		}
		for _, add := range steps {
			if err := add(record); err != nil {
				return err
			}
		}
	}
	return nil
}

// judgements fills the sheets about findings, the worst endpoint first.
func (b *book) judgements() error {
	for record, err := range b.report.Records.WorstFirst() {
		if err != nil {
			return fmt.Errorf("reading the findings: %w", err)
		}
		if err := b.addFindings(record); err != nil {
			return err
		}
	}
	return nil
}

// lists fills the sheets that have less than a row for each endpoint.
func (b *book) lists() error {
	for _, add := range []func() error{b.addScorecard, b.addOwners, b.addRemedies, b.addChanges, b.addControls, b.addCalendar, b.addInventory, b.addUnautomated, b.addWaivers, b.addConflicts, b.addImpact} {
		if err := add(); err != nil {
			return err
		}
	}
	return nil
}

// finish ends the sheets, and writes those that tell of all others.
func (b *book) finish() error {
	for _, s := range b.tabs {
		if err := s.close(); err != nil {
			return err
		}
	}
	if b.whatIf {
		return b.writeSummary()
	}
	for _, write := range []func() error{b.writeCover, b.writeSummary, b.writeMethod} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// properties sets what a file manager shows. All of it comes from the report:
// the library's own defaults name its author and a date of 2006.
func (b *book) properties() error {
	made := b.report.Generated.UTC().Format("2006-01-02T15:04:05Z")
	producer := Clean(b.report.Tool.Name + " " + b.report.Tool.Version)
	err := b.SetDocProps(&excelize.DocProperties{
		Title: b.title(), Subject: "TLS compliance of network endpoints", Category: "Audit",
		Creator: producer, LastModifiedBy: producer, Created: made, Modified: made,
		Description: Clean(coverage(&b.report.Summary)), Language: "en",
	})
	if err != nil {
		return fmt.Errorf("document properties: %w", err)
	}
	if err := b.SetAppProps(&excelize.AppProperties{Application: "Microsoft Excel", AppVersion: "16.0300"}); err != nil {
		return fmt.Errorf("application properties: %w", err)
	}
	return nil
}
