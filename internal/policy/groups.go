package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
	"tlsaudit/internal/tlsreg"
)

// groupsDoc is the section on key-exchange groups. It expands to rules on TLS
// 1.2 and 1.3, where the groups accepted can be told completely.
type groupsDoc struct {
	Place   audit.Place `yaml:",place"`
	Control string      `yaml:"control"`
	// Level is the force of an allow list; must, if left out.
	Level level `yaml:"level"`

	Allow         []groupDoc `yaml:"allow"`
	AllowTLS12    []groupDoc `yaml:"allow_tls12"`
	AllowTLS13    []groupDoc `yaml:"allow_tls13"`
	RequiredAny   []groupDoc `yaml:"required_any"`
	RequiredTLS12 []groupDoc `yaml:"required_tls12"`
	RequiredTLS13 []groupDoc `yaml:"required_tls13"`
	// Required lists what the standard is going for, Transition what it puts up
	// with until then.
	Required     []groupDoc      `yaml:"required"`
	Transition   []groupDoc      `yaml:"transition"`
	Recommended  []groupDoc      `yaml:"recommended"`
	Allowed      []groupDoc      `yaml:"allowed"`
	Forbidden    []groupDoc      `yaml:"forbidden"`
	Good         []groupDoc      `yaml:"good"`
	Sufficient   []groupDoc      `yaml:"sufficient"`
	PhaseOut     []groupDoc      `yaml:"phase_out"`
	Insufficient strictyaml.Node `yaml:"insufficient"`
	DHMinBits    int             `yaml:"dh_min_bits"`
	Note         string          `yaml:"note"`
}

// groupDoc is a key-exchange group by number and name, which must agree.
type groupDoc struct{ entry }

// UnmarshalNode implements strictyaml.Unmarshaler.
func (g *groupDoc) UnmarshalNode(n strictyaml.Node) error {
	return g.read(n, "key-exchange group", func(id string) (string, bool) {
		group, ok := tlsreg.GroupByName(id)
		return group.Name, ok
	})
}

// check refuses what would be read and not judged.
func (doc *groupsDoc) check() error {
	if err := everythingElse(doc.Insufficient, "insufficient"); err != nil {
		return err
	}
	if !doc.Insufficient.IsZero() && len(doc.Good)+len(doc.Sufficient) == 0 {
		return doc.Insufficient.Fault("list the groups that are good or sufficient", "groups: a tier insufficient, and no other")
	}
	alone := func(key, with string, list []groupDoc) error {
		if len(list) == 0 {
			return nil
		}
		return &audit.InputError{Place: doc.Place, Cause: fmt.Sprintf("groups: %s without %s, by which alone it demands nothing", key, with),
			Hint: "add " + with + ", or write the groups under allow: then no others may be accepted"}
	}
	var err error
	if doc.Insufficient.IsZero() {
		err = cmp.Or(err, alone("good", "insufficient: '*'", doc.Good), alone("sufficient", "insufficient: '*'", doc.Sufficient))
	}
	if len(doc.Forbidden) == 0 {
		err = cmp.Or(err, alone("allowed", "forbidden", doc.Allowed))
	}
	if len(doc.Required) == 0 {
		err = cmp.Or(err, alone("transition", "required", doc.Transition))
	}
	if err != nil {
		return err
	}
	if err := withoutLevel(doc.Allow, doc.AllowTLS12, doc.AllowTLS13, doc.RequiredAny, doc.RequiredTLS12, doc.RequiredTLS13, doc.Required, doc.Transition,
		doc.Recommended, doc.Allowed, doc.Forbidden, doc.Good, doc.Sufficient, doc.PhaseOut); err != nil {
		return err
	}
	return cmp.Or(inOneTier("groups", slices.Concat(tierOf("good", doc.Good), tierOf("sufficient", doc.Sufficient), tierOf("phase_out", doc.PhaseOut))),
		inOneTier("groups", slices.Concat(tierOf("recommended", doc.Recommended), tierOf("allowed", doc.Allowed), tierOf("forbidden", doc.Forbidden))),
		inOneTier("groups", slices.Concat(tierOf("required", doc.Required), tierOf("transition", doc.Transition))))
}

