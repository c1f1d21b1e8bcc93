package report

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// fullReport is zooReport with everything a policy can add to a report: rows of
// a gateway's table, waivers in every state, a baseline, conflicts, what-if. In
// each text that people write stands hostile text somewhere.
func fullReport() *audit.Report {
	r := zooReport()
	z := r.Records.(zoo)
	for _, rec := range z {
		for i := range rec.Findings {
			f := &rec.Findings[i]
			f.Fingerprint = audit.FindingFingerprint(f.Profile, f.Rule, f.Subject)
			switch f.Verdict {
			case audit.Fail, audit.Warn:
				f.Status = "known"
			case audit.Waived:
				f.Message = "legacy Virtual Places connections are accepted beside TLS"
				f.Waiver = &audit.WaiverRef{ID: "old-clients", Was: audit.Fail, Expires: endOf(41), Reason: "old clients are replaced in January", Owner: "chat team", ApprovedBy: "CISO", Ticket: "CHG-4711"}
			}
		}
		rec.WhatIf = zooWhatIf(rec.Evidence.Subject)
	}
	legacy := z[0].Findings
	legacy[0].Status, legacy[0].Confidence = "new", "medium"
	legacy[1].Waiver = &audit.WaiverRef{ID: "renewal", Was: audit.Fail, Expired: true, Expires: endOf(-20), Reason: "the new certificate was ordered"}
	evil := &z[len(z)-1].Findings[0]
	evil.Status, evil.Confidence = "new", "low"
	evil.Waiver = &audit.WaiverRef{ID: hostileText, Was: audit.Fail, Expired: true, Expires: endOf(-1), Reason: hostileText, Owner: hostileText, ApprovedBy: hostileText, Ticket: hostileText}
	r.Records = append(z, zooRows()...)

	r.Summary = summarise(r.Records)
	r.Unautomated = append(r.Unautomated,
		audit.Unautomated{Profile: "mozilla-intermediate-6.0", Rule: "ocsp-stapling", Control: "OCSP", Check: "tls.ocsp.stapled", Level: audit.Should, Reason: "the CA has no OCSP responder any more", Disabled: true},
		audit.Unautomated{Profile: "gateway", Rule: "key-storage", Control: hostileText, Check: "process", Level: audit.Must, Reason: "show where the key is kept; attach the record of the HSM: " + hostileText, Confidence: "low"})
	r.Conflicts = []audit.Conflict{
		{A: "mozilla-intermediate-6.0/tls12", B: "gateway/tls13-only", Subject: "TLSv1.2", Text: "mozilla-intermediate-6.0/tls12 demands TLSv1.2, gateway/tls13-only forbids it", From: day(42).In(time.FixedZone("UTC-9", -9*3600))},
		{A: "gateway/" + hostileText, B: "mozilla-intermediate-6.0/suites", Subject: hostileText, Text: hostileText},
	}
	r.Waivers = zooWaivers()
	r.WaiverFiles = []audit.FileRef{{File: "waivers.yaml", SHA256: strings.Repeat("7b", 32)}}
	r.Stopped, r.Incomplete = true, "stopped after 8 endpoints: interrupted"
	r.Baseline = &audit.BaselineRef{File: "2026-10/report.json", SHA256: "5e" + r.Policies[0].SHA256[2:], Generated: zooNow.AddDate(0, -1, 0).In(time.FixedZone("UTC-9", -9*3600)), New: 2, Known: 6, Gone: 3,
		NewBySeverity: map[string]int{"critical": 1, "low": 1}}
	r.Impact = zooImpact()
	return r
}

// endOf is the last second of a day in UTC, as waivers end, told in the time of
// another zone: reports speak UTC whoever reads the waivers.
func endOf(days int) time.Time {
	return day(days + 1).Add(-time.Second).In(time.FixedZone("UTC+9", 9*3600))
}

