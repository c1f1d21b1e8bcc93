package historytest

import (
	"fmt"
	"slices"
	"time"

	"tlsaudit/audit"
)

// profile is the policy the made-up findings belong to.
const profile = "example"

// rule is one rule and how it judges: the verdict and the message.
type rule struct {
	audit.RuleRef
	judge func(*endpoint, *audit.Observation, time.Time) (audit.Verdict, string)
}

// rules are few that fail, and many that pass, as it is in a well-kept estate.
func rules() []rule {
	of := func(id, check, title string, severity audit.Severity, judge func(*endpoint, *audit.Observation, time.Time) (audit.Verdict, string)) rule {
		return rule{audit.RuleRef{Profile: profile, Rule: id, Control: "Example " + id, Check: check, Title: title, Level: audit.Must, Severity: severity, Why: "It is an example.", Detect: "It is made up."}, judge}
	}
	verdict := func(bad bool, fail, pass string) (audit.Verdict, string) {
		if bad {
			return audit.Fail, fail
		}
		return audit.Pass, pass
	}
	list := []rule{
		of("VERSIONS", "protocol.min", "No old versions", audit.High, func(_ *endpoint, o *audit.Observation, _ time.Time) (audit.Verdict, string) {
			return verdict(o.Version(audit.TLSv10).Answer == audit.Accepted, "TLSv1.0 is accepted", "TLSv1.2 is the lowest version accepted")
		}),
		of("SUITES", "suite.allow", "Only listed suites", audit.Medium, func(p *endpoint, o *audit.Observation, _ time.Time) (audit.Verdict, string) {
			if len(o.Version(audit.TLSv12).Suites) < 3 {
				return audit.Pass, "all suites are listed"
			}
			if p.waived {
				return audit.Waived, "TLS_RSA_WITH_AES_128_CBC_SHA is not listed"
			}
			return audit.Warn, "TLS_RSA_WITH_AES_128_CBC_SHA is not listed"
		}),
		of("HSTS", "http.hsts", "Strict transport security", audit.Low, func(_ *endpoint, o *audit.Observation, _ time.Time) (audit.Verdict, string) {
			if o.HTTP == nil {
				return audit.NotApplicable, "it is for https"
			}
			return verdict(o.HTTP.HSTS == nil, "the header Strict-Transport-Security is not sent", "the header is sent")
		}),
		of("KEY", "cert.key.min_bits", "Strong keys", audit.Critical, func(_ *endpoint, o *audit.Observation, _ time.Time) (audit.Verdict, string) {
			bits := o.Chains[0].Certificates[0].Key.Bits
			return verdict(bits < 2048, fmt.Sprintf("the key has %d bits, 2048 at least are wanted", bits), fmt.Sprintf("the key has %d bits", bits))
		}),
		of("VALID", "cert.validity.now", "Valid certificates", audit.High, func(_ *endpoint, o *audit.Observation, now time.Time) (audit.Verdict, string) {
			end := o.Chains[0].Certificates[0].NotAfter
			return verdict(now.After(end), "expired on "+end.Format(time.DateOnly), "valid until "+end.Format(time.DateOnly))
		}),
	}
	for i := range 20 {
		list = append(list, of(fmt.Sprintf("SOUND-%02d", i), "session.features", fmt.Sprintf("Sound in respect %d", i), audit.Severity(i%4), func(*endpoint, *audit.Observation, time.Time) (audit.Verdict, string) {
			return audit.Pass, "it is as it should be"
		}))
	}
	return list
}

// judge makes the findings of an observation, the worst first.
func (e *Estate) judge(p *endpoint, night int, o *audit.Observation, rules []rule) []audit.Finding {
	var list []audit.Finding
	subject := o.Target.Subject()
	undecided := e.chance(p, night, 3, 300)
	for i := range rules {
		r := &rules[i]
		f := audit.Finding{
			Rule: r.Rule, Control: r.Control, Profile: r.Profile, Check: r.Check, Subject: subject, Level: r.Level, Severity: r.Severity,
			Fingerprint: audit.FindingFingerprint(r.Profile, r.Rule, subject), Evidence: "as observed",
		}
		switch {
		case o.Reach != audit.ReachTLS:
			f.Message = "the endpoint was not reached: " + o.Reason
		case undecided && i == 1:
			f.Message = "the list of suites is not complete"
		default:
			f.Verdict, f.Message = r.judge(p, o, Night(night))
		}
		switch f.Verdict {
		case audit.Fail, audit.Warn:
			f.Remedy = &audit.Remedy{Product: o.Target.Product, Text: "ssl_protocols TLSv1.2 TLSv1.3;", Apply: "reload " + o.Target.Product, Verify: "tlsaudit audit " + subject, Confidence: "documented"}
		case audit.Waived:
			f.Waiver = &audit.WaiverRef{ID: "W-1", Was: audit.Warn, Expires: FirstNight.AddDate(1, 0, 0), Reason: "an old partner", Owner: "team-a", Ticket: "EX-17"}
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b audit.Finding) int { return a.Compare(&b) })
	return list
}
