package notify

import (
	"slices"

	"tlsaudit/internal/history"
)

// isClear reports whether a run judged everything and found nothing to fail.
func isClear(r *history.Run) bool {
	s := &r.Summary
	return r.State == history.Complete && r.Whole && s.Subjects+s.Files+s.Rows > 0 && s.Fail == 0 && s.Unknown == 0 && s.UnknownFindings == 0
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
	if changed || d.Previous == nil {
		d.Kind = KindDigest
		return true, ""
	}
	d.Kind = KindUnchanged
	if isClear(d.Run) {
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
