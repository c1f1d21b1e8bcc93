package history

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"tlsaudit/audit"
)

// known is what the history knows of a subject at its latest result.
type known struct {
	id    int64
	row   row
	state SubjectState
	// run is the place of its latest run in the chain, audits how many it was in.
	run, audits int64
	expires     int64
	inventory   string
	// facts and findings are the contents of the latest result, with their
	// digests.
	facts, findings, declared int64
	factsHash, findingsHash   digest
}

// The protocols of subjects that are no endpoints.
const (
	protocolGateway = "gateway"
	protocolConfig  = "config"
)

// never is the end of what has none: behind all that have one.
const never = math.MaxInt64

// lookup finds a subject; nil if it is new.
func (f *finisher) lookup(ctx context.Context, subject string) (*known, error) {
	var k *known
	err := f.query(ctx, "SELECT "+subjectTable.list("s")+", r.facts, r.findings, r.declared, a.hash, b.hash FROM subject AS s JOIN result AS r ON r.subject = s.id AND r.run = s.last_run "+
		"JOIN object AS a ON a.id = r.facts JOIN object AS b ON b.id = r.findings WHERE s.subject = ?", []any{text(subject)}, func(rows *sql.Rows) error {
		k = &known{}
		var facts, findings []byte
		v, err := subjectTable.scan(rows, &k.facts, &k.findings, &k.declared, &facts, &findings)
		if err != nil {
			return err
		}
		copy(k.factsHash[:], facts)
		copy(k.findingsHash[:], findings)
		k.row = v
		k.id, k.run, k.audits, k.expires = subjectTable.int(v, "id"), subjectTable.int(v, "last_run"), subjectTable.int(v, "audits"), subjectTable.int(v, "expires")
		k.inventory = subjectTable.text(v, "inventory")
		k.state = subjectOf(v)
		return nil
	})
	return k, err
}

// outcome is what a record comes to.
type outcome struct {
	verdict                           audit.Verdict
	severity                          audit.Severity
	worst                             int64
	fail, warn, unknown, pass, waived int
}

// outcomeOf counts findings; the worst of them comes first. An endpoint about which
// no rule says anything has not been judged.
func outcomeOf(r *audit.Record) outcome {
	o, findings := outcome{verdict: audit.NotApplicable}, r.Findings
	if len(findings) > 0 {
		o.verdict, o.severity = findings[0].Verdict, findings[0].Severity
	}
	if o.verdict == audit.NotApplicable && r.Evidence.Endpoint() {
		o.verdict = audit.Unknown
	}
	alike := 0
	for i := range findings {
		f := &findings[i]
		if f.Verdict == o.verdict && f.Severity == o.severity {
			alike++
		}
		switch f.Verdict {
		case audit.Fail:
			o.fail++
		case audit.Warn:
			o.warn++
		case audit.Pass:
			o.pass++
		case audit.Waived:
			o.waived++
		case audit.NotApplicable:
		default:
			o.unknown++
		}
	}
	o.worst = gravity(o.verdict, o.severity)<<20 | int64(1<<20-1-min(alike, 1<<20-1))
	return o
}

// gravity is a number that is the smaller the graver a finding is, in the order
// of audit.Finding.Compare.
func gravity(v audit.Verdict, s audit.Severity) int64 {
	graver := int64(0)
	for other := audit.Unknown; other <= audit.Waived; other++ {
		if (&audit.Finding{Verdict: other}).Compare(&audit.Finding{Verdict: v}) < 0 {
			graver++
		}
	}
	return graver<<4 | int64(15-min(s, 15))
}

