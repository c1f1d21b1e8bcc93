package engine

import (
	"bufio"
	"cmp"
	"encoding/json"
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
	subject string
	offset  int64
	// head and rest are the lengths of the two parts of the record.
	head, rest int32
	verdict    audit.Verdict
	severity   audit.Severity
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

// add appends one record.
func (s *spool) add(subject string, l *line, findings []audit.Finding) error {
	e := entry{subject: subject, offset: s.size, head: int32(l.head), rest: int32(l.b.Len() - l.head), verdict: audit.NotApplicable}
	if len(findings) > 0 { // the worst comes first
		e.verdict, e.severity = findings[0].Verdict, findings[0].Severity
	}
	for i := range findings {
		if findings[i].Verdict == e.verdict && findings[i].Severity == e.severity {
			e.alike++
		}
	}
	n, err := s.out.Write(l.b.Bytes())
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
func (s *spool) BySubject() iter.Seq2[*audit.Record, error] { return s.replay(&s.index, true) }

// WorstFirst implements audit.Records.
func (s *spool) WorstFirst() iter.Seq2[*audit.Record, error] { return s.replay(&s.worst, true) }

// Findings implements audit.Records.
func (s *spool) Findings() iter.Seq2[*audit.Record, error] { return s.replay(&s.index, false) }

// replay reads the records in the order of entries, one at a time, with what
// was observed or without. It stops at the first it cannot read.
func (s *spool) replay(entries *[]entry, observed bool) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		var buffer []byte
		for i := range *entries {
			e := &(*entries)[i]
			record, err := s.read(e, observed, &buffer)
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

// read reads one record. The buffer is used again.
func (s *spool) read(e *entry, observed bool, buffer *[]byte) (*audit.Record, error) {
	head, offset := int(e.head), e.offset
	if !observed {
		head, offset = 0, offset+int64(e.head)
	}
	size := head + int(e.rest)
	line := slices.Grow((*buffer)[:0], size)[:size]
	*buffer = line
	if _, err := s.file.ReadAt(line, offset); err != nil {
		return nil, err
	}
	var k kept
	if err := json.Unmarshal(line[head:], &k); err != nil {
		return nil, err
	}
	evidence := audit.Evidence{Subject: e.subject, Connection: k.Connection}
	if observed {
		evidence = audit.Evidence{}
		if err := json.Unmarshal(line[:head], &evidence); err != nil {
			return nil, err
		}
	}
	return s.heads.record(evidence, &k), nil
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
