package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// HeldError says who holds a lease.
type HeldError struct {
	Name, Holder string
	Until        time.Time
}

// Error implements error.
func (e *HeldError) Error() string {
	if e.Holder == "" {
		return fmt.Sprintf("the lease %q is lost", e.Name)
	}
	return fmt.Sprintf("the lease %q is held by %s until %s", e.Name, e.Holder, e.Until.UTC().Format(time.RFC3339))
}

// Unwrap makes it an ErrHeld.
func (e *HeldError) Unwrap() error { return ErrHeld }

// Acquire takes a lease that is free, has run out, or is the holder's own. If it
// is another's the error is a HeldError. Time is that of the database, which is the
// same for all who share it, whatever their own clocks say.
func (s *Store) Acquire(ctx context.Context, name, holder string, ttl time.Duration) error {
	taken := false
	err := s.transact(ctx, func(x *tx) error {
		now, err := x.now(ctx)
		if err == nil {
			taken, err = x.putIf(ctx, leaseTable, values(name, holder, now.Add(ttl)), "lease.until <= ? OR lease.holder = excluded.holder", micros(now))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("taking the lease %q: %w", name, err)
	}
	if !taken {
		return s.held(ctx, name)
	}
	return nil
}

// Renew makes a lease the holder has last longer. A lease that ran out is renewed
// as long as nobody else took it.
func (s *Store) Renew(ctx context.Context, name, holder string, ttl time.Duration) error {
	renewed := false
	err := s.transact(ctx, func(x *tx) error {
		now, err := x.now(ctx)
		if err != nil {
			return err
		}
		mine, err := x.number(ctx, "SELECT COUNT(*) FROM lease WHERE name = ? AND holder = ?", text(name), text(holder))
		if err == nil && mine > 0 {
			renewed, err = true, x.put(ctx, leaseTable, values(name, holder, now.Add(ttl)))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("renewing the lease %q: %w", name, err)
	}
	if !renewed {
		return s.held(ctx, name)
	}
	return nil
}

// held is the error of a lease that somebody else has.
func (s *Store) held(ctx context.Context, name string) error {
	e := &HeldError{Name: name}
	err := s.query(ctx, "SELECT holder, until FROM lease WHERE name = ?", []any{text(name)}, func(rows *sql.Rows) error {
		var until int64
		err := rows.Scan(&e.Holder, &until)
		e.Until = moment(until)
		return err
	})
	if err != nil {
		return err
	}
	return e
}

// Release gives a lease back; one the holder has not is left as it is.
func (s *Store) Release(ctx context.Context, name, holder string) error {
	err := s.transact(ctx, func(x *tx) error {
		_, err := x.remove(ctx, leaseTable, "name = ? AND holder = ?", text(name), text(holder))
		return err
	})
	if err != nil {
		return fmt.Errorf("giving back the lease %q: %w", name, err)
	}
	return nil
}

// LastSlot is the latest time of a schedule that was taken; zero if none was.
func (s *Store) LastSlot(ctx context.Context, schedule string) (at time.Time, err error) {
	err = s.query(ctx, "SELECT at FROM slot WHERE schedule = ?", []any{text(schedule)}, func(rows *sql.Rows) error {
		var n int64
		err := rows.Scan(&n)
		at = moment(n)
		return err
	})
	return at, err
}

// TakeSlot takes a time of a schedule. It is fresh if neither it nor a later one
// was taken, by whomever.
func (s *Store) TakeSlot(ctx context.Context, schedule string, slot time.Time) (fresh bool, err error) {
	if fresh, err = s.take(ctx, slotTable, values(schedule, slot), "slot.at < excluded.at"); err != nil {
		return false, fmt.Errorf("taking the slot of %q: %w", schedule, err)
	}
	return fresh, nil
}

// Claim claims a key for ever; it is fresh for the first who does.
func (s *Store) Claim(ctx context.Context, key string, now time.Time) (fresh bool, err error) {
	if fresh, err = s.take(ctx, claimTable, values(key, now), "1 = 0"); err != nil {
		return false, fmt.Errorf("claiming %q: %w", key, err)
	}
	return fresh, nil
}

// Claimed lists the keys that were claimed and begin with a prefix.
func (s *Store) Claimed(ctx context.Context, prefix string) (keys []string, err error) {
	err = s.query(ctx, "SELECT name FROM claim WHERE name >= ? AND name < ? ORDER BY name", []any{text(prefix), text(prefix + "\U0010ffff")}, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was claimed under %q: %w", prefix, err)
	}
	return keys, nil
}

// take puts a row if there is none with its key, or if that one meets a condition.
func (s *Store) take(ctx context.Context, t *table, r row, condition string) (taken bool, err error) {
	err = s.transact(ctx, func(x *tx) (err error) {
		taken, err = x.putIf(ctx, t, r, condition)
		return err
	})
	return taken && err == nil, err
}
