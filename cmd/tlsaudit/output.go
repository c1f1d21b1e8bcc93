package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tlsaudit/audit"
	"tlsaudit/internal/near"
	"tlsaudit/report"
)

// outputFlags are the flags that say where a report goes and how it looks.
type outputFlags struct {
	outputs        []string
	metrics        string
	format         string
	quiet, verbose bool
	noColor        bool
	wide, grades   bool
	csvRaw         bool
	only           []string
}

// register declares the flags; help, completion and docs/cli.md derive from it.
func (f *outputFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVarP(&f.outputs, "out", "o", nil, "write a report to `FILE`, format by extension, or as FORMAT=FILE; - is standard output (repeatable)")
	flags.StringVarP(&f.format, "format", "f", "", "`FORMAT` on standard output: "+formatNames()+" (default table)")
	flags.BoolVar(&f.wide, "wide", false, "table: as wide as its text, whatever the terminal is")
	flags.StringSliceVar(&f.only, "only", nil, "table: list only findings with this `VERDICT` (comma-separated): "+joinOr(verdictNames()))
	flags.BoolVar(&f.grades, "grades", false, "table: a letter for every endpoint, with what caps it (docs/grades.md)")
	flags.BoolVar(&f.csvRaw, "csv-raw", false, "csv: leave text as it is where a spreadsheet would take it for a formula")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no table and no progress; only --out files, --format output and errors")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "show passed rules too, and what the scanner does")
	flags.BoolVar(&f.noColor, "no-color", false, "no colours (also: the NO_COLOR environment variable)")
	completeFrom(c, "format", formatList())
	completeFrom(c, "only", verdictNames())
}

// showsTable reports whether a person reads the result on standard output.
func (f *outputFlags) showsTable() bool {
	name := cmp.Or(f.format, "table")
	for _, out := range f.outputs {
		if one, err := readOutput(out); err == nil && one.path == "" && one.format.Name != "" {
			name = one.format.Name
		}
	}
	return name == "table"
}

// onlyVerdicts are the verdicts --only may name, worst first.
var onlyVerdicts = []audit.Verdict{audit.Fail, audit.Unknown, audit.Warn, audit.Waived, audit.Pass, audit.NotApplicable}

func verdictNames() (names []string) {
	for _, v := range onlyVerdicts {
		names = append(names, v.String())
	}
	return names
}

// options reads the flags that say how a report looks.
func (a *app) options(f *outputFlags) (report.Options, error) {
	o := report.Options{Color: a.colored(f.noColor), Width: a.width(), Verbose: f.verbose, Wide: f.wide, Grades: f.grades, Raw: f.csvRaw}
	for _, name := range f.only {
		i := slices.Index(verdictNames(), strings.ToLower(strings.TrimSpace(name)))
		if i < 0 {
			return o, usageError(fmt.Sprintf("--only %q is not a verdict: one of %s", name, joinOr(verdictNames())), "tlsaudit audit --only fail,unknown")
		}
		o.Only = append(o.Only, onlyVerdicts[i])
	}
	return o, nil
}

// sink is one place a report goes to.
type sink struct {
	format report.Format
	// path is a file; empty means standard output.
	path string
	// shared: other users read the file.
	shared bool
}

// sinks writes a report everywhere it was asked for.
type sinks struct {
	app     *app
	list    []sink
	options report.Options
	// proof attests what is written; nil if that is not asked for.
	proof *attestation
}

// formatWord is how the name of a format is spelt. What looks so before an
// equals sign is one, and never the beginning of a file's name.
var formatWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// readOutput reads one --out: "FORMAT=PATH" or "PATH", where the path "-" is
// standard output. Without a name that is in the format of --format.
func readOutput(text string) (sink, error) {
	name, path, named := strings.Cut(text, "=")
	if !named || !formatWord.MatchString(name) {
		if text == "-" {
			return sink{}, nil
		}
		format, ok := report.ByExt(text)
		if !ok {
			return sink{}, usageError(fmt.Sprintf("--out %s: no report format has the extension %q: one of %s", text, filepath.Ext(text), extensions()),
				"tlsaudit audit -o report.xlsx, or name the format: -o json="+shellWord(text))
		}
		return sink{format: format, path: text}, nil
	}
	format, ok := report.ByName(name)
	switch {
	case !ok:
		hint := "a file whose name is so is written ./" + text
		if word := near.Word(name, formatList()); word != "" {
			hint = fmt.Sprintf("did you mean -o %s=%s?", word, path)
		}
		return sink{}, usageError(fmt.Sprintf("--out %s: %q is not a report format: one of %s", text, name, formatNames()), hint)
	case path == "":
		return sink{}, usageError("--out "+text+" names no file", "-o "+name+"=report"+format.Ext+", or -o "+name+"=- for standard output")
	case path == "-":
		path = ""
	}
	return sink{format: format, path: path}, nil
}

// planOutputs decides where the report goes and refuses what cannot work,
// before a scan of hours ends in "no such directory".
func (a *app) planOutputs(f *auditFlags, args []string) (*sinks, error) {
	if f.given != nil {
		protecting := []emptyFlag{{"manifest", f.manifest}, {"sign-key", f.signKey}, {"baseline", f.baseline}, {"metrics-file", f.metrics}, {"write-baseline", f.writeBaseline}, {"min-score", f.minScore}}
		if err := refuseEmpty(f.given, protecting); err != nil {
			return nil, err
		}
	}
	options, err := a.options(&f.outputFlags)
	if err != nil {
		return nil, err
	}
	s := &sinks{app: a, options: options}
	stdout := report.Format{}
	if f.format != "" {
		format, ok := report.ByName(f.format)
		if !ok {
			return nil, usageError(fmt.Sprintf("--format %q is not a report format: one of %s", f.format, formatNames()),
				"tlsaudit audit -f json")
		}
		stdout = format
	}
	plain := false
	for _, text := range f.outputs {
		one, err := readOutput(text)
		switch {
		case err != nil:
			return nil, err
		case one.path != "":
			s.list = append(s.list, one)
		case one.format.Name == "":
			plain = true
		case stdout.Name != "" && stdout.Name != one.format.Name:
			return nil, usageError(fmt.Sprintf("--out %s: standard output has the %s report already", text, stdout.Name), "write one of the two to a file: -o "+one.format.Name+"=report"+one.format.Ext)
		default:
			stdout = one.format
		}
	}
	if stdout.Name == "" && (plain || !f.quiet) {
		stdout, _ = report.ByName("table")
	}
	if f.metrics != "" {
		s.list = append(s.list, sink{format: report.Prometheus, path: f.metrics, shared: true})
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
	if stdout.Name != "" {
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
// the files are there all the same, and if one cannot be written the others are.
func (s *sinks) write(r *audit.Report) error {
	var all error
	for _, one := range s.list {
		var err error
		where := ""
		if one.path == "" {
			where = " to standard output"
			err = one.format.Write(s.app.stdout, r, s.options)
		} else {
			plain := s.options
			plain.Color, plain.Width = false, 0
			toFile := func(w io.Writer) error { return one.format.Write(w, r, plain) }
			if one.shared { // it lies where a collector looks, and no manifest lists it
				err = report.WriteShared(one.path, toFile)
			} else {
				err = s.proof.writeFile(one.path, one.format.Name, toFile)
			}
		}
		if err != nil {
			all = errors.Join(all, fmt.Errorf("writing the %s report%s: %w", one.format.Name, where, err))
		}
	}
	return all
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
		if f.Ext != "" && !slices.Contains(list, f.Ext) {
			list = append(list, f.Ext)
		}
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
