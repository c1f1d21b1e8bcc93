package report

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// The bounds of the section of remedies.
const (
	markdownRemedies = 50
	markdownSubjects = 5
)

// markdownSeen is what one pass over the findings leaves. It is bounded by the
// limits of the sections.
type markdownSeen struct {
	worst     *worst // fail and warn
	waived    *worst
	undecided []undecided
	unknown   int // subjects with a finding that is unknown
	openRows  int
	remedies  remedies
}

// undecided is a subject some rules of which are open.
type undecided struct {
	subject, why string
	rules        int
}

// read passes over the findings once.
func (m *markdown) read() error {
	s := &m.seen
	s.worst, s.waived = newWorst(m.options.Limit, markdownRows), newWorst(m.options.Limit, markdownRows)
	s.remedies = remedies{limit: markdownRemedies, subjects: markdownSubjects}
	return each(m.report.Records.WorstFirst(), func(record *audit.Record) error {
		if openRow(record) {
			s.openRows++
		}
		open := undecided{subject: record.Evidence.Subject}
		for i := range record.Findings {
			f := &record.Findings[i]
			if !m.wanted(f.Verdict) {
				continue
			}
			switch f.Verdict {
			case audit.Fail, audit.Warn:
				s.worst.add(f)
				s.remedies.add(f)
			case audit.Waived:
				s.waived.add(f)
			case audit.Unknown:
				if open.rules++; open.rules == 1 {
					open.why = f.Message
				}
			}
		}
		if open.rules > 0 {
			if s.unknown++; s.unknown <= s.worst.limit {
				s.undecided = append(s.undecided, open)
			}
		}
		return nil
	})
}

func (m *markdown) findings() {
	rows := make([][]string, 0, len(m.seen.worst.list))
	for i := range m.seen.worst.list {
		f := &m.seen.worst.list[i]
		verdict := "**" + verdictLabel(f.Verdict) + "**"
		if f.Status == statusNew {
			verdict += " (new)"
		}
		rows = append(rows, []string{verdict, f.Severity.String(), markdownCode(f.Subject, markdownShort), markdownMessage(f),
			markdownCode(f.Profile+"/"+f.Rule, markdownShort), markdownPlace(f.Place)})
	}
	m.table("Worst findings", []string{"Verdict", "Severity", "Subject", "Finding", "Rule", "Declared at"}, rows, m.seen.worst.more)
}

// markdownMessage is the message of a finding with the remarks that belong to it.
func markdownMessage(f *audit.Finding) string {
	text := markdownText(f.Message, markdownLong)
	for _, note := range notes(f) {
		text += " (" + markdownText(note, markdownLong) + ")"
	}
	return text
}

func markdownPlace(p *audit.Place) string {
	if p == nil {
		return ""
	}
	return markdownCode(p.String(), markdownShort)
}

// remedies writes each remedy once. Snippets stand in blocks, to be copied.
func (m *markdown) remedies() {
	all := &m.seen.remedies
	if len(all.list) == 0 {
		return
	}
	all.sort()
	m.block("\n## Remedies\n")
	for i, fix := range all.list {
		var b strings.Builder
		fmt.Fprintf(&b, "\n**%d.** %s for %s: %s on %s", i+1, markdownCode(fix.Product, 60), plural(fix.findings, "finding", "findings"),
			markdownList(fix.rules), markdownList(fix.subjects))
		if more := fix.total - len(fix.subjects); more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
		b.WriteString("\n\n" + markdownFence(fix.Text))
		for _, step := range [][2]string{{"Apply", fix.Apply}, {"Verify", fix.Verify}, {"Take back", fix.Rollback}} {
			if step[1] != "" {
				b.WriteString("\n" + step[0] + ":\n\n" + markdownFence(step[1]))
			}
		}
		if trust := trustIn(&fix.Remedy); trust != "" {
			b.WriteString("\nSource: " + markdownText(trust, markdownShort) + "\n")
		}
		m.block(b.String())
	}
	if all.more > 0 {
		m.block(fmt.Sprintf("\n%s have further remedies; the json and xlsx reports hold them.\n", plural(all.more, "finding", "findings")))
	}
}

// markdownList is names as code, with commas.
func markdownList(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = markdownCode(name, markdownShort)
	}
	return strings.Join(list, ", ")
}

// undecided says what nobody knows: it is not in order by being silent.
func (m *markdown) undecided() {
	rows := make([][]string, 0, len(m.seen.undecided))
	for _, u := range m.seen.undecided {
		rows = append(rows, []string{markdownCode(u.subject, markdownShort), fmt.Sprint(u.rules), markdownText(u.why, markdownLong)})
	}
	m.table("Not decided", []string{"Subject", "Rules", "Why"}, rows, m.seen.unknown-len(rows))
}

// waived says what is accepted for a time, with the verdict it has in truth.
func (m *markdown) waived() {
	rows := make([][]string, 0, len(m.seen.waived.list))
	for i := range m.seen.waived.list {
		f := &m.seen.waived.list[i]
		rows = append(rows, []string{verdictText(f), f.Severity.String(), markdownCode(f.Subject, markdownShort), markdownMessage(f), markdownCode(f.Profile+"/"+f.Rule, markdownShort)})
	}
	m.table("Waived findings", []string{"Verdict", "Severity", "Subject", "Finding", "Rule"}, rows, m.seen.waived.more)
}
