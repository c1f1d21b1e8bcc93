package notify

import (
	"context"
	"errors"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// secondLook takes from the changes of a run what a second look at it refuted.
// Both are runs of the history: what is left out is fixed there, and is told when
// it comes back.
type secondLook struct {
	source Source
	run    string
	// records are what the second look saw, by subject; nil where it did not look.
	records map[string]*audit.Record
	// refuted are the changes left out, by what the second run would say of them.
	refuted map[change]bool
	count   int
}

// change identifies what the history says of a finding, or of a whole subject.
type change struct {
	kind                 history.ChangeKind
	subject, fingerprint string
}

func changeOf(c *history.Change, kind history.ChangeKind) change {
	id := change{kind: kind, subject: c.Subject}
	if c.Finding != nil {
		id.fingerprint = c.Finding.Fingerprint
	}
	return id
}

// refutes reports whether a change of the first run is to be left out.
func (s *secondLook) refutes(ctx context.Context, c *history.Change) (bool, error) {
	if !c.Kind.Momentary() {
		return false, nil
	}
	record, known := s.records[c.Subject]
	if !known {
		var err error
		if record, err = s.source.Record(ctx, s.run, c.Subject); err != nil && !errors.Is(err, history.ErrNotFound) {
			return false, err
		}
		s.records[c.Subject] = record
	}
	if record == nil || !c.Refuted(record) {
		return false, nil
	}
	s.count++
	switch c.Kind {
	case history.ChangeNew, history.ChangeRegressed:
		s.refuted[changeOf(c, history.ChangeFixed)] = true
	case history.ChangeUnreachable:
		s.refuted[changeOf(c, history.ChangeReachable)] = true
	}
	return true, nil
}

// answers reports whether a change of the second run is but the end of one that
// was left out.
func (s *secondLook) answers(c *history.Change) bool { return s.refuted[changeOf(c, c.Kind)] }

// told is what the digest says of it.
func (s *secondLook) told(run *history.Run) *Second {
	told := &Second{Run: run, News: len(s.records), Refuted: s.count}
	for _, record := range s.records {
		if record != nil {
			told.Looked++
		}
	}
	return told
}
