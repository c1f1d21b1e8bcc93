package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// LeftOut is what an inventory names and a run did not ask for. A subject that is
// not in a run is gone, unless it was left out. The zero value leaves out nothing.
type LeftOut struct {
	subjects, names map[string]bool
}

// Add adds a target.
func (l *LeftOut) Add(t *audit.Target) {
	if l.subjects == nil {
		l.subjects, l.names = map[string]bool{}, map[string]bool{}
	}
	l.subjects[t.Subject()] = true
	l.names[nameOf(t.Protocol, t.Host, t.Port)] = true
}

// nameOf is what a target and each of its addresses have in common.
func nameOf(protocol, host string, port uint16) string {
	return fmt.Sprintf("%s %s %d", protocol, strings.ToLower(host), port)
}

// target reports whether a target was left out, or the name one of whose addresses
// it is, or the mail domain one of whose hosts.
func (l *LeftOut) target(t *audit.Target) bool {
	if l == nil {
		return false
	}
	return l.names[nameOf(t.Protocol, t.Host, t.Port)] ||
		slices.ContainsFunc(t.Domains, func(domain string) bool { return l.names[nameOf(audit.ProtocolMX, domain, t.Port)] })
}

// kindOf tells rows of a gateway's table and configuration from endpoints: a run
// that judged none of a kind says nothing about those there are.
func kindOf(protocol string) string {
	if protocol == protocolGateway || protocol == protocolConfig {
		return protocol
	}
	return ""
}

// absentee is a subject that is not in the run.
type absentee struct {
	id, facts int64
	row       row
}

// gone marks the subjects of the run's inventory that are in it no more: which the
// run would have audited, if they were.
func (f *finisher) gone(ctx context.Context) error {
	if f.run.Inventory == "" {
		return nil
	}
	var list []absentee
	err := f.query(ctx, "SELECT "+subjectTable.list("s")+", r.facts FROM subject AS s JOIN result AS r ON r.run = s.last_run AND r.subject = s.id "+
		"WHERE s.inventory IN (?, ?) AND s.last_run <> ? AND s.gone_since = "+noTime+" ORDER BY s.subject", []any{text(f.run.Inventory), text(f.formerly), f.seq}, func(rows *sql.Rows) (err error) {
		var a absentee
		a.row, err = subjectTable.scan(rows, &a.facts)
		a.id = subjectTable.int(a.row, "id")
		list = append(list, a)
		return err
	})
	if err != nil {
		return err
	}
	for i := range list {
		out, err := f.leftOut(ctx, &list[i])
		if err == nil && !out {
			err = f.leave(ctx, &list[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leftOut reports whether a run did not look for a subject. Its target is read only
// if the subject does not tell.
func (f *finisher) leftOut(ctx context.Context, a *absentee) (bool, error) {
	subject, kind := subjectTable.text(a.row, "subject"), kindOf(subjectTable.text(a.row, "protocol"))
	switch l := f.run.LeftOut; {
	case !f.kinds[kind]:
		return true, nil
	case kind != "":
		return false, nil
	case l != nil && l.subjects[subject]:
		return true, nil
	}
	at, err := f.objects.get(ctx, f.tx, a.facts)
	if err != nil {
		return false, err
	}
	var seen struct {
		Observed struct {
			Target audit.Target `json:"target"`
		} `json:"observed"`
	}
	if err := json.Unmarshal(at.content, &seen); err != nil {
		return false, fmt.Errorf("decoding what was seen of %s: %w", subject, err)
	}
	t := &seen.Observed.Target
	return f.run.LeftOut.target(t) || t.IP.IsValid() && f.unresolved[nameOf(t.Protocol, t.Host, t.Port)], nil
}

// leave marks a subject as gone. What it presented does not count any more.
func (f *finisher) leave(ctx context.Context, a *absentee) error {
	now := append(row(nil), a.row...)
	now[subjectTable.column("gone_since")] = micros(f.at)
	if err := f.amend(ctx, subjectTable, a.row, now); err != nil {
		return err
	}
	if err := f.touch(ctx, a.id, f.touched); err != nil {
		return err
	}
	words, err := f.withOpen(ctx, a.id, "it was in its inventory, and is not any more")
	if err != nil {
		return err
	}
	return f.change(ctx, ChangeGone, a.id, words, nil)
}

// withOpen adds how many findings of a subject are open.
func (f *finisher) withOpen(ctx context.Context, subject int64, words string) (string, error) {
	open, err := f.number(ctx, "SELECT COUNT(*) FROM finding WHERE subject = ? AND is_open = 1", subject)
	if err == nil && open > 0 {
		words += fmt.Sprintf("; open findings about it: %d", open)
	}
	return words, err
}

// scopeBefore is what the version before called the inventory of a run: its
// schedule, or the files that were read. What was last audited then is known under
// that name.
func scopeBefore(run *Run, report *audit.Report) string {
	if run.Schedule != "" {
		return "schedule " + run.Schedule
	}
	var names []string
	for _, s := range report.Sources {
		names = append(names, s.File)
	}
	slices.Sort(names)
	digest := sha256.Sum256([]byte(strings.Join(slices.Compact(names), "\x00")))
	return "files " + hex.EncodeToString(digest[:16])
}
