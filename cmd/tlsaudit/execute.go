package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/engine"
	"tlsaudit/scanner"
)

// execute observes or reads, judges and reports. From here on nothing a person
// wrote can be at fault any more, except a list that changed under way.
func (a *app) execute(ctx context.Context, f *auditFlags, p plan) error {
	defer p.source.resumed.remove()
	defer p.record.close(ctx)
	held, err := p.demands.begin()
	if err != nil {
		return err
	}
	mail, err := a.lookUpMail(ctx, f, &p.source)
	if err != nil {
		return err
	}
	if f.allAddresses && p.source.targets != nil {
		if p.source, err = p.source.everywhere(ctx, scanner.Lookup(mail.lookup).Addresses); err != nil {
			return err
		}
	}
	bar := a.newProgress(f, p.source.count)
	held.compare(p.files)
	run := engine.Run{Judge: held.judge, Records: slices.Concat(p.demands.rows(), p.files.records(held)), Concurrency: f.concurrency, Progress: f.hooks.beside(bar.set)}
	if p.source.stored != nil {
		a.rejudge(&run, &p.source)
	} else {
		a.probe(&run, f, &p.source, mail, bar)
		p.record.watch(&run)
	}
	result, err := run.Do(ctx)
	bar.finish()
	defer result.Close()
	if result == nil {
		return fmt.Errorf("auditing: %w", err)
	}
	r := result.Report
	var stop interrupted
	stopped := errors.As(context.Cause(ctx), &stop)
	switch {
	case stopped:
		cut(r, stop.Error()+" before every target was audited")
	case err != nil:
		cut(r, err.Error())
	default:
		if gap := p.source.missed(r.Summary.Subjects); gap != "" {
			cut(r, gap)
		}
	}
	held.sign(r, a.now())
	r.Origin, r.Sources = a.origin(f, p.source.stored), p.source.read
	r.Notices = slices.Concat(r.Notices, p.source.resumed.notices(r.Summary.Subjects), mail.notices(), p.files.notices(), p.record.notices())
	changedSince(f.baseline, r)
	d, undecided := p.gate.decide(r)
	code := d.code
	switch {
	case err != nil:
		code = codeOf(err)
	case stopped:
		code = stop.code()
	case p.gate.exitZero && (code == exitFindings || code == exitIncomplete):
		code = exitCompliant
	}
	whole := !stopped && err == nil
	undecided = errors.Join(undecided, f.hooks.judge(r))
	// What was gathered is written in any case; then the error counts. The history
	// comes last: a database that fails or hangs costs no report.
	if err = errors.Join(err, undecided, p.sinks.writeAll(r, f.writeBaseline, code)); err != nil {
		code = codeOf(err)
	}
	if err = errors.Join(err, p.record.finish(ctx, r, code, whole)); err != nil {
		return err
	}
	a.code = code
	return a.next(f, p.gate, &d, r)
}

// allowGarbage lets the heap grow further before it is collected: what is kept
// is little and the same all along, and garbage is made fast.
func (a *app) allowGarbage() {
	if a.getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// rejudge makes a run one of stored evidence.
func (a *app) rejudge(run *engine.Run, s *source) {
	a.allowGarbage()
	run.Evidence = s.stored.sequence
}

// probe makes a run one of probes, each asking what the policy wants to know.
func (a *app) probe(run *engine.Run, f *auditFlags, s *source, mail *mail, bar *progress) {
	a.allowGarbage()
	scan := scanner.New(scanner.Options{
		Depth: f.depth, Order: f.order, Intrusive: f.intrusive, PerHost: f.perHost, Rate: f.rate, MaxConnections: f.budget, Timeout: f.timeout,
		MaxInFlight: maxInFlight(), EHLO: f.ehlo, Anchors: s.anchors, Now: a.now, Logf: a.logger(f, bar), Lookup: scanner.Lookup(mail.lookup),
	})
	questions := run.Judge.Planner()
	run.Targets, run.Nodes = s.targets, engine.NewNodes(s.nodes)
	run.Scan = mail.scan(s.resumed.scan(func(ctx context.Context, t audit.Target) *audit.Observation {
		return scan.ScanFor(ctx, t, questions.Questions(t))
	}))
}

// missed says what of the source is not in a report of so many endpoints, or
// returns the empty string.
func (s *source) missed(subjects int) string {
	switch {
	case subjects != s.count:
		return fmt.Sprintf("endpoints listed: %d, audited: %d; the list changed under way or names some twice", s.count, subjects)
	case s.stored != nil && s.stored.stopped != "":
		return "the audit behind " + s.stored.stopped + " did not reach every target"
	case s.stored != nil && s.stored.files > 0:
		return fmt.Sprintf("%s not judged again: a stored report does not hold them; audit the files themselves, without --from", plural(s.stored.files, "configuration file was", "configuration files were"))
	}
	return s.gap
}

// cut marks a report whose run did not reach every target.
func cut(r *audit.Report, why string) { r.Complete, r.Incomplete, r.Stopped = false, why, true }
