package report

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"tlsaudit/audit"
)

// ForecastFormat is one kind of document about a forecast.
type ForecastFormat struct {
	// Name is what a user types, Ext how names of files end for which the format is
	// chosen, Title one line for help texts.
	Name, Ext, Title string
	// Write writes the whole document.
	Write func(w io.Writer, f *audit.Forecast, o Options) error
}

// ForecastFormats lists every format of a forecast; the first is the default.
var ForecastFormats = []ForecastFormat{
	{Name: "table", Ext: ".txt", Title: "what changes on which date, for a terminal", Write: writeForecastTable},
	{Name: "json", Ext: ".json", Title: "the whole forecast, for programs", Write: writeForecastJSON},
	{Name: "ics", Ext: ".ics", Title: "a calendar with a day for every change (RFC 5545)", Write: writeForecastCalendar},
}

func writeForecastJSON(w io.Writer, f *audit.Forecast, _ Options) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(f)
}

// shownSubjects is how many subjects an event names on a terminal, shownExpiring
// how many certificates are listed there.
const (
	shownSubjects = 3
	shownExpiring = 15
)

// forecastTable is a forecast being written for a terminal.
type forecastTable struct {
	terminal
	f *audit.Forecast
}

func writeForecastTable(w io.Writer, f *audit.Forecast, o Options) error {
	t := &forecastTable{f: f, terminal: terminal{
		Writer: bufio.NewWriter(w), palette: palette(o.Color), verbose: o.Verbose, now: f.Now,
		width: min(max(cmp.Or(o.Width, defaultWidth), leastWidth), greatWidth),
		limit: cmp.Or(o.Limit, defaultLimit),
	}}
	t.head()
	t.events()
	t.expiry()
	t.lifetimes()
	t.section("What this rests on")
	for _, s := range f.Assumes {
		t.line("- ", Clean(s))
	}
	return t.Flush()
}

func (t *forecastTable) head() {
	f := t.f
	t.line("", t.paint(bold, fmt.Sprintf("Forecast from %s to %s", date10(f.Now), date10(f.Until))))
	about := fmt.Sprintf("%s, %d of them judged in full today", plural(f.Subjects, "endpoint", "endpoints"), f.Subjects-f.Open)
	if f.Rows > 0 {
		about += ", and " + plural(f.Rows, "row", "rows") + " of the gateway's table"
	}
	t.line("about ", about)
	if !f.OldestEvidence.IsZero() {
		t.line("seen  ", fmt.Sprintf("%s to %s", stamp(f.OldestEvidence), stamp(f.NewestEvidence)))
	}
	for _, p := range f.Policies {
		t.line("by    ", Clean(strings.TrimSpace(p.ID+" "+p.Version)))
	}
}

// events prints one paragraph a day.
func (t *forecastTable) events() {
	t.section("What changes, if nothing is done")
	if len(t.f.Events) == 0 {
		t.line("", fmt.Sprintf("No verdict changes by time alone until %s.", date10(t.f.Until)))
		return
	}
	date, calm := "", 0
	for i := range t.f.Events {
		e := &t.f.Events[i]
		if !t.verbose && e.From == audit.NotApplicable.String() && e.To == audit.Pass.String() {
			calm++
			continue
		}
		if t.limit == 0 {
			t.line("", t.paint(bold, fmt.Sprintf("NOT SHOWN: %s. The json format holds them.", plural(len(t.f.Events)-i, "further change", "further changes"))))
			break
		}
		t.limit--
		if e.Date != date {
			date = e.Date
			_, _ = fmt.Fprintf(t, "\n%s  %s\n", t.paint(bold, date), inDays(e.At.Sub(t.f.Now)))
		}
		t.event(e)
	}
	if calm > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", fmt.Sprintf("Not listed: %s from when on a rule is asked that is kept. --verbose lists them.", plural(calm, "change", "changes")))
	}
	if t.f.Omitted > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", t.paint(bold, fmt.Sprintf("%s later than these are left out for their number.", plural(t.f.Omitted, "change", "changes"))))
	}
}

func (t *forecastTable) event(e *audit.ForecastEvent) {
	t.line("  ", t.paint(eventColor(e), eventHeadline(e, t.f.Subjects)))
	t.line("    ", Clean(eventRule(e)))
	names := e.Subjects
	if !t.verbose && len(names) > shownSubjects {
		names = names[:shownSubjects]
	}
	for _, name := range names {
		t.line("    ", clean(name, maxName))
	}
	if more := e.Total - len(names); more > 0 {
		t.line("    ", fmt.Sprintf("and %d more", more))
	}
}

// maxName bounds a name on a line of its own.
const maxName = 200

