package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"tlsaudit/audit"
)

// A sealed file is one whose log is folded into it and whose digest stands in a
// file beside it. Every transaction that writes removes the seal first, while it
// keeps all other writers out, so that a seal that is there speaks about the
// bytes that are there. It is what tells of a byte that changed in the room
// between the rows, which no row could tell of.

// sealWait bounds how long sealing waits for those who read: the seal is left off
// rather than waited for.
const sealWait = 2 * time.Second

// sealName is the file the digest is kept in.
func (s *Store) sealName() string { return s.source.file + ".digest" }

// seal writes the digest of the file, if this program has written to it and no
// other is at work. A history without a seal is no fault.
func (s *Store) seal() error {
	if s.source.file == "" || !s.unsealed.Load() {
		return nil
	}
	_, err := s.quiet(func(file string) error {
		digest, err := digestOf(file)
		if err != nil {
			return err
		}
		if err := replaceFile(s.sealName(), sealed(digest, file)); err != nil {
			return err
		}
		s.unsealed.Store(false)
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing the digest of the history: %w", err)
	}
	return nil
}

// changed is what is wrong with a file that is not as its seal says.
func (s *Store) changed() string {
	return "the file was changed since it was closed: its digest is not the one in " + filepath.Base(s.sealName())
}

// sealed is the line a seal has for a digest.
func sealed(digest, file string) string { return digest + "  " + filepath.Base(file) + "\n" }

// unlike is a DamageError if there is a seal and the file is not as it says, and nil
// also where that cannot be told. It asks nothing of the database: what is damaged
// may not be one any more.
func (s *Store) unlike() error {
	if s.source.file == "" {
		return nil
	}
	kept, err := os.ReadFile(s.sealName())
	if err != nil {
		return nil
	}
	digest, err := digestOf(s.source.file)
	if err != nil || string(kept) == sealed(digest, s.source.file) {
		return nil
	}
	// Who began to write meanwhile removed the seal first.
	if again, err := os.ReadFile(s.sealName()); err != nil || string(again) != string(kept) {
		return nil
	}
	return &DamageError{What: s.changed()}
}

// checkSeal compares the file with its digest, if it is sealed, and says what is
// wrong.
func (s *Store) checkSeal() (damage string, compared bool, err error) {
	if s.source.file == "" {
		return "", false, nil
	}
	kept, err := os.ReadFile(s.sealName())
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("reading the digest of the history: %w", err)
	}
	ran, err := s.quiet(func(file string) error {
		digest, err := digestOf(file)
		if err == nil && string(kept) != sealed(digest, file) {
			damage = s.changed()
		}
		return err
	})
	if err == nil && !ran {
		err = &audit.InputError{Cause: s.source.String() + ": another program is at work in the history, so that its file cannot be compared with its digest", Hint: "try again when it is done"}
	}
	return damage, ran, err
}

// quiet runs a function while nobody writes and all that was written is in the
// file itself. If that cannot be had soon it does nothing, and reports so.
func (s *Store) quiet(do func(file string) error) (ran bool, err error) {
	ctx, cancel := context.WithTimeout(s.life, sealWait)
	defer cancel()
	c, err := s.write.Conn(ctx)
	if err != nil {
		return false, nil // a writer of this program is at work
	}
	defer func() { _ = c.Close() }()
	if !folded(ctx, c) {
		return false, nil
	}
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return false, nil // another program is at work
	}
	defer func() { _, _ = c.ExecContext(s.life, "ROLLBACK") }()
	if log, err := os.Stat(s.source.file + "-wal"); err == nil && log.Size() > 0 {
		return false, nil // it wrote in between
	}
	return true, do(s.source.file)
}

// folded folds the log into the file and reports whether all of it went.
func folded(ctx context.Context, c *sql.Conn) bool {
	var busy, pages, moved int
	err := c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	return err == nil && busy == 0
}

// digestOf is the SHA-256 of a file in hex.
func digestOf(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// replaceFile writes a file that is there as a whole or not at all.
func replaceFile(name, text string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
