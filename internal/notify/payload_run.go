package notify

import (
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/report"
)

func runPayload(r *history.Run) *payloadRun {
	if r == nil {
		return nil
	}
	s := &r.Summary
	p := &payloadRun{
		ID: exact(r.ID), State: exact(string(r.State)), Started: r.Started.UTC(), Finished: instant(r.Finished), Trigger: exact(r.Trigger),
		Schedule: exact(r.Schedule), Slot: instant(r.Slot), Depth: exact(r.Depth), Policy: exact(r.Policy), PolicySHA256: exact(r.PolicySHA256),
		Tool: exact(r.Tool), Part: r.Part, Whole: r.Whole, Why: exact(r.Why), ExitCode: r.ExitCode, Profiles: []payloadProfiles{},
		Endpoints: payloadEndpoints{Total: s.Subjects, Judged: s.Judged, Unknown: s.Unknown},
		Findings:  payloadFindings{Total: findings(s), Fail: s.Fail, Warn: s.Warn, Unknown: s.UnknownFindings, Pass: s.Pass, Waived: s.Waived},
	}
	for _, q := range s.Profiles[:min(len(s.Profiles), 50)] {
		p.Profiles = append(p.Profiles, payloadProfiles{
			Profile: exact(q.Profile), Fail: q.Fail, Unknown: q.Unknown, Warn: q.Warn, Waived: q.Waived, Pass: q.Pass, NotApplicable: q.NotApplicable,
		})
	}
	return p
}

// exact is text for a program: as it is, but visible and bounded. It is not
// defused, since a program does not click on it; who shows it escapes it.
func exact(s string) string { return clip(report.Clean(clip(s, maxLine)), maxLine) }

// instant leaves out what is not known.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
