package liberty

import (
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Format is server.xml of Liberty.
var Format = &confdoc.Format{
	Name:      "liberty",
	Aliases:   []string{"open-liberty", "wlp"},
	Title:     "WebSphere Liberty and Open Liberty server.xml",
	Product:   "websphere",
	Names:     []string{"server.xml", "server.xml.*", "server.*.xml", "server-*.xml"},
	Sniff:     sniff,
	Read:      read,
	Rules:     rules,
	Establish: establish,
	Apply:     "none: Liberty takes the change up while it runs, unless <config updateTrigger=\"disabled\"/>; then server stop NAME && server start NAME",
	Verify:    "look for CWWKO0219I with the port, and for CWPKI and CWWKG messages, in messages.log; then probe the port",
	Rollback:  "put the former file back; Liberty takes it up in the same way",
}

// sniffed is how much of a file is looked at to tell what it is.
const sniffed = 64 << 10

func sniff(f *conftree.File) int {
	text := f.Text[:min(len(f.Text), sniffed)]
	if strings.Contains(text, "process:Server") || strings.Contains(text, "process.xmi") {
		return 0
	}
	root := 0
	for _, name := range []string{"<server>", "<server ", "<server\n", "<server\r", "<client>", "<client "} {
		if strings.Contains(text, name) {
			root = 25
		}
	}
	if root == 0 {
		return 0
	}
	score := root
	for _, sign := range []string{"<featureManager", "<httpEndpoint", "<ssl ", "<sslDefault", "<keyStore", "<sslOptions", "transportSecurity", "<ldapRegistry", "<include ", "<webApplication", "<applicationManager", "<variable "} {
		if strings.Contains(text, sign) {
			score += 25
		}
	}
	if score == root && strings.Contains(text, "<Service") { // server.xml of Tomcat
		return 0
	}
	return min(score, 100)
}
