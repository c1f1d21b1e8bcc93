package engine

import (
	"cmp"

	"tlsaudit/audit"
)

// Declarations judges what configuration files declare by the rules of the
// chosen standards: those whose check reads what a file can say. All others
// need the wire and are left out.
type Declarations struct{ bench *bench }

// Declarations makes the judge of declared postures. It may be used by several
// goroutines.
func (j *Judge) Declarations() *Declarations { return &Declarations{j.ready()} }

// Prescribed is a finding with the posture that would mend it; Want is nil if
// there is nothing to mend or nothing a configuration could.
type Prescribed struct {
	Finding audit.Finding
	Want    *audit.Want
}

// Findings judges one listener or client under a subject of its own. The target
// is what is known of it besides: policies select by it. What the file does not
// speak of at all, such as suites where none are set and the library decides,
// is not judged; what it leaves open is unknown. Standards say which suites a
// server may accept; of a client only the versions are judged.
func (d *Declarations) Findings(subject string, t audit.Target, declared *audit.Declared) []Prescribed {
	if declared.TLS == audit.Refused {
		return nil
	}
	t.Place = declared.Place
	t.Product = cmp.Or(t.Product, declared.Product)
	o := &audit.Observation{Target: t, Reach: audit.ReachTLS, Posture: declared.Posture}
	judged := make([]judgement, 0, len(d.bench.Rules))
	var memo any
	for i := range d.bench.Rules {
		r := &d.bench.Rules[i]
		check := d.bench.checks[r.Check]
		if check == nil || !speaksOf(declared, check.Declared) || declared.Role == audit.RoleClient && check.Declared != audit.AspectVersions {
			continue
		}
		var one judgement
		if !d.bench.apply(&one, r, check, o, subject, &memo) || one.finding.Verdict == audit.NotApplicable {
			continue
		}
		if check.Declared == audit.AspectFeatures && one.finding.Verdict == audit.Unknown {
			continue // the file is silent about this one
		}
		if len(declared.Gaps) > 0 && one.finding.Verdict == audit.Pass {
			one.finding.Verdict, one.finding.Message = audit.Unknown, "not judged: "+declared.Gaps[0]
		}
		if place := placeOf(&declared.Posture, check.Declared); place != nil && one.finding.Verdict != audit.Pass {
			one.finding.Place = place
		}
		judged = append(judged, one)
	}
	for i := range judged {
		if w := judged[i].want; w != nil {
			w.Client = declared.Role == audit.RoleClient
		}
	}
	d.bench.prescribe(judged, &o.Target)
	list := make([]Prescribed, 0, len(judged))
	for i := range judged {
		list = append(list, Prescribed{judged[i].finding, judged[i].want})
	}
	return list
}

// speaksOf reports whether a file says anything about an aspect, or would if it
// could be read in full.
func speaksOf(d *audit.Declared, a audit.Aspect) bool {
	p := &d.Posture
	switch a {
	case audit.AspectVersions:
		for _, v := range p.Versions {
			if v.Answer.Known() {
				return true
			}
		}
		return len(d.Gaps) > 0
	case audit.AspectSuites, audit.AspectOrder:
		for _, v := range p.Versions {
			if v.SuitesAnswer != audit.NotAsked && (a == audit.AspectSuites || v.Preference != "") {
				return true
			}
		}
	case audit.AspectGroups:
		return len(p.Groups) > 0
	case audit.AspectFeatures:
		return len(p.Features) > 0
	}
	return false
}

// placeOf is where a file says what a finding is about: the line that allows
// the oldest version.
func placeOf(p *audit.Posture, a audit.Aspect) *audit.Place {
	if a != audit.AspectVersions {
		return nil
	}
	for _, v := range p.Versions {
		if v.Answer == audit.Accepted && v.Place != nil {
			return v.Place
		}
	}
	return nil
}
