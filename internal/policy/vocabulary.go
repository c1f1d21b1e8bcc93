package policy

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// vocabularyText lists every check a rule may name, one on a line, sorted.
// Not every one of them exists in this program.
//
//go:embed vocabulary.txt
var vocabularyText string

var vocabulary = sync.OnceValue(func() []string { return strings.Fields(vocabularyText) })

// checkName reads the name of a check.
func checkName(n strictyaml.Node) (string, error) {
	name, err := n.Text()
	if err != nil {
		return "", err
	}
	if slices.Contains(vocabulary(), name) {
		return name, nil
	}
	hint := "docs/checks.md lists the checks"
	if near := strictyaml.Nearest(name, vocabulary()); near != "" {
		hint = "did you mean \"" + near + "\"?"
	}
	return "", n.Fault(hint, "%q is not a check", name)
}

// reasonFor says why a rule is not decided by the program.
func reasonFor(check string, l audit.Level) string {
	best := ""
	for beginning := range byHand {
		if strings.HasPrefix(check, beginning) && len(beginning) > len(best) {
			best = beginning
		}
	}
	if l == audit.Process && strings.HasPrefix(byHand[best], "no check") {
		return "a requirement on people, not on endpoints; attach the evidence"
	}
	return byHand[best]
}
