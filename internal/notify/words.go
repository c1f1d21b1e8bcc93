package notify

import (
	"fmt"
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
		return fmt.Sprintf("tlsaudit: the audit did not run: %s, due %s", word(d.Missed.Schedule), moment(d.Missed.Slot))
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
	case len(parts) == 0:
		parts = []string{"dates come closer"}
	}
	return "tlsaudit: " + strings.Join(parts, ", ") + "; " + d.standing()
}

// standing is how things are, in a few words and with what they are counted of.
func (d *Digest) standing() string {
	s := &d.Run.Summary
	text := fmt.Sprintf("%d of %s fail", s.Fail, plural(findings(s), "finding"))
	if s.Unknown > 0 {
		text += fmt.Sprintf(", %d of %s unknown", s.Unknown, plural(s.Subjects, "endpoint"))
	}
	return text
}

// judged is how much was looked at.
func (d *Digest) judged() string {
	s := &d.Run.Summary
	text := fmt.Sprintf("%d of %s judged, nothing fails", s.Judged, plural(s.Subjects, "endpoint"))
	if s.Warn > 0 {
		text += ", " + plural(s.Warn, "warning")
	}
	return text
}

// findings is how many rules were asked: what does not apply is not counted.
func findings(s *audit.Summary) int { return s.Fail + s.Warn + s.Pass + s.Waived + s.UnknownFindings }

// facts are the lines on top.
func (d *Digest) facts() (facts []string) {
	switch d.Kind {
	case KindTest:
		return []string{"This is a test of tlsaudit's notifications. Nothing was audited and nothing has to be done."}
	case KindMissed:
		facts = append(facts, fmt.Sprintf("The audit %s was due %s and did not run.", word(d.Missed.Schedule), moment(d.Missed.Slot)))
		if d.Missed.Why != "" {
			facts = append(facts, "Why: "+word(d.Missed.Why))
		}
		return append(append(facts, d.last()), d.Notices...)
	case KindBrokenOff:
		facts = append(facts, fmt.Sprintf("The audit begun %s did not come to its end. What it had seen decides nothing.", moment(d.Run.Started)))
		if d.Run.Why != "" {
			facts = append(facts, "Why: "+word(d.Run.Why))
		}
		return append(facts, d.runLine())
	}
	r := d.Run
	s := &r.Summary
	facts = append(facts, fmt.Sprintf("Endpoints: %d of %d judged in full, %d unknown.", s.Judged, s.Subjects, s.Unknown))
	facts = append(facts, fmt.Sprintf("Findings: %d fail, %d warn, %d unknown, %d waived, %d pass, of %d.", s.Fail, s.Warn, s.UnknownFindings, s.Waived, s.Pass, findings(s)))
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
	return append(append(facts, d.runLine()), d.Notices...)
}

// maxProfiles is how many profiles get a line of their own.
const maxProfiles = 10

// runLine says which run this is about, and what it is compared with.
func (d *Digest) runLine() string {
	text := fmt.Sprintf("Run %s, begun %s, policy %s", word(d.Run.ID), moment(d.Run.Started), word(d.Run.Policy))
	switch {
	case d.Kind == KindBrokenOff:
		return text + "."
	case d.Previous == nil:
		return text + "; the first, compared with nothing."
	}
	return text + "; compared with the run of " + moment(d.Previous.Started) + "."
}

func (d *Digest) last() string {
	if d.Missed.Last == nil {
		return "No audit has come to its end so far."
	}
	return fmt.Sprintf("The last one that came to its end is run %s of %s.", word(d.Missed.Last.ID), moment(d.Missed.Last.Finished))
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
	these, verb := "these", "start"
	what := fmt.Sprintf("%d %s", f.Count, word(f.What))
	if f.Count == 1 {
		these, verb, what = "this", "starts", "1 "+strings.TrimSuffix(word(f.What), "s")
	}
	line := fmt.Sprintf("on %s %s %s %s to fail: %s", date(f.Date), these, what, verb, word(f.Why))
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
