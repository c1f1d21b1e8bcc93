package policy

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// member is one entry of a tier, or of a list that works like one.
type member struct {
	tier, name string
	place      audit.Place
}

// tierOf returns the entries of a list as members of a tier.
func tierOf[T interface{ self() entry }](tier string, docs []T) []member {
	var list []member
	for _, doc := range docs {
		e := doc.self()
		list = append(list, member{tier, e.name, e.at.Place()})
	}
	return list
}

// inOneTier refuses what stands in two tiers of a section, or twice in one: it
// would be good and insufficient at once.
func inOneTier(section string, list []member) error {
	first := map[string]member{}
	for _, m := range list {
		if have, ok := first[m.name]; ok {
			return &audit.InputError{Place: m.place, Cause: fmt.Sprintf("%s: %s stands under %s here, and under %s at %s", section, m.name, m.tier, have.tier, have.place),
				Hint: "keep one of the two"}
		}
		first[m.name] = m
	}
	return nil
}

// everythingElse holds the last tier to what it can say: an asterisk, with
// words behind it that document it. It is judged as a list of the other tiers,
// so that a list here would be read and not judged.
func everythingElse(n strictyaml.Node, key string) error {
	if n.IsZero() {
		return nil
	}
	if text, err := n.Text(); err == nil && (text == "*" || strings.HasPrefix(text, "* ")) {
		return nil
	}
	return n.Fault("write "+key+": '*': what no other tier lists is "+key, "a list has no place here")
}

// tierWords names the tiers that have entries: "the tiers good and phase-out".
func tierWords(good, sufficient, phaseOut int) string {
	var names []string
	for _, t := range []struct {
		name string
		n    int
	}{{"good", good}, {"sufficient", sufficient}, {"phase-out", phaseOut}} {
		if t.n > 0 {
			names = append(names, t.name)
		}
	}
	if len(names) == 1 {
		return "the tier " + names[0]
	}
	last := len(names) - 1
	return "the tiers " + strings.Join(names[:last], ", ") + " and " + names[last]
}

// withoutLevel refuses a level on entries of a list that has one force.
func withoutLevel[T interface{ self() entry }](lists ...[]T) error {
	for _, docs := range lists {
		for _, doc := range docs {
			if at := doc.self().levelAt; !at.IsZero() {
				return at.Fault("leave it off; the level of the section is that of all its entries", "an entry of this list has no level of its own")
			}
		}
	}
	return nil
}
