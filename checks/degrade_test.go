package checks_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
)

// loss is one way in which a scan learns less than it could have.
type loss struct {
	name string
	// total means that nothing about TLS was learnt at all.
	total bool
	apply func(*audit.Observation)
}

// losses lists every way evidence gets lost, one fact at a time and wholly.
func losses() []loss {
	list := []loss{
		{"unreachable", true, func(o *audit.Observation) {
			*o = audit.Observation{Target: o.Target, Reach: audit.ReachUnreachable, Reason: "timeout"}
		}},
		{"no TLS, for reasons unknown", true, func(o *audit.Observation) {
			*o = audit.Observation{Target: o.Target, Reach: audit.ReachNoTLS, Reason: "454 TLS not available"}
		}},
		{"nothing learnt", true, func(o *audit.Observation) { *o = audit.Observation{Target: o.Target, Reach: audit.ReachUnknown} }},
		{"zero observation", true, func(o *audit.Observation) { *o = audit.Observation{Target: o.Target} }},
		{"reached and nothing else", true, func(o *audit.Observation) { *o = audit.Observation{Target: o.Target, Reach: audit.ReachTLS} }},
		{"certificates unreadable", false, func(o *audit.Observation) {
			for i := range o.Chains {
				o.Chains[i] = audit.Chain{Certificates: []audit.Certificate{{Error: "too large"}}}
			}
		}},
		{"empty chains", false, func(o *audit.Observation) {
			for i := range o.Chains {
				o.Chains[i] = audit.Chain{}
			}
		}},
		{"no chains", false, func(o *audit.Observation) { o.Chains = nil }},
		{"chain facts open", false, func(o *audit.Observation) {
			for i := range o.Chains {
				c := &o.Chains[i]
				c.Trust, c.Names = audit.Trust{Answer: audit.Undetermined}, audit.NameMatch{SAN: audit.Undetermined, CN: audit.Undetermined}
				c.Order, c.Complete = audit.Undetermined, audit.Undetermined
			}
		}},
		{"key unreadable", false, func(o *audit.Observation) {
			for i := range o.Chains {
				if certs := o.Chains[i].Certificates; len(certs) > 0 {
					certs[0].Key, certs[0].Signature, certs[0].SignatureHash, certs[0].X509Version = audit.Key{}, "", "", 0
				}
			}
		}},
		{"certificates not all read", false, func(o *audit.Observation) { o.ChainsAnswer = audit.Undetermined }},
		{"chains cut", false, func(o *audit.Observation) {
			for i := range o.Chains {
				o.Chains[i].Truncated = true
			}
		}},
		{"groups not all known", false, func(o *audit.Observation) {
			for i := range o.Versions {
				o.Versions[i].GroupsAnswer = audit.NotAsked
			}
		}},
		{"groups sampled only", false, func(o *audit.Observation) {
			o.Groups = nil
			for i := range o.Versions {
				o.Versions[i].GroupsAnswer = audit.NotAsked
			}
		}},
		{"handshake without a clear outcome", false, func(o *audit.Observation) { o.Handshake = &audit.Handshake{Completed: audit.Undetermined} }},
		{"groups unknown", false, func(o *audit.Observation) { o.Groups = nil }},
		{"handshake not tried", false, func(o *audit.Observation) { o.Handshake = nil }},
		{"dialogue unclear", false, func(o *audit.Observation) {
			if o.StartTLS != nil {
				o.StartTLS = &audit.StartTLS{Offered: audit.Undetermined, Accepted: audit.Undetermined}
			}
		}},
		{"legacy probe unclear", false, func(o *audit.Observation) {
			if o.Sametime != nil {
				o.Sametime = &audit.Sametime{Verdict: audit.SametimeUndetermined, Legacy: audit.Undetermined, TLS: o.Sametime.TLS}
			}
		}},
		{"preference unknown", false, func(o *audit.Observation) {
			for i := range o.Versions {
				o.Versions[i].Preference = ""
			}
		}},
		{"evidence of before extensions were recorded", false, func(o *audit.Observation) {
			for i := range o.Chains {
				for k := range o.Chains[i].Certificates {
					c := &o.Chains[i].Certificates[k]
					c.Extensions, c.PathLen, c.Policies, c.SCTTimes, c.PSSSalt = nil, nil, nil, nil, 0
				}
			}
		}},
		{"serial numbers and days unread", false, func(o *audit.Observation) {
			for i := range o.Chains {
				if len(o.Chains[i].Certificates) > 0 {
					c := &o.Chains[i].Certificates[0]
					c.Serial, c.NotBefore, c.NotAfter = "", time.Time{}, time.Time{}
				}
			}
		}},
		{"issuers unread", false, func(o *audit.Observation) {
			for i := range o.Chains {
				for k := range o.Chains[i].Certificates[min(1, len(o.Chains[i].Certificates)):] {
					o.Chains[i].Certificates[k+1] = audit.Certificate{Error: "too large"}
				}
				c := &o.Chains[i]
				c.Trust, c.Order, c.Complete = audit.Trust{Answer: audit.Undetermined}, audit.Undetermined, audit.Undetermined
			}
		}},
		{"names not looked up", false, func(o *audit.Observation) { o.MailHost, o.MailDomain = nil, nil }},
		{"look-ups without an answer", false, func(o *audit.Observation) {
			lost := func(l *audit.Lookup) { l.Outcome, l.Secure = audit.LookupTimeout, audit.Undetermined }
			if m := o.MailHost; m != nil && m.DANE != nil {
				lost(&m.DANE.Address)
				lost(&m.DANE.TLSA)
			}
			if d := o.MailDomain; d != nil {
				lost(&d.MX)
				d.Hosts, d.MTASTS, d.TLSRPT = nil, &audit.MTASTS{}, &audit.TLSRPT{}
				lost(&d.MTASTS.Record)
				lost(&d.TLSRPT.Record)
			}
		}},
		{"nobody who validates", false, func(o *audit.Observation) {
			if m := o.MailHost; m != nil && m.DANE != nil {
				m.DANE.Address.Secure, m.DANE.TLSA.Secure = audit.Undetermined, audit.Undetermined
			}
			if d := o.MailDomain; d != nil {
				d.MX.Secure = audit.Undetermined
			}
		}},
		{"records not compared", false, func(o *audit.Observation) {
			if m := o.MailHost; m != nil && m.DANE != nil {
				for i := range m.DANE.Records {
					m.DANE.Records[i].Matches = nil
				}
			}
		}},
		{"policy not fetched", false, func(o *audit.Observation) {
			if d := o.MailDomain; d != nil && d.MTASTS != nil && d.MTASTS.Fetch != nil {
				d.MTASTS.Fetch, d.MTASTS.Policy = &audit.PolicyFetch{Answer: audit.Undetermined}, nil
			}
		}},
		{"capabilities not kept", false, func(o *audit.Observation) {
			if o.StartTLS != nil {
				o.StartTLS.Capabilities = nil
			}
		}},
		{"primes unread", false, func(o *audit.Observation) {
			for i := range o.Versions {
				for k := range o.Versions[i].Suites {
					o.Versions[i].Suites[k].DHBits = 0
				}
			}
		}},
	}
	for i, v := range audit.Versions {
		list = append(list,
			loss{fmt.Sprintf("%s undetermined", v), false, func(o *audit.Observation) {
				if i < len(o.Versions) {
					o.Versions[i] = audit.VersionFact{Version: v, Answer: audit.Undetermined}
				}
			}},
			loss{fmt.Sprintf("%s not asked", v), false, func(o *audit.Observation) {
				if i < len(o.Versions) {
					o.Versions[i] = audit.VersionFact{Version: v}
				}
			}},
			loss{fmt.Sprintf("%s enumeration broke off at once", v), false, func(o *audit.Observation) {
				if i < len(o.Versions) && o.Versions[i].Answer == audit.Accepted {
					o.Versions[i].SuitesAnswer, o.Versions[i].Suites = audit.Undetermined, nil
				}
			}})
	}
	return list
}

