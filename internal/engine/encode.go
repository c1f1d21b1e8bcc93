package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"tlsaudit/audit"
)

// line is a record being written as JSON on one line, in the shape of kept. Its
// parts are written in order: evidence, then rest. It is used again after reset.
type line struct{ b bytes.Buffer }

func (l *line) reset() *line {
	l.b.Reset()
	return l
}

// evidenceMember is what a line begins with.
const evidenceMember = `{"evidence":`

// evidence begins the line with evidence that can be read back. Text of peers
// that is not UTF-8 is made so here, as in every report. Evidence that JSON
// cannot express, such as a date beyond the year 9999, or that cannot be read
// again, loses its certificates; if that does not help, it is an error and the
// line is empty.
//
// Fresh says that the facts do not come from JSON, so that reading them back
// has to be tried: at the end of the run one such line would cost the report.
func (l *line) evidence(e *audit.Evidence, fresh bool) error {
	err := l.try(e, fresh)
	if err != nil && e.Observed != nil {
		o := *e.Observed
		o.Chains = []audit.Chain{}
		o.Notes = append(slices.Clone(o.Notes), "the certificates are left out of the record: "+err.Error())
		short := *e
		short.Observed = &o
		err = l.try(&short, fresh)
	}
	if err != nil {
		l.reset()
		return fmt.Errorf("encoding the record of %s: %w", e.Subject, err)
	}
	return nil
}

func (l *line) try(e *audit.Evidence, readBack bool) error {
	l.reset().b.WriteString(evidenceMember)
	start := l.b.Len()
	if err := l.encode(e); err != nil || !readBack {
		return err
	}
	return json.Unmarshal(l.b.Bytes()[start:], new(audit.Evidence))
}

// text begins the line with evidence as it was read.
func (l *line) text(evidence []byte) {
	l.reset().b.WriteString(evidenceMember)
	l.b.Write(evidence)
}

// rest ends the line with what was made of the evidence.
func (l *line) rest(findings []keptFinding, remedies []*audit.Remedy, w *audit.WhatIf) error {
	l.b.WriteString(`,"findings":`)
	err := l.encode(findings)
	if err == nil && len(remedies) > 0 {
		l.b.WriteString(`,"remedies":`)
		err = l.encode(remedies)
	}
	if err == nil && w != nil {
		l.b.WriteString(`,"what_if":`)
		err = l.encode(w)
	}
	l.b.WriteString("}\n")
	return err
}

// encode appends a value without the line feed the encoder puts behind it.
func (l *line) encode(v any) error {
	encoder := json.NewEncoder(&l.b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	l.b.Truncate(l.b.Len() - 1)
	return nil
}
