package websphere

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

// value is a setting where it can be changed; file is nil if it is not set.
type value struct {
	key, text  string
	file       *conftree.File
	start, end int
	// write puts a text into the form of the file.
	write func(string) string
}

func (v value) set() bool { return v.file != nil }

func (v value) place() audit.Place { return v.file.Place(v.start) }

func (v value) setting() audit.Setting { return note(v.key, v.text, v.place()) }

func (v value) edit(text string) conftree.Edit {
	return v.file.Replace(v.start, v.end, v.write(text))
}

// attrValue is the value of an attribute; without one it is not set.
func attrValue(f *conftree.File, e *strictxml.Element, name string) value {
	a, ok := e.Attr(name)
	if !ok {
		return value{key: name}
	}
	return value{key: name, text: a.Value, file: f, start: a.ValueStart, end: a.ValueEnd, write: escapeAttr}
}

// config is one SSL configuration: a repertoire of security.xml or a block of
// ssl.client.props.
type config struct {
	alias, scope string
	// title names it in messages.
	title string
	place audit.Place
	// protocol, level, ciphers and provider are its settings; others are told.
	protocol, level, ciphers, provider value
	// read is what the protocol comes to.
	read protocols
	// fallback is a protocol that may count where the configuration has none.
	fallback value
	// twin is the same setting in the form of older releases.
	twin value
	// suiteDoubt says what of the list of suites is not known.
	suiteDoubt string
	// earlier are values of the protocol that a later one of the block replaces.
	earlier []value
	// unused says why nothing is known to use it; empty if something does.
	unused string
	// add returns the edit that adds a setting that is not there.
	add func(key, text string) conftree.Edit
	// keys are the names of the settings in this format.
	keys keys
	// hollow is set if there is no place for settings at all, so that no default
	// of theirs can be told.
	hollow bool
	// lists is set if this level of WebSphere is known to read lists of
	// protocols.
	lists bool
	// describe is the element or block, for the words of remedies.
	describe func(set map[string]string) string
}

// keys are the names of settings.
type keys struct{ protocol, level, ciphers string }

// subtraction is what is known to take versions and suites away from what SSL
// configurations allow.
type subtraction struct {
	// named is set if the list is known, and not only that it has some versions.
	named    bool
	list     cipherstring.Disabled
	evidence string
}

// declare fills a listener with what its configuration says.
func (c *config) declare(r *confdoc.Reader, l *confdoc.Listener, sub subtraction) {
	text, at := c.protocol.text, (*audit.Place)(nil)
	evidence := c.keys.protocol + " " + shorten(text)
	switch {
	case c.protocol.set():
		place := c.protocol.place()
		at = &place
	case c.fallback.set():
		place := c.fallback.place()
		at, text = &place, c.fallback.text
		evidence = "assumed: " + c.keys.protocol + " " + shorten(text) + ", which stands elsewhere"
		l.Gaps = append(l.Gaps, "no "+c.keys.protocol+" of its own; whether that of "+place.String()+" counts is not known")
	default:
		text, evidence = defaultProtocol, "assumed: the default "+defaultProtocol+", as no protocol is set"
	}
	c.read = readProtocol(text)
	c.read.known = c.read.known && !c.hollow
	l.Scope, l.Place, l.Product = c, &c.place, "websphere"
	version, known := r.Version("websphere")
	l.ProductVersion, l.Assumed = version, !known
	l.TLS, l.Plain = audit.Undetermined, audit.Refused
	l.ChainsAnswer = audit.NotAsked
	if c.read.known {
		l.Configured = c.read.allowed
		l.TLS = audit.Accepted
	}
	for _, doubt := range c.read.doubts {
		l.Gaps = append(l.Gaps, c.keys.protocol+": "+doubt)
	}
	l.Gaps = append(l.Gaps, c.levelGaps(r)...)
	suites, answer := c.suites(sub)
	for _, v := range audit.Versions {
		fact := c.version(v, evidence, sub)
		fact.Place = at
		if fact.Answer == audit.Accepted || fact.Answer == audit.Latent {
			fact.Suites, fact.SuitesAnswer = confdoc.SuitesAt(suites, v), answer
			fact.SuitesOffered = len(fact.Suites)
		}
		l.Versions = append(l.Versions, fact)
	}
}