// TestLessEvidenceNeverHelps takes every example and loses evidence: nothing
// that passed may fail for it, nothing that failed may pass or be excused, and
// with nothing learnt about TLS no verdict but unknown is fair.
func TestLessEvidenceNeverHelps(t *testing.T) {
	all := losses()
	for _, check := range checks.All {
		for _, e := range check.Examples {
			params, err := check.Params(e.Params)
			if err != nil {
				t.Fatal(err)
			}
			judge := engine.Judge{Checks: checks.All, Now: e.Now, Rules: []audit.Rule{{ID: "R", Check: check.ID, Level: e.Level, Params: params}}}
			text := encoded(t, e.Observe())
			for _, l := range all {
				o := decoded(t, text)
				l.apply(o)
				f := judge.Findings(o)[0]
				name := fmt.Sprintf("%s, %s, %s: %s (%s)", check.ID, e.Name, l.name, f.Verdict, f.Message)
				switch {
				case e.Want == audit.NotApplicable && f.Verdict == e.Want:
				case l.total && f.Verdict != audit.Unknown:
					t.Errorf("%s: nothing was learnt", name)
				case e.Want == audit.Pass && f.Verdict == audit.Fail:
					t.Errorf("%s: passed with more evidence", name)
				case (e.Want == audit.Fail || e.Want == audit.Unknown) && (f.Verdict == audit.Pass || f.Verdict == audit.NotApplicable):
					t.Errorf("%s: was %s with more evidence", name, e.Want)
				}
			}
		}
	}
}

func clone(t *testing.T, o *audit.Observation) *audit.Observation {
	t.Helper()
	return decoded(t, encoded(t, o))
}

func encoded(t *testing.T, o *audit.Observation) []byte {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decoded(t *testing.T, text []byte) *audit.Observation {
	t.Helper()
	c := new(audit.Observation)
	if err := json.Unmarshal(text, c); err != nil {
		t.Fatal(err)
	}
	return c
}