// record keeps one record.
func (f *finisher) record(ctx context.Context, r *audit.Record) error {
	was, err := f.lookup(ctx, r.Evidence.Subject)
	if err != nil {
		return err
	}
	if was != nil && was.run == f.seq {
		return fmt.Errorf("the report has the subject %q twice", r.Evidence.Subject)
	}
	s := &seen{record: r, was: was, outcome: outcomeOf(r), at: f.at}
	if err := f.contents(ctx, s); err != nil {
		return err
	}
	if was == nil {
		f.subjects++
		s.id = f.subjects
	} else {
		s.id = was.id
	}
	s.describe(f.run)
	f.kinds[kindOf(s.state.Protocol)] = true
	if o := r.Evidence.Observed; o != nil && !s.reached() && !o.Target.IP.IsValid() {
		f.unresolved[nameOf(o.Target.Protocol, o.Target.Host, o.Target.Port)] = true
	}
	// The order of what follows is that of the changes of the subject.
	if err := f.reach(ctx, s); err != nil {
		return err
	}
	if err := f.certificates(ctx, s); err != nil {
		return err
	}
	if err := f.count(ctx, s); err != nil {
		return err
	}
	if err := f.judge(ctx, s); err != nil {
		return err
	}
	return f.write(ctx, s)
}

// seen is one record on its way into the history.
type seen struct {
	record *audit.Record
	was    *known
	outcome
	at time.Time
	id int64

	parts                              *parts
	facts, findings, declared          int64
	factsHash, findingsHash, declaredH digest

	state  SubjectState
	audits int64
	// inventory is the one it was last audited under.
	inventory string
	// expires is the earliest end of a leaf seen now, current of one presented at
	// the latest result at which that was told.
	expires, current int64
}

// reached reports whether the subject answered, in TLS or without. What is no
// endpoint was read.
func (s *seen) reached() bool {
	o := s.record.Evidence.Observed
	return o == nil && s.record.Evidence.Connection != nil || o == nil && !s.record.Evidence.Endpoint() || o != nil && answered(o.Reach)
}

// reached reports the same of the latest result.
func (k *known) reached() bool { return k.state.Reach == "" || answered(k.state.Reach) }

func answered(r audit.Reach) bool {
	return r == audit.ReachTLS || r == audit.ReachNoTLS || r == audit.ReachDNS
}

// contents keeps the contents of a record.
func (f *finisher) contents(ctx context.Context, s *seen) (err error) {
	if s.parts, err = split(&s.record.Evidence); err != nil {
		return err
	}
	if s.parts.findings, err = json.Marshal(judged{Findings: s.record.Findings, WhatIf: s.record.WhatIf}); err != nil {
		return fmt.Errorf("encoding the findings of %s: %w", s.record.Evidence.Subject, err)
	}
	var before known
	if s.was != nil {
		before = *s.was
	}
	s.factsHash, s.findingsHash = hashOf(s.parts.facts), hashOf(s.parts.findings)
	if s.facts = before.facts; s.was == nil || s.factsHash != before.factsHash {
		var fresh bool
		if s.facts, fresh, err = f.keep(ctx, kindFacts, s.parts.facts, s.factsHash, before.facts); err != nil {
			return err
		}
		if fresh {
			if err := f.keepCertificates(ctx, s.facts, s.parts.certificates); err != nil {
				return err
			}
		}
	}
	if s.findings = before.findings; s.was == nil || s.findingsHash != before.findingsHash {
		if s.findings, _, err = f.keep(ctx, kindFindings, s.parts.findings, s.findingsHash, before.findings); err != nil {
			return err
		}
	}
	if s.parts.declared != nil {
		s.declaredH = hashOf(s.parts.declared)
		s.declared, _, err = f.keep(ctx, kindDeclared, s.parts.declared, s.declaredH, before.declared)
	}
	return err
}

// keepCertificates keeps the certificates that facts name.
func (f *finisher) keepCertificates(ctx context.Context, facts int64, list [][]byte) error {
	named := map[int64]bool{}
	for _, content := range list {
		id, _, err := f.keep(ctx, kindCertificate, content, hashOf(content), 0)
		if err != nil {
			return err
		}
		if !named[id] {
			named[id] = true
			if err := f.insert(ctx, usesTable, values(facts, id)); err != nil {
				return err
			}
		}
	}
	return nil
}

