package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tlsaudit/audit"
)

// broken is why a run is incomplete whose program did not live to say so.
const broken = "the program ended before the run did"

// Recover marks the runs as incomplete whose program ended without finishing
// them, and returns them. A program on this machine is looked for; one elsewhere
// is held for dead when it has been silent for a time, by the clock of the database
// that it says it by. One that is at work is never silent for Silence.
func (s *Store) Recover(ctx context.Context, silence time.Duration) (lost []Run, err error) {
	orphans, err := s.orphans(ctx, func(ago time.Duration, by string) bool { return dead(by) || ago >= silence })
	if err != nil || len(orphans) == 0 {
		return nil, err
	}
	err = s.transact(ctx, func(x *tx) error {
		for i := range orphans {
			err := x.breakOff(ctx, &orphans[i], broken)
			if errors.Is(err, errEnded) {
				continue // somebody was faster
			}
			if err != nil {
				return err
			}
			lost = append(lost, orphans[i])
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("marking runs that were broken off: %w", err)
	}
	return lost, nil
}

// orphans are the running runs whose last word a function judges to be the last,
// by how long ago it was.
func (s *Store) orphans(ctx context.Context, gone func(ago time.Duration, by string) bool) (list []Run, err error) {
	err = s.query(ctx, "SELECT "+runTable.list("r")+", "+s.dialect.now+" - COALESCE(h.at, 0), COALESCE(h.owner, '') FROM run AS r LEFT JOIN heartbeat AS h ON h.run = r.id WHERE r.state = 'running' ORDER BY r.id", nil, func(rows *sql.Rows) error {
		var ago int64
		var by string
		stored, err := runTable.scan(rows, &ago, &by)
		if err != nil || !gone(time.Duration(ago)*time.Microsecond, by) {
			return err
		}
		r, err := runOf(stored)
		if err == nil {
			list = append(list, *r)
		}
		return err
	})
	return list, err
}

// checkBroken looks through a file for damage if a run in it was broken off: a
// crash of the machine, and not only of the program, may be behind it.
func (s *Store) checkBroken(ctx context.Context) error {
	if s.source.file == "" {
		return nil
	}
	orphans, err := s.orphans(ctx, func(_ time.Duration, by string) bool { return dead(by) || rebooted(by) })
	if err != nil || len(orphans) == 0 {
		return err
	}
	damage, err := integrity(ctx, s, "quick_check")
	if err == nil && len(damage) > 0 {
		err = &audit.InputError{Cause: "the last run was broken off, and the file is damaged: " + damage[0], Hint: "restore it from a backup; tlsaudit history verify tells all of the damage"}
	}
	return err
}

// integrity asks SQLite what is wrong with the file, if anything.
func integrity(ctx context.Context, q querier, check string) (damage []string, err error) {
	err = q.query(ctx, "PRAGMA "+check+"(20)", nil, func(rows *sql.Rows) error {
		var line string
		if err := rows.Scan(&line); err != nil {
			return err
		}
		if line != "ok" {
			damage = append(damage, line)
		}
		return nil
	})
	return damage, err
}
