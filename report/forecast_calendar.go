package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"tlsaudit/audit"
)

// maxCalendar bounds the entries of a calendar: programs that show them give up
// on many more.
const maxCalendar = 2000

// writeForecastCalendar writes an entry for every change (RFC 5545). Its UID
// follows from what it is about, so that a calendar that is read again replaces
// its entries and does not double them.
func writeForecastCalendar(w io.Writer, f *audit.Forecast, _ Options) error {
	c := &schedule{bufio.NewWriter(w)}
	c.line("BEGIN", "VCALENDAR")
	c.line("VERSION", "2.0")
	c.line("PRODID", "-//tlsaudit//forecast//EN")
	c.line("CALSCALE", "GREGORIAN")
	c.line("METHOD", "PUBLISH")
	c.text("X-WR-CALNAME", "TLS forecast")
	c.text("X-WR-CALDESC", Clean(strings.Join(f.Assumes, " ")))
	for i := range f.Events {
		if i == maxCalendar {
			break
		}
		c.event(f, &f.Events[i])
	}
	if more := len(f.Events) + f.Omitted - maxCalendar; more > 0 && len(f.Events) > maxCalendar {
		last := f.Events[maxCalendar]
		c.entry(f, last.Date, "rest", fmt.Sprintf("%d further changes from this day on are not in this calendar", more), "Read them in the json format.")
	}
	c.line("END", "VCALENDAR")
	return c.w.Flush()
}

type schedule struct{ w *bufio.Writer }

func (c *schedule) event(f *audit.Forecast, e *audit.ForecastEvent) {
	var names []string
	for _, s := range e.Subjects {
		names = append(names, clean(s, maxName))
	}
	if more := e.Total - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	summary := eventHeadline(e, f.Subjects)
	if e.Kind != audit.ForecastStep {
		summary += ": " + clean(e.Title, maxName)
	}
	c.entry(f, e.Date, strings.Join([]string{string(e.Kind), e.Profile, e.Rule, e.From, e.To, e.Severity.String(), e.Title}, "\x00"), summary,
		Clean(eventRule(e))+"\n"+strings.Join(names, "\n"))
}

// entry writes one entry for a whole day.
func (c *schedule) entry(f *audit.Forecast, date, identity, summary, description string) {
	sum := sha256.Sum256([]byte("tlsaudit/forecast/v1\x00" + date + "\x00" + identity))
	c.line("BEGIN", "VEVENT")
	c.line("UID", hex.EncodeToString(sum[:16])+"@tlsaudit.invalid")
	c.line("DTSTAMP", f.Now.UTC().Format("20060102T150405Z"))
	c.line("DTSTART;VALUE=DATE", strings.ReplaceAll(date, "-", ""))
	c.text("SUMMARY", summary)
	c.text("DESCRIPTION", description)
	c.line("TRANSP", "TRANSPARENT")
	c.line("END", "VEVENT")
}

var (
	calendarEscape = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace
	colons         = regexp.MustCompile(`:{3,}`)
)

// text writes a property whose value is text; it is clean but for line feeds. Of
// many colons two are left, so that every line can begin with something else.
func (c *schedule) text(name, value string) {
	c.line(name, colons.ReplaceAllString(calendarEscape(value), "::"))
}

// line writes a property, folded to 75 octets a line without cutting a
// character. No line goes on with a colon: what systems that run jobs take for a
// command begins with two.
func (c *schedule) line(name, value string) {
	rest := name + ":" + value
	for limit := 75; len(rest) > limit; limit = 74 {
		cut := limit
		for !utf8.RuneStart(rest[cut]) || rest[cut] == ':' {
			cut--
		}
		_, _ = c.w.WriteString(rest[:cut] + "\r\n ")
		rest = rest[cut:]
	}
	_, _ = c.w.WriteString(rest + "\r\n")
}
