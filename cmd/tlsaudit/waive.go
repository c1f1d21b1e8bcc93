package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/glob"
	"tlsaudit/report"
)

// waiveFlags are the flags of the waive command.
type waiveFlags struct {
	out                               string
	rules, targets, findings          []string
	all, warnings                     bool
	owner, reason, approvedBy, ticket string
	expires, now                      string
}

func waiveCommand(a *app) *cobra.Command {
	var f waiveFlags
	c := &cobra.Command{
		Use:   "waive REPORT",
		Short: "Write waivers for findings of a report: accepted for a time, in writing",
		Long: `Takes failed findings from a JSON REPORT and appends a waiver for each, one rule
at one target, to a waiver file. Which findings is said by --rule, --target and
--finding, which narrow each other, or by --all. What is waived stays in every
report as waived, and is back when the waiver expires; what could not be judged
cannot be waived. A waiver that has expired covers nothing: a new one is written
beside it.`,
		Example: `  tlsaudit waive report.json --rule BASE-RC4 --owner "web team" --reason "label printers, replaced in May"
  tlsaudit waive report.json --target 'smtp://*.example.org:*' --owner mail --expires 2027-03-31 --reason "until March"`,
		Args: exactlyOne("REPORT", "tlsaudit waive report.json --all --owner NAME --reason WHY"),
		RunE: func(_ *cobra.Command, args []string) error { return a.waive(args[0], &f) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.out, "out", "o", "waivers.yaml", "waiver `FILE` to append to; made if need be")
	flags.StringArrayVar(&f.rules, "rule", nil, "findings of this `RULE`, or PROFILE/RULE (repeatable)")
	flags.StringArrayVar(&f.targets, "target", nil, "findings about this `SUBJECT`; * stands for anything (repeatable)")
	flags.StringArrayVar(&f.findings, "finding", nil, "the finding with this `FINGERPRINT` (repeatable)")
	flags.BoolVar(&f.all, "all", false, "every failed finding of the report")
	flags.BoolVar(&f.warnings, "warnings", false, "waive warnings as well")
	flags.StringVar(&f.owner, "owner", "", "`WHO` sees to it that the waiver ends (required)")
	flags.StringVar(&f.reason, "reason", "", "`WHY` the risk is acceptable until then (required)")
	flags.StringVar(&f.approvedBy, "approved-by", "", "`WHO` accepted the risk")
	flags.StringVar(&f.ticket, "ticket", "", "where the `WORK` is tracked")
	flags.StringVar(&f.expires, "expires", "", "last `DAY` the waivers hold, as 2027-03-31 (default 90 days from now)")
	flags.StringVar(&f.now, "now", "", "the `TIME` to count from (2006-01-02 or RFC 3339; default: the clock)")
	return c
}

// waiveDays is how long waivers hold where nothing is said.
const waiveDays = 90

func (a *app) waive(file string, f *waiveFlags) error {
	now, err := a.judgementTime(f.now)
	if err != nil {
		return err
	}
	if err := f.validate(now); err != nil {
		return err
	}
	selected, failed, err := f.read(file)
	if err != nil {
		return err
	}
	if len(selected) == 0 {
		return &audit.InputError{Place: audit.Place{File: file},
			Cause: fmt.Sprintf("no finding to waive: %d of the report fail, and none of them is meant", failed),
			Hint:  "findings that are waived already need nothing, and what is unknown cannot be waived; --warnings includes those that warn"}
	}
	ids, expired, err := appendWaivers(f, selected, now)
	if err != nil {
		return err
	}
	w := cleaner{a.stderr}
	if len(ids) == 0 {
		fmt.Fprintf(w, "%s holds a waiver for each of them already\n", f.out)
		return nil
	}
	if len(ids) == 1 {
		fmt.Fprintf(w, "wrote a waiver to %s, %s, holding to the end of %s\n", f.out, ids[0], f.expires)
	} else {
		fmt.Fprintf(w, "wrote %d waivers to %s, %s to %s, holding to the end of %s\n", len(ids), f.out, ids[0], ids[len(ids)-1], f.expires)
	}
	if n := len(expired); n > 0 {
		fmt.Fprintf(w, "%s: %s, and the findings are waived anew\n", plural(n, "expired waiver stays in the file", "expired waivers stay in the file"), named(expired))
	}
	if left := failed - len(selected); left > 0 && !f.warnings {
		fmt.Fprintf(w, "%s left\n", plural(left, "failed finding is", "failed findings are"))
	}
	fmt.Fprintf(w, "look them over, then audit again with --waivers %s\n", shellWord(f.out))
	return nil
}

// validate refuses what no waiver may lack.
func (f *waiveFlags) validate(now time.Time) error {
	const example = `tlsaudit waive report.json --rule BASE-RC4 --owner "web team" --reason "replaced in May"`
	switch {
	case strings.TrimSpace(f.reason) == "":
		return usageError("a waiver needs a reason", "say why the risk is acceptable until then: "+example)
	case strings.TrimSpace(f.owner) == "":
		return usageError("a waiver needs an owner", "say who sees to it that it ends: "+example)
	case !f.all && len(f.rules)+len(f.targets)+len(f.findings) == 0:
		return usageError("which findings? nothing says", "narrow them with --rule, --target or --finding, or write --all")
	case f.all && len(f.rules)+len(f.targets)+len(f.findings) > 0:
		return usageError("--all goes with no other selection", "leave it off")
	}
	if f.expires == "" {
		f.expires = now.AddDate(0, 0, waiveDays).Format(time.DateOnly)
	}
	if day, err := time.Parse(time.DateOnly, f.expires); err != nil {
		return usageError(fmt.Sprintf("--expires %q is not a day", f.expires), "write it as 2027-03-31")
	} else if !day.AddDate(0, 0, 1).After(now) {
		return usageError(fmt.Sprintf("--expires %s has passed", f.expires), "write the last day on which the waivers hold")
	}
	return nil
}

// waivable is the part of a finding that a waiver is made of.
type waivable struct {
	Rule, Profile, Check, Subject, Fingerprint string
}

// read picks the findings meant from a stored report, and counts all that
// could be meant.
func (f *waiveFlags) read(file string) (selected []waivable, failed int, err error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, 0, cannotRead(file, err)
	}
	defer in.Close()
	// A comparison is refused: "every failed finding" would be those that changed.
	head, err := report.ReadHead(file, bufio.NewReader(in))
	if err != nil {
		return nil, 0, err
	}
	if head.Excerpt {
		return nil, 0, excerpt(file)
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, 0, cannotRead(file, err)
	}
	for found, err := range report.ReadFindings(file, in) {
		if err != nil {
			return nil, 0, err
		}
		if found.Verdict != audit.Fail && (found.Verdict != audit.Warn || !f.warnings) {
			continue
		}
		failed++
		one := waivable{found.Rule, found.Profile, found.Check, found.Subject, found.Fingerprint}
		if f.means(&one) && !slices.Contains(selected, one) {
			selected = append(selected, one)
		}
	}
	return selected, failed, nil
}

// means reports whether the selection includes a finding.
func (f *waiveFlags) means(one *waivable) bool {
	among := func(list []string, is func(string) bool) bool { return len(list) == 0 || slices.ContainsFunc(list, is) }
	return among(f.rules, func(s string) bool { return s == one.Rule || s == one.Profile+"/"+one.Rule }) &&
		among(f.findings, func(s string) bool { return s == one.Fingerprint }) &&
		among(f.targets, func(s string) bool { return glob.Match(s, one.Subject) })
}
