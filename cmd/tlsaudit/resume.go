package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"sync"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
)

// resumed is what an earlier run that was broken off has seen to the end. It
// lives in a file, so that the memory it takes is that of an index.
type resumed struct {
	// of names the earlier run for messages.
	of string
	// quiet is set when nobody asked for it: then only what was taken is told.
	quiet bool
	file  *os.File
	at    map[string]span
	// anchors and now are those of this run.
	anchors *pki.Anchors
	now     func() time.Time

	mu             sync.Mutex // guards what follows
	taken          int
	oldest, newest time.Time
}

// span is a part of a file, in bytes.
type span struct{ offset, length int64 }

// openResumed reads the report that --resume names, nil if it names none.
func (f *auditFlags) openResumed(anchors *pki.Anchors, now func() time.Time) (*resumed, error) {
	if f.resume == "" {
		return nil, nil
	}
	earlier, err := readStored([]string{f.resume})
	if err != nil {
		return nil, err
	}
	if earlier.stopped == "" {
		return nil, &audit.InputError{
			Place: audit.Place{File: f.resume}, Cause: "this run reached every target; there is nothing to resume",
			Hint: "leave off --resume to probe the targets again, or judge the report again: tlsaudit audit --from " + f.resume,
		}
	}
	r := &resumed{of: "the run " + f.resume + " tells of", anchors: anchors, now: now}
	return r, r.keep(earlier.sequence, func(o *audit.Observation) bool { return f.stands(o, anchors) })
}

// keep puts the observations that stand into the file. After an error there is
// none.
func (r *resumed) keep(earlier iter.Seq2[audit.Stored, error], stands func(*audit.Observation) bool) (err error) {
	failed := func(err error) error { return fmt.Errorf("resuming %s: %w", r.of, err) }
	if r.file, err = os.CreateTemp("", "tlsaudit-resume-"); err != nil {
		return failed(err)
	}
	defer func() {
		if err != nil {
			r.remove()
		}
	}()
	r.at = map[string]span{}
	out, offset := bufio.NewWriter(r.file), int64(0)
	for s, err := range earlier {
		if err != nil {
			return err
		}
		if !stands(s.Observed) {
			continue
		}
		text, err := json.Marshal(s.Observed)
		if err != nil {
			return failed(err)
		}
		if _, err := out.Write(text); err != nil {
			return failed(err)
		}
		r.at[s.Observed.Target.Subject()] = span{offset, int64(len(text))}
		offset += int64(len(text))
	}
	if err := out.Flush(); err != nil {
		return failed(err)
	}
	return nil
}

// stands reports whether an observation is what this run would make: its scan
// came to its end and was answered throughout, it asked as much as is asked now,
// and it kept what trust is evaluated by, against anchors of the same names. All
// else is probed again.
func (f *auditFlags) stands(o *audit.Observation, anchors *pki.Anchors) bool {
	switch {
	case o.Interrupted, slices.Index(audit.Depths, o.Depth) < slices.Index(audit.Depths, f.depth):
		return false
	case o.Reach == audit.ReachNoTLS:
		return true
	case o.Reach != audit.ReachTLS, o.Lacks(audit.NeedVersions) != "", o.ChainsAnswer == audit.Undetermined:
		return false
	}
	for _, v := range o.Versions {
		if v.Answer == audit.Accepted && (v.SuitesAnswer == audit.Undetermined || f.order && v.SuitesUnordered && len(v.Suites) > 1) {
			return false
		}
	}
	return !slices.ContainsFunc(o.Chains, func(c audit.Chain) bool {
		return c.Trust.Anchors != anchors.String() || c.Truncated || slices.ContainsFunc(c.Certificates, func(x audit.Certificate) bool { return x.DER == nil })
	})
}

// refresh replaces what does not come from the endpoint: trust is evaluated
// against the anchors of this run, and what the DNS and the other addresses of
// the name say is found out again.
func (r *resumed) refresh(o *audit.Observation) {
	o.MailHost, o.Nodes = nil, nil
	for i := range o.Chains {
		var raw [][]byte
		for k := range o.Chains[i].Certificates {
			raw = append(raw, o.Chains[i].Certificates[k].DER)
		}
		o.Chains[i].Trust = pki.Assess(raw, o.Target.Name(), r.anchors, r.now()).Trust
	}
}

// scan returns a scan that takes what the earlier run has seen, and probes the
// rest.
func (r *resumed) scan(probe func(context.Context, audit.Target) *audit.Observation) func(context.Context, audit.Target) *audit.Observation {
	if r == nil {
		return probe
	}
	return func(ctx context.Context, t audit.Target) *audit.Observation {
		if o := r.take(t.Subject()); o != nil {
			return o
		}
		return probe(ctx, t)
	}
}

// take returns what was seen of a subject, nil if nothing that stands was.
func (r *resumed) take(subject string) *audit.Observation {
	at, ok := r.at[subject]
	if !ok {
		return nil
	}
	o := new(audit.Observation)
	if err := json.NewDecoder(io.NewSectionReader(r.file, at.offset, at.length)).Decode(o); err != nil {
		return nil // then it is probed
	}
	r.refresh(o)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken++; r.taken == 1 || o.Started.Before(r.oldest) {
		r.oldest = o.Started
	}
	if o.Finished.After(r.newest) {
		r.newest = o.Finished
	}
	return o
}

// notices says which part of the report is not of this run.
func (r *resumed) notices(subjects int) []string {
	if r == nil || r.taken == 0 && r.quiet {
		return nil
	}
	if r.taken == 0 {
		return []string{fmt.Sprintf("nothing was taken from %s: every endpoint was probed", r.of)}
	}
	return []string{fmt.Sprintf("%d of %s were not probed: their evidence is of %s, seen from %s to %s",
		r.taken, plural(subjects, "endpoint", "endpoints"), r.of, r.oldest.UTC().Format(time.RFC3339), r.newest.UTC().Format(time.RFC3339))}
}

// remove removes the file. It may be called on nil, and twice.
func (r *resumed) remove() {
	if r != nil && r.file != nil {
		r.file.Close()
		_ = os.Remove(r.file.Name()) // a temporary file, of no use to anybody
		r.file = nil
	}
}
