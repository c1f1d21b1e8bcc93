package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/internal/history"
	"tlsaudit/internal/near"
)

func historyForgetCommand(a *app) *cobra.Command {
	var f historyFlags
	var dry bool
	c := &cobra.Command{
		Use:   "forget SUBJECT...",
		Short: "Take endpoints out of all there is that will not be audited again",
		Long: `Takes subjects, named as the lists name them, out of the fleet, the forecast and
what is gone: an endpoint that was switched off, a typo, what an inventory had that
was moved and changed on the same day. All of them are forgotten, or none. The runs
that had one stay as they are, and the audit log keeps who forgot it when, which
tlsaudit history verify lists. When an audit sees it again it is back, with its
findings and their ages.

Exit codes: 0, 2, 5 and 6, see tlsaudit history --help.`,
		Example: `  tlsaudit history subjects --db audits.db --order seen
  tlsaudit history forget --db audits.db --dry-run https://old.example.com:443
  tlsaudit history forget --db audits.db https://old.example.com:443 smtp://mx.example.com:25`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("history forget needs at least one SUBJECT", "tlsaudit history forget https://old.example.com:443; tlsaudit history subjects --order seen lists what was not audited for longest first")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return a.forget(c, &f, args, dry) },
	}
	f.register(c)
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would be forgotten, and change nothing")
	return c
}

func (a *app) forget(c *cobra.Command, f *historyFlags, subjects []string, dry bool) error {
	return f.with(a, c, func(ctx context.Context, s *history.Store) error {
		return f.writing(a, s, func(ctx context.Context) error {
			by := history.AuditEntry{At: a.now().UTC(), Actor: cmp.Or(a.getenv("USER"), a.getenv("USERNAME"), "somebody at the command line"), Role: "command"}
			done, err := s.Forget(ctx, subjects, by, dry)
			if errors.Is(err, history.ErrNotFound) {
				return a.unknownSubject(ctx, s, subjects, err)
			}
			if err != nil {
				return err
			}
			verb := "forgotten"
			if dry {
				verb = "would be forgotten"
			}
			for i := range done {
				if _, err := fmt.Fprintf(cleaner{a.stdout}, "%s: %s; open findings about it: %d\n", verb, done[i].Subject, done[i].Open); err != nil {
					return err
				}
			}
			return nil
		})(ctx)
	})
}

// unknownSubject adds the name that was meant, as far as that can be told.
func (a *app) unknownSubject(ctx context.Context, s *history.Store, subjects []string, err error) error {
	var names []string
	for _, gone := range []bool{false, true} {
		q := history.SubjectQuery{Gone: gone, Order: "subject", Page: history.Page{Limit: 500}}
		for {
			list, next, err := s.Subjects(ctx, q)
			if err != nil {
				return err
			}
			for i := range list {
				names = append(names, list[i].Subject)
			}
			if q.After = next; next == "" {
				break
			}
		}
	}
	for _, subject := range subjects {
		if _, unknown := s.Subject(ctx, subject); !errors.Is(unknown, history.ErrNotFound) {
			continue
		}
		if meant := meantBy(subject, names); meant != "" {
			return usageError(fmt.Sprintf("%q is no subject of the history; nothing was forgotten", subject), fmt.Sprintf("did you mean %q?", meant))
		}
	}
	return err
}

// meantBy is the name of which a part was written, if there is but one, or the one
// that is nearest, or whose host is; empty if none is near.
func meantBy(text string, names []string) string {
	var parts []string
	for _, name := range names {
		if strings.Contains(strings.ToLower(name), strings.ToLower(text)) {
			parts = append(parts, name)
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	if name := near.Word(text, names); name != "" {
		return name
	}
	hosts := make([]string, len(names))
	for i, name := range names {
		hosts[i] = hostIn(name)
	}
	if at := slices.Index(hosts, near.Word(hostIn(text), hosts)); at >= 0 {
		return names[at]
	}
	return ""
}

// hostIn is the host in the name of a subject.
func hostIn(subject string) string {
	if _, rest, found := strings.Cut(subject, "://"); found {
		subject = rest
	}
	host, _, _ := strings.Cut(subject, ":")
	return host
}
