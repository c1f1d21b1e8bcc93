package policy

import (
	"fmt"
	"slices"

	"tlsaudit/audit"
)

// expander turns the sections of a profile into demands. Rule ids are made of
// the section and key they come from, such as "protocols.forbidden".
type expander struct {
	profile string
	// find returns another profile as written, or nil.
	find func(id string) *profileDoc
	list []demand
}

// add appends a demand. The pointer is good until the next call.
func (x *expander) add(id, title, control string, l audit.Level, place audit.Place, check string, params map[string]any) *demand {
	x.list = append(x.list, demand{params: params, rule: audit.Rule{
		Profile: x.profile, ID: id, Title: title, Control: control, Level: l, Check: check, Place: &place,
	}})
	return &x.list[len(x.list)-1]
}

// sections expands all sections of the document.
func (x *expander) sections(doc *profileDoc) error {
	var err error
	each := func(key string, present bool, expand func() error) {
		if !present || err != nil {
			return
		}
		before, section := len(x.list), doc.root.Get(key)
		if err = expand(); err == nil && len(x.list) == before {
			err = section.Fault("add what is demanded, or leave the section off; docs/profiles.md says what becomes of each key", "nothing is demanded")
		}
		for i := range x.list[before:] {
			x.list[before+i].source = section
		}
	}
	each("protocols", doc.Protocols != nil, func() error { return x.protocols(doc.Protocols) })
	each("suites", doc.Suites != nil, func() error { return x.suites(doc.Suites) })
	each("groups", doc.Groups != nil, func() error { return x.groups(doc.Groups) })
	each("keys", doc.Keys != nil, func() error { return x.keys(doc.Keys) })
	each("sigalgs", doc.Sigalgs != nil, func() error { return x.sigalgs(doc.Sigalgs) })
	each("cert_sigalgs", doc.CertSigalgs != nil, func() error { return x.certSigalgs(doc.CertSigalgs) })
	each("cert_hash", doc.CertHash != nil, func() error { x.certHash(doc.CertHash); return nil })
	each("levels", len(doc.Levels) > 0, func() error { x.levels(doc.Levels); return nil })
	x.leavePrimes()
	return err
}

// levels expands the security levels of a library to rules that inform: which
// of them the endpoint would live up to.
func (x *expander) levels(docs []levelDoc) {
	for _, l := range docs {
		if l.Bits == 0 {
			continue
		}
		d := x.add(fmt.Sprintf("levels.%d", l.Level), fmt.Sprintf("Everything negotiated has the strength of security level %d, %d bits", l.Level, l.Bits),
			fmt.Sprintf("security level %d", l.Level), audit.May, l.Place, "crypto.strength.min_bits", map[string]any{"min": l.Bits})
		d.rule.Note = "the level also rules out: " + joinBounded(l.Forbids, 9)
		if len(l.Forbids) == 0 {
			d.rule.Note = ""
		}
	}
}

// withoutRepeats drops a derived demand if a written rule asks the same: the
// rule has the better name and control.
func withoutRepeats(derived, written []demand) []demand {
	return slices.DeleteFunc(derived, func(d demand) bool {
		return d.off == "" && slices.ContainsFunc(written, func(w demand) bool { return w.off == "" && w.same(&d) })
	})
}

// appendNew appends a word a list does not have yet.
func appendNew(list []string, word string) []string {
	if slices.Contains(list, word) {
		return list
	}
	return append(list, word)
}
