package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// title is the one line that is read on a telephone.
func (d *Digest) title() string {
	switch d.Kind {
	case KindTest:
		return "tlsaudit: test message"
	case KindMissed:
		return fmt.Sprintf("tlsaudit: the audit %s: %s, due %s", d.Missed.fault(), word(d.Missed.Schedule), moment(d.Missed.Slot))
	case KindBrokenOff:
		return "tlsaudit: the audit was broken off: begun " + moment(d.Run.Started)
	case KindAllClear:
		return "tlsaudit: all clear: " + d.judged()
	case KindUnchanged:
		return "tlsaudit: no change: " + d.standing()
	}
	var parts []string
	for _, o := range groupOrder {
		for i := range d.Groups {
			if d.Groups[i].Kind == o.kind {
				parts = append(parts, fmt.Sprintf("%d %s", d.Groups[i].Total, o.word))
			}
		}
	}
	switch {
	case len(parts) == 0 && d.Previous == nil:
		parts = []string{"first audit"}
	case len(parts) == 0 && d.brokenOff() > 0:
		parts = []string{fmt.Sprintf("%d broken off before", d.brokenOff())}
	case len(parts) == 0:
		parts = []string{"dates come closer"}
	}
	return "tlsaudit: " + d.part() + strings.Join(parts, ", ") + "; " + d.standing()
}

// part names a run of a part of what there is.
func (d *Digest) part() string {
	switch {
	case !d.Run.Part:
		return ""
	case d.Run.Schedule != "":
		return word(d.Run.Schedule) + ": "
	}
	return "a part: "
}

// standing is how all there is stands, in a few words and with what they are
// counted of.
func (d *Digest) standing() string {
	f := &d.Fleet
	text := fmt.Sprintf("%d of %s fail", f.FindingsFail, plural(fleetFindings(f), "finding"))
	switch {
	case f.Unknown > 0:
		text += fmt.Sprintf(", %d of %s unknown", f.Unknown, plural(f.Subjects, "endpoint"))
	case f.FindingsUnknown > 0:
		text += fmt.Sprintf(", %d unknown", f.FindingsUnknown)
	}
	return text
}

// judged is how much of all there is was judged.
func (d *Digest) judged() string {
	f := &d.Fleet
	text := fmt.Sprintf("%d of %s judged, nothing fails", f.Subjects-f.Unknown, plural(f.Subjects, "endpoint"))
	if f.FindingsWarn > 0 {
		text += ", " + plural(f.FindingsWarn, "warning")
	}
	return text
}

// facts are the lines on top.
func (d *Digest) facts() (facts []string) {
	switch d.Kind {
	case KindTest:
		return []string{"This is a test of tlsaudit's notifications. Nothing was audited and nothing has to be done."}
	case KindMissed:
		return append(d.Missed.facts(), d.Notices...)
	case KindBrokenOff:
		seen := "What it had seen decides nothing."
		if d.Run.Reported() {
			seen = "What it had seen by then counts and is told here; of the rest nothing is known."
		}
		facts = append(facts, fmt.Sprintf("The audit begun %s did not come to its end. %s", moment(d.Run.Started), seen))
		if d.Run.Why != "" {
			facts = append(facts, "Why: "+word(d.Run.Why))
		}
		return slices.Concat(facts, []string{d.runLine()}, d.earlierFacts(), d.Notices)
	}
	facts = append(facts, d.fleetFacts()...)
	facts = append(facts, d.runFacts()...)
	for i, gap := range d.Gaps {
		if i == maxGaps {
			facts = append(facts, fmt.Sprintf("and %d more schedules", len(d.Gaps)-i))
			break
		}
		facts = append(facts, fmt.Sprintf("Not everything was judged by the run of %s of %s either: %s", word(gap.Schedule), moment(gap.Started), word(gap.Why)))
	}
	return append(facts, d.Notices...)
}

// maxProfiles and maxGaps are how many get a line of their own.
const maxProfiles, maxGaps = 10, 10

// fleetFacts are about all there is, whichever run looked at it last.
func (d *Digest) fleetFacts() []string {
	f := &d.Fleet
	all := fmt.Sprintf("Of %s in all, %d fail, %d are unknown, %d warn, %d waived, %d pass", plural(f.Subjects, "endpoint"), f.Fail, f.Unknown, f.Warn, f.Waived, f.Pass)
	if !d.Oldest.IsZero() {
		all += "; the oldest result is of " + moment(d.Oldest)
	}
	return []string{
		all + ".",
		fmt.Sprintf("Findings in all: %d fail, %d warn, %d unknown, %d waived, %d pass, of %d.", f.FindingsFail, f.FindingsWarn, f.FindingsUnknown, f.FindingsWaived, f.FindingsPass, fleetFindings(f)),
	}
}

