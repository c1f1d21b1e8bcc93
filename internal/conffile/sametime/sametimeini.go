package sametime

import (
	"regexp"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// How changes of servers take effect.
const (
	applyServer    = "docker compose up -d (Kubernetes: helm upgrade, then scale community and mux to 0 and back; sametime.ini: restart the multiplexer and the community server)"
	verifyServer   = "Probe port 1533: a Virtual Places handshake must not be answered, and a TLS handshake must (tlsaudit audit sametime://HOST). docker compose config shows what the containers get."
	rollbackServer = "Put the saved file back and apply it the same way."
)

// INI is sametime.ini, up to version 11 in the data folder of Domino.
var INI = &confdoc.Format{
	Name: "sametime-ini", Title: "HCL Sametime server (sametime.ini)", Product: "sametime",
	Names: []string{"sametime*.ini*", "sametime.*"},
	Sniff: func(f *conftree.File) int { return matches(f, iniSection, 20) + matches(f, iniKeys, 60) },
	Read: func(_ *confdoc.Reader, f *conftree.File) *confdoc.Document {
		d := &confdoc.Document{Files: []*conftree.File{f}}
		if damaged(d, f) {
			return d
		}
		p := readINI(d, f)
		d.Syntax = &source{params: []*params{p}}
		listeners(d, p, f, &mux)
		return d
	},
	Rules: rulesOfServers, Establish: establish,
	Apply:  "Restart the Sametime multiplexer (VPMX) and the community server; without " + noUpdate + "=1 the central configuration may win over the file.",
	Verify: verifyServer, Rollback: rollbackServer,
}

var (
	iniSection = regexp.MustCompile(`(?m)^[\x{FEFF} \t]*\[(Config|Connectivity|Debug|ST_BB_NAMES)\]`)
	iniKeys    = regexp.MustCompile(`(?m)^[;# \t]*(VPS_(TLS_)?PORT|VPMX_[A-Z_]+|ST(MUX|SRV|LDAP|SAML)?_TLS_[A-Z_]+|VP_SECURITY_LEVEL|ST_MINIMAL_CLIENT_VERSION)[ \t]*=`)
)

// sniffed is how much of a file is looked at to know it.
const sniffed = 64 << 10

// matches returns points if an expression is found where the file begins.
func matches(f *conftree.File, re *regexp.Regexp, points int) int {
	if re.MatchString(f.Text[:min(len(f.Text), 2*sniffed)]) {
		return points
	}
	return 0
}
