package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/conffile"
	"tlsaudit/internal/policy"
)

// fixFlags are the flags of the fix command.
type fixFlags struct {
	auditFlags
	write bool
}

func fixCommand(a *app) *cobra.Command {
	var f fixFlags
	c := &cobra.Command{
		Use:   "fix FILE|FOLDER...",
		Short: "Print, or apply, the proven changes that make configuration files comply",
		Long: `Reads configuration files as audit does and prints the changes that mend what
fails, as a patch. Every change is proven before it is shown: it is applied to a
copy in memory, the copy is read and judged again, the finding must be gone and
no other may have come. What takes a person is told on standard error, with the
words of the remedy.

With --write the files are changed in place, atomically, each with a backup
beside it; encoding, line ends, comments and every other byte stay as they are.
Nothing is restarted.

Exit codes:
  0    nothing that fails is left once the patch is applied
  1    findings are left that no patch mends
  2    usage error, or a file cannot be read or written`,
		Example: `  tlsaudit fix /etc/nginx/nginx.conf
  tlsaudit fix conf/ -p policy.yaml > tls.patch
  tlsaudit fix --write conf/httpd.conf
  tlsaudit fix -i inventory.yaml`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			return a.fix(f, args)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.BoolVar(&f.write, "write", false, "change the files, and keep a backup of each")
	flags.StringArrayVarP(&f.inventories, "inventory", "i", nil, "mend the config_files of this inventory `FILE` (repeatable)")
	flags.StringArrayVarP(&f.policies, "policy", "p", nil, "policy `FILE` or built-in profile id (repeatable; default baseline)")
	flags.StringVar(&f.now, "now", "", "judge as of this `TIME` (2006-01-02 or RFC 3339; default: the clock)")
	f.config.register(c)
	completeLater(c, "policy", policy.ProfileIDs)
	return c
}

// fix mends files from flags to exit code.
func (a *app) fix(f fixFlags, args []string) error {
	if len(args)+len(f.inventories) == 0 {
		return usageError("fix needs a configuration file, or a folder of some", "tlsaudit fix /etc/nginx/nginx.conf")
	}
	held, err := a.demandsOf(&f.auditFlags)
	if err != nil {
		return err
	}
	files, err := f.config.readConfiguration(args, f.inventories)
	if err != nil {
		return err
	}
	if files.files() == 0 {
		return files.nothing(append(args, f.inventories...))
	}
	j, err := held.begin()
	if err != nil {
		return err
	}
	left := 0
	for i := range files.systems {
		s := &files.systems[i]
		for _, u := range s.loaded.Unknown {
			fmt.Fprintf(cleaner{a.stderr}, "not read: %s: %v\n", u.Name, u.Err)
			left++
		}
		judge := j.config
		judge.Standards = j.standards(s.System)
		for _, m := range judge.MendAll(s.loaded.Documents, s.Name) {
			if err := a.mended(&f, m); err != nil {
				return err
			}
			left += failing(m.Left)
		}
	}
	if left > 0 {
		a.code = exitFindings
	}
	return nil
}

// mended prints the patch of one document, or applies it, and says what it does
// and what is left.
func (a *app) mended(f *fixFlags, m *conffile.Mended) error {
	w := cleaner{a.stderr}
	name := m.Before.Main().Name
	for _, c := range m.Changes {
		if !f.write {
			if _, err := fmt.Fprint(cleaner{a.stdout}, c.Diff); err != nil {
				return err // a part of a patch would be taken for all of it
			}
			if c.Blanked {
				fmt.Fprintf(w, "%s: lines with secrets are blanked out in the patch; to apply it: tlsaudit fix --write %s\n", c.Before.Name, shellWord(name))
			}
			continue
		}
		backup, err := m.Before.Write(c, a.now().UTC())
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: changed; the file as it was: %s\n", c.Before.Name, backup)
	}
	for _, one := range m.Gone {
		fmt.Fprintf(w, "%s: %s mended: %s\n", placeOr(one.Place, name), one.Rule, one.Message)
	}
	if len(m.Changes) > 0 {
		format := m.Before.Format
		for _, line := range [][2]string{{"then", format.Apply}, {"look", format.Verify}, {"back", format.Rollback}} {
			if line[1] != "" {
				fmt.Fprintf(w, "  %s: %s\n", line[0], line[1])
			}
		}
	}
	for _, one := range m.Left {
		fmt.Fprintf(w, "%s: %s is left (%s): %s\n", placeOr(one.Place, name), one.Rule, one.Verdict, one.Message)
		if one.Remedy != nil && one.Verdict == audit.Fail {
			for line := range strings.Lines(one.Remedy.Text) {
				fmt.Fprintf(w, "  %s\n", strings.TrimRight(line, "\n"))
			}
		}
	}
	if len(m.Changes)+len(m.Left)+len(m.Gone) == 0 {
		fmt.Fprintf(w, "%s: nothing to mend\n", name)
	}
	return nil
}

func failing(findings []audit.Finding) (n int) {
	for i := range findings {
		if findings[i].Verdict == audit.Fail {
			n++
		}
	}
	return n
}

func placeOr(p *audit.Place, name string) string {
	if p == nil || p.File == "" {
		return name
	}
	return p.String()
}
