package report

import (
	"fmt"
	"io"
	"iter"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/jsonstream"
)

// ReadReport reads a stored JSON report up to its lists of evidence and
// findings: all of it but Records, which ReadRecords yields. The name of the file
// is used in errors only, which are *audit.InputError.
func ReadReport(file string, in io.Reader) (*audit.Report, error) {
	r := &audit.Report{}
	s := jsonstream.NewReader(file, in)
	for name, err := range s.Members() {
		if err != nil {
			return nil, err
		}
		if name == "evidence" || name == "findings" {
			break
		}
		if err := readMember(s, name, r); err != nil {
			return nil, err
		}
	}
	if r.Schema == "" {
		return nil, noSchema(file)
	}
	return r, nil
}

// readMember takes one member in front of the lists; those it does not know are
// skipped. What grows with the policy is read element by element.
func readMember(s *jsonstream.Reader, name string, r *audit.Report) error {
	switch name {
	case "schema":
		return readSchema(s, &r.Schema)
	case "tool":
		return s.Decode(&r.Tool)
	case "generated":
		return s.Decode(&r.Generated)
	case "origin":
		return s.Decode(&r.Origin)
	case "sources":
		return readList(s, &r.Sources)
	case "now":
		return s.Decode(&r.Now)
	case "policies":
		return readList(s, &r.Policies)
	case "summary":
		return s.Decode(&r.Summary)
	case "complete":
		return s.Decode(&r.Complete)
	case "incomplete":
		return s.Decode(&r.Incomplete)
	case "notices":
		return readList(s, &r.Notices)
	case "stopped":
		return s.Decode(&r.Stopped)
	case "unautomated":
		return readList(s, &r.Unautomated)
	case "conflicts":
		return readList(s, &r.Conflicts)
	case "waivers":
		return readList(s, &r.Waivers)
	case "waiver_files":
		return readList(s, &r.WaiverFiles)
	case "baseline":
		return s.Decode(&r.Baseline)
	case "impact":
		r.Impact = []audit.RowImpact{}
		return readList(s, &r.Impact)
	case "rules":
		return readList(s, &r.Rules)
	case "changes":
		r.Changes = &audit.Changes{}
		return readChanges(s, r.Changes)
	}
	return nil
}

func readList[T any](s *jsonstream.Reader, list *[]T) error {
	for err := range s.Elements() {
		var one T
		if err == nil {
			err = s.Decode(&one)
		}
		if err != nil {
			return err
		}
		*list = append(*list, one)
	}
	return nil
}

