package main

import (
	"strings"

	"tlsaudit/scanner"
)

// depthHelp says for each depth what it asks, or asks more than the one before.
func depthHelp() string {
	var b strings.Builder
	p := &page{w: &b, width: 80}
	for i, depth := range scanner.Depths {
		var parts []string
		for _, a := range scanner.Askings() {
			switch what := a.At[i]; what {
			case "":
			case "asked":
				parts = append(parts, a.Subject)
			default:
				parts = append(parts, a.Subject+": "+what)
			}
		}
		text := strings.Join(parts, "; ")
		if i > 0 {
			text = "besides, " + text
		}
		p.entry(2, 12, depth, text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
