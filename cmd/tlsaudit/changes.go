package main

import (
	"fmt"

	"tlsaudit/audit"
	"tlsaudit/internal/compare"
	"tlsaudit/internal/engine"
)

// changedSince says on a report what became of findings and endpoints since the
// one that --baseline names. A baseline of findings alone says nothing about
// endpoints, and of a run that did not reach every target nobody knows what is
// gone: then there is no comparison.
func changedSince(file string, r *audit.Report) {
	if file == "" || r.Stopped || r.Baseline == nil {
		return
	}
	before, err := openStored(file)
	if err != nil {
		return // no report: it was read as a baseline
	}
	var c compare.Comparison
	for _, err := range c.Walk(engine.Counted(before.head, before.records), r.Records.BySubject()) {
		if err != nil {
			r.Notices = append(r.Notices, fmt.Sprintf("what changed since %s is not told: %v", file, err))
			return
		}
	}
	r.Changes = c.Changes()
	r.Changes.Generated, r.Changes.Before = before.head.Generated, audit.FileRef{File: file, SHA256: r.Baseline.SHA256}
}