func readChanges(s *jsonstream.Reader, c *audit.Changes) error {
	for name, err := range s.Members() {
		if err == nil {
			switch name {
			case "before":
				err = s.Decode(&c.Before)
			case "generated":
				err = s.Decode(&c.Generated)
			case "counts":
				err = s.Decode(&c.Counts)
			case "list":
				err = readList(s, &c.List)
			case "omitted":
				err = s.Decode(&c.Omitted)
			case "only":
				err = s.Decode(&c.Only)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ReadRecords reads the records of a stored JSON report in the order they
// stand, ascending by subject, holding one at a time: evidence, findings and
// what-if are lists of their own, so that open is called for each. The name of
// the file is used in errors only.
//
// A stored report is foreign: lists out of order, findings about what there is
// no evidence of, and all that ReadEvidence objects to are faults, each an
// *audit.InputError, yielded once, and end the reading.
func ReadRecords(file string, open func() (io.ReadCloser, error)) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		r := recordReader{file: file}
		if err := r.read(open, func(record *audit.Record) bool { return yield(record, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

// recordReader joins the lists of one report.
type recordReader struct {
	file     string
	findings following[*audit.Finding]
	peers    following[*peer]
}

func (r *recordReader) read(open func() (io.ReadCloser, error), yield func(*audit.Record) bool) error {
	var files []io.Closer
	defer func() {
		for _, f := range files {
			_ = f.Close() // it was read only
		}
	}()
	var streams [3]io.Reader
	for i := range streams {
		f, err := open()
		if err != nil {
			return err
		}
		files = append(files, f)
		streams[i] = f
	}
	r.findings = follow(r.file, streams[1], "findings", func(f *audit.Finding) string { return f.Subject })
	defer r.findings.stop()
	r.peers = follow(r.file, streams[2], "what_if", func(p *peer) string { return p.Subject })
	defer r.peers.stop()
	before := ""
	for e, err := range readEvidence(r.file, streams[0]) {
		if err == nil && before != "" && e.Subject <= before {
			err = r.fault("evidence of %q stands behind that of %q: the lists of a report are in order", e.Subject, before)
		}
		if err != nil {
			return err
		}
		before = e.Subject
		record := &audit.Record{Evidence: *e}
		if err := r.fill(record); err != nil {
			return err
		}
		if !yield(record) {
			return nil
		}
	}
	return r.rest()
}

// fill adds what the other lists have about a subject.
func (r *recordReader) fill(record *audit.Record) error {
	subject := record.Evidence.Subject
	for {
		f, err := r.findings.at(subject)
		if err != nil {
			return err
		}
		if f == nil {
			break
		}
		record.Findings = append(record.Findings, *f)
	}
	slices.SortStableFunc(record.Findings, func(a, b audit.Finding) int { return a.Compare(&b) })
	p, err := r.peers.at(subject)
	if err == nil && p != nil {
		record.WhatIf = &p.WhatIf
	}
	return err
}

// rest objects to what is left when the evidence has ended.
func (r *recordReader) rest() error {
	for _, next := range []func() (string, error){r.findings.next, r.peers.next} {
		subject, err := next()
		if err != nil {
			return err
		}
		if subject != "" {
			return r.fault("there is no evidence of %q, which is spoken about", subject)
		}
	}
	return nil
}

func (r *recordReader) fault(format string, args ...any) error {
	for i := range args {
		args[i] = clipped(fmt.Sprint(args[i]))
	}
	return &audit.InputError{Place: audit.Place{File: r.file}, Cause: fmt.Sprintf(format, args...), Hint: schemaHint}
}

// following is a list about subjects, read along with that of the evidence.
type following[T any] struct {
	file, member string

	pull    func() (T, error, bool)
	stop    func()
	subject func(T) string
	held    T
	full    bool
}

func follow[T any](file string, in io.Reader, member string, subject func(*T) string) following[*T] {
	pull, stop := iter.Pull2(elements[T](file, in, member))
	return following[*T]{file: file, member: member, pull: pull, stop: stop, subject: subject}
}

// next returns the subject of the next element, "" at the end.
func (l *following[T]) next() (string, error) {
	if !l.full {
		one, err, more := l.pull()
		if err != nil || !more {
			return "", err
		}
		l.held, l.full = one, true
		if l.subject(one) == "" { // which must not be taken for the end
			return "", &audit.InputError{Place: audit.Place{File: l.file}, Cause: "in " + l.member + " stands something about no subject", Hint: schemaHint}
		}
	}
	return l.subject(l.held), nil
}

// at returns the next element if it is about a subject, otherwise nil.
func (l *following[T]) at(subject string) (one T, err error) {
	next, err := l.next()
	if err != nil || next == "" || next != subject {
		return one, err
	}
	l.full = false
	return l.held, nil
}

// elements reads one list of a report.
func elements[T any](file string, in io.Reader, member string) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		s := jsonstream.NewReader(file, in)
		for name, err := range s.Members() {
			if err != nil {
				yield(nil, err)
				return
			}
			if name != member {
				continue
			}
			for err := range s.Elements() {
				one := new(T)
				if err == nil {
					err = s.Decode(one)
				}
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(one, nil) {
					return
				}
			}
			return
		}
	}
}

// readEvidence reads the evidence of all subjects, with the objections of
// ReadEvidence.
func readEvidence(file string, in io.Reader) iter.Seq2[*audit.Evidence, error] {
	return func(yield func(*audit.Evidence, error) bool) {
		e := evidenceReader{r: jsonstream.NewReader(file, in), seen: map[[16]byte]bool{}}
		e.whole = func(one *audit.Evidence) bool { return yield(one, nil) }
		if err := e.document(file, nil); err != nil {
			yield(nil, err)
		}
	}
}