// eventHeadline says what happens to how many, out of how many.
func eventHeadline(e *audit.ForecastEvent, subjects int) string {
	what := "subjects"
	if !strings.HasPrefix(first(e.Subjects), "gateway:") {
		what = "of " + plural(subjects, "endpoint", "endpoints")
	}
	many := e.Total != 1
	verb := func(one, more string) string {
		if many {
			return more
		}
		return one
	}
	happens := map[string]string{
		"fail": verb("starts to fail", "start to fail"), "warn": verb("starts to warn", "start to warn"), "unknown": verb("becomes unknown", "become unknown"),
		"pass": verb("passes from here on", "pass from here on"), "not-applicable": verb("is no longer judged", "are no longer judged"), "waived": verb("becomes waived", "become waived"),
	}[e.To]
	if e.Kind == audit.ForecastStep {
		return Clean(fmt.Sprintf("%s; it concerns %d %s", e.Title, e.Total, what))
	}
	return fmt.Sprintf("%d %s %s", e.Total, what, happens)
}

// eventRule says by which rule, and why.
func eventRule(e *audit.ForecastEvent) string {
	name := strings.Trim(e.Profile+"/"+e.Rule, "/")
	if e.Kind == audit.ForecastStep {
		return "for what is issued from this day on (" + name + "); no verdict changes by itself"
	}
	text := fmt.Sprintf("%s: %s (%s), %s instead of %s; %s", name, e.Title, e.Severity, e.To, e.From, eventReason(e.Kind))
	if len(e.Waivers) > 0 {
		text += ": " + strings.Join(e.Waivers, ", ")
	}
	return text
}

func eventReason(kind audit.ForecastKind) string {
	switch kind {
	case audit.ForecastCertificate:
		return "by the dates of certificates"
	case audit.ForecastPolicy:
		return "by a date of the policy"
	case audit.ForecastWaiver:
		return "a waiver runs out"
	}
	return string(kind)
}

func eventColor(e *audit.ForecastEvent) string {
	if e.Kind == audit.ForecastStep {
		return cyan
	}
	for _, v := range allVerdicts {
		if v.String() == e.To {
			return verdictColor(v)
		}
	}
	return ""
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// inDays says how far a moment is, rounded down.
func inDays(d time.Duration) string {
	switch n := int(d / (24 * time.Hour)); n {
	case 0:
		return "(within a day)"
	case 1:
		return "(in 1 day)"
	default:
		return fmt.Sprintf("(in %d days)", n)
	}
}

// expiry prints when certificates end.
func (t *forecastTable) expiry() {
	x := &t.f.Expiry
	t.section("When certificates end")
	t.line("", fmt.Sprintf("%s presented as leaf; each is in one line, and each endpoint in that of its first to end.", plural(x.Certificates, "certificate", "certificates")))
	for _, b := range x.Buckets {
		if b.Name == "not known" && b.Certificates == 0 {
			continue
		}
		t.line("  ", fmt.Sprintf("%-12s %5s  %s", bucketLabel(b.Name), fmt.Sprint(b.Certificates), "on "+plural(b.Endpoints, "endpoint", "endpoints")))
	}
	if x.Unread > 0 {
		t.line("  ", t.paint(magenta, fmt.Sprintf("of %s no certificate could be read: when theirs ends is not known", plural(x.Unread, "endpoint", "endpoints"))))
	}
	list := x.Next
	if !t.verbose && len(list) > shownExpiring {
		list = list[:shownExpiring]
	}
	if len(list) > 0 {
		_, _ = fmt.Fprintln(t)
	}
	for _, c := range list {
		name := cmp.Or(c.CommonName, "no common name")
		if !c.Leaf {
			name += " (issuing certificate)"
		}
		where := clean(c.Sample, maxName)
		if c.Endpoints > 1 {
			where += fmt.Sprintf(" and %d more", c.Endpoints-1)
		}
		t.line("  "+date10(c.NotAfter)+"  ", fmt.Sprintf("%s, on %s", clean(name, 100), where))
	}
	if more := len(x.Next) + x.Omitted - len(list); more > 0 {
		t.line("  ", fmt.Sprintf("and %d more until %s; the json format lists them", more, date10(t.f.Until)))
	}
}

func bucketLabel(name string) string {
	if strings.HasSuffix(name, " days") {
		return "within " + strings.TrimSuffix(name, " days") + " d"
	}
	return name
}

// lifetimes prints what shorter public lifetimes mean.
func (t *forecastTable) lifetimes() {
	x := &t.f.Expiry
	if len(x.Steps) == 0 {
		return
	}
	t.section("What public authorities issue")
	t.line("", fmt.Sprintf("%d of %s are held for public: Certificate Transparency logs vouch for them.", x.Public, plural(x.Certificates, "certificate", "certificates")))
	for _, s := range x.Steps {
		when := "from " + date10(s.From)
		if !s.From.After(t.f.Now) {
			when = "today"
		}
		t.line(fmt.Sprintf("  %-16s ", when), fmt.Sprintf("%d days at most: %s a year for each certificate at least, %d for all; %d of them last longer than that now",
			s.MaxDays, plural(s.PerYear, "renewal", "renewals"), s.AllPerYear, s.Longer))
	}
}