// describe works out the state of the subject, as far as it does not depend on
// what follows.
func (s *seen) describe(run *Run) {
	e := &s.record.Evidence
	s.state = SubjectState{
		Subject: e.Subject, FirstSeen: s.at, LastSeen: s.at, LastRun: run.ID, Verdict: s.verdict, Severity: s.severity,
		Fail: s.fail, Warn: s.warn, Unknown: s.unknown, Pass: s.pass, Waive: s.waived,
	}
	s.audits, s.expires, s.current, s.inventory = 1, never, never, run.Inventory
	if s.was != nil {
		s.inventory = cmp.Or(s.inventory, s.was.inventory) // that it was named by hand takes it out of none
		s.state.FirstSeen, s.state.UnreachableSince = s.was.state.FirstSeen, s.was.state.UnreachableSince
		s.audits, s.current = s.was.audits+1, s.was.expires
	}
	switch o := e.Observed; {
	case o != nil:
		s.state.System, s.state.Protocol = cmp.Or(o.Target.System, o.Target.Host), o.Target.Protocol
		s.state.Reach, s.state.Reason = o.Reach, o.Reason
	case e.Connection != nil:
		s.state.System, s.state.Protocol = cmp.Or(e.Connection.Source, "gateway table"), protocolGateway
	case len(e.Declared) > 0:
		s.state.System, s.state.Protocol = cmp.Or(e.Declared[0].Product, "configuration"), protocolConfig
	default:
		s.state.System, s.state.Protocol = "configuration", protocolConfig
	}
}

// write writes the result and the state of the subject.
func (f *finisher) write(ctx context.Context, s *seen) error {
	o := s.outcome
	result := values(f.seq, s.id, s.facts, s.findings, s.declared, s.parts.varying, string(s.state.Reach), s.state.Reason, int(o.verdict), int(o.severity), o.worst,
		o.fail, o.warn, o.unknown, o.pass, o.waived, s.expires)
	if err := f.insert(ctx, resultTable, result); err != nil {
		return err
	}
	var declared []byte
	if s.declared != 0 {
		declared = s.declaredH[:]
	}
	subject := text(s.state.Subject)
	f.results[subject] = leafOf(resultCanon(subject, s.factsHash[:], s.findingsHash[:], declared, result))
	st := &s.state
	state := values(s.id, st.Subject, st.System, st.Protocol, string(st.Reach), st.Reason, st.UnreachableSince, st.FirstSeen, st.LastSeen, f.seq,
		s.audits, int(o.verdict), int(o.severity), o.worst, o.fail, o.warn, o.unknown, o.pass, o.waived, s.current, s.inventory, st.GoneSince)
	if s.was != nil {
		return f.amend(ctx, subjectTable, s.was.row, state)
	}
	return f.insert(ctx, subjectTable, state)
}

// subjectOf makes a state of a row of the table. The run is not in it.
func subjectOf(v row) SubjectState {
	t := subjectTable
	s := SubjectState{
		Subject: t.text(v, "subject"), System: t.text(v, "system"), Protocol: t.text(v, "protocol"), Reach: audit.Reach(t.text(v, "reach")), Reason: t.text(v, "reason"),
		UnreachableSince: t.time(v, "unreachable_since"), FirstSeen: t.time(v, "first_seen"), LastSeen: t.time(v, "last_seen"),
		Verdict: audit.Verdict(t.int(v, "verdict")), Severity: audit.Severity(t.int(v, "severity")), Fail: int(t.int(v, "fail")), Warn: int(t.int(v, "warn")),
		Unknown: int(t.int(v, "unknown")), Pass: int(t.int(v, "pass")), Waive: int(t.int(v, "waived")),
	}
	s.GoneSince, s.Forgotten = awayOf(t.int(v, "gone_since"))
	if end := t.int(v, "expires"); end != never {
		s.NotAfter = moment(end)
	}
	return s
}