func zooWaivers() []audit.WaiverStatus {
	place := func(line int) *audit.Place { return &audit.Place{File: "waivers.yaml", Line: line, Col: 5} }
	return []audit.WaiverStatus{
		{WaiverRef: audit.WaiverRef{ID: "old-clients", Expires: endOf(41), Reason: "old clients are replaced in January", Owner: "chat team", ApprovedBy: "CISO", Ticket: "CHG-4711"},
			State: audit.WaiverActive, Rule: "gateway/sametime-tls-only", Target: "sametime://chat.example.com:1533", Created: day(-30), Findings: 1, Place: place(4)},
		{WaiverRef: audit.WaiverRef{ID: "dh-2048", Expires: endOf(6), Reason: "the appliance gets its update this week", Owner: "mail team"},
			State: audit.WaiverExpiring, Check: "tls.suites.dh_bits", Target: "smtps://*.example.com:*", Created: day(-80), Findings: 2, Notes: []string{"6 days are left", "the target covers 3 endpoints"}, Place: place(14)},
		{WaiverRef: audit.WaiverRef{ID: "renewal", Expired: true, Expires: endOf(-20), Reason: "the new certificate was ordered"},
			State: audit.WaiverExpired, Rule: "mozilla-intermediate-6.0/cert-validity", Target: "https://legacy.example.com:443", Created: day(-50), Findings: 1, Place: place(24)},
		{WaiverRef: audit.WaiverRef{ID: "typo", Expires: endOf(100), Reason: "moved to another host"},
			State: audit.WaiverUnused, Fingerprint: audit.FindingFingerprint("a", "b", "c"), Target: "https://gone.example.com:443", Created: day(-3), Notes: []string{"matches no finding"}, Place: place(34)},
		{WaiverRef: audit.WaiverRef{ID: hostileText, Expired: true, Expires: endOf(-1), Reason: hostileText, Owner: hostileText, ApprovedBy: hostileText, Ticket: hostileText},
			State: audit.WaiverExpired, Rule: hostileText, Check: hostileText, Target: hostileText, Fingerprint: hostileText, Created: day(-9), Findings: 1, Notes: []string{hostileText}, Place: place(44)},
	}
}

// zooRows are two rows of a gateway's table with the findings about them.
func zooRows() zoo {
	place := &audit.Place{File: "enforced-tls.csv", Line: 3, Col: 1}
	partners := &audit.Record{Evidence: audit.Evidence{Subject: "gateway:edge/outbound/10:partners", Connection: &audit.Connection{Direction: "outbound", Priority: 10, Name: "partners",
		Security: "verify+cn", Effective: "encrypt+cn", Strength: "medium", Match: "domain group Partners: partner.example.org, bank.example.org", Source: "csv", Place: place}}}
	row := func(rec *audit.Record, v audit.Verdict, s audit.Severity, rule, message string, remedy *audit.Remedy) {
		f := audit.Finding{Rule: rule, Control: rule, Profile: "gateway", Check: "gateway." + rule, Subject: rec.Evidence.Subject, Level: audit.Must, Verdict: v, Severity: s,
			Message: message, Place: rec.Evidence.Connection.Place, Remedy: remedy, Fingerprint: audit.FindingFingerprint("gateway", rule, rec.Evidence.Subject), Confidence: "high"}
		if v == audit.Fail || v == audit.Warn {
			f.Status = "known"
		}
		rec.Findings = append(rec.Findings, f)
	}
	row(partners, audit.Fail, audit.High, "FP-01", "verify+cn is configured, encrypt+cn is in effect: hybrid deployments lost the check of the chain on 2026-05-18",
		&audit.Remedy{Product: "forcepoint", Text: "Settings > Inbound/Outbound > Enforced TLS Connections: edit the entry, choose Encrypt+CN", Confidence: "documented"})
	row(partners, audit.Warn, audit.Medium, "FP-04", "medium lets 128-bit keys through", nil)
	row(partners, audit.Pass, audit.Medium, "FP-05", "no earlier row hides it", nil)

	evil := &audit.Record{Evidence: audit.Evidence{Subject: "gateway:edge/inbound/20:evil", Connection: &audit.Connection{Direction: "inbound", Priority: 20, Name: hostileText,
		Security: "verify", Strength: "high", Match: hostileText, Source: hostileText, Place: &audit.Place{File: hostileText + ".csv", Line: 4}}}}
	row(evil, audit.Unknown, audit.High, "FP-03", "inbound rows allow encrypt only; collect the table again: "+hostileText, nil)
	return zoo{partners, evil}
}

