package report

import (
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/grade"
)

var endpointColumns = []column{
	{"Endpoint", 46, leads}, {"System", 16, text}, {"Owner", 22, text}, {"Environment", 14, text}, {"Product", 12, short}, {"Direction", 11, short},
	{"Worst verdict", 11, verdict}, {"Fail", 7, number}, {"Unknown", 10, number}, {"Warn", 7, number}, {"Waived", 8, number}, {"Pass", 7, number},
	{"Reached", 13, answer}, {"Reason", 30, text}, {"Address", 22, text},
	{"SSLv2", 13, answer}, {"SSLv3", 13, answer}, {"TLSv1.0", 13, answer}, {"TLSv1.1", 13, answer}, {"TLSv1.2", 13, answer}, {"TLSv1.3", 13, answer},
	{"Cipher suites", 9, number}, {"Groups", 26, text}, {"STARTTLS", 13, answer}, {"Sametime", 13, answer}, {"Handshake", 13, answer},
	{"Client certificate asked", 13, answer}, {"Scanned (UTC)", 17, date}, {"Depth", 10, short}, {"Connections", 12, number},
	{"Labels", 20, text}, {"Declared at", 22, text}, {"Notes", 40, text}, {"Evidence", 10, link},
}

// gradeColumns come in front of the last column, which leads to the evidence,
// where grades are asked for.
var gradeColumns = []column{{"Grade", 16, text}, {"What the grade rests on", 44, text}}

func (b *book) endpointColumns() []column {
	if !b.grades {
		return endpointColumns
	}
	return slices.Insert(slices.Clone(endpointColumns), len(endpointColumns)-1, gradeColumns...)
}

func (b *book) addEndpoint(record *audit.Record) error {
	if !record.Evidence.Endpoint() {
		return nil
	}
	o := observed(record)
	t := &o.Target
	b.asked.add(o)
	if t.Owner != "" && len(b.owners) < maxOwners {
		b.owners[t.Owner] = true
	}
	worst, numbers := worstOf(record.Findings)
	row := []any{
		b.toFindings(record), t.System, t.Owner, t.Environment, t.Product, t.Direction,
		worst, numbers[rank(audit.Fail)], numbers[rank(audit.Unknown)], numbers[rank(audit.Warn)], numbers[rank(audit.Waived)], numbers[rank(audit.Pass)],
		string(o.Reach), o.Reason, address(o),
	}
	suites := map[audit.Code]bool{}
	for _, v := range audit.Versions {
		f := o.Version(v)
		row = append(row, f.Answer.String())
		for _, s := range f.Suites {
			suites[s.ID] = true
		}
	}
	row = append(row, len(suites), lines(groups(o)))
	starttls, sametime, handshake, client := "", "", "", ""
	if o.StartTLS != nil {
		starttls = o.StartTLS.Offered.String()
	}
	if o.Sametime != nil {
		sametime = string(o.Sametime.Verdict)
	}
	if o.Handshake != nil {
		handshake, client = o.Handshake.Completed.String(), holds(o.Handshake.ClientCertificate)
	}
	row = append(row, starttls, sametime, handshake, client, o.Started, o.Depth, o.Connections, lines(t.LabelList()), placeText(nil, o), lines(o.Notes))
	if b.grades {
		g := grade.Of(o, b.report.Now)
		row = append(row, g.String(), lines(slices.Concat(g.Caps, g.Open)))
	}
	row = append(row, evidenceWord)
	if err := b.endpoints.add(row...); err != nil {
		return err
	}
	at := b.endpoints.here()
	b.homes.add(record.Evidence.Subject, at)
	return b.addEvidence(record, at)
}

// worstOf counts findings, indexed as allVerdicts, and labels the worst.
func worstOf(findings []audit.Finding) (label string, numbers [len(allVerdicts)]int) {
	for i := range findings {
		numbers[rank(findings[i].Verdict)]++
	}
	if i := slices.IndexFunc(numbers[:], func(n int) bool { return n > 0 }); i >= 0 {
		label = verdictLabel(allVerdicts[i])
	}
	return label, numbers
}

func address(o *audit.Observation) string {
	if !o.Address.IsValid() {
		return ""
	}
	return o.Address.String()
}

// groups lists each accepted key-exchange group once, in the order revealed.
func groups(o *audit.Observation) []string {
	var names []string
	for _, g := range o.Groups {
		if g.Answer == audit.Accepted && !slices.Contains(names, g.Name) {
			names = append(names, g.Name)
		}
	}
	return names
}
