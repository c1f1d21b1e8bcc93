package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tlsaudit/audit"
	"tlsaudit/report"
)

// sink is one place a report goes to.
type sink struct {
	format report.Format
	// path is a file; empty means standard output.
	path string
}

// sinks writes a report everywhere it was asked for.
type sinks struct {
	app     *app
	list    []sink
	options report.Options
	// proof attests what is written; nil if that is not asked for.
	proof *attestation
}

// registerOutput declares the flags that say what is written where and how.
func (f *auditFlags) registerOutput(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVarP(&f.outputs, "out", "o", nil, "write a report to `FILE`, format by extension (repeatable)")
	flags.StringVarP(&f.format, "format", "f", "", "format on standard output: "+formatNames()+" (default table)")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no table and no progress; only --out files, --format output and errors")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "show passed rules too, and what the scanner does")
	flags.BoolVar(&f.noColor, "no-color", false, "no colours (also: the NO_COLOR environment variable)")
	completeFrom(c, "format", formatList())
}

// planOutputs decides where the report goes and refuses what cannot work,
// before a scan of hours ends in "no such directory".
func (a *app) planOutputs(f *auditFlags, args []string) (*sinks, error) {
	s := &sinks{app: a, options: report.Options{
		Color:   a.colored(f.noColor),
		Width:   a.width(),
		Verbose: f.verbose,
	}}
	stdout := report.Format{}
	if f.format != "" {
		format, ok := report.ByName(f.format)
		if !ok {
			return nil, usageError(fmt.Sprintf("--format %q is not a report format: one of %s", f.format, formatNames()),
				"tlsaudit audit -f json")
		}
		stdout = format
	} else if !f.quiet {
		stdout, _ = report.ByName("table")
	}
	toStdout := stdout.Name != ""
	for _, path := range f.outputs {
		if path == "-" {
			if stdout.Name == "" {
				stdout, _ = report.ByName("table")
			}
			toStdout = true
			continue
		}
		format, ok := report.ByExt(path)
		if !ok {
			return nil, usageError(fmt.Sprintf("--out %s: no report format has the extension %q: one of %s", path, filepath.Ext(path), extensions()),
				"tlsaudit audit -o report.xlsx")
		}
		s.list = append(s.list, sink{format, path})
	}
	if f.writeBaseline == "-" {
		return nil, usageError("--write-baseline writes to a file, not to standard output", "--write-baseline baseline.json")
	}
	if err := planFiles(f.writes(), f.reads(args)); err != nil {
		return nil, err
	}
	proof, err := f.planAttest()
	if err != nil {
		return nil, err
	}
	s.proof = proof
	if toStdout {
		if stdout.Name == "xlsx" && isTerminal(a.stdout) {
			return nil, usageError("a workbook cannot be shown on a terminal", "tlsaudit audit -o report.xlsx")
		}
		s.list = append(s.list, sink{format: stdout})
	}
	return s, nil
}

// writeAll writes the reports, the baseline if it has a path, and then what
// attests them.
func (s *sinks) writeAll(r *audit.Report, baseline string, exitCode int) error {
	err := s.write(r)
	if baseline != "" {
		err = errors.Join(err, s.proof.writeFile(baseline, "baseline", func(w io.Writer) error { return writeBaseline(w, r) }))
	}
	if err != nil {
		return err
	}
	return s.proof.finish(r, exitCode)
}

// write writes every report, files first: if standard output is a closed pipe
// the files are there all the same.
func (s *sinks) write(r *audit.Report) error {
	for _, one := range s.list {
		if one.path == "" {
			if err := one.format.Write(s.app.stdout, r, s.options); err != nil {
				return fmt.Errorf("writing the %s report to standard output: %w", one.format.Name, err)
			}
			continue
		}
		plain := s.options
		plain.Color, plain.Width = false, 0
		err := s.proof.writeFile(one.path, one.format.Name, func(w io.Writer) error { return one.format.Write(w, r, plain) })
		if err != nil {
			return fmt.Errorf("writing the %s report: %w", one.format.Name, err)
		}
	}
	return nil
}

// colored follows the NO_COLOR convention: colours only on a terminal, and
// never when the variable is set to anything.
func (a *app) colored(off bool) bool {
	return !off && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb" && isTerminal(a.stdout)
}

// width is the width of the terminal in columns; 0 lets the format choose.
func (a *app) width() int {
	if f, ok := a.stdout.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			return w
		}
	}
	return 0
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func formatList() (names []string) {
	for _, f := range report.Formats {
		names = append(names, f.Name)
	}
	return names
}

func formatNames() string { return joinOr(formatList()) }

func extensions() string {
	var list []string
	for _, f := range report.Formats {
		list = append(list, f.Ext)
	}
	return joinOr(list)
}

// joinOr joins choices for a sentence: "a, b or c".
func joinOr(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
