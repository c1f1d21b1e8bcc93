package scanner

import (
	"slices"

	"tlsaudit/audit"
)

// Asking is one subject a scan asks about.
type Asking struct {
	Subject string
	// At says for each of Depths what is asked from there on; empty means no
	// more than at the depth before, and before all others nothing.
	At []string
}

// Askings lists what the depths ask, the inquiries last.
func Askings() []Asking {
	list := []Asking{
		{"protocol versions", []string{"all", "", ""}},
		{"cipher suites", []string{"those that matter to the policy", "all, and who decides", ""}},
		{"key-exchange groups", []string{"of TLS 1.3, those that matter to the policy", "all of TLS 1.2 and 1.3", "all of every version"}},
		{"certificates", []string{"of every kind of key, with chain, trust and stapled status", "", ""}},
		{"full handshake", []string{"one", "", ""}},
		{"session features", []string{"", "of the newest version", "of every version"}},
	}
	for _, q := range inquiries {
		a := Asking{q.name, make([]string, len(Depths))}
		a.At[max(0, slices.Index(audit.Depths, q.depth))] = "asked"
		list = append(list, a)
	}
	return list
}
