package notify

import (
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// fleetOf counts all there was when a run was finished. Runs of before that was
// kept know what they looked at themselves.
func fleetOf(r *history.Run) history.FleetCounts {
	f, s := r.Fleet, &r.Summary
	if f.Subjects > 0 || s.Subjects+s.Files+s.Rows == 0 {
		return f
	}
	f = history.FleetCounts{
		Subjects: s.Subjects + s.Files + s.Rows, Unknown: s.Unknown,
		FindingsFail: s.Fail, FindingsWarn: s.Warn, FindingsUnknown: s.UnknownFindings, FindingsWaived: s.Waived, FindingsPass: s.Pass,
	}
	for i := range s.Profiles {
		f.Fail = max(f.Fail, s.Profiles[i].Fail)
	}
	return f
}

// isClear reports whether nothing of all there is fails, and nothing of it is
// unknown.
func isClear(f *history.FleetCounts) bool {
	return f.Subjects > 0 && f.Fail == 0 && f.Unknown == 0 && f.FindingsFail == 0 && f.FindingsUnknown == 0
}

// wasClear reports whether all was clear behind a run, which came to its end.
func wasClear(r *history.Run) bool {
	f := fleetOf(r)
	return r.State == history.Complete && r.Whole && isClear(&f)
}

// allClear reports whether all is clear: what the run looked at, what the second
// look at it did, and what others look at.
func (d *Digest) allClear() bool {
	return d.Run.State == history.Complete && d.Run.Whole && (d.Second == nil || d.Second.Run.Whole) && len(d.Gaps) == 0 && isClear(&d.Fleet)
}

// decide says whether a digest of a run is sent, and fills in its kind. Reason
// says why not, for the log.
func (d *Digest) decide(mode AllClear, kinds []history.ChangeKind) (send bool, reason string) {
	if d.Kind == KindBrokenOff {
		return true, ""
	}
	changed := d.Certificates.Entered > 0 || d.Forecast.Entered > 0 || d.Waivers.Entered > 0
	for i := range d.Groups {
		changed = changed || slices.Contains(kinds, d.Groups[i].Kind)
	}
	if changed || d.Previous == nil || d.brokenOff() > 0 {
		d.Kind = KindDigest
		return true, ""
	}
	d.Kind = KindUnchanged
	if d.allClear() {
		d.Kind = KindAllClear
	}
	switch {
	case mode == AllClearAlways:
		return true, ""
	case mode == AllClearOnRecovery && d.Kind == KindAllClear && d.Recovered:
		return true, ""
	}
	return false, "nothing changed"
}

// brokenOff counts the earlier runs that did not come to their end.
func (d *Digest) brokenOff() (count int) {
	for _, r := range d.Earlier {
		if r.State != history.Complete {
			count++
		}
	}
	return count
}

// findings is how many rules were asked in a run: what does not apply is not
// counted.
func findings(s *audit.Summary) int { return s.Fail + s.Warn + s.Pass + s.Waived + s.UnknownFindings }

// fleetFindings is how many rules were asked of all there is.
func fleetFindings(f *history.FleetCounts) int {
	return f.FindingsFail + f.FindingsWarn + f.FindingsUnknown + f.FindingsWaived + f.FindingsPass
}
