package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"

	"tlsaudit/audit"
	"tlsaudit/report"
)

// stored is the evidence of earlier reports, to be judged again without
// touching the network.
type stored struct {
	sequence iter.Seq2[audit.Stored, error]
	// count is how many endpoints the reports say they hold.
	count int
	// stopped names the first report whose run did not reach every target.
	stopped string
	// origin is where the reports were made, as far as they all say the same.
	origin audit.Origin
	// files counts configuration files, which are not judged again: evidence of
	// them is not the files.
	files int
}

// readStored reads the heads of the reports; the evidence follows when the
// sequence is walked.
func readStored(files []string) (*stored, error) {
	s := &stored{}
	for i, file := range files {
		f, err := openReport(file)
		if err != nil {
			return nil, err
		}
		head, err := report.ReadHead(file, bufio.NewReader(f))
		f.Close()
		if err != nil {
			return nil, err
		}
		if head.Excerpt {
			return nil, excerpt(file)
		}
		var made audit.Origin
		if head.Origin != nil {
			made = *head.Origin
		}
		if i == 0 {
			s.origin = made
		}
		if made.Host != s.origin.Host {
			s.origin.Host = ""
		}
		if made.Operator != s.origin.Operator {
			s.origin.Operator = ""
		}
		s.count += head.Summary.Subjects
		s.files += head.Summary.Files
		if head.Stopped && s.stopped == "" {
			s.stopped = file
		}
	}
	s.sequence = func(yield func(audit.Stored, error) bool) {
		for _, file := range files {
			if !yieldFile(file, yield) {
				return
			}
		}
	}
	return s, nil
}

func yieldFile(file string, yield func(audit.Stored, error) bool) bool {
	f, err := openReport(file)
	if err != nil {
		return yield(audit.Stored{}, err)
	}
	defer f.Close()
	var names []string
	for _, p := range protocols() {
		names = append(names, p.Name)
	}
	for s, err := range report.ReadEvidence(file, bufio.NewReaderSize(f, 256<<10), names...) {
		if !yield(s, err) {
			return false
		}
	}
	return true
}

// openReport opens a report, with the program's own words where it cannot.
func openReport(file string) (*os.File, error) {
	f, err := os.Open(file)
	if err == nil {
		return f, nil
	}
	cause := err.Error()
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		cause = p.Err.Error()
	}
	return nil, &audit.InputError{Place: audit.Place{File: file}, Cause: fmt.Sprintf("cannot read the report: %s", cause),
		Hint: "name a JSON report that tlsaudit wrote (tlsaudit audit -o report.json)", Err: err}
}

// excerpt is the error that a report is a comparison and lacks what did not
// change.
func excerpt(file string) error {
	return &audit.InputError{Place: audit.Place{File: file}, Cause: "this is a comparison, and holds only what changed", Hint: "name the later of the two reports it was made of"}
}
