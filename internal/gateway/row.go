package gateway

import (
	"fmt"
	"strings"
	"unicode"

	"tlsaudit/audit"
)

// The directions of the table, as audit.Target.Direction writes them.
const (
	Outbound = "outbound"
	Inbound  = "inbound"
)

// Level is what a row demands, in the word of the gateway. Those of other mail
// servers without an exact equivalent have words of their own.
type Level string

// The levels.
const (
	// None: TLS is not even tried, or refused.
	None Level = "none"
	// Opportunistic: TLS if the peer offers it, clear text otherwise.
	Opportunistic Level = "opportunistic"
	Encrypt       Level = "encrypt"
	EncryptCN     Level = "encrypt+cn"
	Verify        Level = "verify"
	VerifyCN      Level = "verify+cn"
	// DANEOnly: the certificate is the one the peer's TLSA records name; no
	// delivery without them.
	DANEOnly Level = "dane-only"
	// Fingerprint: the certificate is one of a list.
	Fingerprint Level = "fingerprint"
)

// Levels are the four levels of the gateway's own table.
var Levels = []string{string(Encrypt), string(EncryptCN), string(Verify), string(VerifyCN)}

// Encrypts reports whether mail is held back rather than sent in clear.
func (l Level) Encrypts() bool { return l != None && l != Opportunistic && l != "" }

// Chain and CN report the two demands on the certificate, which are independent
// of each other: a trusted chain, and a certificate that names the host.
// Encrypt+CN is not a stage between Encrypt and Verify.
func (l Level) Chain() bool { return l == Verify || l == VerifyCN }

// CN reports whether the certificate has to name the host.
func (l Level) CN() bool { return l == EncryptCN || l == VerifyCN }

// levelOf returns the level with these demands.
func levelOf(chain, cn bool) Level {
	switch {
	case chain && cn:
		return VerifyCN
	case chain:
		return Verify
	case cn:
		return EncryptCN
	}
	return Encrypt
}

// Row is one entry of the table.
type Row struct {
	Name string
	// Priority orders the rows of one direction: the lowest that matches wins.
	Priority  int
	Direction string
	// Source counts the files a table was put together from: rows of an
	// earlier one are looked up first.
	Source int
	// Ruleset is the table of the product the row is looked up in, where it has
	// several and asks all of them (Sendmail); in each the first match counts.
	Ruleset string
	// Level is as configured; see Table.Effective for what the gateway makes
	// of it.
	Level Level
	// MinBits is the least strength of the bulk cipher the row demands: 128
	// for medium, more for high. 0 if the file does not say.
	MinBits int
	// Names are the names the certificate may carry, where these are not the
	// host's own.
	Names []string
	Match Match
	// Product is where the row comes from, such as "Postfix".
	Product string
	// Note says in words what the fields cannot.
	Note string
	// WeakName is set where the name compared is itself taken from an answer
	// of the DNS that nobody signed.
	WeakName bool
	// Undecided says why the file does not tell what the row demands, or of
	// whom. Such a row demands only what its fields say and passes nothing.
	Undecided string
	// Disabled rows are shown but govern nobody.
	Disabled bool
	Place    audit.Place
}

// Strength returns "medium" or "high"; "" where the row does not say, or allows
// less.
func (r *Row) Strength() string {
	switch {
	case r.MinBits > 128:
		return "high"
	case r.MinBits == 128:
		return "medium"
	}
	return ""
}

// demands writes level and strength as one word, such as "verify+cn/high".
func demands(l Level, strength string) string {
	if strength == "" || !l.Encrypts() {
		return string(l)
	}
	return string(l) + "/" + strength
}

// String describes the row on one line.
func (r Row) String() string {
	s := fmt.Sprintf("%s %d %q: %s", r.Direction, r.Priority, r.Name, r.Level)
	if strength := r.Strength(); strength != "" && r.Level.Encrypts() {
		s += ", " + strength
	}
	s += ", for " + r.Match.String()
	if r.Disabled {
		s += " (disabled)"
	}
	if r.Undecided != "" {
		s += " (not decided: " + r.Undecided + ")"
	}
	return s
}

// safeName makes a part of a subject of a name that comes from a file: one
// line, without what a glob would read as a sign.
func safeName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f || strings.ContainsRune(`*?[]{}\#/:"'<>|`+"`", r):
			return '_'
		case r >= 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r):
			return '_'
		}
		return r
	}, strings.TrimSpace(s))
	if runes := []rune(s); len(runes) > 80 {
		s = string(runes[:80])
	}
	return s
}
