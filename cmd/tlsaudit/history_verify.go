package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/internal/history"
)

func historyVerifyCommand(a *app) *cobra.Command {
	var f historyFlags
	var noted string
	c := &cobra.Command{
		Use:   "verify",
		Short: "Work out every digest of a history again",
		Long: `Reads all that is stored and works out its digests again: of each row, how many
each table has, of each piece of evidence, of the audit log, and of the chain of
runs, in which every run covers the one before. A file that is closed is compared
byte by byte with the digest beside it (FILE.digest).

Damage and careless changes are told by that alone. Who can write to the database
can make all of it agree again; no database tells of that by itself. For that, note
a digest elsewhere, and give it to --digest: the one this command prints proves that
nothing at all was changed, taken out or put in, until the next run is written; that
of a run (history runs -f json) proves the runs up to it and their audit log, for
ever.

What was forgotten (history forget) is listed, with when and by whom, as the audit
log has it. A subject that is hidden like that without an entry is damage.

Exit codes:
  0    all of it is as it was written
  1    something is damaged, or is not what the noted digest is of
  2    there is no such history, what is named is none, or that is no digest
  5    the database failed, or cannot be read at all`,
		Example: `  tlsaudit history verify --db audits.db
  tlsaudit history verify --db audits.db --digest "$(cat noted)"`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := refuseEmpty(c.Flags().Changed, []emptyFlag{{"digest", noted}}); err != nil {
				return err
			}
			return a.verifyHistory(c, &f, noted)
		},
	}
	f.register(c)
	c.Flags().StringVar(&noted, "digest", "", "compare with this digest (`HEX`), which was noted elsewhere, of the whole or of a run")
	return c
}

func (a *app) verifyHistory(c *cobra.Command, f *historyFlags, noted string) error {
	err := f.with(a, c, func(ctx context.Context, s *history.Store) error {
		v, err := s.Verify(ctx, noted)
		if err != nil {
			return err
		}
		return a.showVerified(v)
	})
	damage := new(history.DamageError)
	if errors.As(err, &damage) { // so much that it cannot be opened
		return a.showVerified(&history.Verification{Damage: []string{damage.What}})
	}
	return err
}

func (a *app) showVerified(v *history.Verification) error {
	w := cleaner{a.stdout}
	for _, line := range v.Damage {
		fmt.Fprintf(w, "DAMAGED   %s\n", line)
	}
	extent := plural(v.Runs, "run", "runs") + " and " + plural(v.Objects, "stored object", "stored objects")
	if len(v.Damage) > 0 {
		a.code = exitFindings
		_, err := fmt.Fprintf(w, "\nDoes NOT match: %s in %s. Restore the database from a backup.\n", plural(len(v.Damage), "fault", "faults"), extent)
		return err
	}
	seal := "not compared: there is no digest of its bytes beside the database"
	if v.Sealed {
		seal = "compared byte by byte with the digest beside it"
	}
	proof := "not compared with a digest noted elsewhere (--digest): a change that all digests were made to agree with would not show"
	if v.Noted != "" {
		proof = v.Noted
	}
	if _, err := fmt.Fprintf(w, "Matches: %s are as they were written.\nFile:    %s\nNoted:   %s\nDigest:  %s\n", extent, seal, proof, v.Digest); err != nil {
		return err
	}
	for i := range v.Forgotten {
		one, back := &v.Forgotten[i], ""
		if one.Back {
			back = "; it is back since"
		}
		if _, err := fmt.Fprintf(w, "Forgotten: %s on %s by %s%s\n", one.Subject, one.At.UTC().Format(time.RFC3339), one.Actor, back); err != nil {
			return err
		}
	}
	return nil
}
