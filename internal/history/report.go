package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"tlsaudit/audit"
)

// Report implements Reader. The report is valid as long as the store is open and
// the run is not pruned, and its records are read under the given context.
func (s *Store) Report(ctx context.Context, run string) (*audit.Report, error) {
	p, err := s.finished(ctx, run)
	if err != nil {
		return nil, err
	}
	head, err := s.objects.get(ctx, s, p.head)
	if err != nil {
		return nil, fmt.Errorf("reading the head of the run %s: %w", p.id, err)
	}
	r := &audit.Report{}
	if err := json.Unmarshal(head.content, r); err != nil {
		return nil, fmt.Errorf("decoding the head of the run %s: %w", p.id, err)
	}
	r.Records = &records{ctx: ctx, store: s, seq: p.seq}
	return r, nil
}

// records replays the records of a run from the database. It keeps the order of
// the subjects at hand, as a number each, and one record at a time.
type records struct {
	ctx   context.Context
	store *Store
	seq   int64
}

// The orders of records.
const (
	bySubject  = "s.subject"
	worstFirst = "r.worst, s.subject"
)

// BySubject implements audit.Records.
func (r *records) BySubject() iter.Seq2[*audit.Record, error] {
	return r.replay(bySubject, wantAll)
}

// WorstFirst implements audit.Records.
func (r *records) WorstFirst() iter.Seq2[*audit.Record, error] {
	return r.replay(worstFirst, wantAll)
}

// Findings implements audit.Records.
func (r *records) Findings() iter.Seq2[*audit.Record, error] {
	return r.replay(bySubject, wantFindings)
}

func (r *records) replay(order string, w want) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		var subjects []int64
		err := r.store.query(r.ctx, "SELECT r.subject FROM result AS r JOIN subject AS s ON s.id = r.subject WHERE r.run = ? ORDER BY "+order, []any{r.seq}, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			subjects = append(subjects, id)
			return err
		})
		if err != nil {
			yield(nil, err)
			return
		}
		for _, id := range subjects {
			record, err := r.store.record(r.ctx, r.seq, id, w)
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// want says which part of a record is read.
type want int

const (
	wantAll want = iota
	wantFindings
	wantEvidence
)

// record reads one record.
func (s *Store) record(ctx context.Context, seq, subject int64, w want) (*audit.Record, error) {
	var v row
	err := s.query(ctx, resultTable.selection("r")+" WHERE r.run = ? AND r.subject = ?", []any{seq, subject}, func(rows *sql.Rows) (err error) {
		v, err = resultTable.scan(rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, missing("a result of the subject", "the run may have been pruned")
	}
	t := resultTable
	seen, err := s.objects.get(ctx, s, t.int(v, "facts"))
	if err != nil {
		return nil, err
	}
	record := &audit.Record{}
	if w != wantEvidence {
		found, err := s.objects.get(ctx, s, t.int(v, "findings"))
		if err != nil {
			return nil, err
		}
		var j judged
		if err := json.Unmarshal(found.content, &j); err != nil {
			return nil, fmt.Errorf("decoding findings: %w", err)
		}
		record.Findings, record.WhatIf = j.Findings, j.WhatIf
	}
	if w == wantFindings {
		var f struct {
			Subject    string            `json:"subject"`
			Connection *audit.Connection `json:"connection"`
		}
		if err := json.Unmarshal(seen.content, &f); err != nil {
			return nil, fmt.Errorf("decoding what was seen: %w", err)
		}
		record.Evidence = audit.Evidence{Subject: f.Subject, Connection: f.Connection}
		return record, nil
	}
	var declared []byte
	if id := t.int(v, "declared"); id != 0 {
		d, err := s.objects.get(ctx, s, id)
		if err != nil {
			return nil, err
		}
		declared = d.content
	}
	e, err := join(ctx, seen.content, declared, t.bytes(v, "varying"), s.certificateContent)
	if err != nil {
		return nil, err
	}
	record.Evidence = *e
	return record, nil
}

// certificateContent finds the content of a certificate by its digest.
func (s *Store) certificateContent(ctx context.Context, hash digest) ([]byte, error) {
	if at := s.objects.findHash(hash); at != nil {
		return at.content, nil
	}
	var id int64
	err := s.query(ctx, "SELECT id FROM object WHERE hash = ? AND kind = ?", []any{hash[:], int64(kindCertificate)}, func(rows *sql.Rows) error { return rows.Scan(&id) })
	if err != nil {
		return nil, err
	}
	if id == 0 {
		return nil, &DamageError{What: "a certificate is missing"}
	}
	at, err := s.objects.get(ctx, s, id)
	if err != nil {
		return nil, err
	}
	return at.content, nil
}

// Record implements Reader.
func (s *Store) Record(ctx context.Context, run, subject string) (*audit.Record, error) {
	p, err := s.place(ctx, run)
	if err != nil {
		return nil, err
	}
	id := int64(0)
	err = s.query(ctx, "SELECT r.subject FROM subject AS s JOIN result AS r ON r.subject = s.id AND r.run = ? WHERE s.subject = ?", []any{p.seq, text(subject)}, func(rows *sql.Rows) error { return rows.Scan(&id) })
	if err != nil {
		return nil, err
	}
	if id == 0 {
		return nil, missing(fmt.Sprintf("a result of %s in the run %s", subject, p.id), "tlsaudit history subjects lists the subjects")
	}
	return s.record(ctx, p.seq, id, wantAll)
}

// evidencePage is how many staged observations are read at a time.
const evidencePage = 100

// Evidence implements Reader.
func (s *Store) Evidence(ctx context.Context, run string) iter.Seq2[audit.Stored, error] {
	return func(yield func(audit.Stored, error) bool) {
		p, err := s.place(ctx, run)
		if err != nil {
			yield(audit.Stored{}, err)
			return
		}
		if p.seq == 0 {
			s.staged(ctx, p.id, yield)
			return
		}
		if _, err := s.finished(ctx, p.id); err != nil {
			yield(audit.Stored{}, err)
			return
		}
		all := &records{ctx: ctx, store: s, seq: p.seq}
		for record, err := range all.replay(bySubject, wantEvidence) {
			if err != nil {
				yield(audit.Stored{}, err)
				return
			}
			if e := &record.Evidence; e.Observed != nil && !yield(audit.Stored{Observed: e.Observed, Declared: e.Declared}, nil) {
				return
			}
		}
	}
}

// staged yields what was seen by a run that is not finished.
func (s *Store) staged(ctx context.Context, run string, yield func(audit.Stored, error) bool) {
	after, more := "", true
	for more {
		more = false
		var batch []audit.Stored
		err := s.query(ctx, stagingTable.selection("g")+" WHERE g.run = ? AND g.subject > ? ORDER BY g.subject LIMIT ?", []any{run, after, evidencePage}, func(rows *sql.Rows) error {
			v, err := stagingTable.scan(rows)
			if err != nil {
				return err
			}
			after, more = stagingTable.text(v, "subject"), true
			evidence, err := unstage(stagingTable.bytes(v, "data"))
			if err == nil {
				batch = append(batch, audit.Stored{Observed: evidence.Observed, Declared: evidence.Declared})
			}
			return err
		})
		if err != nil {
			yield(audit.Stored{}, err)
			return
		}
		for _, one := range batch {
			if !yield(one, nil) {
				return
			}
		}
	}
}
