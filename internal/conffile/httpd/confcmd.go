package httpd

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// confCmds are the lines of SSLOpenSSLConfCmd that hold in a host: those of the
// server first, then its own. They are carried out behind everything else.
type confCmds struct {
	lines []*directive
	// min and max are bounds that beat SSLProtocol, 0 if there are none; open is
	// set for "MinProtocol None".
	min, max              audit.Version
	minLine, maxLine      *directive
	noMin, noMax          bool
	ciphers, suites       *directive
	cipherText, suiteText string
	// protocol holds what Protocol adds and takes away, by version.
	added, removed map[audit.Version]*directive
	options        map[string]*optionSet
	groups         *directive
}

type optionSet struct {
	on   bool
	line *directive
}

var confVersions = map[string]audit.Version{
	"SSLv3": audit.SSLv3, "TLSv1": audit.TLSv10, "TLSv1.1": audit.TLSv11, "TLSv1.2": audit.TLSv12, "TLSv1.3": audit.TLSv13,
}

// knownConfCmds are the commands of OpenSSL 1.0.2 to 3.5 for files.
var knownConfCmds = set(`SignatureAlgorithms ClientSignatureAlgorithms Curves Groups ECDHParameters CipherString Ciphersuites Protocol MinProtocol
	MaxProtocol Options VerifyMode Certificate PrivateKey ServerInfoFile ChainCAPath ChainCAFile ChainCAStore VerifyCAPath VerifyCAFile
	VerifyCAStore RequestCAFile ClientCAFile RequestCAPath ClientCAPath RequestCAStore ClientCAStore DHParameters RecordPadding NumTickets
	TxCertificateCompression RxCertificateCompression`)

// conf applies one line; fault says what OpenSSL refuses in it, doubtful that
// the command is not one this package knows.
func (c *confCmds) apply(d *directive) (fault string, doubtful bool) {
	list := d.words()
	if len(list) != 2 {
		return "", false
	}
	value := list[1]
	switch strings.ToLower(list[0]) {
	case "minprotocol":
		v, ok := confVersions[value]
		if !ok && value != "None" {
			return "is not a version: SSLv3, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3 or None, case counts", false
		}
		c.min, c.noMin, c.minLine = v, !ok, d
	case "maxprotocol":
		v, ok := confVersions[value]
		if !ok && value != "None" {
			return "is not a version: SSLv3, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3 or None, case counts", false
		}
		c.max, c.noMax, c.maxLine = v, !ok, d
	case "cipherstring":
		c.ciphers, c.cipherText = d, value
	case "ciphersuites":
		c.suites, c.suiteText = d, value
	case "groups", "curves":
		c.groups = d
	case "protocol":
		return c.protocol(d, value), false
	case "options":
		for _, o := range strings.Split(value, ",") {
			name := strings.TrimSpace(o)
			on := !strings.HasPrefix(name, "-")
			c.options[strings.ToLower(strings.TrimLeft(name, "+-"))] = &optionSet{on, d}
		}
	default:
		return "", !knownConfCmds[strings.ToLower(list[0])]
	}
	return "", false
}

// protocol applies "Protocol": a list with commas, + or nothing for on.
func (c *confCmds) protocol(d *directive, value string) (fault string) {
	for _, w := range strings.Split(value, ",") {
		name := strings.TrimSpace(w)
		on := !strings.HasPrefix(name, "-")
		name = strings.TrimLeft(name, "+-")
		var these []audit.Version
		switch v, ok := protocolTokens[strings.ToLower(name)]; {
		case ok:
			these = []audit.Version{v}
		case strings.EqualFold(name, "ALL"):
			these = audit.Versions[1:]
		case strings.EqualFold(name, "SSLv2") || strings.HasPrefix(strings.ToUpper(name), "DTLS"):
		default:
			return "is not a list of versions such as -ALL,TLSv1.2"
		}
		for _, v := range these {
			delete(c.added, v)
			delete(c.removed, v)
			if on {
				c.added[v] = d
			} else {
				c.removed[v] = d
			}
		}
	}
	return ""
}

// confCmdsOf collects the lines of some scopes, in order.
func confCmdsOf(lines []*directive) *confCmds {
	c := &confCmds{lines: lines, added: map[audit.Version]*directive{}, removed: map[audit.Version]*directive{}, options: map[string]*optionSet{}}
	for _, d := range lines {
		if len(d.missing) == 0 {
			c.apply(d)
		}
	}
	return c
}

// bounds reports whether a command replaces the bounds SSLProtocol sets. Such a
// command needs OpenSSL 1.1.0.
func (c *confCmds) bounds() bool { return c.minLine != nil || c.maxLine != nil }

// bound changes what SSLProtocol says by what the commands say. MinProtocol and
// MaxProtocol replace one end of the range, Protocol takes versions out; it
// puts some in only with libraries that have no range.
func (c *confCmds) bound(facts map[audit.Version]confdoc.Fact, lib library) {
	if c.bounds() {
		c.replaceBounds(facts)
	}
	for _, v := range audit.Versions[1:] {
		if d := c.added[v]; d != nil && facts[v].Answer == audit.Refused && !lib.since("1.1.0") && !c.bounds() {
			s := on
			if v == audit.SSLv3 {
				s = ifBuilt
			}
			facts[v] = factOf(s, d.text()+"; assumed to be in force: so it is with OpenSSL before 1.1.0", d.place())
		}
		if d := c.removed[v]; d != nil {
			facts[v] = factOf(off, d.text(), d.place())
		}
	}
}

func (c *confCmds) replaceBounds(facts map[audit.Version]confdoc.Fact) {
	low, high := audit.Version(0xffff), audit.Version(0)
	for _, v := range audit.Versions {
		if facts[v].Answer == audit.Accepted {
			low, high = min(low, v), max(high, v)
		}
	}
	from, to := low, high
	if c.minLine != nil {
		from = c.min
	}
	if c.maxLine != nil {
		if to = c.max; c.noMax {
			to = audit.TLSv13
		}
	}
	for _, v := range audit.Versions[1:] {
		was := facts[v].Answer != audit.Refused
		switch inside := from <= v && v <= to; {
		case inside && !was:
			line := c.maxLine
			if v < low && c.minLine != nil || line == nil {
				line = c.minLine
			}
			s := on
			if v == audit.SSLv3 {
				s = ifBuilt
			}
			facts[v] = factOf(s, line.text(), line.place())
		case !inside && was:
			line := c.minLine
			if v > to || line == nil {
				line = c.maxLine
			}
			facts[v] = factOf(off, line.text(), line.place())
		}
	}
}
