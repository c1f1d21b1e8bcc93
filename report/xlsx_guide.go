package report

// guide lists the sheets there are, each with a link to it.
func (p *paper) guide() {
	p.section("What the sheets hold")
	for _, sheet := range p.tabs {
		if sheet.started() {
			p.entry(sheet.name)
		}
	}
	if !p.whatIf {
		p.entry(methodName)
	}
}

// entry is a line of the guide.
func (p *paper) entry(sheet string) {
	cells := []any{styled(p.styles.leads, sheet), styled(p.styles.value, guide[sheet])}
	for len(cells) < len(p.widths) {
		cells = append(cells, styled(p.styles.value, nil))
	}
	p.cells(0, cells...)
	p.merge("B", letters(len(p.widths))[len(p.widths)-1])
	p.to("A", cellIn(sheet, "A", 1))
}

// guide is the legend of the sheets.
var guide = map[string]string{
	"Scorecard":        "every system under every profile and in every control family: the worst verdict, and its score",
	"Matrix":           "every endpoint under every profile: the worst verdict",
	"Findings":         "everything that fails, warns, is waived or could not be decided; the worst endpoint first",
	"Remediation":      "each distinct repair once, with the endpoints it is for; columns to plan it",
	"Config files":     "configuration files and the listeners they declare: what they allow, what is wrong with them, and the patch",
	"Drift":            "what files declare held against what was observed",
	"Gateway":          "the rows of the gateway's table: what they demand, what is in effect, what is wrong with them, and the peers they govern",
	"What-if":          "what every mail peer satisfies today, for each level and strength a row can demand",
	"Row impact":       "for each row, whose mail would queue if it demanded more, and why",
	"Changes":          "what became of findings and endpoints since the earlier report",
	"Waivers":          "every exception, what became of it, and until when it holds",
	"Conflicts":        "where the chosen profiles contradict each other",
	"Endpoints":        "one row per endpoint: what was seen, version by version",
	"Cipher inventory": "each protocol version and cipher suite in use, and where; columns for its purpose and review (PCI DSS 12.3.3)",
	"Ciphers":          "each cipher suite accepted, endpoint by endpoint, in which version, at which strength",
	"Certificates":     "each certificate as presented, with its validity in UTC; columns for its purpose and review (PCI DSS 4.2.1.1)",
	"Calendar":         "how many certificates end in which month, and whose",
	"Controls":         "every rule: the control it stands for, the check that decides it, and how it came out",
	"Inconclusive":     "endpoints about which something stayed unknown, and why",
	"Evidence":         "what each endpoint was asked, and the exchange that answered it",
	"Passed":           "rules that hold or do not apply, as evidence",
	"Not automated":    "rules a person has to judge, with the evidence to attach, and rules the policy switched off",
	"Lists":            "what the drop-downs of the other sheets offer",
	methodName:         "how it was done: definitions, verdicts, score, limits, and what was not asked",
}
