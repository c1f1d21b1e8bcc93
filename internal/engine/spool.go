package engine

import (
	"bufio"
	"cmp"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// spool keeps records as lines of JSON in a file, and in memory only where each
// is and how grave. Adding is serialised by the caller; once sealed it may be
// read by several readers.
type spool struct {
	file  *os.File
	heads *heads
	out   *bufio.Writer
	size  int64
	index []entry
	// worst is index in the order of gravity.
	worst []entry
}

// entry points at one record.
type entry struct {
	subject  string
	offset   int64
	length   int32
	verdict  audit.Verdict
	severity audit.Severity
	// alike counts the findings as grave as the worst one.
	alike int32
}

// newSpool opens a spool in dir. Where the system allows, the file loses its
// name at once, so that not even a crash leaves it behind.
func newSpool(dir string, h *heads) (*spool, error) {
	f, err := os.CreateTemp(dir, "tlsaudit-*.ndjson")
	if err != nil {
		return nil, fmt.Errorf("opening the spool: %w", err)
	}
	_ = os.Remove(f.Name()) // refused on some systems; remove tries again
	return &spool{file: f, heads: h, out: bufio.NewWriterSize(f, 256<<10)}, nil
}

// add appends one record, encoded as a line.
func (s *spool) add(subject string, line []byte, findings []audit.Finding) error {
	e := entry{subject: subject, offset: s.size, length: int32(len(line)), verdict: audit.NotApplicable}
	if len(findings) > 0 { // the worst comes first
		e.verdict, e.severity = findings[0].Verdict, findings[0].Severity
	}
	for i := range findings {
		if findings[i].Verdict == e.verdict && findings[i].Severity == e.severity {
			e.alike++
		}
	}
	n, err := s.out.Write(line)
	s.size += int64(n)
	if err != nil {
		return fmt.Errorf("writing the spool: %w", err)
	}
	s.index = append(s.index, e)
	return nil
}

// seal ends the writing and fixes both orders.
func (s *spool) seal() error {
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("writing the spool: %w", err)
	}
	s.out = nil
	slices.SortFunc(s.index, func(a, b entry) int { return strings.Compare(a.subject, b.subject) })
	s.worst = slices.Clone(s.index)
	slices.SortStableFunc(s.worst, entry.compare)
	return nil
}

// compare orders by the worst finding, then by how many there are like it; the
// subject decides where the index was sorted by it before.
func (e entry) compare(f entry) int {
	worst := audit.Finding{Verdict: e.verdict, Severity: e.severity}
	return cmp.Or(worst.Compare(&audit.Finding{Verdict: f.verdict, Severity: f.severity}), cmp.Compare(f.alike, e.alike))
}

// BySubject implements audit.Records.
func (s *spool) BySubject() iter.Seq2[*audit.Record, error] { return s.replay(&s.index) }

// WorstFirst implements audit.Records.
func (s *spool) WorstFirst() iter.Seq2[*audit.Record, error] { return s.replay(&s.worst) }

// replay reads the records in the order of entries, one at a time. It stops
// at the first it cannot read.
func (s *spool) replay(entries *[]entry) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		var line []byte
		for _, e := range *entries {
			line = slices.Grow(line[:0], int(e.length))[:e.length]
			if _, err := s.file.ReadAt(line, e.offset); err != nil {
				yield(nil, fmt.Errorf("reading the spool: %s: %w", e.subject, err))
				return
			}
			record, err := s.heads.record(line)
			if err != nil {
				yield(nil, fmt.Errorf("reading the spool: %s: %w", e.subject, err))
				return
			}
			if !yield(record, nil) {
				return
			}
		}
	}
}

// remove closes and deletes the file. Readers fail afterwards.
func (s *spool) remove() error {
	if s.file == nil {
		return nil
	}
	name := s.file.Name()
	err := s.file.Close()
	if gone := os.Remove(name); gone != nil && !os.IsNotExist(gone) {
		err = cmp.Or(err, gone)
	}
	*s = spool{index: s.index, worst: s.worst}
	if err != nil {
		return fmt.Errorf("removing the spool: %w", err)
	}
	return nil
}
