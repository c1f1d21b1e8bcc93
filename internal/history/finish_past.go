package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tlsaudit/audit"
)

// past is what earlier results found of a subject, read as far back as is asked.
// Of what was always in order nothing else is known.
type past struct {
	*finisher
	seen    *seen
	listed  bool
	results []*pastResult // the newest first
}

// pastResult is one result, or several in a row that found the same.
type pastResult struct {
	content int64
	reached bool
	// findings are by fingerprint, spoken the profiles they are of; nil until they
	// are read.
	findings map[string]*audit.Finding
	spoken   map[string]bool
}

// farthest bounds how many results are looked at: a subject may not have answered
// for as long.
const farthest = 400

// decided returns the last finding of a fingerprint that was decided; nil if there
// is none, or the rule was not asked when the subject was reached last.
func (p *past) decided(ctx context.Context, profile, print string) (*audit.Finding, error) {
	if err := p.list(ctx); err != nil {
		return nil, err
	}
	for _, r := range p.results {
		if err := p.read(ctx, r); err != nil {
			return nil, err
		}
		found := r.findings[print]
		if found != nil && found.Verdict != audit.Unknown {
			return found, nil
		}
		if found == nil && r.reached && r.spoken[profile] {
			return nil, nil
		}
	}
	return nil, nil
}

// list lists the results, once.
func (p *past) list(ctx context.Context) error {
	if p.listed || p.seen.was == nil {
		return nil
	}
	p.listed = true
	return p.query(ctx, "SELECT findings, reach FROM result WHERE subject = ? AND run < ? ORDER BY run DESC LIMIT ?", []any{p.seen.id, p.seq, farthest}, func(rows *sql.Rows) error {
		r := &pastResult{}
		var reach string
		if err := rows.Scan(&r.content, &reach); err != nil {
			return err
		}
		r.reached = answered(audit.Reach(reach))
		if last := len(p.results) - 1; last >= 0 && p.results[last].content == r.content {
			p.results[last].reached = p.results[last].reached || r.reached
			return nil
		}
		p.results = append(p.results, r)
		return nil
	})
}

// read reads the findings of a result, once.
func (p *past) read(ctx context.Context, r *pastResult) error {
	if r.findings != nil {
		return nil
	}
	at, err := p.objects.get(ctx, p.tx, r.content)
	if err != nil {
		return err
	}
	var j judged
	if err := json.Unmarshal(at.content, &j); err != nil {
		return fmt.Errorf("decoding the findings of %s: %w", p.seen.state.Subject, err)
	}
	r.findings, r.spoken = map[string]*audit.Finding{}, map[string]bool{}
	for _, one := range worstOnes(j.Findings) {
		r.findings[printOf(one)], r.spoken[one.Profile] = one, true
	}
	return nil
}

// factsInTLS are the facts of the last result in which the subject spoke TLS; 0 if
// there is none any more.
func (f *finisher) factsInTLS(ctx context.Context, s *seen) (facts int64, err error) {
	err = f.query(ctx, "SELECT facts FROM result WHERE subject = ? AND run < ? AND reach = ? ORDER BY run DESC LIMIT 1", []any{s.id, f.seq, string(audit.ReachTLS)}, func(rows *sql.Rows) error {
		return rows.Scan(&facts)
	})
	return facts, err
}