func (x *expander) groups(doc *groupsDoc) error {
	if err := doc.check(); err != nil {
		return err
	}
	add := func(id, title string, l audit.Level, key string, list []groupDoc, versions []any) *demand {
		d := x.add("groups."+id, title, doc.Control, l, doc.Place, "kx.tls13_groups", map[string]any{key: entries(list), "versions": versions})
		d.rule.Note = doc.Note
		return d
	}
	allow := doc.Level.or(audit.Must)
	for _, s := range []struct {
		id, title string
		level     audit.Level
		key       string
		list      []groupDoc
		versions  []any
	}{
		{"allow", "Only the groups listed are accepted", allow, "allow", doc.Allow, both},
		{"allow_tls12", "Only the groups listed are accepted at TLS 1.2", allow, "allow", doc.AllowTLS12, at12},
		{"allow_tls13", "Only the groups listed are accepted at TLS 1.3", allow, "allow", doc.AllowTLS13, at13},
		{"required_any", "One of the groups listed is accepted", audit.Must, "any", doc.RequiredAny, both},
		{"required_tls12", "The groups listed are accepted at TLS 1.2", audit.Must, "all", doc.RequiredTLS12, at12},
		{"required_tls13", "The groups listed are accepted at TLS 1.3", audit.Must, "all", doc.RequiredTLS13, at13},
		{"forbidden", "None of the groups forbidden is accepted", audit.MustNot, "deny", doc.Forbidden, both},
		{"recommended", "One of the groups recommended is accepted", audit.Should, "any", doc.Recommended, both},
		{"phase_out", "No group of the tier phase-out is accepted", audit.ShouldNot, "deny", doc.PhaseOut, both},
	} {
		if len(s.list) > 0 {
			add(s.id, s.title, s.level, s.key, s.list, s.versions)
		}
	}
	if len(doc.Required) > 0 {
		if len(doc.Transition) == 0 {
			add("required", "The groups listed are accepted", audit.Must, "all", doc.Required, at13)
		} else {
			add("required", "A group of the target state is accepted", audit.Should, "any", doc.Required, at13)
			add("transition", "Only groups of the target state, or of the transition to it, are accepted", audit.Must, "allow", slices.Concat(doc.Required, doc.Transition), both)
		}
	}
	if len(doc.Forbidden) > 0 && len(doc.Recommended)+len(doc.Allowed) > 0 {
		add("unlisted", "Only groups the standard lists are accepted", audit.Should, "allow", slices.Concat(doc.Recommended, doc.Allowed, doc.Forbidden), both)
	}
	if !doc.Insufficient.IsZero() {
		add("insufficient", "Only groups of "+tierWords(len(doc.Good), len(doc.Sufficient), len(doc.PhaseOut))+" are accepted", audit.Must, "allow", slices.Concat(doc.Good, doc.Sufficient, doc.PhaseOut), both)
		if text, _ := doc.Insufficient.Text(); strings.Contains(text, "self-generated") {
			x.add("groups.insufficient.own", "Finite-field groups are those of RFC 7919", doc.Control, audit.Must, doc.Place, "kx.tls13_groups", nil).off =
				"where a DHE suite is accepted, attach the file of Diffie-Hellman parameters: a group generated by oneself is insufficient whatever its size"
		}
	}
	if doc.DHMinBits > 0 {
		x.add("groups.dh", fmt.Sprintf("Finite-field Diffie-Hellman has %d bits or more", doc.DHMinBits), doc.Control, audit.Must, doc.Place, "kx.dh.min_bits", map[string]any{"min": doc.DHMinBits})
	}
	return nil
}

// weakCurves lists the elliptic-curve groups weaker than a curve of so many
// bits. Standards give sizes in rounded figures: x25519 has a field of 255 bits
// and is what they mean by 256.
func weakCurves(bits int) []any {
	var list []any
	for _, g := range tlsreg.Groups() {
		if strings.HasPrefix(g.Kind, "ec-") && g.Bits > 0 && g.Bits < bits && g.StrengthBits < bits/2 {
			list = append(list, g.Name)
		}
	}
	return list
}

// smallestCurve returns the size of the smallest curve listed, or 0.
func smallestCurve(docs []groupDoc) int {
	least := 0
	for _, d := range docs {
		if g, ok := tlsreg.GroupByName(d.name); ok && g.Bits > 0 && (least == 0 || g.Bits < least) {
			least = g.Bits
		}
	}
	return least
}
