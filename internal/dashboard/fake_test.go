package dashboard

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// fakeNow is when the tests take place.
var fakeNow = time.Date(2027, 3, 10, 9, 30, 0, 0, time.UTC)

// hostile is text as a peer may send it.
const hostile = "<script>alert(1)</script>\"'><b> \u202egpj.exe \x1b[2J {{.}} javascript:alert(1) `${x}`"

// fake is a history in memory: a fleet that gets better over forty nights.
type fake struct {
	runs     []history.Run // the newest first
	subjects []history.SubjectState
	findings []history.FindingState
	changes  []history.Change
	certs    []history.Certificate
	log      []history.AuditEntry
	rules    []history.RuleCount
	systems  []history.SystemCount
	counts   history.FleetCounts
	err      error
}

func runName(n int) string { return fmt.Sprintf("01JZ%022d", n) }

// page cuts a part out of a list; the mark is a number.
func pageOf[T any](list []T, p history.Page) ([]T, string, error) {
	at := 0
	if p.After != "" {
		n, err := strconv.Atoi(p.After)
		if err != nil || n < 0 || n > len(list) {
			return nil, "", &audit.InputError{Cause: "the place to go on from is not one of this list", Hint: "begin with the first page again"}
		}
		at = n
	}
	end := min(at+p.Limit, len(list))
	next := ""
	if end < len(list) {
		next = strconv.Itoa(end)
	}
	return list[at:end], next, nil
}

func (f *fake) Runs(_ context.Context, p history.Page) ([]history.Run, string, error) {
	if f.err != nil {
		return nil, "", f.err
	}
	return pageOf(f.runs, p)
}

func (f *fake) Run(_ context.Context, id string) (*history.Run, error) {
	if back, ok := strings.CutPrefix(id, "latest"); ok {
		n, _ := strconv.Atoi(strings.TrimPrefix(back, "~"))
		for i := range f.runs {
			if f.runs[i].State == history.Complete {
				if n == 0 {
					return &f.runs[i], nil
				}
				n--
			}
		}
		return nil, fmt.Errorf("run %s: %w", id, history.ErrNotFound)
	}
	for i := range f.runs {
		if f.runs[i].ID == id {
			return &f.runs[i], nil
		}
	}
	return nil, fmt.Errorf("run %s: %w", id, history.ErrNotFound)
}

func (f *fake) Report(ctx context.Context, id string) (*audit.Report, error) {
	r, err := f.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	return fakeReport(r), nil
}

func (f *fake) Record(ctx context.Context, run, subject string) (*audit.Record, error) {
	if _, err := f.Run(ctx, run); err != nil {
		return nil, err
	}
	s, err := f.Subject(ctx, subject)
	if err != nil {
		return nil, err
	}
	return fakeRecord(s, f.findings, run), nil
}

func (f *fake) Subjects(_ context.Context, q history.SubjectQuery) ([]history.SubjectState, string, error) {
	list := slices.DeleteFunc(slices.Clone(f.subjects), func(s history.SubjectState) bool {
		return q.Gone == s.GoneSince.IsZero() || q.Verdict != "" && s.Verdict.String() != q.Verdict || q.System != "" && s.System != q.System || q.Protocol != "" && s.Protocol != q.Protocol || !strings.Contains(s.Subject, q.Text)
	})
	if q.Run != "" && q.Run != f.runs[1].ID { // what an earlier run found
		for i := range list {
			if i%9 == 0 {
				list[i].Fail++
			}
		}
	}
	switch q.Order {
	case "subject":
		slices.SortFunc(list, func(a, b history.SubjectState) int { return strings.Compare(a.Subject, b.Subject) })
	case "seen":
		slices.SortFunc(list, func(a, b history.SubjectState) int { return a.LastSeen.Compare(b.LastSeen) })
	}
	return pageOf(list, q.Page)
}

func (f *fake) Subject(_ context.Context, subject string) (*history.SubjectState, error) {
	for i := range f.subjects {
		if f.subjects[i].Subject == subject {
			return &f.subjects[i], nil
		}
	}
	return nil, fmt.Errorf("subject %q: %w", subject, history.ErrNotFound)
}

func (f *fake) Timeline(ctx context.Context, subject string, p history.Page) ([]history.Point, string, error) {
	s, err := f.Subject(ctx, subject)
	if err != nil {
		return nil, "", err
	}
	var points []history.Point
	for i, r := range f.runs[1:] {
		v := s.Verdict
		if i > 20 {
			v = audit.Unknown
		}
		points = append(points, history.Point{RunID: r.ID, At: r.Started, Reach: s.Reach, Verdict: v, Fail: s.Fail, Warn: s.Warn, Unknown: s.Unknown, Pass: s.Pass, ObservationSHA256: strconv.Itoa(i / 7)})
	}
	return pageOf(points, p)
}

func (f *fake) Findings(_ context.Context, q history.FindingQuery) ([]history.FindingState, string, error) {
	list := slices.DeleteFunc(slices.Clone(f.findings), func(s history.FindingState) bool {
		return q.Subject != "" && s.Subject != q.Subject || q.System != "" && s.System != q.System || q.Rule != "" && s.Rule != q.Rule || q.Profile != "" && s.Profile != q.Profile ||
			q.Severity != "" && s.Severity.String() != q.Severity || q.State == "flapping" && !s.Flapping || q.State == "fixed" && s.FixedAt.IsZero() || q.State == "open" && !s.FixedAt.IsZero() || !strings.Contains(s.Message, q.Text)
	})
	return pageOf(list, q.Page)
}

func (f *fake) Changes(_ context.Context, _ string, p history.Page) ([]history.Change, string, error) {
	return pageOf(f.changes, p)
}

func (f *fake) Rules(ctx context.Context, run string) ([]history.RuleCount, error) {
	_, err := f.Run(ctx, run)
	return slices.Clone(f.rules), err
}

func (f *fake) Fleet(context.Context) (*history.Fleet, error) {
	fleet := &history.Fleet{FleetCounts: f.counts, Systems: slices.Clone(f.systems), Rules: slices.Clone(f.rules), Runs: 2}
	for _, s := range f.subjects {
		if fleet.Oldest.IsZero() || s.LastSeen.Before(fleet.Oldest) {
			fleet.Oldest = s.LastSeen
		}
		if s.LastSeen.After(fleet.Newest) {
			fleet.Newest = s.LastSeen
		}
	}
	return fleet, f.err
}

func (f *fake) CertificatesEnding(_ context.Context, from, before time.Time, p history.Page) ([]history.Certificate, string, error) {
	list := slices.DeleteFunc(slices.Clone(f.certs), func(c history.Certificate) bool {
		return c.NotAfter.Before(from) || !before.IsZero() && !c.NotAfter.Before(before)
	})
	return pageOf(list, p)
}

func (f *fake) CountEnding(_ context.Context, bounds []time.Time) ([]int, error) {
	counts := make([]int, len(bounds))
	for i, bound := range bounds {
		for _, c := range f.certs {
			if c.NotAfter.Before(bound) {
				counts[i]++
			}
		}
	}
	return counts, nil
}

func (f *fake) AuditLog(_ context.Context, p history.Page) ([]history.AuditEntry, string, error) {
	return pageOf(f.log, p)
}
