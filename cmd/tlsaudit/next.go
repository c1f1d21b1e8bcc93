package main

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// maxNamedUndecided bounds how many endpoints a message names.
const maxNamedUndecided = 10

// next says, after an audit whose result is read by a person, why the exit code
// is what it is and what to type next.
func (a *app) next(f *auditFlags, r *audit.Report) error {
	if f.quiet || f.format != "" && f.format != "table" || len(a.args) == 0 || a.args[0] != "audit" {
		return nil
	}
	w := cleaner{a.stderr}
	s := &r.Summary
	switch a.code {
	case exitCompliant:
		fmt.Fprintf(w, "exit code 0: the gate passes%s\n", waivedWords(s.Waived))
		return nil
	case exitFindings:
		fmt.Fprintf(w, "exit code 1: %d fail, %d warn\n", s.Fail, s.Warn)
	case exitIncomplete:
		fmt.Fprintf(w, "exit code 3: no finding stops the gate%s, but not everything could be judged\n", waivedWords(s.Waived))
	default:
		return nil
	}
	if err := a.nextUndecided(w, r); err != nil {
		return err
	}
	if a.code == exitFindings {
		a.nextFindings(w, f)
	} else if r.Summary.Unknown > 0 {
		fmt.Fprintf(w, "then audit again:\n  %s\nTo let the gate pass over what is not known, add --allow-incomplete.\n", shellLine(a.again()...))
	}
	return nil
}

// again is the command line once more, with more behind it.
func (a *app) again(more ...string) []string {
	return slices.Concat([]string{"tlsaudit"}, a.args, more)
}

func waivedWords(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "; 1 finding is waived"
	}
	return fmt.Sprintf("; %d findings are waived", n)
}

// nextUndecided names what keeps the report from being complete, with the line
// of the inventory it stands on.
func (a *app) nextUndecided(w cleaner, r *audit.Report) error {
	if r.Summary.Unknown == 0 {
		return nil
	}
	fmt.Fprintf(w, `
%d of %d endpoints could not be judged in full, and no waiver covers that. Mend
or reach them, or take their lines out of the inventory until they can be judged:
`, r.Summary.Unknown, r.Summary.Subjects)
	named := 0
	for record, err := range r.Records.WorstFirst() {
		if err != nil {
			return err
		}
		i := slices.IndexFunc(record.Findings, func(f audit.Finding) bool { return f.Verdict == audit.Unknown })
		if i < 0 || record.Evidence.Observed == nil {
			continue
		}
		if named++; named > maxNamedUndecided {
			fmt.Fprintf(w, "  and %d more\n", r.Summary.Unknown-maxNamedUndecided)
			break
		}
		place := ""
		if p := record.Evidence.Observed.Target.Place; p != nil {
			place = p.String() + ": "
		}
		fmt.Fprintf(w, "  %s%s: %s\n", place, record.Evidence.Subject, strings.TrimPrefix(record.Findings[i].Message, "not judged: "))
	}
	return nil
}

// nextFindings says how to accept for a time what cannot be mended now.
func (a *app) nextFindings(w cleaner, f *auditFlags) {
	report, waivers := "", "waivers.yaml"
	for _, path := range f.outputs {
		if strings.HasSuffix(path, ".json") {
			report = path
		}
	}
	again := a.again()
	if len(f.waivers) > 0 {
		waivers = f.waivers[0]
	} else {
		again = a.again("--waivers", waivers)
	}
	fmt.Fprintf(w, "\nMend what fails; the remedies are above, and tlsaudit explain RULE says why.\n")
	if report == "" {
		fmt.Fprintf(w, "To accept the rest for a time, keep a report to write the waivers from:\n  %s\n", shellLine(a.again("-o", "report.json")...))
		return
	}
	fmt.Fprintf(w, `Accept the rest for a time, in the name of who answers for it (--all, or narrowed
with --rule and --target), and audit again:
  %s --owner 'OWNER' --reason 'REASON'
  %s
`, shellLine("tlsaudit", "waive", report, "--all", "--out", waivers), shellLine(again...))
}
