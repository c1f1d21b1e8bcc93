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

	summary                                      *excelize.StreamWriter
	findings, remediation, unjudged, passed      *sheet
	endpoints, ciphers, certificates, unassisted *sheet
}

func writeWorkbook(w io.Writer, r *audit.Report, _ Options) (err error) {
	b := &book{File: excelize.NewFile(), report: r, tally: newTally()}
	defer func() {
		// Close removes the temporary files of large sheets.
		if closed := b.Close(); err == nil && closed != nil {
			err = fmt.Errorf("workbook: %w", closed)
		}
	}()
	for _, step := range []func() error{b.open, b.judgements, b.inventories, b.close, b.repeat, b.properties} {
		if err := step(); err != nil {
			return err
		}
	}
	return canonical(w, b.File)
}

// open creates the sheets in the order of their tabs.
func (b *book) open() (err error) {
	if b.styles, err = newStyles(b.File); err != nil {
		return err
	}
	if b.summary, err = b.openSummary(); err != nil {
		return err
	}
	for _, s := range []struct {
		to      **sheet
		name    string
		keep    int
		columns []column
	}{
		{&b.findings, "Findings", 3, findingColumns},
		{&b.remediation, "Remediation", 2, remediationColumns},
		{&b.endpoints, "Endpoints", 1, endpointColumns},
		{&b.ciphers, "Ciphers", 1, cipherColumns},
		{&b.certificates, "Certificates", 1, certificateColumns},
		{&b.unjudged, "Not judged", 1, unjudgedColumns},
		{&b.passed, "Passed", 3, passedColumns},
		{&b.unassisted, "Not automated", 2, unautomatedColumns},
	} {
		if *s.to, err = b.sheet(s.name, s.keep, s.columns); err != nil {
			return err
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
	if err := b.addRemedies(); err != nil {
		return err
	}
	return b.addUnautomated()
}

// inventories fills the sheets about what was seen, by subject.
func (b *book) inventories() error {
	for record, err := range b.report.Records.BySubject() {
		if err != nil {
			return fmt.Errorf("reading the evidence: %w", err)
		}
		for _, add := range []func(*audit.Record) error{b.addEndpoint, b.addCiphers, b.addCertificates} {
			if err := add(record); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *book) close() error {
	for _, s := range []*sheet{b.findings, b.remediation, b.endpoints, b.ciphers, b.certificates, b.unjudged, b.passed, b.unassisted} {
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
		Title: "TLS compliance report", Subject: "TLS compliance of network endpoints", Category: "Audit",
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