// zooWhatIf answers for the two peers that speak SMTP; nil for all others.
func zooWhatIf(subject string) *audit.WhatIf {
	answers := map[string]string{"smtp://mx.partner.example.org:25": "pp" + "pp" + "fu" + "fu", "smtps://mail.example.com:465": "pf" + "pf" + "pf" + "pf"}[subject]
	if answers == "" {
		return nil
	}
	w := &audit.WhatIf{Direction: "outbound", Row: "partners", RowSubject: "gateway:edge/outbound/10:partners", Demands: "encrypt+cn/medium", Highest: []string{"encrypt+cn/high"}}
	if subject[:5] == "smtps" {
		w.Row, w.RowSubject, w.Demands, w.Highest = "", "", "", []string{"verify+cn/medium"}
	}
	for i, level := range audit.WhatIfLevels {
		for k, strength := range audit.WhatIfStrengths {
			c := audit.WhatIfCell{Level: level, Strength: strength}
			switch answers[2*i+k] {
			case 'p':
				c.Verdict = audit.Pass
			case 'f':
				c.Verdict, c.Why = audit.Fail, "chain: signed by unknown authority"
				if subject[:5] == "smtps" {
					c.Why = "strength: only suites of 128 bits are accepted"
				}
			default:
				c.Why = "chain not decided: " + hostileText
			}
			w.Cells = append(w.Cells, c)
		}
	}
	return w
}

func zooImpact() []audit.RowImpact {
	impact := func(row, subject string, peers int, broken []string, unknown []string) audit.RowImpact {
		i := audit.RowImpact{Row: row, RowSubject: subject, Direction: "outbound", Demands: "encrypt+cn/medium", Peers: peers}
		for _, level := range audit.WhatIfLevels {
			for _, strength := range audit.WhatIfStrengths {
				b := audit.RowBreak{Level: level, Strength: strength}
				if level[:1] == "v" {
					b.Breaks, b.BreaksNamed, b.Unknown, b.UnknownNamed = len(broken), broken, len(unknown), unknown
				}
				i.Cells = append(i.Cells, b)
			}
		}
		return i
	}
	many := impact("all others", "gateway:edge/outbound/99:all-others", 4000, nil, nil)
	many.Cells[7].Breaks, many.Cells[7].BreaksNamed = 37, slices.Repeat([]string{"smtp://mx.other.example.net:25: chain: signed by unknown authority"}, audit.MaxNamed)
	return []audit.RowImpact{
		impact("partners", "gateway:edge/outbound/10:partners", 2, []string{"smtp://mx.partner.example.org:25: chain: signed by unknown authority"}, []string{"smtp://mx.bank.example.org:25: not reached: connection refused"}),
		many,
		impact(hostileText, "gateway:edge/outbound/20:evil", 1, []string{"smtp://" + hostileText + ": " + hostileText}, []string{hostileText}),
		impact("nobody", "gateway:edge/outbound/30:nobody", 0, nil, nil),
		{Row: "bank", RowSubject: "gateway:edge/outbound/1:bank", Direction: "outbound", Demands: "verify+cn/high", Peers: 3, Cells: []audit.RowBreak{}},
	}
}

// manyPeers are n endpoints under the given profiles, for the shapes of tables.
func manyPeers(n int, profiles ...string) *audit.Report {
	r := &audit.Report{Schema: audit.SchemaV1, Tool: audit.Tool{Name: "tlsaudit", Version: "1.0.0"}, Now: zooNow, Generated: zooNow, Complete: true}
	z := make(zoo, n)
	for i := range z {
		t := audit.Target{Protocol: "smtp", Host: "mx" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + ".example.org", Port: 25}
		rec := &audit.Record{Evidence: audit.Evidence{Subject: t.Subject(), Observed: &audit.Observation{Target: t, Reach: audit.ReachTLS, Address: netip.MustParseAddrPort("192.0.2.7:25")}}}
		for k, p := range profiles {
			if v := []audit.Verdict{audit.Pass, audit.Fail, audit.Unknown, audit.Warn}[(i+k)%4]; i%5 != 4 || k > 0 {
				add(rec, v, audit.High, p, "tls1", "1", "TLSv1.0", nil)
			}
		}
		slices.SortFunc(rec.Findings, func(a, b audit.Finding) int { return a.Compare(&b) })
		z[i] = rec
	}
	r.Records = z
	r.Summary = summarise(z)
	return r
}
