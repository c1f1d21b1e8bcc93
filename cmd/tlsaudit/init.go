package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/docs/schema"
)

//go:embed templates/*.yaml
var templates embed.FS

// starters are the files init writes, in the order a person fills them in.
var starters = []struct{ name, about string }{
	{"inventory.yaml", "what is audited: put your endpoints here"},
	{"policy.yaml", "what they are held against"},
	{"waivers.yaml", "findings accepted for a time; none yet"},
}

// schemaDir is where init puts the schemas, which the first line of each
// starter names.
const schemaDir = ".tlsaudit"

func initCommand(a *app) *cobra.Command {
	var dir string
	var force, schemas bool
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a starter policy, inventory and waiver file",
		Long: `Writes inventory.yaml, policy.yaml and waivers.yaml, with comments, into DIR (by
default the current folder), and beside them in .tlsaudit the JSON Schemas by
which editors complete and check the three. None of the three that exists is
overwritten without --force. Then it says what to type next.`,
		Example: "  tlsaudit init\n  tlsaudit init audits/mail\n  tlsaudit init --schemas",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				if c.Flags().Changed("dir") {
					return usageError("the folder is given twice: "+args[0]+" and --dir "+dir, "tlsaudit init "+args[0])
				}
				dir = args[0]
			}
			if schemas {
				return a.initSchemas(dir)
			}
			return a.init(dir, force)
		},
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError("tlsaudit init takes one folder, got more: "+args[1], "tlsaudit init "+args[0])
		}
		return nil
	}
	c.Flags().StringVar(&dir, "dir", ".", "`DIRECTORY` to write to, the same as the argument")
	c.Flags().BoolVar(&force, "force", false, "overwrite files that exist")
	c.Flags().BoolVar(&schemas, "schemas", false, "renew only the schemas in .tlsaudit, after an update of the program")
	return c
}

// init looks at everything first and writes then, so that a refusal leaves
// nothing behind.
func (a *app) init(dir string, force bool) error {
	for _, s := range starters {
		path := filepath.Join(dir, s.name)
		if _, err := os.Lstat(path); err == nil && !force {
			return &audit.InputError{Place: audit.Place{File: path}, Cause: "the file exists and is not overwritten",
				Hint: "tlsaudit init --force replaces it; tlsaudit init DIR writes to another folder"}
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return cannotWrite(path, err)
		}
	}
	if err := writeSchemas(dir); err != nil {
		return err
	}
	for _, s := range starters {
		text, err := templates.ReadFile("templates/" + s.name)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, s.name)
		if err := writeWhole(path, text); err != nil {
			return cannotWrite(path, err)
		}
	}
	a.initTour(dir)
	return nil
}

func (a *app) initSchemas(dir string) error {
	if err := writeSchemas(dir); err != nil {
		return err
	}
	fmt.Fprintf(cleaner{a.stderr}, "wrote %s\n", filepath.Join(dir, schemaDir))
	return nil
}

// writeSchemas writes the schemas, which are the program's own: older ones are
// replaced.
func writeSchemas(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, schemaDir), 0o755); err != nil {
		return cannotWrite(dir, err)
	}
	for _, name := range schema.Inputs {
		text, err := schema.Files.ReadFile(name)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, schemaDir, name)
		if err := writeWhole(path, text); err != nil {
			return cannotWrite(path, err)
		}
	}
	return nil
}

// initTour says what was written and what to type next.
func (a *app) initTour(dir string) {
	w := cleaner{a.stderr}
	for _, s := range starters {
		fmt.Fprintf(w, "wrote %-16s %s\n", filepath.Join(dir, s.name), s.about)
	}
	fmt.Fprintf(w, "wrote %-16s the schemas by which editors complete the three\n", filepath.Join(dir, schemaDir))
	in := func(name string) string { return shellWord(filepath.Join(dir, name)) }
	fmt.Fprintf(w, `
next: put your endpoints into %[1]s, then
  tlsaudit policy lint %[2]s %[1]s %[3]s
  tlsaudit audit -i %[1]s -p %[2]s --waivers %[3]s -o report.json
No servers at hand? In a second terminal
  tlsaudit demo --serve --dir %[4]s
starts some on this machine, good and bad, and says how to audit them.
`, in("inventory.yaml"), in("policy.yaml"), in("waivers.yaml"), shellWord(dir))
}

func cannotWrite(path string, err error) error {
	cause := err.Error()
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		cause = p.Err.Error()
	}
	return &audit.InputError{Place: audit.Place{File: path}, Cause: "cannot write: " + cause, Hint: "choose a folder that can be written to", Err: err}
}
