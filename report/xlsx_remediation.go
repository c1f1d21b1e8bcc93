package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/xuri/excelize/v2"
)

// The last columns of the remediation sheet are empty, for those who plan.
var remediationColumns = []column{
	{"Product", 12, short}, {"Remedy", 60, text}, {"Change of the file, as an example", 60, text}, {"Apply", 36, text}, {"Verify", 44, text}, {"Take back", 30, text}, {"Source", 16, text},
	{"For rules", 30, text}, {"Findings", 10, number}, {"Endpoints", 11, number}, {"On", 44, text}, {"Assigned to", 18, input}, {"Due", 13, inputDay}, {"Status", 14, inputState}, {"Remarks", 30, input},
}

// planned is the index of the first column for those who plan.
const planned = 11

// statuses are what a repair can be; the first is where it begins.
var statuses = []string{"open", "in progress", "done", "accepted", "not needed"}

func (b *book) addRemedies() error {
	all := &b.tally.remedies
	all.sort()
	b.remediation.finishing = b.choices
	for _, r := range all.list {
		on := lines(r.subjects)
		if more := r.total - len(r.subjects); more > 0 {
			on = append(on, fmt.Sprintf("and %d more", more))
		}
		change := split(r.example)
		if len(change) > maxExample {
			change = append(change[:maxExample:maxExample], "…")
		}
		if err := b.remediation.add(r.Product, split(r.Text), change, split(r.Apply), split(r.Verify), split(r.Rollback), trustIn(&r.Remedy), lines(r.rules), r.findings, r.total, on,
			nil, nil, statuses[0], nil); err != nil {
			return err
		}
	}
	if all.more == 0 {
		return nil
	}
	return b.remediation.add("…", "further remedies stand beside their findings", nil, nil, nil, nil, nil, nil, all.more, nil, nil, nil, nil, nil, nil)
}

// maxExample is the number of lines of a change that are shown.
const maxExample = 60

// choices lets people choose what the last columns hold. An owner the inventory
// does not name can be typed all the same.
func (b *book) choices(p *part) error {
	cells := func(column int) string {
		name := b.remediation.letters[column]
		return fmt.Sprintf("%s2:%s%d", name, name, p.rows)
	}
	status := excelize.NewDataValidation(true)
	status.Sqref = cells(planned + 2)
	if err := status.SetDropList(statuses); err != nil {
		return err
	}
	status.SetError(excelize.DataValidationErrorStyleStop, "Status", "Choose one of the list.")
	due := excelize.NewDataValidation(true)
	due.Sqref = cells(planned + 1)
	if err := due.SetRange(max(1, int(serial(b.report.Now))), 2958465, excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween); err != nil { // until 9999-12-31
		return err
	}
	due.SetError(excelize.DataValidationErrorStyleWarning, "Due", "A day after the report, such as 2027-01-31.")
	rules := []*excelize.DataValidation{status, due}
	if len(b.owners) > 0 {
		owner := excelize.NewDataValidation(true)
		owner.Sqref = cells(planned)
		owner.SetSqrefDropList(ownersName)
		owner.ShowErrorMessage = false
		rules = append(rules, owner)
	}
	for _, rule := range rules {
		if err := b.AddDataValidation(p.name, rule); err != nil {
			return err
		}
	}
	return nil
}

// ownersName is the name, in the workbook, of the list of owners, maxOwners the
// most it holds.
const (
	ownersName = "Owners"
	maxOwners  = 1000
)

var listColumns = []column{{"Owner", 40, text}}

// addOwners lists the owners the inventory names, for the drop-down.
func (b *book) addOwners() error {
	for _, owner := range slices.Sorted(maps.Keys(b.owners)) {
		if err := b.choice.add(owner); err != nil {
			return err
		}
	}
	if len(b.owners) > 0 {
		b.names = append(b.names, excelize.DefinedName{Name: ownersName, RefersTo: fmt.Sprintf("'%s'!$A$2:$A$%d", b.choice.part.name, b.choice.rows)})
	}
	return nil
}
