package report

import (
	"bufio"
	"io"
	"time"

	"tlsaudit/audit"
)

// NDJSONSchemaV1 identifies the stream of lines.
const NDJSONSchemaV1 = "tlsaudit/report-ndjson/v1"

// NDJSON is the report as one JSON object per line, described by
// docs/schema/report-ndjson-v1.schema.json. Each line says with "type" what it
// is; all other members have the names and the shapes of the JSON report:
//
//   - "meta", the first line: all that is known about the run;
//   - "observation", one per subject in ascending order, followed by
//   - "what_if", if that was asked for, and by
//   - "finding", one per finding of the subject, worst first;
//   - "change", one per change since an earlier report, if there is one;
//   - "summary", the last line. A stream without it was cut off.
//
// A reader skips the types it does not know. The matrix of the JSON report is
// left out: it follows from the findings.
var NDJSON = Format{Name: "ndjson", Ext: ".ndjson", Type: "application/x-ndjson", Title: "one JSON object per line, for streams (" + NDJSONSchemaV1 + ")", Write: writeNDJSON}

// metaLine has the members of the JSON report that do not grow with the number
// of subjects, but for the summary.
type metaLine struct {
	Type        string               `json:"type"`
	Schema      string               `json:"schema"`
	Tool        audit.Tool           `json:"tool"`
	Generated   time.Time            `json:"generated"`
	Origin      *audit.Origin        `json:"origin,omitempty"`
	Sources     []audit.FileRef      `json:"sources,omitempty"`
	Now         time.Time            `json:"now"`
	Policies    []audit.PolicyRef    `json:"policies"`
	Complete    bool                 `json:"complete"`
	Incomplete  string               `json:"incomplete,omitempty"`
	Notices     []string             `json:"notices,omitempty"`
	Stopped     bool                 `json:"stopped,omitempty"`
	Unautomated []audit.Unautomated  `json:"unautomated"`
	Conflicts   []audit.Conflict     `json:"conflicts"`
	Waivers     []audit.WaiverStatus `json:"waivers"`
	WaiverFiles []audit.FileRef      `json:"waiver_files,omitempty"`
	Baseline    *audit.BaselineRef   `json:"baseline,omitempty"`
	Impact      []audit.RowImpact    `json:"impact,omitempty"`
	Rules       []audit.RuleRef      `json:"rules"`
	Changes     *changesHead         `json:"changes,omitempty"`
}

// changesHead is audit.Changes without its list, whose elements are lines.
type changesHead struct {
	Before    audit.FileRef            `json:"before"`
	Generated time.Time                `json:"generated"`
	Counts    map[audit.ChangeKind]int `json:"counts"`
	Omitted   int                      `json:"omitted,omitempty"`
}

type observationLine struct {
	Type string `json:"type"`
	audit.Evidence
}

type whatIfLine struct {
	Type string `json:"type"`
	peer
}

type findingLine struct {
	Type string `json:"type"`
	*audit.Finding
}

type changeLine struct {
	Type string `json:"type"`
	*audit.Change
}

// summaryLine ends the stream. Observations and Findings count the lines, so
// that a reader can tell whether it has all of them.
type summaryLine struct {
	Type         string        `json:"type"`
	Complete     bool          `json:"complete"`
	Incomplete   string        `json:"incomplete,omitempty"`
	Stopped      bool          `json:"stopped,omitempty"`
	Observations int           `json:"observations"`
	Findings     int           `json:"findings"`
	Summary      audit.Summary `json:"summary"`
}

func writeNDJSON(w io.Writer, r *audit.Report, _ Options) error {
	j := &jsonWriter{w: bufio.NewWriter(w)}
	j.object(metaOf(r))
	last := summaryLine{Type: "summary", Complete: r.Complete, Incomplete: r.Incomplete, Stopped: r.Stopped, Summary: filledSummary(r.Summary)}
	err := each(r.Records.BySubject(), func(record *audit.Record) error {
		j.object(observationLine{"observation", filledEvidence(record)})
		last.Observations++
		if record.WhatIf != nil {
			j.object(whatIfLine{"what_if", peer{record.Evidence.Subject, filledWhatIf(record.WhatIf)}})
		}
		for i := range record.Findings {
			j.object(findingLine{"finding", filledFinding(&record.Findings[i])})
		}
		last.Findings += len(record.Findings)
		return j.err
	})
	if err != nil {
		return err
	}
	if r.Changes != nil {
		for i := range r.Changes.List {
			j.object(changeLine{"change", &r.Changes.List[i]})
		}
	}
	j.object(last)
	return j.end("")
}

func metaOf(r *audit.Report) metaLine {
	m := metaLine{
		Type: "meta", Schema: NDJSONSchemaV1, Tool: r.Tool, Generated: r.Generated.UTC(), Origin: r.Origin, Sources: r.Sources, Now: r.Now.UTC(),
		Policies: filled(r.Policies), Complete: r.Complete, Incomplete: r.Incomplete, Notices: r.Notices, Stopped: r.Stopped,
		Unautomated: filled(r.Unautomated), Conflicts: filledConflicts(r.Conflicts), Waivers: filledWaivers(r.Waivers), WaiverFiles: r.WaiverFiles,
		Impact: filledImpact(r.Impact), Rules: filledRules(r.Rules),
	}
	if r.Baseline != nil {
		m.Baseline = filledBaseline(r.Baseline)
	}
	if r.Changes != nil {
		c := filledChanges(r.Changes)
		m.Changes = &changesHead{c.Before, c.Generated, c.Counts, c.Omitted}
	}
	return m
}

// object writes a value on a line of its own: JSON has no line break inside.
func (j *jsonWriter) object(v any) {
	j.value(v)
	j.text("\n")
}
