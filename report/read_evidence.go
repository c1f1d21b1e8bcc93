package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/jsonstream"
	"tlsaudit/internal/near"
)

// evidenceReader walks one report.
type evidenceReader struct {
	r *jsonstream.Reader
	// protocols are those that are judged; none: all are.
	protocols []string
	// seen holds what came by, as half a SHA-256 of each subject.
	seen map[[16]byte]bool
	// whole, when set, is handed each piece as it is, also of subjects that are no
	// endpoints.
	whole func(*audit.Evidence) bool
}

// document finds the list of evidence, and goes on to the end of the document:
// one that was cut off behind the list is a fault as well. The schema must stand
// before the list, since evidence of another schema cannot be told from this
// one's by its looks; and so must what is said of the run as a whole.
func (e *evidenceReader) document(file string, yield func(audit.Stored) bool) error {
	schema, behind := "", false
	for name, err := range e.r.Members() {
		switch {
		case err != nil:
			return err
		case name == "schema":
			if err := readSchema(e.r, &schema); err != nil {
				return err
			}
		case name == "evidence" && schema == "":
			return noSchema(file)
		case name == "evidence":
			if more, err := e.list(yield); err != nil || !more {
				return err
			}
			behind = true
		case behind && (name == "stopped" || name == "complete" || name == "incomplete"):
			return e.r.Fault(e.r.Place(), "this stands behind the evidence, and is written before it")
		}
	}
	if behind {
		return e.r.End()
	}
	if schema == "" {
		return noSchema(file)
	}
	fault := e.r.Fault(e.r.Place(), "the report has no list of evidence")
	fault.Hint = schemaHint
	return fault
}

// list yields the evidence; it reports whether more is asked for.
func (e *evidenceReader) list(yield func(audit.Stored) bool) (more bool, err error) {
	for err := range e.r.Elements() {
		if err != nil {
			return false, err
		}
		if e.whole != nil {
			piece := new(audit.Evidence)
			if err := e.decode(piece, piece, func() bool { return piece.Connection != nil }); err != nil || !e.whole(piece) {
				return false, err
			}
			continue
		}
		s, err := e.one()
		if err != nil {
			return false, err
		}
		if s.Observed != nil && !yield(s) {
			return false, nil
		}
	}
	return true, nil
}

// one reads one piece of evidence; nothing for a subject that is no endpoint.
func (e *evidenceReader) one() (s audit.Stored, err error) {
	var piece struct {
		audit.Evidence
		Connection *struct{} `json:"connection"` // in place of what is not looked at
	}
	if err := e.decode(&piece, &piece.Evidence, func() bool { return piece.Connection != nil }); err != nil || piece.Observed == nil {
		return s, err
	}
	s.Observed, s.Declared = piece.Observed, piece.Declared
	if piece.Connection == nil { // which is not part of what is judged
		s.Text = bytes.Clone(e.r.Text())
	}
	return s, nil
}

// decode reads the next piece of evidence, which is in v, and looks whether it
// can be true. Row tells, once it is read, a row of the gateway's table.
func (e *evidenceReader) decode(v any, piece *audit.Evidence, row func() bool) error {
	place := e.r.Place()
	if err := e.r.Decode(v); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(piece.Subject))
	key := [16]byte(sum[:16])
	switch {
	case piece.Subject == "":
		return e.r.Fault(place, "the subject is missing")
	case e.seen[key]:
		return e.r.Fault(place, "evidence of %q stands here a second time", clipped(piece.Subject))
	case piece.Observed == nil && !row() && !strings.HasPrefix(piece.Subject, audit.ConfigSubject):
		return e.r.Fault(place, "nothing was observed of %q", clipped(piece.Subject))
	}
	e.seen[key] = true
	if piece.Observed == nil {
		return nil
	}
	return e.doubt(place, piece.Subject, piece.Observed)
}

// doubt returns the error that the facts about an endpoint are none.
func (e *evidenceReader) doubt(place audit.Place, subject string, o *audit.Observation) error {
	if len(e.protocols) > 0 && !slices.Contains(e.protocols, o.Target.Protocol) {
		fault := e.r.FaultWithin(place, []string{"observed", "target", "protocol"}, "%q is not a protocol that is judged here: one of %s", clipped(o.Target.Protocol), strings.Join(e.protocols, ", "))
		fault.Hint = newerHint
		if meant := near.Word(o.Target.Protocol, e.protocols); meant != "" {
			fault.Hint = fmt.Sprintf("did you mean %q?", meant)
		}
		return fault
	}
	if f := contradicts(subject, o); f != nil {
		fault := e.r.FaultWithin(place, f.at, "%s", f.cause)
		if f.newer {
			fault.Hint = newerHint
		}
		return fault
	}
	if at := undated(e.r.Text(), o.Chains); at != nil {
		return e.r.FaultWithin(place, at, "the date of a certificate is missing")
	}
	return nil
}

const newerHint = "was it written by a newer tlsaudit? Judge it with that one, or scan again"
