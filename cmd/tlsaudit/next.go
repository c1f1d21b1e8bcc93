package main

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// maxNamed bounds how many subjects a message names of each kind.
const maxNamed = 10

// leastColumns is the width below which lines are left to the terminal.
const leastColumns = 40

// next says, after an audit whose result is read by a person, why the exit code
// is what it is and what to type next. A pass that rests on a flag is said to
// whoever reads another format too.
func (a *app) next(f *auditFlags, g gate, d *decision, r *audit.Report) error {
	if len(a.args) == 0 || a.args[0] != "audit" {
		return nil
	}
	w := cleaner{a.stderr}
	table := !f.quiet && f.showsTable()
	if a.code != d.code && a.code == exitCompliant { // a pass by decree is never silent
		why := g.stop(r, d)
		if d.code == exitIncomplete {
			why = g.lacks(r, d)
		}
		fmt.Fprintf(w, "exit code 0 by --exit-zero, %d without it: %s\n", d.code, why)
	} else if done := a.nextHead(w, f, g, d, r, table); done {
		return nil
	}
	if !table || d.code != exitFindings && d.code != exitIncomplete {
		return nil
	}
	open, err := findOpen(r)
	if err != nil {
		return err
	}
	if isTerminal(a.stderr) {
		open.width = max(columnsOf(a.stderr), leastColumns)
	}
	open.print(w, r)
	nextWaivers(w, r)
	if d.code == exitFindings {
		a.nextFindings(w, f, g, d, r)
	} else {
		a.nextIncomplete(w, f, d, open)
	}
	return nil
}

// nextHead says why the exit code is what it is, and whether that is all there
// is to say.
func (a *app) nextHead(w cleaner, f *auditFlags, g gate, d *decision, r *audit.Report, table bool) (done bool) {
	switch {
	case a.code == exitCompliant:
		text, plain := g.pass(r, d)
		if table || !plain && !f.quiet {
			fmt.Fprintf(w, "exit code 0: %s\n", text)
			nextWaivers(w, r)
		}
		return true
	case !table:
		return true
	}
	switch a.code {
	case exitFindings:
		fmt.Fprintf(w, "exit code 1: %s\n", g.stop(r, d))
	case exitIncomplete:
		fmt.Fprintf(w, "exit code 3: %s\n", g.lacks(r, d))
	case exitNothing:
		if r.Summary.Rows == 0 {
			fmt.Fprintf(w, "exit code 4: nothing was judged: %s\n", r.Incomplete)
			return true
		}
		fmt.Fprintf(w, "exit code 4: no finding stops the gate, but no endpoint was judged, only the table of the gateway\n"+
			"Name endpoints or an inventory (-i inventory.yaml); to let the table pass by itself:\n  %s\n", shellLine(a.again("--allow-incomplete")...))
		nextWaivers(w, r)
		return true
	default:
		return true
	}
	return false
}

// again is the command line once more, with more behind it. A password in the
// DSN of a history is not repeated.
func (a *app) again(more ...string) []string {
	words := []string{"tlsaudit"}
	for _, arg := range a.args {
		if flag, dsn, joined := strings.Cut(arg, "="); joined && flag == "--db" && isDSN(dsn) {
			arg = flag + "=" + databaseName(dsn)
		} else if isDSN(arg) {
			arg = databaseName(arg)
		}
		words = append(words, arg)
	}
	return append(words, more...)
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
func (a *app) nextFindings(w cleaner, f *auditFlags, g gate, d *decision, r *audit.Report) {
	report, waivers := "", "waivers.yaml"
	for _, out := range f.outputs {
		if one, err := readOutput(out); err == nil && one.format.Name == "json" && one.path != "" {
			report = one.path
		}
	}
	again := a.again()
	if len(f.waivers) > 0 {
		waivers = f.waivers[0]
	} else {
		again = a.again("--waivers", waivers)
	}
	fmt.Fprintf(w, "\nMend what fails; the remedies are above, and tlsaudit explain RULE says why.\n")
	if d.low {
		fmt.Fprintf(w, "A waiver does not raise the score: --min-score is reached by mending alone.\n")
	}
	if report == "" {
		fmt.Fprintf(w, "To accept the rest for a time, keep a report to write the waivers from:\n  %s\n", shellLine(a.again("-o", "report.json")...))
		return
	}
	words := []string{"tlsaudit", "waive", report, "--all"}
	if (g.limit.warnings || d.named.total > 0) && r.Summary.Warn > 0 { // they stop the gate as well
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
func (a *app) nextIncomplete(w cleaner, f *auditFlags, d *decision, open *open) {
	if f.rejudges() && open.needsProbes() {
		fmt.Fprintf(w, "\nStored evidence says no more than it did: audit the endpoints themselves again,\nwithout --from.\n")
	} else {
		fmt.Fprintf(w, "\nThen audit again:\n  %s\n", shellLine(a.again()...))
	}
	if f.budget > 0 {
		fmt.Fprintf(w, "With %s to an address no more may come of it: raise --budget, or leave it off.\n", plural(f.budget, "connection", "connections"))
	}
	if d.bound {
		fmt.Fprintf(w, "What --fail-on-rule and --min-score ask for has to be known: --allow-incomplete does\nnot excuse it.\n")
		return
	}
	fmt.Fprintf(w, `To let the gate pass over what is not known is a decision to be seen: write
--allow-incomplete where the pipeline is kept. The report stays INCOMPLETE.
  %s
`, shellLine(a.again("--allow-incomplete")...))
}
