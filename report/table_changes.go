package report

import (
	"cmp"
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// changeTitles say in words what became of a finding or an endpoint.
var changeTitles = map[audit.ChangeKind]string{
	audit.ChangeRegressed:   "REGRESSED",
	audit.ChangeNew:         "NEW",
	audit.ChangeUndecided:   "NOT DECIDED",
	audit.ChangeUnreachable: "NOT REACHED ANY MORE",
	audit.ChangeGone:        "GONE, NOT FIXED",
	audit.ChangePosture:     "POSTURE CHANGED",
	audit.ChangeCertificate: "CERTIFICATE CHANGED",
	audit.ChangeReachable:   "REACHED AGAIN",
	audit.ChangeAdded:       "ADDED",
	audit.ChangeFixed:       "FIXED",
	audit.ChangeUnchanged:   "UNCHANGED",
}

// statusWords are what stands below a verdict where findings were compared, in
// at most eight letters. Others are told by the verdict itself.
var statusWords = map[string]string{
	statusNew:                     "NEW",
	string(audit.ChangeRegressed): "WORSE",
	string(audit.ChangeFixed):     "FIXED",
}

// changes says what is not as it was in an earlier report, the worst first.
func (t *terminal) changes(r *audit.Report) error {
	c := r.Changes
	if c == nil {
		return nil
	}
	t.section("CHANGES")
	t.line("", Clean(fmt.Sprintf("Since %s of %s: %s.", c.Before.File, stamp(c.Generated), changeCounts(c))))
	shown, kind, subject := 0, audit.ChangeKind(""), ""
	for i := range c.List {
		one := &c.List[i]
		if t.limit >= 0 && shown == t.limit {
			break
		}
		if one.Kind != kind {
			kind, subject = one.Kind, ""
			_, _ = fmt.Fprintf(t, "\n%s\n", t.paint(bold, cmp.Or(changeTitles[kind], strings.ToUpper(Clean(string(kind))))))
		}
		if one.Subject != subject || one.Rule == "" {
			subject = one.Subject
			t.line("  ", clean(subject, 300))
		}
		t.line("    - ", changeText(one))
		shown++
	}
	if more := len(c.List) - shown + c.Omitted; more > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", t.paint(bold, fmt.Sprintf("NOT SHOWN: %s.", plural(more, "more change", "more changes"))))
	}
	return nil
}

// changeCounts says "1 regressed, 2 fixed", in the order of audit.ChangeKinds.
func changeCounts(c *audit.Changes) string {
	var parts []string
	changed := false
	for _, k := range audit.ChangeKinds {
		if n := c.Counts[k]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ToLower(strings.ReplaceAll(changeTitles[k], ", NOT FIXED", ""))))
			changed = changed || k != audit.ChangeUnchanged
		}
	}
	switch {
	case len(parts) == 0:
		return "nothing changed, and nothing was open"
	case !changed:
		return "nothing changed; " + parts[0]
	}
	return strings.Join(parts, ", ")
}

// changeText is what changed about a subject, cleaned. The message of a finding
// stands in full where the finding does.
func changeText(c *audit.Change) string {
	if c.Rule == "" {
		return clean(c.Message, 1000)
	}
	text := strings.TrimPrefix(c.Profile+"/"+c.Rule, "/")
	switch {
	case c.Before != "" && c.After != "" && c.Before != c.After:
		text += fmt.Sprintf(" (%s, was %s)", c.After, c.Before)
	case c.Before+c.After != "":
		text += " (" + cmp.Or(c.After, c.Before) + ")"
	}
	return clean(text, 400) + ": " + clean(beginning(c.Message, 160), 1000)
}

// beginning is as much of a text as a list has room for.
func beginning(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
