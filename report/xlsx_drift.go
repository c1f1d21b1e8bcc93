package report

import "tlsaudit/audit"

// driftCheck is the check that holds what files declare against what was
// observed.
const driftCheck = "config.drift"

var driftColumns = []column{
	{"Verdict", 14, verdict}, {"Severity", 10, verdict}, {"Subject", 50, leads}, {"Declared, and observed", 64, text}, {"Rule", 16, text},
	{"Observed", 40, text}, {"Declared at", 32, text}, {"File", 30, text}, {"Listener", 26, text}, {"Remedy", 50, text}, {"System", 16, text}, {"Owner", 22, text},
}

// addDrift lists a comparison, also one that found no difference: a file that was
// compared is evidence too.
func (b *book) addDrift(record *audit.Record, f *audit.Finding) error {
	o := observed(record)
	var files, listeners lines
	for i := range record.Evidence.Declared {
		d := &record.Evidence.Declared[i]
		files, listeners = append(files, d.File), append(listeners, d.Listener)
	}
	if err := b.drift.add(verdictText(f), f.Severity.String(), b.drift.leading(f.Subject), f.Message, f.Rule, f.Evidence, placeText(f.Place, o), files, listeners,
		remedyText(f.Remedy), o.Target.System, o.Target.Owner); err != nil {
		return err
	}
	b.lead(b.drift.here(), "C", record.Evidence.Subject, false)
	return nil
}
