package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"tlsaudit/audit"
)

// JSON is the lossless document and the contract with programs, described by
// docs/schema/report-v1.schema.json. It is written as it is read: the top level
// is indented by two spaces, each piece of evidence and each finding stands on
// a line of its own.
//
// All lists about subjects are in ascending order of subject; the findings of
// one subject follow each other worst first. (A worst-first order over all
// subjects would need all findings in memory at once.) The matrix holds every
// endpoint, what_if every endpoint that was asked, and is left out if none was.
var JSON = Format{Name: "json", Ext: ".json", Type: "application/json", Title: "everything, for programs (" + audit.SchemaV1 + ")", Write: writeJSON}

func writeJSON(w io.Writer, r *audit.Report, _ Options) error {
	j := &jsonWriter{w: bufio.NewWriter(w)}
	j.text("{\n")
	j.member("schema", r.Schema, ",\n")
	j.member("tool", r.Tool, ",\n")
	j.member("generated", r.Generated.UTC(), ",\n")
	if r.Origin != nil {
		j.member("origin", r.Origin, ",\n")
	}
	if len(r.Sources) > 0 {
		j.member("sources", r.Sources, ",\n")
	}
	j.member("now", r.Now.UTC(), ",\n")
	j.member("policies", filled(r.Policies), ",\n")
	j.member("summary", filledSummary(r.Summary), ",\n")
	j.member("complete", r.Complete, ",\n")
	if r.Incomplete != "" {
		j.member("incomplete", r.Incomplete, ",\n")
	}
	if len(r.Notices) > 0 {
		j.member("notices", r.Notices, ",\n")
	}
	if r.Stopped {
		j.member("stopped", true, ",\n")
	}
	j.member("unautomated", filled(r.Unautomated), ",\n")
	j.member("conflicts", filledConflicts(r.Conflicts), ",\n")
	j.member("waivers", filledWaivers(r.Waivers), ",\n")
	if len(r.WaiverFiles) > 0 {
		j.member("waiver_files", r.WaiverFiles, ",\n")
	}
	if r.Baseline != nil {
		j.member("baseline", filledBaseline(r.Baseline), ",\n")
	}
	if r.Impact != nil {
		j.member("impact", filledImpact(r.Impact), ",\n")
	}
	j.member("rules", filledRules(r.Rules), ",\n")
	if r.Changes != nil {
		j.member("changes", filledChanges(r.Changes), ",\n")
	}
	asked := false
	j.list("evidence", r.Records.BySubject(), func(record *audit.Record) {
		asked = asked || record.WhatIf != nil
		j.element(filledEvidence(record))
	})
	j.text(",\n")
	j.list("findings", r.Records.Findings(), func(record *audit.Record) {
		for i := range record.Findings {
			j.element(filledFinding(&record.Findings[i]))
		}
	})
	j.text(",\n")
	j.list("matrix", r.Records.Findings(), func(record *audit.Record) {
		if record.Evidence.Endpoint() {
			j.element(matrixRow{record.Evidence.Subject, filled(audit.Compliance(record.Findings))})
		}
	})
	if asked {
		j.text(",\n")
		j.list("what_if", r.Records.Findings(), func(record *audit.Record) {
			if record.WhatIf != nil {
				j.element(peer{record.Evidence.Subject, filledWhatIf(record.WhatIf)})
			}
		})
	}
	return j.end("\n}\n")
}

// matrixRow is an element of "matrix": one endpoint under every profile that
// has a rule about it.
type matrixRow struct {
	Subject  string                 `json:"subject"`
	Profiles []audit.ProfileVerdict `json:"profiles"`
}

// peer is an element of "what_if".
type peer struct {
	Subject string `json:"subject"`
	audit.WhatIf
}

// jsonWriter writes JSON piece by piece and keeps the first error.
type jsonWriter struct {
	w     *bufio.Writer
	err   error
	count int // elements of the current list
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = j.w.WriteString(s)
	}
}

// end writes the last piece, and all that is still in the buffer.
func (j *jsonWriter) end(s string) error {
	if j.text(s); j.err != nil {
		return j.err
	}
	return j.w.Flush()
}

func (j *jsonWriter) value(v any) {
	if j.err != nil {
		return
	}
	b, err := json.Marshal(v)
	if err != nil {
		j.err = fmt.Errorf("encoding %T: %w", v, err)
		return
	}
	_, j.err = j.w.Write(EscapeJSON(b))
}

func (j *jsonWriter) member(name string, v any, end string) {
	j.text("  \"" + name + "\": ")
	j.value(v)
	j.text(end)
}

func (j *jsonWriter) element(v any) {
	if j.count > 0 {
		j.text(",")
	}
	j.count++
	j.text("\n    ")
	j.value(v)
}

func (j *jsonWriter) list(name string, records iter.Seq2[*audit.Record, error], each func(*audit.Record)) {
	j.count = 0
	j.text("  \"" + name + "\": [")
	for record, err := range records {
		if err != nil && j.err == nil {
			j.err = fmt.Errorf("reading the records: %w", err)
		}
		if j.err != nil {
			return
		}
		each(record)
	}
	if j.count > 0 {
		j.text("\n  ")
	}
	j.text("]")
}
