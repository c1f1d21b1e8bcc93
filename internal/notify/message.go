package notify

import (
	"fmt"
	"strconv"
	"time"
)

// message is a digest in words, the same for every channel but the webhook.
// All texts have passed plain; each target escapes them its own way.
type message struct {
	Title    string
	Facts    []string
	Sections []section
	// Link is the operator's dashboard, which is the only link there is.
	Link string
}

// section is a list with a heading.
type section struct {
	Title string
	Lines []string
	// More is the line that says how many are left out; empty if none.
	More string
	counts
}

// shorten returns the message with at most so many lines in each section.
func (m message) shorten(lines int) message {
	short := m
	short.Sections = make([]section, len(m.Sections))
	for i, s := range m.Sections {
		s.Lines = s.Lines[:min(len(s.Lines), lines)]
		s.More = s.more(len(s.Lines))
		short.Sections[i] = s
	}
	return short
}

// more says how many a list has beyond those that are shown.
func (c *counts) more(shown int) string {
	text := ""
	if left := c.Total - shown; left > 0 {
		text = "and " + strconv.Itoa(left) + " more"
	}
	switch {
	case c.AtLeast && text == "":
		return "and more"
	case c.AtLeast:
		return text + " at least"
	}
	return text
}

// fit writes something with as many lines in each list as go into so many
// bytes, at most lines.
func fit(lines, most int, write func(lines int) ([]byte, error)) ([]byte, error) {
	for ; ; lines /= 2 {
		text, err := write(lines)
		if err != nil || len(text) <= most {
			return text, err
		}
		if lines == 0 {
			return nil, fmt.Errorf("the message has %d bytes even without its lists, more than the %d that are accepted", len(text), most)
		}
	}
}

// words puts a digest into words.
func (d *Digest) words() message {
	m := message{Title: plain(d.title(), maxSubject), Link: d.Dashboard}
	for _, fact := range d.facts() {
		m.Facts = append(m.Facts, plain(fact, maxLine))
	}
	for _, o := range groupOrder {
		for i := range d.Groups {
			if g := &d.Groups[i]; g.Kind == o.kind {
				m.add(o.title, &g.List.counts, g.lines(d.At))
			}
		}
	}
	m.add("Certificates that end", &d.Certificates.counts, linesOf(d.Certificates.Items, CertificateEnd.line))
	m.add("What gets worse", &d.Forecast.counts, linesOf(d.Forecast.Items, Forecast.line))
	m.add("Waivers about to end", &d.Waivers.counts, linesOf(d.Waivers.Items, func(w WaiverEnd) string { return w.line(d.At) }))
	return m
}

// add adds a section, unless it is empty.
func (m *message) add(title string, c *counts, lines []string) {
	if c.Total == 0 {
		return
	}
	total := strconv.Itoa(c.Total)
	if c.AtLeast {
		total = "at least " + total
	}
	for i := range lines {
		lines[i] = plain(lines[i], maxLine)
	}
	m.Sections = append(m.Sections, section{Title: title + " (" + total + ")", Lines: lines, More: c.more(len(lines)), counts: *c})
}

func linesOf[T any](items []T, line func(T) string) []string {
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = line(item)
	}
	return lines
}

// moment and date are how times are told: in UTC, and saying so.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
func date(t time.Time) string   { return t.UTC().Format("2006-01-02") }

// plural is "1 certificate" or "2 certificates".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}
