package domino

import (
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Format is notes.ini.
var Format = &confdoc.Format{
	Name:      "notes-ini",
	Aliases:   []string{"domino", "notes.ini"},
	Title:     "HCL Domino notes.ini",
	Product:   "domino",
	Names:     []string{"notes.*", "notes*.ini", "notes*.ini.*"},
	Sniff:     sniff,
	Read:      read,
	Rules:     rules,
	Establish: establish,
	Apply:     "restart task http (and smtp, imap, pop3, ldap), or restart the server",
	Verify:    "show config SSL_DISABLE_TLS_10 at the server console, then probe every port with TLS",
	Rollback:  "put the former lines of notes.ini back, or set config NAME=VALUE at the console, and restart the tasks",
}

// sniffed is how much of a file is looked at to tell what it is.
const sniffed = 64 << 10

// own are names that only notes.ini has, in lower case.
var own = []string{"notesprogram", "servertasks", "kittype", "keyfilename", "sslcipherspec", "disable_sslv3", "ssl_disable_tls_10", "ssl_disable_tls_11", "ssl_enable_tls_10"}

func sniff(f *conftree.File) int {
	text := strings.ToLower(f.Text[:min(len(f.Text), sniffed)])
	score := 0
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.Trim(line, " \t\x00\ufeff")
		if line == "[notes]" {
			score += 70
		}
		key, _, found := strings.Cut(line, "=")
		key = strings.TrimSpace(strings.TrimLeft(key, "; \t"))
		for _, name := range own {
			if found && key == name {
				score += 20
			}
		}
	}
	return min(score, 100)
}
