package postfix

import (
	"fmt"
	"slices"
	"strings"
)

// levels are the security levels of the client, weakest first.
var levels = []string{"none", "may", "encrypt", "dane", "dane-only", "fingerprint", "verify", "secure"}

// strength orders levels by what they demand: dane falls back to plain text
// where a peer publishes nothing.
func strength(level string) int {
	return slices.Index([]string{"none", "may", "dane", "encrypt", "fingerprint", "dane-only", "verify", "secure"}, level)
}

// security is the level a program works at.
type security struct {
	// level is one of levels, empty if it cannot be told.
	level string
	// from are the parameters that decide it, the first of them most.
	from []value
	// stops says why the program does not start; note what it does instead of
	// what is written.
	stops, note string
	// open is set if the files do not tell the level.
	open bool
	// old is set if parameters from before 2.3 decide.
	old bool
}

// why is the evidence for the level.
func (c *config) why(s security) string {
	list := make([]string, len(s.from))
	for i, v := range s.from {
		list[i] = c.origin(v)
	}
	return strings.Join(list, "; ")
}

// levelOf reads a level, or the older parameters where it is empty. Names are
// those of the parameters.
func (s *scope) levelOf(level, use, enforce string) security {
	l := s.value(level)
	found := security{from: []value{l}, open: l.open}
	if l.err != nil {
		found.stops = fmt.Sprintf("%s cannot be expanded: %v", level, l.err)
		return found
	}
	if l.text != "" {
		if i := slices.Index(levels, strings.ToLower(l.text)); i >= 0 {
			found.level = levels[i]
		} else if !found.open {
			found.stops = fmt.Sprintf("%s knows no level %q", level, shown(level, l.text))
		}
		return found
	}
	if found.open {
		return found
	}
	found.level = "none"
	for _, older := range []struct{ name, level string }{{enforce, "encrypt"}, {use, "may"}} {
		v := s.value(older.name)
		yes, ok := v.yes()
		switch {
		case !ok && !v.open:
			found.stops = fmt.Sprintf("%s is %q, neither yes nor no", older.name, shown(older.name, v.text))
			return found
		case yes && v.open:
			found.open = true
		case yes && found.level == "none":
			found.level, found.old = older.level, true
			found.from = append(found.from, v)
		}
	}
	return found
}

// server is the level of smtpd, which has three: the higher ones of the client
// act as encrypt.
func (s *scope) server() security {
	found := s.levelOf("smtpd_tls_security_level", "smtpd_use_tls", "smtpd_enforce_tls")
	s.onServer(&found)
	wrapper := s.value("smtpd_tls_wrappermode")
	yes, ok := wrapper.yes()
	switch {
	case wrapper.open:
		found.open = true
	case !ok:
		found.stops = fmt.Sprintf("smtpd_tls_wrappermode is %q, neither yes nor no", shown(wrapper.name, wrapper.text))
	case yes && found.stops == "":
		found = security{level: "encrypt", from: []value{wrapper}}
	}
	return found
}

func (s *scope) onServer(found *security) {
	switch found.level {
	case "fingerprint", "verify", "secure":
		found.note = "level " + found.level + " is none of smtpd, which takes it for encrypt"
		found.level = "encrypt"
	case "dane", "dane-only":
		found.stops = found.from[0].name + " knows no level " + found.level + " on a server"
		found.level = ""
	}
}

// client is the level of smtp or lmtp for peers without an entry of a table.
func (s *scope) client(program string) security {
	found := s.levelOf(program+"_tls_security_level", program+"_use_tls", program+"_enforce_tls")
	if found.old && found.level == "encrypt" {
		if name := s.value(program + "_tls_enforce_peername"); name.is() {
			found.level = "verify"
			found.from = append(found.from, name)
		}
	}
	return found
}

// dane says why the level dane cannot work; empty if it can.
func (s *scope) dane(program string) (reason string, because value) {
	v := s.value(program + "_dns_support_level")
	if !strings.EqualFold(v.text, "dnssec") && !v.open {
		return fmt.Sprintf("%s is %q, not dnssec", v.name, shown(v.name, v.text)), v
	}
	look := s.value(program + "_host_lookup")
	if !look.open && !slices.Contains(words(strings.ToLower(look.text), listSeparators), "dns") {
		return look.name + " has no dns", look
	}
	return "", v
}
