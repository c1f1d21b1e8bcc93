package history

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"

	"tlsaudit/audit"
)

// count adds a record to the counts of rules and systems.
func (f *finisher) count(ctx context.Context, s *seen) error {
	for i := range s.record.Findings {
		one := &s.record.Findings[i]
		id, err := f.rule(ctx, one)
		if err != nil {
			return err
		}
		c := f.ruleCounts[id]
		if c == nil {
			c = &RuleCount{}
			f.ruleCounts[id] = c
		}
		c.Severity = max(c.Severity, one.Severity)
		c.add(one.Verdict, 1)
	}
	name := text(s.state.System)
	c := f.systems[name]
	if c == nil {
		c = &SystemCount{System: name}
		f.systems[name] = c
	}
	c.add(s.verdict, 1)
	return nil
}

// add counts findings of a verdict.
func (c *RuleCount) add(v audit.Verdict, n int) {
	switch v {
	case audit.Fail:
		c.Fail += n
	case audit.Warn:
		c.Warn += n
	case audit.Pass:
		c.Pass += n
	case audit.Waived:
		c.Waived += n
	case audit.NotApplicable:
		c.None += n
	default:
		c.Unknown += n
	}
}

// add counts subjects of a verdict.
func (c *SystemCount) add(v audit.Verdict, n int) {
	c.Subjects += n
	switch v {
	case audit.Fail:
		c.Fail += n
	case audit.Warn:
		c.Warn += n
	case audit.Pass:
		c.Pass += n
	case audit.Waived:
		c.Waived += n
	default: // also those no rule speaks about: they have not been judged
		c.Unknown += n
	}
}

// writeRules writes the counts of the rules and returns their digest.
func (f *finisher) writeRules(ctx context.Context) ([]byte, error) {
	h := sha256.New()
	for _, id := range slices.Sorted(maps.Keys(f.ruleCounts)) {
		c := f.ruleCounts[id]
		v := values(f.seq, id, int(c.Severity), c.Fail, c.Warn, c.Unknown, c.Pass, c.Waived, c.None)
		h.Write(v.encode(nil))
		if err := f.insert(ctx, ruleCountTable, v); err != nil {
			return nil, err
		}
	}
	return h.Sum(nil), nil
}

// writeSystems writes the counts of the systems and returns their digest.
func (f *finisher) writeSystems(ctx context.Context) ([]byte, error) {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(f.systems)) {
		c := f.systems[name]
		v := values(f.seq, c.System, c.Subjects, c.Fail, c.Warn, c.Unknown, c.Pass, c.Waived)
		h.Write(v.encode(nil))
		if err := f.insert(ctx, systemCountTable, v); err != nil {
			return nil, err
		}
	}
	return h.Sum(nil), nil
}
