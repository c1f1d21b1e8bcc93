package compare

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// Comparison is one comparison of two reports. The zero value is ready.
type Comparison struct {
	// Unchanged lists what is unchanged as well. It is counted in any case.
	Unchanged bool
	// Limit bounds the list of changes; 0 means MaxListed.
	Limit int

	changes list
	open    int
	lost    int
	// unreached counts the endpoints that are added and were not reached.
	unreached int
}

// Changes compares the records of two reports. Both are in ascending order of
// subject; what is not, or cannot be read, is an error.
func Changes(before, now iter.Seq2[*audit.Record, error]) (*audit.Changes, error) {
	var c Comparison
	for _, err := range c.Walk(before, now) {
		if err != nil {
			return nil, err
		}
	}
	return c.Changes(), nil
}

// Changes is what Walk found; it is complete when the sequence was walked to its
// end without an error. Before and Generated are for the caller to fill in.
func (c *Comparison) Changes() *audit.Changes { return c.changes.all() }

// Open counts the findings that are new or regressed, fail or warn, and are not
// waived: those a gate stops at.
func (c *Comparison) Open() int { return c.open }

// Unreached counts the endpoints that answered and do not any more, and those
// that are new to the report and were not reached.
func (c *Comparison) Unreached() int { return c.changes.counts[audit.ChangeUnreachable] + c.unreached }

// Lost counts the findings that failed or warned, were not waived, and of which
// the later report says nothing: their rule or their subject is not in it. A rule
// that was asked and does not apply any more has answered, and is not counted.
func (c *Comparison) Lost() int { return c.lost }

// Walk compares as it is walked, once. It yields the later records, with what
// became of each finding as its Status: the name of an audit.ChangeKind, or
// nothing if there is nothing to say. The records are copies as far as they are
// changed. An error ends the walk.
func (c *Comparison) Walk(before, now iter.Seq2[*audit.Record, error]) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		c.changes.limit, c.changes.unchanged = c.Limit, c.Unchanged
		old, stop := newSide("the earlier report", before)
		defer stop()
		err := old.step()
		if err != nil {
			yield(nil, err)
			return
		}
		later := side{name: "the later report"}
		for record, err := range now {
			if err == nil {
				err = later.take(record)
			}
			for err == nil && old.record != nil && old.subject() < later.subject() {
				c.gone(old.record)
				err = old.step()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			var pair *audit.Record
			if old.record != nil && old.subject() == later.subject() {
				pair = old.record
			}
			if !yield(c.both(pair, record), nil) {
				return
			}
			if pair != nil {
				if err := old.step(); err != nil {
					yield(nil, err)
					return
				}
			}
		}
		for old.record != nil {
			c.gone(old.record)
			if err := old.step(); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// side is the record at hand of one report.
type side struct {
	name   string
	next   func() (*audit.Record, error, bool)
	record *audit.Record
	// last is the subject that was taken last.
	last  string
	begun bool
}

func newSide(name string, records iter.Seq2[*audit.Record, error]) (*side, func()) {
	next, stop := iter.Pull2(records)
	return &side{name: name, next: next}, stop
}

func (s *side) subject() string { return s.record.Evidence.Subject }

// step goes on to the next record; behind the last there is none.
func (s *side) step() error {
	record, err, more := s.next()
	if err != nil || !more {
		s.record = nil
		return err
	}
	return s.take(record)
}

// take puts a record in place of the one before, behind which it must stand.
func (s *side) take(record *audit.Record) error {
	subject := record.Evidence.Subject
	if s.begun && subject <= s.last {
		return fmt.Errorf("%s is not in order: %q stands behind %q; use the file as tlsaudit wrote it", s.name, subject, s.last)
	}
	s.record, s.last, s.begun = record, subject, true
	return nil
}

// both compares what two reports say about a subject; before is nil if the
// earlier one does not know it.
func (c *Comparison) both(before, now *audit.Record) *audit.Record {
	marked := *now
	marked.Findings = slices.Clone(now.Findings)
	if before == nil {
		c.added(&now.Evidence)
	} else {
		c.endpoint(&before.Evidence, &now.Evidence)
	}
	earlier, later := states(before), states(now)
	for i := range marked.Findings {
		f := &marked.Findings[i]
		print := fingerprint(f)
		was, is := earlier[print], later[print]
		k := kind(was, is)
		f.Status = string(k)
		if k == "" || is.finding != &now.Findings[i] {
			continue // of several with one fingerprint the worst speaks
		}
		if is.counts() && (k == audit.ChangeNew || k == audit.ChangeRegressed) {
			c.open++
		}
		c.finding(k, was, is, print)
	}
	for print, was := range earlier {
		if later[print] == nil && kind(was, nil) == audit.ChangeGone {
			if was.counts() {
				c.lost++
			}
			c.finding(audit.ChangeGone, was, nil, print)
		}
	}
	c.changes.end()
	return &marked
}

// added notes a subject the earlier report does not have. Of an endpoint that was
// not reached nothing is known, and the message does not let it pass for more.
func (c *Comparison) added(e *audit.Evidence) {
	message := what(e) + " is new to the report"
	if o := e.Observed; o != nil && !reached(o) {
		message += ", and was not reached: " + reason(o)
		c.unreached++
	}
	c.changes.add(audit.Change{Kind: audit.ChangeAdded, Subject: e.Subject, Message: message})
}

// finding notes what became of one finding.
func (c *Comparison) finding(k audit.ChangeKind, was, is *state, print string) {
	f := was
	if is != nil {
		f = is
	}
	message := f.finding.Message
	switch {
	case is == nil:
		message = "no rule of the later report asks for it any more; it was: " + message
	case k == audit.ChangeGone:
		message = "the rule does not apply any more; it was: " + was.finding.Message
	}
	c.changes.add(audit.Change{
		Kind: k, Subject: f.finding.Subject, Profile: f.finding.Profile, Rule: f.finding.Rule, Before: was.verdict(), After: is.verdict(),
		Severity: f.finding.Severity, Fingerprint: print, Message: message,
	})
}

// gone notes a subject the later report does not have. Its findings are not
// fixed; how many there were is said once.
func (c *Comparison) gone(record *audit.Record) {
	open := 0
	for _, s := range states(record) {
		if s.open() {
			open++
		}
		if s.counts() {
			c.lost++
		}
	}
	message := what(&record.Evidence) + " is not in the later report"
	switch open {
	case 0:
	case 1:
		message += "; 1 open finding went with it"
	default:
		message += fmt.Sprintf("; %d open findings went with it", open)
	}
	c.changes.add(audit.Change{Kind: audit.ChangeGone, Subject: record.Evidence.Subject, Message: message})
	c.changes.end()
}

// what names the kind of a subject.
func what(e *audit.Evidence) string {
	switch {
	case e.Connection != nil:
		return "the row of the gateway table"
	case strings.HasPrefix(e.Subject, audit.ConfigSubject):
		return "the configuration"
	}
	return "the endpoint"
}
