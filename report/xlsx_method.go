package report

import (
	"fmt"

	"tlsaudit/audit"
)

const methodName = "Method"

var methodWidths = []float64{30, 30, 30, 50}

// writeMethod fills the last sheet: what the words of the others mean, and what
// they do not say.
func (b *book) writeMethod() error {
	p, err := b.openPaper(methodName, true, methodWidths...)
	if err != nil {
		return err
	}
	p.banner(b.styles.title, 38, "How this audit was done")

	p.section("Procedure")
	for _, step := range procedure {
		p.prose(step[0], step[1])
	}

	p.section("Verdicts")
	first := p.row + 1
	for _, v := range allVerdicts {
		p.prose(verdictLabel(v), meaning[v])
	}
	p.colour("A", first, p.row)
	p.prose("Worst verdict", "of several findings the first in this order: "+verdictOrder()+".")
	p.prose("Severity", "critical, high, medium, low or info: what is at stake if the rule is broken. A finding that passes has the severity it would have.")

	p.section("Answers")
	for _, a := range []struct {
		word    string
		meaning string
	}{
		{audit.Accepted.String(), "the peer did what was asked of it"},
		{audit.Refused.String(), "the peer declined, and was shown to be alive and answering at that time"},
		{audit.Latent.String(), "the configuration allows it, but the library of the peer does not carry it out today; a change elsewhere makes it real"},
		{audit.Undetermined.String(), "it was asked, and no answer can be relied upon: a timeout, a reset, throttling"},
		{audit.NotAsked.String(), "the question was never put; that is neither yes nor no"},
	} {
		p.prose(a.word, a.meaning)
	}

	p.section("Score")
	p.prose("Formula", scoreFormula)
	p.prose("Denominator", "all findings but N/A, so that an endpoint that does not answer lowers the score and never raises it. A waiver does not raise it either.")
	p.prose("Systems", "A system is what the inventory calls so. Endpoints without one, configuration files and rows of the gateway table are listed as "+unnamedSystem+".")
	p.prose("Families", "Each rule belongs to the family of the check that decides it; the sheet Controls names both, and the control of the standard.")

	p.section("What was not asked, or not answered")
	p.prose("Depth", depths(&b.asked)+". The depth bounds what is asked; a rule that needs more is UNKNOWN, never PASS.")
	p.line(b.styles.head, "Question", "Not asked, endpoints", "No reliable answer, endpoints", nil)
	none := true
	for _, q := range questions {
		if g := b.asked.open[q]; g != nil {
			none = false
			p.line(b.styles.wrapped, q, g.notAsked, g.undetermined, nil)
		}
	}
	if none {
		p.line(b.styles.wrapped, "none", nil, nil, nil)
	}

	p.section("Limits")
	for i, limit := range limits {
		p.prose(fmt.Sprint(i+1), limit)
	}
	return p.close()
}

// verdictOrder names the verdicts, the worst first.
func verdictOrder() string {
	text := ""
	for i, v := range allVerdicts {
		if i > 0 {
			text += ", "
		}
		text += verdictLabel(v)
	}
	return text
}

var procedure = [][2]string{
	{"Observe", "Each endpoint is spoken to in its own protocol and offered one version, suite or group after another. What it answers is kept as an observation: facts, without a judgement."},
	{"Read", "Configuration files, where given, are read as their products read them. What they allow is told in the same words as what is observed, each fact with its line. Secrets are left out."},
	{"Judge", "Each rule of the profiles is held against the facts. A rule passes only if all it needs to know was obtained; otherwise it is UNKNOWN, with the reason."},
	{"Except", "A waiver accepts a broken rule for a time. The finding stays visible with the verdict it would have, and returns when the waiver expires."},
	{"Repeat", "The same observations, policies and time of judgement give the same report, byte for byte. The hashes on the cover identify the policies and files."},
}

var limits = []string{
	"An endpoint is seen from one place and at one time, both on the cover. Another network, another back end behind the same address or another day may answer otherwise.",
	"What is accepted is proven by an exchange. What is refused was refused to this client; lists of suites and groups are complete only where the sheets say so.",
	"Revocation is judged from what the endpoint staples; no responder and no list is fetched. Trust is judged against the anchors named beside each chain.",
	"Rules that demand something of people or processes are listed under Not automated. They are not part of the score.",
	"Text from peers and files is shown with invisible characters as escapes, and cut with a mark where it is very long. All times are UTC.",
	"A list longer than a sheet goes on in the next, which has its number. Links lead to the first 65,529 subjects.",
}
