package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"tlsaudit/audit"
)

// line is a record being written as JSON on one line, in two parts: the
// evidence, and behind it what was made of it, in the shape of kept. It is used
// again after reset.
type line struct {
	b bytes.Buffer
	// head is the length of the evidence.
	head int
}

func (l *line) reset() *line {
	l.b.Reset()
	l.head = 0
	return l
}

// evidence begins the line with evidence, which can be read back: types of
// package audit write no value that they do not read. Text of peers that is not
// UTF-8 is made so here, as in every report. Evidence that cannot be written,
// such as a date beyond the year 9999, loses its certificates; if that does not
// help, it is an error and the line is empty.
func (l *line) evidence(e *audit.Evidence) error {
	err := l.try(e)
	if err != nil && e.Observed != nil {
		o := *e.Observed
		o.Chains = []audit.Chain{}
		o.Notes = append(slices.Clone(o.Notes), "the certificates are left out of the record: "+err.Error())
		short := *e
		short.Observed = &o
		err = l.try(&short)
	}
	if err != nil {
		l.reset()
		return fmt.Errorf("encoding the record of %s: %w", e.Subject, err)
	}
	return nil
}

func (l *line) try(e *audit.Evidence) error {
	err := l.reset().encode(e)
	l.head = l.b.Len()
	return err
}

// text begins the line with evidence as it was read.
func (l *line) text(evidence []byte) {
	l.reset().b.Write(evidence)
	l.head = l.b.Len()
}

// rest ends the line with what was made of the evidence.
func (l *line) rest(k *kept) error {
	if err := l.encode(k); err != nil {
		return err
	}
	return l.b.WriteByte('\n')
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
