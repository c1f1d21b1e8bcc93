package postfix

import (
	"path"
	"slices"
	"strings"

	"tlsaudit/internal/conftree"
)

// sniffed is how much of a file is looked at.
const sniffed = 64 << 10

// linesOf returns the first lines of a file that are not blank and no comments.
func linesOf(f *conftree.File) []string {
	text := strings.ReplaceAll(f.Text[:min(len(f.Text), sniffed)], "\r", "\n")
	var list []string
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" && line[0] != '#' && trim(line) != "" {
			list = append(list, line)
		}
	}
	return list
}

// own are beginnings of names no other product has.
var own = []string{"smtpd_", "smtp_tls_", "lmtp_tls_", "postscreen_", "tlsproxy_"}

// ownNames are names no other product has.
var ownNames = []string{"mynetworks", "myhostname", "mydestination", "myorigin", "inet_interfaces", "compatibility_level", "alias_maps", "local_recipient_maps", "smtp_use_tls", "smtp_enforce_tls", "queue_directory", "relay_domains", "virtual_mailbox_maps", "tls_preempt_cipherlist", "tls_high_cipherlist", "tls_medium_cipherlist", "relayhost"}

// sniff tells main.cf and master.cf from other files.
func sniff(f *conftree.File) int {
	mains, masters, others := 0, 0, 0
	for _, line := range linesOf(f) {
		if space(line[0]) {
			continue
		}
		name, _, _, fault := nameValue(line)
		name = strings.ToLower(plainName(name))
		switch {
		case isEntry(line):
			masters++
		case fault != "":
			others++
		case slices.Contains(ownNames, name) || slices.ContainsFunc(own, func(p string) bool { return strings.HasPrefix(name, p) }):
			mains++
		}
	}
	switch {
	case masters > 0 && mains == 0 && masters >= others:
		return min(60+10*masters, 95)
	case mains > others:
		return min(60+10*mains, 95)
	case mains > 0:
		return 40
	}
	return 0
}

// isEntry reports whether a line has the columns of master.cf.
func isEntry(line string) bool {
	w := strings.Fields(line)
	if len(w) < fields || !slices.Contains(kinds, w[1]) {
		return false
	}
	return !slices.ContainsFunc(w[2:5], func(s string) bool { return s != "y" && s != "n" && s != "-" })
}

// isMaster tells master.cf from main.cf, by the name if it says.
func isMaster(f *conftree.File) bool {
	base := strings.ToLower(path.Base(f.Path))
	switch {
	case strings.Contains(base, "master.cf"):
		return true
	case strings.Contains(base, "main.cf"):
		return false
	}
	return slices.ContainsFunc(linesOf(f), isEntry)
}

// sniffPolicy tells a policy table: a next hop, a level, attributes.
func sniffPolicy(f *conftree.File) int {
	good, bad, shaped := 0, 0, 0
	for _, line := range linesOf(f) {
		if space(line[0]) {
			continue
		}
		w := strings.Fields(strings.ReplaceAll(line, ",", " "))
		if len(w) > 1 && isNextHop(w[0]) && !slices.ContainsFunc(w[2:], func(s string) bool { return !strings.Contains(s, "=") }) {
			shaped++
		}
		ok := len(w) > 1 && slices.Contains(levels, strings.ToLower(w[1])) && strings.ContainsAny(w[0], ".[:")
		for _, attribute := range w[min(2, len(w)):] {
			name, _, found := strings.Cut(attribute, "=")
			ok = ok && found && slices.Contains(attributeNames, strings.ToLower(name))
		}
		if ok {
			good++
		} else {
			bad++
		}
	}
	switch {
	case shaped > 0 && shaped == good+bad && bad > good && policyNamed(f):
		return 60 // a table of entries Postfix does not understand
	case good == 0 || bad > good:
		return 0
	case bad == 0:
		return 80
	}
	return 50
}

// isNextHop reports whether a word may be the key of a policy table.
func isNextHop(key string) bool {
	return strings.ContainsAny(key, ".[") && !strings.HasSuffix(key, ":") &&
		strings.Trim(strings.ToLower(key), "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") == ""
}

// policyNamed reports whether a file has the name policy tables mostly have.
func policyNamed(f *conftree.File) bool {
	base := strings.ReplaceAll(strings.ToLower(path.Base(f.Path)), "-", "_")
	return strings.Contains(base, "tls_policy")
}
