package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/access"
	"tlsaudit/internal/strictyaml"
)

// defaultTokens is the file of tokens if none is named.
const defaultTokens = "tokens"

func serveTokenCommand(a *app) *cobra.Command {
	role, file, days := string(access.Viewer), "", 0
	c := &cobra.Command{
		Use:   "token NAME",
		Short: "Make a token for signing in, and print it once",
		Long: `Makes a token, adds what is needed to know it again to the file of tokens, and
prints it to standard output. It cannot be printed again: the file keeps a digest.
Whoever has the token signs in with it on the dashboard, or sends it as
"Authorization: Bearer". A line taken out of the file ends the token and every
session that began with it; the server need not be started again.`,
		Example: `  tlsaudit serve token alice --role operator --tokens tokens
  tlsaudit serve token prometheus --days 365`,
		Args: exactlyOne("NAME", "tlsaudit serve token alice --role operator"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.serveToken(args[0], access.Role(role), file, days)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&role, "role", role, "what it may do: viewer or operator")
	flags.StringVar(&file, "tokens", defaultTokens, "the `FILE` of tokens")
	flags.IntVar(&days, "days", 0, "for how many `DAYS` it holds (default: until it is taken out of the file)")
	completeFrom(c, "role", []string{string(access.Viewer), string(access.Operator)})
	return c
}

func (a *app) serveToken(name string, role access.Role, file string, days int) error {
	if days < 0 || days > 3650 {
		return usageError(fmt.Sprintf("--days %d is not from 0 to 3650", days), "--days 90; leave it off for a token without an end")
	}
	var until time.Time
	if days > 0 {
		until = a.now().UTC().AddDate(0, 0, days)
	}
	secret, line, err := access.NewToken(name, role, until)
	if err != nil {
		return err
	}
	text, err := strictyaml.ReadFile(file, access.MaxTokenFile) // what is over it ParseTokens refuses
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte("# tokens of tlsaudit serve: NAME ROLE DIGEST [until=DAY]; take a line out to end its token\n"), nil
	}
	if err != nil {
		return cannotRead(file, err)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	text = append(text, line...)
	if _, err := access.ParseTokens(file, text); err != nil {
		return err
	}
	if err := a.writePrivate(file, text); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(a.stdout, secret); err != nil {
		return fmt.Errorf("printing the token: %w", err)
	}
	fmt.Fprintf(cleaner{a.stderr}, "added %s (%s) to %s; this token is shown once\n", name, role, file)
	return nil
}

// writePrivate replaces a file at once, so that nobody but its owner reads or
// writes it and a server that reads it meanwhile sees the old or the new one.
func (a *app) writePrivate(file string, text []byte) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := writeNew(file, text, 0o600); err != nil {
			return cannotWrite(file, err)
		}
		return nil
	case err != nil:
		return cannotWrite(file, err)
	case !info.Mode().IsRegular():
		return &audit.InputError{Place: audit.Place{File: file}, Cause: "this is not a file", Hint: "name a file of tokens with --tokens"}
	}
	if err := writeWhole(file, text); err != nil {
		return cannotWrite(file, err)
	}
	return nil
}
