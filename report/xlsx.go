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
var Workbook = Format{Name: "xlsx", Ext: ".xlsx", Title: "workbook with summary, findings, remedies and inventories", Write: writeWorkbook}

// book is a workbook being written.
type book struct {
	*excelize.File
	report *audit.Report
	styles styles
	tally  tally
	titles []printTitles
	whatIf bool     // nothing but that
	tabs   []*sheet // in order, behind the summary

	summary                                       *excelize.StreamWriter
	findings, remediation, unjudged, passed       *sheet
	endpoints, ciphers, certificates, unassisted  *sheet
	matrix, gateway, configuration, peers, impact *sheet
	waivers, conflicts                            *sheet
}

func writeWorkbook(w io.Writer, r *audit.Report, o Options) (err error) {
	b := &book{File: excelize.NewFile(), report: r, tally: newTally(), whatIf: o.WhatIf}
	defer func() {
		// Close removes the temporary files of large sheets.
		if closed := b.Close(); err == nil && closed != nil {
			err = fmt.Errorf("workbook: %w", closed)
		}
	}()
	if err := b.write(); err != nil {
		return err
	}
	return canonical(w, b.File)
}

// write fills the sheets.
func (b *book) write() error {
	if err := b.open(); err != nil {
		return err
	}
	return b.fill()
}

func (b *book) fill() error {
	steps := []func() error{b.judgements, b.inventories, b.lists, b.close, b.repeat, b.properties}
	if b.whatIf {
		steps = []func() error{b.inventories, b.lists, b.close, b.repeat, b.properties}
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
	if b.summary, err = b.openSummary(); err != nil {
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
		{&b.matrix, "Matrix", 1, matrixColumns(b.report), lazy},
		{&b.findings, "Findings", 3, findingColumns, always},
		{&b.remediation, "Remediation", 2, remediationColumns, always},
		{&b.gateway, "Gateway", 1, gatewayColumns, also},
		{&b.configuration, "Configuration", 1, configurationColumns, lazy},
		{&b.peers, "What-if", 1, peerColumns(), focused},
		{&b.impact, "Row impact", 1, impactColumns, focused},
		{&b.waivers, "Waivers", 2, waiverColumns, always},
		{&b.conflicts, "Conflicts", 1, conflictColumns, lazy},
		{&b.endpoints, "Endpoints", 1, endpointColumns, always},
		{&b.ciphers, "Ciphers", 1, cipherColumns, always},
		{&b.certificates, "Certificates", 1, certificateColumns, always},
		{&b.unjudged, "Not judged", 1, unjudgedColumns, always},
		{&b.passed, "Passed", 3, passedColumns, always},
		{&b.unassisted, "Not automated", 2, unautomatedColumns, always},
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
	return b.addRemedies()
}

// lists fills the sheets about what does not grow with the endpoints.
func (b *book) lists() error {
	steps := []func() error{b.addUnautomated, b.addWaivers, b.addConflicts, b.addImpact}
	if b.whatIf {
		steps = []func() error{b.addImpact}
	}
	for _, add := range steps {
		if err := add(); err != nil {
			return err
		}
	}
	return nil
}

// inventories fills the sheets about what was seen, by subject.
func (b *book) inventories() error {
	steps := []func(*audit.Record) error{b.addToMatrix, b.addEndpoint, b.addCiphers, b.addCertificates, b.addConnection, b.addDeclared, b.addPeer}
	if b.whatIf {
		steps = []func(*audit.Record) error{b.addConnection, b.addPeer}
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

func (b *book) close() error {
	for _, s := range b.tabs {
		if err := s.close(); err != nil {
			return err
		}
	}
	if err := b.writeSummary(); err != nil {
		return fmt.Errorf("sheet Summary: %w", err)
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
