package report

import (
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
func (e *evidenceReader) document(file string, yield func(*audit.Observation) bool) error {
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

func (e *evidenceReader) list(yield func(*audit.Observation) bool) error {
	for err := range e.r.Elements() {
		if err != nil {
			return err
		}
		o, err := e.one()
		if err != nil {
			return err
		}
		if o != nil && !yield(o) {
			return nil
		}
	}
	return nil
}

// one reads one piece of evidence; nil for a subject that is no endpoint.
func (e *evidenceReader) one() (*audit.Observation, error) {
	place := e.r.Place()
	var piece struct {
		Subject    string             `json:"subject"`
		Observed   *audit.Observation `json:"observed"`
		Connection *struct{}          `json:"connection"`
	}
	if err := e.r.Decode(&piece); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(piece.Subject))
	key := [16]byte(sum[:16])
	switch {
	case piece.Subject == "":
		return nil, e.r.Fault(place, "the subject is missing")
	case e.seen[key]:
		return nil, e.r.Fault(place, "evidence of %q stands here a second time", clipped(piece.Subject))
	case piece.Observed == nil && piece.Connection == nil:
		return nil, e.r.Fault(place, "nothing was observed of %q", clipped(piece.Subject))
	case piece.Observed == nil:
		e.seen[key] = true
		return nil, nil
	}
	e.seen[key] = true
	if contradiction := contradicts(piece.Subject, piece.Observed); contradiction != "" {
		return nil, e.r.Fault(place, "%s", contradiction)
	}
	return piece.Observed, nil
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
