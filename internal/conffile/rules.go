package conffile

import "tlsaudit/internal/confdoc"

// Rules lists every rule about configuration files, each once: those about any
// file, those of the formats, those over several documents, and the comparison
// with the wire.
func Rules() (all []*confdoc.Rule) {
	seen := map[string]bool{}
	add := func(rules ...*confdoc.Rule) {
		for _, r := range rules {
			if !seen[r.ID] {
				seen[r.ID] = true
				all = append(all, r)
			}
		}
	}
	add(confdoc.LoadRules...)
	for _, f := range Formats {
		add(f.Rules...)
	}
	for _, r := range EstateRules {
		add(r.of(nil))
	}
	add(DriftRules...)
	return all
}
