package report

import (
	"fmt"
	"io"
	"iter"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/jsonstream"
)

// Head is what a stored JSON report says about itself before its lists of
// evidence and findings begin.
type Head struct {
	Schema    string
	Tool      audit.Tool
	Generated time.Time
	// Origin says where the report was made; nil if it does not say.
	Origin     *audit.Origin
	Now        time.Time
	Policies   []audit.PolicyRef
	Summary    audit.Summary
	Complete   bool
	Incomplete string
	// Stopped says that the run ended before every target was audited: the
	// evidence is not of all that was asked for, whatever policy judges it.
	Stopped bool
	// Excerpt says that the report is a comparison and holds what changed only.
	Excerpt bool
}

// ReadHead reads the head of a stored JSON report and no further: lists of any
// length behind it are not looked at. The name of the file is used in errors
// only, which are *audit.InputError.
func ReadHead(file string, in io.Reader) (*Head, error) {
	h := &Head{}
	r := jsonstream.NewReader(file, in)
	for name, err := range r.Members() {
		if err != nil {
			return nil, err
		}
		if name == "evidence" || name == "findings" {
			break
		}
		if err := h.read(r, name); err != nil {
			return nil, err
		}
	}
	if h.Schema == "" {
		return nil, noSchema(file)
	}
	return h, nil
}

// read takes one member of the head; those it does not know are skipped.
func (h *Head) read(r *jsonstream.Reader, name string) error {
	switch name {
	case "schema":
		return readSchema(r, &h.Schema)
	case "tool":
		return r.Decode(&h.Tool)
	case "generated":
		return r.Decode(&h.Generated)
	case "origin":
		return r.Decode(&h.Origin)
	case "now":
		return r.Decode(&h.Now)
	case "policies":
		return r.Decode(&h.Policies)
	case "summary":
		return r.Decode(&h.Summary)
	case "complete":
		return r.Decode(&h.Complete)
	case "incomplete":
		return r.Decode(&h.Incomplete)
	case "stopped":
		return r.Decode(&h.Stopped)
	case "changes":
		for name, err := range r.Members() {
			if err == nil && name == "only" {
				err = r.Decode(&h.Excerpt)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

const schemaHint = "name a JSON report of this program, as written by --out report.json"

func readSchema(r *jsonstream.Reader, schema *string) error {
	place := r.Place()
	if err := r.Decode(schema); err != nil {
		return err
	}
	if *schema == audit.SchemaV1 {
		return nil
	}
	fault := r.Fault(place, "%q is not a schema that is read here; known: %q", clipped(*schema), audit.SchemaV1)
	fault.Hint = schemaHint
	return fault
}

func noSchema(file string) error {
	return &audit.InputError{Place: audit.Place{File: file, Line: 1, Col: 1}, Hint: schemaHint,
		Cause: fmt.Sprintf("no member \"schema\" stands before the evidence; %q is wanted", audit.SchemaV1)}
}

// clipped shortens foreign text quoted in an error.
func clipped(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// ReadEvidence reads the observations of a stored JSON report one by one, in
// the order they stand, holding no more than one. Subjects that are not
// endpoints are passed over, and so are names a later program added. What
// follows the list of evidence is followed to the end of the document, for it
// may be cut off there. Endpoints of other protocols than those given are
// faults; without any, every protocol is taken. The name of the file is used in
// errors only.
//
// A stored report is foreign: it may be cut off, edited, or made up. A fault is
// an *audit.InputError, yielded once, and ends the reading; what came before it
// has been yielded. Evidence that contradicts itself, or lacks what would read
// as a harmless zero, is a fault, not a choice.
func ReadEvidence(file string, in io.Reader, protocols ...string) iter.Seq2[audit.Stored, error] {
	return func(yield func(audit.Stored, error) bool) {
		e := evidenceReader{r: jsonstream.NewReader(file, in), protocols: protocols, seen: map[[16]byte]bool{}}
		if err := e.document(file, func(s audit.Stored) bool { return yield(s, nil) }); err != nil {
			yield(audit.Stored{}, err)
		}
	}
}
