package main

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/report"
)

// open is what keeps a report from being complete, by what there is to do about
// it. An endpoint that fails for certain is never a mere gap: what hides behind
// the failure is learnt by mending it, not by looking away.
type open struct {
	// width is that of the terminal the lines are for; 0 leaves them whole, for
	// programs that read them.
	width                                int
	failing, accepted, dark, files, rows openList
	stopped                              bool
}

// openList counts subjects and names the first of them.
type openList struct {
	count int
	lines []string
}

func (l *openList) add(place *audit.Place, subject, why string) {
	if l.count++; l.count > maxNamed {
		return
	}
	if place != nil {
		subject = place.String() + ": " + subject
	}
	l.lines = append(l.lines, subject+": "+why)
}

// findOpen sorts the subjects that were not judged in full.
func findOpen(r *audit.Report) (*open, error) {
	o := &open{stopped: r.Stopped}
	if r.Complete || r.Summary.Unknown+r.Summary.Rows+r.Summary.Files == 0 {
		return o, nil
	}
	for record, err := range r.Records.WorstFirst() {
		if err != nil {
			return nil, err
		}
		o.sort(record)
	}
	return o, nil
}

func (o *open) sort(record *audit.Record) {
	first := map[audit.Verdict]string{}
	for i := range record.Findings {
		f := &record.Findings[i]
		if _, seen := first[f.Verdict]; !seen {
			first[f.Verdict] = f.Message
		}
	}
	unknown, is := first[audit.Unknown]
	if !is {
		return
	}
	unknown = strings.TrimPrefix(unknown, "not judged: ")
	subject := record.Evidence.Subject
	if c := record.Evidence.Connection; c != nil {
		o.rows.add(c.Place, subject, unknown)
		return
	}
	var place *audit.Place
	if seen := record.Evidence.Observed; seen != nil {
		place = seen.Target.Place
	}
	if why, fails := first[audit.Fail]; fails {
		o.failing.add(place, subject, "fails: "+why+"; not known: "+unknown)
	} else if why, waived := first[audit.Waived]; waived {
		o.accepted.add(place, subject, "waived: "+why+"; not known: "+unknown)
	} else if record.Evidence.Endpoint() {
		o.dark.add(place, subject, unknown)
	} else {
		o.files.add(place, subject, unknown)
	}
}

// needsProbes reports whether something is open that only an endpoint can
// answer.
func (o *open) needsProbes() bool {
	return o.stopped || o.failing.count+o.accepted.count+o.dark.count > 0
}

// print names what is open, with the line of the file it stands on.
func (o *open) print(w cleaner, r *audit.Report) {
	s := &r.Summary
	of := func(n, all int, one, many string) string {
		return fmt.Sprintf("%d of %s", n, plural(all, one, many))
	}
	endpoints := func(l *openList) string { return of(l.count, s.Subjects, "endpoint", "endpoints") }
	one, many := "endpoint", "endpoints"
	if s.Files > 0 {
		one, many = "endpoint or file", "endpoints and files"
	}
	o.failing.print(w, o.width, plural(o.failing.count, one+" fails", many+" fail")+" and could not be judged in full: what is not known there may be\nworse. Mend what fails, and it can be judged:")
	o.accepted.print(w, o.width, plural(o.accepted.count, one+" has", many+" have")+" waived findings and could not be judged in full: no waiver\ncovers what is not known. Mend what is waived, and it can be judged:")
	o.dark.print(w, o.width, endpoints(&o.dark)+" could not be judged in full, and no waiver covers that. Reach or\nmend what is in the way:")
	o.files.print(w, o.width, of(o.files.count, s.Files+s.Listeners, "configuration file or listener", "configuration files and listeners")+" could not be judged in full.\nState what is missing, or give the files that say it:")
	o.rows.print(w, o.width, of(o.rows.count, s.Rows, "row", "rows")+" of the gateway's table could not be judged in full. State what is\nmissing, in the policy's key gateway: or in the row:")
	if o.stopped {
		fmt.Fprintf(w, "\nThe run did not reach every target: %s.\nWhat it did not reach is in no report; audit until the end.\n", r.Incomplete)
	}
	for _, notice := range r.Notices {
		fmt.Fprintf(w, "\n%s\n", notice)
	}
}

func (l *openList) print(w cleaner, width int, head string) {
	if l.count == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", head)
	for _, line := range l.lines {
		if width == 0 {
			fmt.Fprintf(w, "  %s\n", line)
			continue
		}
		for i, part := range wrapWords(report.Clean(line), width-4) {
			fmt.Fprintf(w, "%s%s\n", strings.Repeat(" ", min(2+2*i, 4)), part)
		}
	}
	if more := l.count - len(l.lines); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}
