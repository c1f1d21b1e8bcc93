package history

import (
	"context"
	"database/sql"
	"time"

	"tlsaudit/audit"
)

// Rules implements Reader: in the order of profile and rule.
func (s *Store) Rules(ctx context.Context, run string) (counts []RuleCount, err error) {
	p, err := s.finished(ctx, run)
	if err != nil {
		return nil, err
	}
	err = s.query(ctx, "SELECT u.profile, u.rule, u.chk, c.severity, c.fail, c.warn, c.unknown, c.pass, c.waived, c.none FROM rule_count AS c JOIN rule AS u ON u.id = c.rule WHERE c.run = ? ORDER BY u.profile, u.rule", []any{p.seq}, func(rows *sql.Rows) error {
		var c RuleCount
		var severity int64
		err := rows.Scan(&c.Profile, &c.Rule, &c.Check, &severity, &c.Fail, &c.Warn, &c.Unknown, &c.Pass, &c.Waived, &c.None)
		c.Severity = audit.Severity(severity)
		counts = append(counts, c)
		return err
	})
	return counts, err
}

// Systems implements Reader: in the order of their names.
func (s *Store) Systems(ctx context.Context, run string) (counts []SystemCount, err error) {
	p, err := s.finished(ctx, run)
	if err != nil {
		return nil, err
	}
	err = s.query(ctx, "SELECT system, subjects, fail, warn, unknown, pass, waived FROM system_count WHERE run = ? ORDER BY system", []any{p.seq}, func(rows *sql.Rows) error {
		var c SystemCount
		err := rows.Scan(&c.System, &c.Subjects, &c.Fail, &c.Warn, &c.Unknown, &c.Pass, &c.Waived)
		counts = append(counts, c)
		return err
	})
	return counts, err
}

// Certificates implements Reader. A certificate whose end is not known comes last.
func (s *Store) Certificates(ctx context.Context, before time.Time, p Page) (certificates []Certificate, next string, err error) {
	return s.CertificatesEnding(ctx, time.Time{}, before, p)
}

// CertificatesEnding are those of Certificates that end at from or later.
func (s *Store) CertificatesEnding(ctx context.Context, from, before time.Time, p Page) (certificates []Certificate, next string, err error) {
	l := &list{store: s, page: p, from: certificateTable.selection("c"), order: "certificates", keys: []string{"c.not_after", "c.sha256"}, example: []any{int64(0), ""}}
	l.hold("c.subjects > 0") // else only what is gone presented it
	if !from.IsZero() {
		l.hold("c.not_after >= ?", micros(from))
	}
	if !before.IsZero() {
		l.hold("c.not_after < ?", micros(before))
	}
	next, err = l.fetch(ctx, func(rows *sql.Rows) ([]any, error) {
		v, err := certificateTable.scan(rows)
		if err != nil {
			return nil, err
		}
		t := certificateTable
		c := Certificate{
			SHA256: t.text(v, "sha256"), Subject: t.text(v, "name"), Issuer: t.text(v, "issuer"), Serial: t.text(v, "serial"), Key: t.text(v, "key_name"), Signature: t.text(v, "signature"),
			NotBefore: t.time(v, "not_before"), Leaf: t.int(v, "leaf") != 0, ClientAuth: t.int(v, "client_auth") != 0, Subjects: int(t.int(v, "subjects")), Sample: t.text(v, "sample"),
		}
		end := t.int(v, "not_after")
		if end != never {
			c.NotAfter = moment(end)
		}
		certificates = append(certificates, c)
		return []any{end, c.SHA256}, nil
	})
	return certificates, next, err
}

// CountEnding counts, for each of some times, the certificates that end before it.
func (s *Store) CountEnding(ctx context.Context, bounds []time.Time) ([]int, error) {
	counts := make([]int, len(bounds))
	for i, bound := range bounds {
		err := s.query(ctx, "SELECT COUNT(*) FROM certificate WHERE subjects > 0 AND not_after < ?", []any{micros(bound)}, func(rows *sql.Rows) error { return rows.Scan(&counts[i]) })
		if err != nil {
			return nil, err
		}
	}
	return counts, nil
}
