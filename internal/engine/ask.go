package engine

import (
	"encoding/binary"
	"sync"

	"tlsaudit/audit"
)

// askedBy returns what a rule asks about, found out when it is first wanted; nil
// for a check that does not say.
func (b *bench) askedBy(r *audit.Rule, check *audit.Check) func() *audit.Questions {
	if check.Asks == nil {
		return nil
	}
	if known, ok := b.asked.Load(r); ok {
		return known.(func() *audit.Questions)
	}
	known, _ := b.asked.LoadOrStore(r, sync.OnceValue(func() *audit.Questions {
		q := new(audit.Questions)
		if !b.ask(r, check, q) {
			return nil // then everything is wanted
		}
		return q
	}))
	return known.(func() *audit.Questions)
}

// ask adds what a rule asks about. A check that panics is not ok.
func (b *bench) ask(r *audit.Rule, check *audit.Check, q *audit.Questions) (ok bool) {
	defer func() { ok = recover() == nil }()
	check.Asks(&audit.Case{Level: r.Level, Forbids: r.Forbids(), Profile: r.Profile, Control: r.Control, Params: r.Params, Now: b.Now}, q)
	return
}

// Planner says what has to be asked of a target for the rules that hold for it.
// It may be used by several goroutines.
type Planner struct {
	bench *bench
	mu    sync.Mutex
	known map[string]*audit.Questions // by the numbers of the rules
}

// Planner makes a planner for the rules of the judge, and for its probes.
func (j *Judge) Planner() *Planner {
	return &Planner{bench: j.ready(), known: map[string]*audit.Questions{}}
}

// Questions returns the union of what the effective rules ask about: those that
// select the target, by what is known before it was scanned, and are in force.
// Targets under the same rules share what it returns.
func (p *Planner) Questions(t audit.Target) *audit.Questions {
	unseen := &audit.Observation{Target: t}
	var rules []*audit.Rule
	var key []byte
	for k, list := range [][]audit.Rule{p.bench.Rules, p.bench.Probes} {
		for i := range list {
			if r := &list[i]; p.effective(r, unseen) {
				rules = append(rules, r)
				key = binary.AppendUvarint(key, uint64(2*i+k))
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if q, ok := p.known[string(key)]; ok {
		return q
	}
	q := new(audit.Questions)
	for _, r := range rules {
		p.bench.ask(r, p.bench.checks[r.Check], q)
	}
	p.known[string(key)] = q
	return q
}

// effective reports whether the rule asks about a target like this. One whose
// match cannot be decided before the scan is taken to.
func (p *Planner) effective(r *audit.Rule, unseen *audit.Observation) bool {
	check := p.bench.checks[r.Check]
	if check == nil || check.Asks == nil || r.Undecided != "" || !r.InForce(p.bench.Now) {
		return false
	}
	applies, err := speaksAbout(r, check, unseen)
	return applies || err != nil
}
