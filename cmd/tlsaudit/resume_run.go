package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// resumeWithin is how old what an earlier run saw may be to be taken for what is
// seen now: a run that broke off in the night can be brought to its end in the
// morning, and the next night's begins anew.
const resumeWithin = 12 * time.Hour

// maxLookedBack bounds the runs among which the latest of a kind is looked for.
const maxLookedBack = 32

// resumeRun returns what the latest run of the same kind saw, if that was broken
// off; nil if it came to its end, or nothing of it can be taken.
func (a *app) resumeRun(ctx context.Context, f *auditFlags, s *history.Store, dsn string, run *history.Run, from *source) (*resumed, error) {
	now := a.now()
	earlier, err := brokenOff(ctx, s, run, now)
	if err != nil || earlier == nil {
		return nil, err
	}
	wanted, err := askedFor(from)
	if err != nil {
		return nil, err
	}
	r := &resumed{of: "the run " + earlier.ID + ", which was broken off", anchors: from.anchors, now: a.now, quiet: true}
	err = r.keep(s.Evidence(ctx, earlier.ID), func(o *audit.Observation) bool {
		return wanted.has(o) && recent(o, now) && f.stands(o, from.anchors)
	})
	if err != nil {
		return nil, fmt.Errorf("reading what the run %s saw: %w", earlier.ID, err)
	}
	if len(r.at) == 0 {
		r.remove()
		return nil, nil
	}
	fmt.Fprintf(cleaner{a.stderr}, "the run %s of %s in %s was broken off: what it saw of %s is taken, and not probed again (--no-resume probes everything)\n",
		earlier.ID, earlier.Started.UTC().Format(time.RFC3339), databaseName(dsn), plural(len(r.at), "endpoint", "endpoints"))
	return r, nil
}

// brokenOff finds the latest run under the same policy, at the same depth and of
// the same schedule, and returns it if it did not come to its end.
func brokenOff(ctx context.Context, s *history.Store, like *history.Run, now time.Time) (*history.Run, error) {
	runs, _, err := s.Runs(ctx, history.Page{Limit: maxLookedBack})
	if err != nil {
		return nil, fmt.Errorf("looking for a run to resume: %w", err)
	}
	for i := range runs {
		r := &runs[i]
		if now.Sub(r.Started) > 2*resumeWithin { // nothing it saw is recent
			return nil, nil
		}
		if r.PolicySHA256 != like.PolicySHA256 || r.Depth != like.Depth || r.Schedule != like.Schedule || r.Trigger == triggerImport {
			continue
		}
		if r.State == history.Incomplete {
			return r, nil
		}
		return nil, nil // it came to its end, or goes on
	}
	return nil, nil
}

// recent tells whether an observation was made lately, and not in the future of a
// clock that was set back.
func recent(o *audit.Observation, now time.Time) bool {
	return !o.Finished.After(now) && now.Sub(o.Finished) <= resumeWithin
}

// asked are the endpoints a run asks for, at whatever address.
type asked map[string]bool

func askedKey(t *audit.Target) string {
	return fmt.Sprintf("%s %s %d", t.Protocol, strings.ToLower(t.Host), t.Port)
}

func askedFor(s *source) (asked, error) {
	list := asked{}
	for t, err := range s.targets {
		if err != nil {
			return nil, err
		}
		list[askedKey(&t)] = true
	}
	return list, nil
}

// has tells whether an endpoint is asked for: by name, or as a host of a mail
// domain.
func (a asked) has(o *audit.Observation) bool {
	if a[askedKey(&o.Target)] {
		return true
	}
	for _, domain := range o.Target.Domains {
		if a[askedKey(&audit.Target{Protocol: audit.ProtocolMX, Host: domain, Port: o.Target.Port})] {
			return true
		}
	}
	return false
}

// runEvidence reads the evidence of a run in the history, to be judged again.
func (a *app) runEvidence(ctx context.Context, s *history.Store, name string) (*stored, error) {
	run, err := findRun(ctx, s, name)
	if err != nil {
		return nil, err
	}
	evidence := &stored{sequence: s.Evidence(ctx, run.ID)}
	if !run.Reported() {
		evidence.stopped = "the run " + run.ID
		for _, err := range evidence.sequence {
			if err != nil {
				return nil, err
			}
			evidence.count++
		}
		return evidence, nil
	}
	report, err := s.Report(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	evidence.count, evidence.files = report.Summary.Subjects, report.Summary.Files
	if report.Origin != nil {
		evidence.origin = *report.Origin
	}
	if report.Stopped || run.State != history.Complete {
		evidence.stopped = "the run " + run.ID
	}
	return evidence, nil
}

// findRun finds a run by what a person calls it.
func findRun(ctx context.Context, s *history.Store, name string) (*history.Run, error) {
	run, err := s.Run(ctx, name)
	if errors.Is(err, history.ErrNotFound) {
		return nil, usageError(fmt.Sprintf("%q is no run of the history", name), "tlsaudit history runs lists them; a run is named by its id, the beginning of it, latest, or latest~1 for the one before")
	}
	return run, err
}
