package nginx

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// commands is what ssl_conf_command, or its sisters for upstreams, add. nginx
// hands them to OpenSSL behind its own settings, in the order they stand in.
type commands struct {
	list     []*directive
	ciphers  *confdoc.Written // CipherString
	suites13 *confdoc.Written // Ciphersuites
	groups   *confdoc.Written // Groups, Curves
	order    *bool            // Options ServerPreference
	tickets  *bool            // Options SessionTicket
	unsafe   bool             // Options UnsafeLegacyRenegotiation
	min, max *confdoc.Written
	protocol []confdoc.Written
	unread   []*directive // commands that may change what is told here
}

// harmless commands say nothing about versions, suites or groups.
var harmless = []string{
	"signaturealgorithms", "clientsignaturealgorithms", "certificate", "privatekey", "chaincafile", "chaincapath", "verifycafile", "verifycapath", "requestcafile", "clientcafile", "clientcapath",
	"dhparameters", "recordpadding", "numtickets", "verifymode", "requestcapath", "ignoreunexpectedeof",
}

// commandsOf reads the commands in force on a level: those of the nearest
// level that has any.
func (p *parser) commandsOf(s *scope, name string) commands {
	list, level := s.lookup(name)
	key := levelKey{level, name}
	known, ok := p.commandsOn[key]
	if !ok {
		known = readCommands(list)
		p.commandsOn[key] = known
	}
	return known
}

// commandsAt is commandsOf without keeping the result.
func commandsAt(s *scope, name string) commands {
	list, _ := s.lookup(name)
	return readCommands(list)
}

// maxCommands bounds the commands of one level that are read.
const maxCommands = 100

func readCommands(list []*directive) (c commands) {
	c.list = list
	if len(list) > maxCommands {
		c.list, c.unread = list[:maxCommands], list[maxCommands:maxCommands+1]
	}
	yes, no := true, false
	for _, d := range c.list {
		key, value := strings.ToLower(d.words[1].text), d.words[2]
		written := &confdoc.Written{Text: value.text, Place: d.file.Place(value.start)}
		switch key {
		case "cipherstring":
			c.ciphers = written
		case "ciphersuites":
			c.suites13 = written
		case "groups", "curves":
			c.groups = written
		case "minprotocol":
			c.min = written
		case "maxprotocol":
			c.max = written
		case "protocol":
			c.protocol = append(c.protocol, *written)
		case "options":
			for _, option := range strings.Split(value.text, ",") {
				option = strings.ToLower(strings.TrimSpace(option))
				to := &yes
				if strings.HasPrefix(option, "-") {
					to = &no
				}
				switch strings.TrimLeft(option, "+-") {
				case "serverpreference":
					c.order = to
				case "sessionticket":
					c.tickets = to
				case "unsafelegacyrenegotiation":
					c.unsafe = *to
				}
			}
		default:
			if !slices.Contains(harmless, key) {
				c.unread = append(c.unread, d)
			}
		}
	}
	return c
}

// commandVersions are the words of MinProtocol and Protocol.
func commandVersion(word string) (v audit.Version, ok bool) {
	v, ok = protocolWords[strings.ToLower(strings.TrimSpace(word))]
	return v, ok
}

// limit applies Protocol, MinProtocol and MaxProtocol to what the protocol
// directive allows.
func (c commands) limit(facts map[audit.Version]confdoc.Fact) {
	set := func(v audit.Version, a audit.Answer, w confdoc.Written, key string) {
		if old, ok := facts[v]; ok && old.Answer == a {
			return
		}
		facts[v] = confdoc.Fact{Answer: a, Evidence: fmt.Sprintf("ssl_conf_command %s %s", key, confdoc.Clip(confdoc.RedactText(w.Text))), Place: w.Place}
	}
	for _, w := range c.protocol {
		for _, word := range strings.Split(w.Text, ",") {
			word = strings.TrimSpace(word)
			on := !strings.HasPrefix(word, "-")
			word = strings.TrimLeft(word, "+-")
			for _, v := range audit.Versions {
				named, ok := commandVersion(word)
				if strings.EqualFold(word, "ALL") || ok && named == v {
					set(v, answer(on), w, "Protocol")
				}
			}
		}
	}
	for _, v := range audit.Versions {
		if c.min != nil {
			if lowest, ok := commandVersion(c.min.Text); ok && v < lowest && facts[v].Answer != audit.Refused {
				set(v, audit.Refused, *c.min, "MinProtocol")
			}
		}
		if c.max != nil {
			if highest, ok := commandVersion(c.max.Text); ok && v > highest && facts[v].Answer != audit.Refused {
				set(v, audit.Refused, *c.max, "MaxProtocol")
			}
		}
	}
}
