package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"tlsaudit/audit"
)

// encodeEvidence renders evidence as JSON on one line that can be read back.
// Text of peers that is not UTF-8 is made so here, as in every report. Evidence
// that JSON cannot express, such as a date beyond the year 9999, or that cannot
// be read again, loses its certificates; if that does not help, it is an error.
//
// Fresh says that the facts do not come from JSON, so that reading them back
// has to be tried: at the end of the run one such line would cost the report.
func encodeEvidence(e *audit.Evidence, fresh bool) ([]byte, error) {
	text, err := try(e, fresh)
	if err != nil && e.Observed != nil {
		o := *e.Observed
		o.Chains = []audit.Chain{}
		o.Notes = append(slices.Clone(o.Notes), "the certificates are left out of the record: "+err.Error())
		short := *e
		short.Observed = &o
		text, err = try(&short, fresh)
	}
	if err != nil {
		return nil, fmt.Errorf("encoding the record of %s: %w", e.Subject, err)
	}
	return text, nil
}

func try(e *audit.Evidence, readBack bool) ([]byte, error) {
	var b bytes.Buffer
	if err := encode(&b, e); err != nil {
		return nil, err
	}
	if readBack {
		if err := json.Unmarshal(b.Bytes(), new(audit.Evidence)); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// encodeLine puts a record together, as a line that is an audit.Record in
// JSON, of evidence that is encoded already.
func encodeLine(evidence []byte, findings []audit.Finding, w *audit.WhatIf) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(evidence) + 512*(len(findings)+1))
	b.WriteString(`{"evidence":`)
	b.Write(evidence)
	b.WriteString(`,"findings":`)
	if err := encode(&b, findings); err != nil {
		return nil, err
	}
	if w != nil {
		b.WriteString(`,"what_if":`)
		if err := encode(&b, w); err != nil {
			return nil, err
		}
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// encode appends a value without the line feed the encoder puts behind it.
func encode(b *bytes.Buffer, v any) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1)
	return nil
}