// version is what is known about one version.
func (c *config) version(v audit.Version, evidence string, sub subtraction) audit.VersionFact {
	fact := audit.VersionFact{Version: v, Evidence: evidence, Suites: []audit.Suite{}}
	switch {
	case c.hollow:
		fact.Answer, fact.Evidence = audit.Undetermined, "there are no settings"
	case !c.read.known:
		fact.Answer = audit.Undetermined
		fact.Evidence += ", which is not a protocol of WebSphere"
	case slices.Contains(c.read.allowed, v):
		fact.Answer = audit.Accepted
		if c.read.assumed != "" {
			fact.Evidence += "; " + c.read.assumed
		}
		if v == audit.TLSv13 || c.read.isList() {
			fact.Evidence += "; " + newerLevels
		}
		if !sub.list.PermitsVersion(v) {
			fact.Answer = audit.Latent
			fact.Evidence += "; " + sub.evidence + " takes it away"
		}
	case slices.Contains(c.read.maybe, v):
		fact.Answer = audit.Undetermined
		fact.Evidence += ": that depends on the level of the SDK"
	default:
		fact.Answer = audit.Refused
	}
	return fact
}

// newerLevels is the condition on which lists and TLS 1.3 work.
const newerLevels = "lists need WebSphere 8.5.5.21, TLS 1.3 needs 8.5.5.20 or 9.0.5.6 with Java 8.0.6.26"

// levelGaps say that the product is known to be too old for the value.
func (c *config) levelGaps(r *confdoc.Reader) (gaps []string) {
	version, known := r.Version("websphere")
	old := func(first85, first90 string) bool {
		if !known || first90 == "" && !strings.HasPrefix(version, "8.") && confdoc.CompareVersions(version, "9") >= 0 {
			return false
		}
		if confdoc.CompareVersions(version, "9") >= 0 {
			return confdoc.CompareVersions(version, first90) < 0
		}
		return confdoc.CompareVersions(version, first85) < 0
	}
	if c.read.isList() && old("8.5.5.21", "") {
		gaps = append(gaps, fmt.Sprintf("%s is a list, which WebSphere %s does not read: it takes 8.5.5.21", c.keys.protocol, version))
	}
	if slices.Contains(c.read.allowed, audit.TLSv13) {
		if old("8.5.5.20", "9.0.5.6") {
			gaps = append(gaps, fmt.Sprintf("%s names TLS 1.3, which WebSphere %s does not have: it takes 8.5.5.20 or 9.0.5.6", c.keys.protocol, version))
		}
		if java, ok := r.Version("java"); ok && confdoc.CompareVersions(sdkLevel(java), "8.0.6.26") < 0 {
			gaps = append(gaps, fmt.Sprintf("%s names TLS 1.3, which Java %s does not have: it takes 8.0.6.26", c.keys.protocol, java))
		}
	}
	c.lists = known && !old("8.5.5.21", "9.0.5.6")
	if p := c.provider; p.set() && p.text != "" && !slices.Contains([]string{"IBMJSSE2", "IBMJSSE", "IBMJSSEFIPS"}, p.text) {
		gaps = append(gaps, fmt.Sprintf("%s is %q: what protocols mean is known for IBMJSSE2 only", p.key, shorten(p.text)))
	}
	return gaps
}

// sdkLevel turns "8.0 SR6 FP30" into "8.0.6.30".
func sdkLevel(java string) string {
	return strings.NewReplacer(" SR", ".", " FP", ".", "SR", "", "FP", "").Replace(strings.ToUpper(java))
}

// patchedSDK reports whether the SDK is known to take TLS 1.0 and 1.1 away by
// its own list.
func patchedSDK(r *confdoc.Reader) (version string, patched bool) {
	java, known := r.Version("java")
	level := sdkLevel(java)
	for _, branch := range []struct{ prefix, first string }{{"8.0.", "8.0.6.30"}, {"7.1.", "7.1.4.85"}, {"7.0.", "7.0.10.85"}} {
		if known && strings.HasPrefix(level, branch.prefix) {
			return java, confdoc.CompareVersions(level, branch.first) >= 0
		}
	}
	return java, false
}

// sdkSubtraction is what the SDK's own list takes away.
func sdkSubtraction(r *confdoc.Reader) subtraction {
	version, patched := patchedSDK(r)
	if !patched {
		return subtraction{}
	}
	return subtraction{list: cipherstring.ParseDisabled("SSLv3, TLSv1, TLSv1.1"), evidence: "the list of IBM SDK " + version}
}

// addSettings tells those of the values that are set.
func addSettings(l *confdoc.Listener, values ...value) {
	for _, v := range values {
		if v.set() {
			l.Settings = append(l.Settings, v.setting())
		}
	}
}

// note is a setting at a place, cut off where it is longer than anybody reads.
func note(key, text string, place audit.Place) audit.Setting {
	if len(text) > longestValue {
		text = strings.ToValidUTF8(text[:longestValue], "") + "..."
	}
	return confdoc.NewSetting(key, text, place)
}
