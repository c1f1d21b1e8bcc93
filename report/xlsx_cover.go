package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
)

const coverName = "Cover"

// coverWidths are the columns of the cover, in characters.
var coverWidths = []float64{28, 46, 18, 54}

// writeCover fills the first sheet: what was audited, when, with what, against
// what, and where to sign.
func (b *book) writeCover() error {
	p, r, s := b.cover, b.report, &b.report.Summary
	p.head()

	p.section("Scope")
	p.fact("Endpoints", b.styles.count, s.Subjects)
	p.fact("Protocols", b.styles.wrapped, b.protocols())
	p.fact("Systems", b.styles.count, b.systems.named())
	if s.Rows > 0 {
		p.fact("Rows of the gateway table", b.styles.count, s.Rows)
	}
	if s.Files > 0 {
		p.fact("Configuration files", b.styles.wrapped, fmt.Sprintf("%s, which declare %s", plural(s.Files, "file", "files"), plural(s.Listeners, "listener or client", "listeners and clients")))
	}
	p.fact("Depth of the scan", b.styles.wrapped, depths(&b.asked))
	p.fact("Rules", b.styles.wrapped, b.ruleCount())

	p.section("Completeness")
	p.fact("Endpoints judged in full", b.styles.wrapped, fmt.Sprintf("%d of %d (%s)", s.Judged, s.Subjects, percentOf(s.Judged, s.Subjects)))
	p.fact("Findings undecided", b.styles.wrapped, undecidedShare(s))
	p.fact("Connections opened", b.styles.count, s.Connections)

	p.section("Period (UTC)")
	p.fact("First observation", b.styles.when, b.tally.from)
	p.fact("Last observation", b.styles.when, b.tally.to)
	p.fact("Judged as of", b.styles.when, r.Now)
	p.fact("Report made", b.styles.when, r.Generated)

	p.section("Made by")
	p.fact("Program", b.styles.value, r.Tool.Name+" "+r.Tool.Version)
	host, operator := "not told", "not told"
	if o := r.Origin; o != nil {
		host, operator = told(o.Host), told(o.Operator)
	}
	p.fact("Scanned from", b.styles.wrapped, host)
	p.fact("Operator", b.styles.wrapped, operator)

	p.judgedAgainst()
	p.sources()

	p.section("Handling")
	p.cells(20, styled(b.styles.label, "Classification"), styled(b.styles.blank, nil))
	p.cells(20, styled(b.styles.label, "Distribution"), styled(b.styles.blank, nil))

	p.section("Signatures")
	p.line(b.styles.head, "Role", "Name", "Date", "Signature")
	for _, role := range []string{"Prepared by", "Reviewed by", "Accepted by"} {
		p.cells(30, styled(b.styles.label, role), styled(b.styles.blank, nil), styled(b.styles.blank, nil), styled(b.styles.blank, nil))
	}
	return p.close()
}

// head is what stands above everything else: what it is, and how far it can be
// relied upon.
func (p *paper) head() {
	r := p.report
	p.banner(p.styles.title, 38, p.title())
	if r.Complete {
		p.banner(p.styles.complete, 24, "COMPLETE: every endpoint was scanned to the end and every automated rule was decided.")
	} else {
		p.banner(p.styles.incomplete, 40, "INCOMPLETE: "+cmp.Or(r.Incomplete, "not every endpoint could be judged")+". What is not listed is not thereby in order; "+p.hint())
	}
	for _, n := range r.Notices {
		p.banner(p.styles.incomplete, 40, "NOTE: "+n)
	}
}

// judgedAgainst lists the policies with their versions and hashes.
func (p *paper) judgedAgainst() {
	p.section("Judged against")
	head := []any{"Policy or profile", "Title, and how sure it is", "Version", "SHA-256"}
	p.line(p.styles.head, append(head, make([]any, len(p.widths)-len(head))...)...)
	for _, ref := range p.report.Policies {
		about := lines{ref.Title}
		if ref.Confidence != "" {
			about = append(about, "confidence: "+ref.Confidence)
		}
		p.hashed(ref.ID, about, ref.Version, ref.SHA256)
	}
}

// sources lists the files that were read.
func (p *paper) sources() {
	r := p.report
	p.section("Files read")
	p.line(p.styles.head, "What", "File", nil, "SHA-256")
	for _, f := range r.Sources {
		p.hashed("Inventory or policy", f.File, "", f.SHA256)
	}
	for _, f := range r.WaiverFiles {
		p.hashed("Waivers", f.File, "", f.SHA256)
	}
	if r.Baseline != nil {
		p.hashed("Baseline", r.Baseline.File, "", r.Baseline.SHA256)
	}
	if r.Changes != nil {
		p.hashed("Compared with", r.Changes.Before.File, "", r.Changes.Before.SHA256)
	}
	if len(r.Sources)+len(r.WaiverFiles) == 0 && r.Baseline == nil && r.Changes == nil {
		p.line(p.styles.wrapped, "none named", nil, nil, nil)
	}
}

// ruleCount says how many rules there are, and who decides them.
func (b *book) ruleCount() string {
	manual, off := byKind(b.report.Unautomated)
	return fmt.Sprintf("%d decided by the program, %d for a person to judge, %d switched off", len(b.tally.rules), manual, off)
}

// undecidedShare is the share of the findings that have no verdict.
func undecidedShare(s *audit.Summary) string {
	all := s.Fail + s.Warn + s.Pass + s.Waived + s.UnknownFindings
	if all == 0 {
		return "no rule was asked"
	}
	return fmt.Sprintf("%d of %d (%s)", s.UnknownFindings, all, unknownPercent(s.UnknownFindings, all))
}

// unknownPercent is percentOf rounded up: what is not known is never less than is
// said.
func unknownPercent(part, whole int) string {
	if whole <= 0 {
		return "none"
	}
	tenths := int((int64(part)*1000 + int64(whole) - 1) / int64(whole))
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

// percentOf is a share in percent with one digit, rounded down, but never to
// nothing.
func percentOf(part, whole int) string {
	if whole <= 0 {
		return "none"
	}
	tenths := int(int64(part) * 1000 / int64(whole))
	if tenths == 0 && part > 0 {
		return "less than 0.1 %"
	}
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

func told(s string) string { return cmp.Or(s, "not told") }

// protocols counts the endpoints by protocol.
func (b *book) protocols() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(b.tally.protocols)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, b.tally.protocols[name]))
	}
	return strings.Join(parts, ", ")
}
