package main

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// maxNamed bounds how many subjects a message names of each kind.
const maxNamed = 10

// next says, after an audit whose result is read by a person, why the exit code
// is what it is and what to type next. A pass that rests on a flag is said to
// whoever reads another format too.
func (a *app) next(f *auditFlags, g gate, r *audit.Report) error {
	if f.quiet || len(a.args) == 0 || a.args[0] != "audit" {
		return nil
	}
	w := cleaner{a.stderr}
	table := f.format == "" || f.format == "table"
	if a.code == exitCompliant {
		text, plain := g.pass(r)
		if table || !plain {
			fmt.Fprintf(w, "exit code 0: %s\n", text)
			nextWaivers(w, r)
		}
		return nil
	}
	if !table {
		return nil
	}
	switch a.code {
	case exitFindings:
		fmt.Fprintf(w, "exit code 1: %s\n", g.stop(r))
	case exitIncomplete:
		waived := ""
		if n := r.Summary.Waived; n > 0 {
			waived = " (" + plural(n, "is waived", "are waived") + ")"
		}
		fmt.Fprintf(w, "exit code 3: no finding stops the gate%s, but not everything could be judged\n", waived)
	case exitNothing:
		if r.Summary.Rows == 0 {
			fmt.Fprintf(w, "exit code 4: nothing was judged: %s\n", r.Incomplete)
			return nil
		}
		fmt.Fprintf(w, "exit code 4: no finding stops the gate, but no endpoint was judged, only the table of the gateway\n"+
			"Name endpoints or an inventory (-i inventory.yaml); to let the table pass by itself:\n  %s\n", shellLine(a.again("--allow-incomplete")...))
		nextWaivers(w, r)
		return nil
	default:
		return nil
	}
	open, err := findOpen(r)
	if err != nil {
		return err
	}
	open.print(w, r)
	nextWaivers(w, r)
	if a.code == exitFindings {
		a.nextFindings(w, f, g, r)
	} else {
		a.nextIncomplete(w, f, open)
	}
	return nil
}

// again is the command line once more, with more behind it.
func (a *app) again(more ...string) []string {
	return slices.Concat([]string{"tlsaudit"}, a.args, more)
}

// nextWaivers names the waivers that cover nothing.
func nextWaivers(w cleaner, r *audit.Report) {
	var unused, expired []string
	for i := range r.Waivers {
		switch r.Waivers[i].State {
		case audit.WaiverUnused:
			unused = append(unused, r.Waivers[i].ID)
		case audit.WaiverExpired:
			expired = append(expired, r.Waivers[i].ID)
		}
	}
	if n := len(unused); n > 0 {
		fmt.Fprintf(w, "%s in this run: %s; the report says why, and what is mended needs none\n", plural(n, "waiver is unused", "waivers are unused"), named(unused))
	}
	if n := len(expired); n > 0 {
		fmt.Fprintf(w, "%s: %s\n", plural(n, "waiver has expired", "waivers have expired"), named(expired))
	}
}

// named joins names, as many as a message has room for.
func named(list []string) string {
	text := strings.Join(list[:min(len(list), maxNamed)], ", ")
	if more := len(list) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// nextFindings says how to accept for a time what cannot be mended now.
func (a *app) nextFindings(w cleaner, f *auditFlags, g gate, r *audit.Report) {
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
	words := []string{"tlsaudit", "waive", report, "--all"}
	if g.limit.warnings && r.Summary.Warn > 0 { // they stop the gate as well
		words = append(words, "--warnings")
	}
	fmt.Fprintf(w, `Accept the rest for a time, in the name of who answers for it (--all, or narrowed
with --rule and --target), and audit again:
  %s --owner 'OWNER' --reason 'REASON'
  %s
`, shellLine(append(words, "--out", waivers)...), shellLine(again...))
	if !r.Complete && !g.allowIncomplete {
		fmt.Fprintf(w, "What could not be judged cannot be waived: the gate then ends in exit code 3, and\nsays what there is to decide.\n")
	}
}

// nextIncomplete says how to learn what is not known, or to decide without.
func (a *app) nextIncomplete(w cleaner, f *auditFlags, open *open) {
	if len(f.from) > 0 && open.needsProbes() {
		fmt.Fprintf(w, "\nStored evidence says no more than it did: audit the endpoints themselves again,\nwithout --from.\n")
	} else {
		fmt.Fprintf(w, "\nThen audit again:\n  %s\n", shellLine(a.again()...))
	}
	fmt.Fprintf(w, `To let the gate pass over what is not known is a decision to be seen: write
--allow-incomplete where the pipeline is kept. The report stays INCOMPLETE.
  %s
`, shellLine(a.again("--allow-incomplete")...))
}
