package cipherstring

import (
	"fmt"
	"strings"
)

// printGnuTLS writes a selection the way gnutls-cli --list --priority does:
// suites, then the lists, or what is wrong.
func printGnuTLS(in string) string {
	sel, err := GnuTLS(in)
	switch {
	case errorIs(err, ErrSyntax):
		var fault *Error
		errorAs(err, &fault)
		return "Syntax error at: " + in[fault.Offset:]
	case err != nil:
		return "nothing"
	}
	var lines []string
	for _, s := range sel.Suites {
		lines = append(lines, s.GnuTLS)
	}
	line := func(title, prefix string, names []string) {
		list := "none"
		if len(names) > 0 {
			list = prefix + strings.Join(names, ", "+prefix)
		}
		lines = append(lines, fmt.Sprintf("%s: %s", title, list))
	}
	var groups []string
	for _, g := range sel.Groups {
		groups = append(groups, strings.ToUpper(g.Name))
	}
	line("Protocols", "VERS-", sel.Protocols)
	line("Ciphers", "", sel.Ciphers)
	line("MACs", "", sel.MACs)
	line("Key Exchange Algorithms", "", sel.KeyExchanges)
	line("Groups", "GROUP-", groups)
	line("PK-signatures", "SIGN-", sel.Signatures)
	return strings.Join(lines, "\n")
}