// runFacts are about what the run looked at.
func (d *Digest) runFacts() []string {
	r, s := d.Run, &d.Run.Summary
	of := "This run"
	if r.Part {
		of = "This run was of a part of them"
	}
	facts := []string{fmt.Sprintf("%s: %d of %s judged in full, %d unknown.", of, s.Judged, plural(s.Subjects, "endpoint"), s.Unknown)}
	for i, p := range s.Profiles {
		if i == maxProfiles {
			facts = append(facts, fmt.Sprintf("and %d more profiles", len(s.Profiles)-i))
			break
		}
		all := p.Fail + p.Unknown + p.Warn + p.Waived + p.Pass + p.NotApplicable
		facts = append(facts, fmt.Sprintf("%s: %d of %s fail, %d unknown, %d warn, %d waived, %d pass.", word(p.Profile), p.Fail, plural(all, "endpoint"), p.Unknown, p.Warn, p.Waived, p.Pass))
	}
	if !r.Whole {
		facts = append(facts, "Not everything was judged: "+word(r.Why))
	}
	facts = append(facts, d.runLine())
	if d.Second != nil {
		facts = append(facts, d.Second.line())
	}
	return append(facts, d.earlierFacts()...)
}

// earlierFacts are about the runs nobody told of before.
func (d *Digest) earlierFacts() []string {
	if len(d.Earlier) == 0 {
		return nil
	}
	text := fmt.Sprintf("Nobody was told of %s before it, from %s on: what all of them changed together is told here", plural(len(d.Earlier), "run"), moment(d.Earlier[0].Started))
	if broken := d.brokenOff(); broken > 0 {
		text += fmt.Sprintf("; %d of them did not come to an end", broken)
	}
	return []string{text + "."}
}

// line says what became of the bad news when it was looked at again.
func (s *Second) line() string {
	text := fmt.Sprintf("Looked at a second time: %d of %s with bad news", s.Looked, plural(s.News, "endpoint"))
	if s.Refuted > 0 {
		text += fmt.Sprintf("; not found again and left out: %s", plural(s.Refuted, "change"))
	}
	return text + "."
}

// runLine says which run this is about, and what it is compared with.
func (d *Digest) runLine() string {
	text := "Run " + word(d.Run.ID)
	if d.Run.Schedule != "" {
		text += " of the schedule " + word(d.Run.Schedule)
	}
	text += fmt.Sprintf(", begun %s, policy %s", moment(d.Run.Started), word(d.Run.Policy))
	switch {
	case d.Kind == KindBrokenOff:
		return text + "."
	case d.Previous == nil:
		return text + "; the first, compared with nothing."
	}
	return text + "; the run before it is of " + moment(d.Previous.Started) + "."
}

// lines are the changes of a group.
func (g *Group) lines(now time.Time) []string {
	return linesOf(g.Items, func(c history.Change) string { return changeLine(&c, now) })
}

func changeLine(c *history.Change, now time.Time) string {
	f := c.Finding
	if f == nil {
		if c.Text == "" {
			return named(c.Subject)
		}
		return named(c.Subject) + ": " + word(c.Text)
	}
	verdict := f.Verdict.String()
	if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
		verdict += " " + f.Severity.String()
	}
	line := fmt.Sprintf("%s: %s %s: %s", named(c.Subject), verdict, word(f.Profile+"/"+f.Rule), word(f.Message))
	if days := int(now.Sub(f.FirstSeen) / day); days > 0 && !f.FirstSeen.IsZero() {
		line += fmt.Sprintf(" (first seen %s, %s ago)", date(f.FirstSeen), plural(days, "day"))
	}
	return line
}

func (c CertificateEnd) line() string {
	when := fmt.Sprintf("ends %s, in %s", date(c.NotAfter), plural(c.Days, "day"))
	if c.Days < 0 {
		when = "ended " + moment(c.NotAfter)
	} else if c.Days == 0 {
		when = "ends " + moment(c.NotAfter) + ", within a day"
	}
	where := ""
	if c.Sample != "" {
		where = " at " + named(c.Sample)
		if c.Subjects > 1 {
			where = fmt.Sprintf(" at %s, such as %s", plural(c.Subjects, "endpoint"), named(c.Sample))
		}
	}
	return when + ": " + word(c.Subject) + where
}

func (f Forecast) line() string {
	these, verb, turns := "these", "start", "become"
	what := fmt.Sprintf("%d %s", f.Count, word(f.What))
	if f.Count == 1 {
		these, verb, turns, what = "this", "starts", "becomes", "1 "+strings.TrimSuffix(word(f.What), "s")
	}
	if verb += " to fail"; f.Becomes != audit.Fail {
		verb = turns + " " + f.Becomes.String()
	}
	line := fmt.Sprintf("on %s %s %s %s: %s", date(f.Date), these, what, verb, word(f.Why))
	if len(f.Sample) > 0 {
		var names []string
		for _, s := range f.Sample[:min(len(f.Sample), 3)] {
			names = append(names, named(s))
		}
		line += "; such as " + strings.Join(names, ", ")
	}
	return line
}

func (w WaiverEnd) line(now time.Time) string {
	line := fmt.Sprintf("%s ends %s, in %s", word(w.ID), date(w.Expires), plural(max(0, daysLeft(w.Expires, now)), "day"))
	if w.Expires.Before(now) {
		line = fmt.Sprintf("%s ended %s", word(w.ID), date(w.Expires))
	}
	line += ": " + plural(w.Findings, "finding") + " behind it"
	for _, part := range []struct{ name, text string }{{"owner", w.Owner}, {"ticket", w.Ticket}} {
		if part.text != "" {
			line += ", " + part.name + " " + word(part.text)
		}
	}
	return line
}
