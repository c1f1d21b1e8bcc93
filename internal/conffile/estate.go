package conffile

import (
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// Estate is all documents that belong together: those of one system of the
// inventory, or all that were named on a command line.
type Estate struct {
	// System is the name in the inventory; empty for a command line.
	System    string
	Documents []*confdoc.Document
}

// Of returns the documents of the formats named, in order.
func (e *Estate) Of(formats ...string) (list []*confdoc.Document) {
	for _, d := range e.Documents {
		for _, name := range formats {
			if d.Format.Name == name {
				list = append(list, d)
			}
		}
	}
	return list
}

// EstateRule is a demand on documents taken together, such as CON-05. Its
// findings are about the document they are to be mended in.
type EstateRule struct {
	ID, Check, Title, Doc, Detect string
	Level                         audit.Level
	Severity                      audit.Severity
	Refs                          []string
	// Text, Apply and Confidence are as in confdoc.Rule.
	Text, Apply, Confidence string
	// About lists the documents the rule judges; none if it has nothing to bite
	// on. Documents without a result of Judge pass, as far as nothing is open.
	About func(e *Estate) []*confdoc.Document
	// Judge objects. It must be pure and reads documents by their listeners and
	// settings only. Broken documents (Document.Broken) have no meaning: what
	// depends on one is undecided.
	Judge func(c *EstateCase) []EstateResult
}

// EstateCase is what an EstateRule is asked about.
type EstateCase struct {
	Estate *Estate
	// Min is the lowest protocol version the chosen policy allows.
	Min audit.Version
	Now time.Time
}

// EstateResult is one thing an EstateRule has to say about a document, one of
// those About lists.
type EstateResult struct {
	confdoc.Result
	Doc *confdoc.Document
}

// EstateRules lists the rules over several documents.
var EstateRules = concat(connectionsRules, sametimeRules)

func concat(lists ...[]*EstateRule) (all []*EstateRule) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// asRules turns what the estate rules say into rules of single documents.
func (e *Estate) asRules(demands confdoc.Demands) map[*confdoc.Document][]*confdoc.Rule {
	rules := map[*confdoc.Document][]*confdoc.Rule{}
	for _, rule := range EstateRules {
		about := rule.About(e)
		if len(about) == 0 {
			continue
		}
		said := map[*confdoc.Document][]confdoc.Result{}
		for _, r := range rule.Judge(&EstateCase{Estate: e, Min: demands.Min, Now: demands.Now}) {
			said[r.Doc] = append(said[r.Doc], r.Result)
		}
		for _, d := range about {
			rules[d] = append(rules[d], rule.of(said[d]))
		}
	}
	return rules
}

// of is the rule as it is asked of one document.
func (r *EstateRule) of(said []confdoc.Result) *confdoc.Rule {
	return &confdoc.Rule{
		ID: r.ID, Check: r.Check, Title: r.Title, Doc: r.Doc, Detect: r.Detect, Level: r.Level, Severity: r.Severity, Refs: r.Refs,
		Text: r.Text, Apply: r.Apply, Confidence: r.Confidence,
		Judge: func(*confdoc.Case) []confdoc.Result { return said },
	}
}
