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

// one runs one statement in a transaction and returns how many rows it touched.
func (s *Store) one(ctx context.Context, statement string, args ...any) (n int64, err error) {
	err = s.transact(ctx, func(x *tx) (err error) {
		n, err = x.exec(ctx, statement, args...)
		return err
	})
	return n, err
}

// Acquire takes a lease that is free, has run out, or is the holder's own. If it
// is another's the error is a HeldError.
func (s *Store) Acquire(ctx context.Context, name, holder string, now time.Time, ttl time.Duration) error {
	v := values(name, holder, now.Add(ttl))
	n, err := s.one(ctx, leaseTable.replacement("lease.until <= ? OR lease.holder = excluded.holder"), append(leaseTable.parameters(v), micros(now))...)
	if err != nil {
		return fmt.Errorf("taking the lease %q: %w", name, err)
	}
	if n > 0 {
		return nil
	}
	return s.held(ctx, name)
}

// Renew makes a lease the holder has last longer. A lease that ran out is renewed
// as long as nobody else took it.
func (s *Store) Renew(ctx context.Context, name, holder string, now time.Time, ttl time.Duration) error {
	v := values(name, holder, now.Add(ttl))
	n, err := s.one(ctx, "UPDATE lease SET until = ?, sum = ? WHERE name = ? AND holder = ?", v[2], leaseTable.sum(v), v[0], v[1])
	if err != nil {
		return fmt.Errorf("renewing the lease %q: %w", name, err)
	}
	if n > 0 {
		return nil
	}
	return s.held(ctx, name)
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
	if _, err := s.one(ctx, "DELETE FROM lease WHERE name = ? AND holder = ?", text(name), text(holder)); err != nil {
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
	n, err := s.one(ctx, slotTable.replacement("slot.at < excluded.at"), slotTable.parameters(values(schedule, slot))...)
	if err != nil {
		return false, fmt.Errorf("taking the slot of %q: %w", schedule, err)
	}
	return n > 0, nil
}

// Claim claims a key for ever; it is fresh for the first who does.
func (s *Store) Claim(ctx context.Context, key string, now time.Time) (fresh bool, err error) {
	n, err := s.one(ctx, claimTable.insertion()+" ON CONFLICT (name) DO NOTHING", claimTable.parameters(values(key, now))...)
	if err != nil {
		return false, fmt.Errorf("claiming %q: %w", key, err)
	}
	return n > 0, nil
}
