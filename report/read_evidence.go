package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"tlsaudit/audit"
	"tlsaudit/internal/jsonstream"
)

// evidenceReader walks one report.
type evidenceReader struct {
	r *jsonstream.Reader
	// seen holds what came by, as half a SHA-256 of each subject.
	seen map[[16]byte]bool
}

// document finds the list of evidence. The schema must stand before it, since
// evidence of another schema cannot be told from this one's by its looks.
func (e *evidenceReader) document(file string, yield func(audit.Stored) bool) error {
	schema := ""
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
			return e.list(yield)
		}
	}
	if schema == "" {
		return noSchema(file)
	}
	fault := e.r.Fault(e.r.Place(), "the report has no list of evidence")
	fault.Hint = schemaHint
	return fault
}

func (e *evidenceReader) list(yield func(audit.Stored) bool) error {
	for err := range e.r.Elements() {
		if err != nil {
			return err
		}
		s, err := e.one()
		if err != nil {
			return err
		}
		if s.Observed != nil && !yield(s) {
			return nil
		}
	}
	return nil
}

// one reads one piece of evidence; nothing for a subject that is no endpoint.
func (e *evidenceReader) one() (s audit.Stored, err error) {
	place := e.r.Place()
	var piece struct {
		Subject    string             `json:"subject"`
		Observed   *audit.Observation `json:"observed"`
		Connection *struct{}          `json:"connection"`
	}
	if err := e.r.Decode(&piece); err != nil {
		return s, err
	}
	sum := sha256.Sum256([]byte(piece.Subject))
	key := [16]byte(sum[:16])
	switch {
	case piece.Subject == "":
		return s, e.r.Fault(place, "the subject is missing")
	case e.seen[key]:
		return s, e.r.Fault(place, "evidence of %q stands here a second time", clipped(piece.Subject))
	case piece.Observed == nil && piece.Connection == nil:
		return s, e.r.Fault(place, "nothing was observed of %q", clipped(piece.Subject))
	case piece.Observed == nil:
		e.seen[key] = true
		return s, nil
	}
	e.seen[key] = true
	if contradiction := contradicts(piece.Subject, piece.Observed); contradiction != "" {
		return s, e.r.Fault(place, "%s", contradiction)
	}
	s.Observed = piece.Observed
	if piece.Connection == nil { // which is not part of what is judged
		s.Text = bytes.Clone(e.r.Text())
	}
	return s, nil
}

// contradicts says what makes the facts about one endpoint no facts.
func contradicts(subject string, o *audit.Observation) string {
	if target := o.Target.Subject(); target != subject {
		return fmt.Sprintf("the evidence of %q was taken of %q", clipped(subject), clipped(target))
	}
	asked := map[audit.Version]bool{}
	for i := range o.Versions {
		v := o.Versions[i].Version
		if asked[v] {
			return fmt.Sprintf("two answers about %s", v)
		}
		asked[v] = true
	}
	return ""
}
