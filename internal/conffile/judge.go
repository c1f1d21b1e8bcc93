package conffile

import (
	"cmp"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// Judge holds documents against the rules of their products, and against the
// chosen standards.
type Judge struct {
	confdoc.Demands
	// Standards, when set, judges one listener by the chosen standards.
	Standards func(subject string, d *audit.Declared) []Demanded
	// Prove says whether changes are written and proven; it costs a second
	// reading for each.
	Prove bool
}

// Demanded is a finding of a standard with the posture that would mend it.
type Demanded struct {
	Finding audit.Finding
	Want    *audit.Want
}

// judged is what is said about one subject, with what would mend it by the
// index of the finding: edits, or the posture they have to bring about.
type judged struct {
	subject  string
	listener *confdoc.Listener
	findings []audit.Finding
	fixes    map[int]confdoc.Fix
	wants    map[int]audit.Want
}

// fixable reports whether anything is known that would mend a finding.
func (s *judged) fixable(at int) bool {
	_, fix := s.fixes[at]
	_, want := s.wants[at]
	return fix || want
}

// fix returns what would mend a finding. To write the edits takes a look at the
// whole document, so they are not written before somebody asks.
func (s *judged) fix(d *confdoc.Document, at int) confdoc.Fix {
	if want, ok := s.wants[at]; ok {
		s.fixes[at] = establish(d, s.listener, want)
		delete(s.wants, at)
	}
	return s.fixes[at]
}

// subjects judges one document: its own rules, those of the estate, and the
// standards.
func (j *Judge) subjects(d *confdoc.Document, estate []*confdoc.Rule) []judged {
	base := confdoc.Judge(d, j.Demands)
	for _, rule := range estate {
		base[0].Ask(rule, &confdoc.Case{Doc: d, Min: j.Min, Now: j.Now})
	}
	list := make([]judged, len(base))
	for i := range base {
		b := &base[i]
		list[i] = judged{b.Subject, b.Listener, b.Findings, b.Fixes, map[int]audit.Want{}}
		if b.Listener != nil && j.Standards != nil {
			list[i].hold(d, j.Standards(b.Subject, &b.Listener.Declared))
		}
	}
	return list
}

// hold adds the findings of standards.
func (s *judged) hold(d *confdoc.Document, demanded []Demanded) {
	doubt, place := d.Doubt()
	if broken := d.Broken(); broken != nil {
		doubt, place = broken.Message, broken.Place
	}
	for _, one := range demanded {
		f := one.Finding
		if f.Verdict == audit.Pass && doubt != "" {
			f.Verdict, f.Message, f.Place = audit.Unknown, "not judged: "+doubt, &place
		}
		if one.Want != nil && d.Format.Establish != nil && (f.Verdict == audit.Fail || f.Verdict == audit.Warn) {
			s.wants[len(s.findings)] = *one.Want
		}
		s.findings = append(s.findings, f)
	}
}

// establish asks the format for edits; a defect in it leaves none.
func establish(d *confdoc.Document, l *confdoc.Listener, want audit.Want) (fix confdoc.Fix) {
	defer func() {
		if recover() != nil {
			fix = confdoc.Fix{None: "internal error while writing the change"}
		}
	}()
	edits, err := d.Format.Establish(d, l, want)
	switch {
	case err != nil:
		return confdoc.Fix{None: err.Error()}
	case len(edits) == 0:
		return confdoc.Fix{None: "no line of the file brings this about"}
	}
	return confdoc.Fix{Edits: edits}
}

// Records judges all documents of an estate: one record for each document, one
// for each of its listeners, and the rows of gateway tables.
func (j *Judge) Records(documents []*Document, system string) (records []audit.Record) {
	estate := estateOf(documents, system)
	rules := estate.asRules(j.Demands)
	for _, d := range documents {
		subjects := j.subjects(d.Document, rules[d.Document])
		if j.Prove {
			j.prove(d, estate, subjects)
		}
		for i := range subjects {
			records = append(records, subjects[i].record(d.Document))
		}
		records = append(records, rows(d.Document, j.Now)...)
	}
	return records
}

// record writes what is said about a subject. The document's own has what
// belongs to no listener.
func (s *judged) record(d *confdoc.Document) audit.Record {
	r := audit.Record{Evidence: audit.Evidence{Subject: s.subject}, Findings: s.findings}
	switch {
	case s.listener != nil:
		r.Evidence.Declared = []audit.Declared{s.listener.Declared}
	default:
		whole := audit.Declared{
			File: d.Main().Name, Format: d.Format.Name, Product: cmp.Or(d.Format.Product, "generic"), Role: audit.RoleServer, Settings: d.Settings,
			Posture: audit.Posture{Versions: []audit.VersionFact{}, Groups: []audit.GroupFact{}, Chains: []audit.Chain{}},
		}
		if whole.Settings == nil {
			whole.Settings = []audit.Setting{}
		}
		for _, g := range d.Gaps {
			whole.Gaps = append(whole.Gaps, g.Place.String()+": "+g.Message)
		}
		r.Evidence.Declared = []audit.Declared{whole}
	}
	slices.SortStableFunc(r.Findings, func(a, b audit.Finding) int { return a.Compare(&b) })
	return r
}
