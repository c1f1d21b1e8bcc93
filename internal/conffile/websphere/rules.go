package websphere

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// repertoireProtocol is WAS-01.
var repertoireProtocol = &confdoc.Rule{
	ID: "WAS-01", Check: "config.protocol", Title: "the protocol of the SSL configuration allows no version below the lowest one wanted", Of: confdoc.OfListener,
	Doc:    "Every SSL configuration of a cell says by its protocol which versions its ports and outbound connections speak. The default SSL_TLSv2 allows TLS 1.0 to 1.2, and SSL_TLS is TLS 1.0 alone in spite of its name.",
	Detect: "The attribute sslProtocol of each repertoire, by the table of IBMJSSE2; without one the default counts. What a list of disabled algorithms takes away is latent, and objected to all the same. A value that is none of WebSphere's, another provider, or a level known to be too old for it makes the answer unknown.",
	Level:  audit.Must, Severity: audit.High, Confidence: "documented",
	Refs:  []string{"IBM: Quality of protection settings", "IBM SDK 8: JSSE2 protocols", "HCL Connections: Forcing traffic to use TLS 1.2"},
	Text:  "Console: Security > SSL certificate and key management > SSL configurations > NAME > Quality of protection (QoP) settings → Protocol TLSv1.2 → Apply → Save, for every SSL configuration of every scope.",
	Judge: judgeProtocol,
}

// clientProtocol is WAS-02.
var clientProtocol = &confdoc.Rule{
	ID: "WAS-02", Check: "config.protocol", Title: "the protocol of the client's SSL configuration allows no version below the lowest one wanted", Of: confdoc.OfListener,
	Doc:    "wsadmin, the node agents' tools and syncNode take their protocol from ssl.client.props of their own profile. A node whose file was forgotten either speaks old versions or cannot reach a deployment manager that does not.",
	Detect: "com.ibm.ssl.protocol in each block that com.ibm.ssl.alias opens, by the table of IBMJSSE2; without one the default SSL_TLSv2 counts. A block that nothing is known to use is a warning only.",
	Level:  audit.Must, Severity: audit.Medium, Confidence: "documented",
	Refs:  []string{"HCL Connections: Forcing traffic to use TLS 1.2", "IBM SDK 8: JSSE2 protocols"},
	Text:  "com.ibm.ssl.protocol=TLSv1.2 in every block that is used, in ssl.client.props of the deployment manager and of every node.",
	Judge: judgeProtocol,
}

func judgeProtocol(c *confdoc.Case) []confdoc.Result {
	cfg, ok := c.Listener.Scope.(*config)
	if !ok || !cfg.read.known {
		return nil // a gap says so
	}
	weak := cfg.read.below(c.Min)
	if len(weak) == 0 {
		return cfg.judgeEarlier(c)
	}
	place, what := cfg.place, "no "+cfg.keys.protocol+", so that the default "+defaultProtocol+" counts, which"
	switch {
	case cfg.protocol.set():
		place, what = cfg.protocol.place(), cfg.keys.protocol+" "+shorten(cfg.protocol.text)
	case cfg.fallback.set():
		what = "no " + cfg.keys.protocol + ", and neither the default " + defaultProtocol + " nor " + shorten(cfg.fallback.text) + " of " + cfg.fallback.place().String() + " will do: that"
	}
	result := confdoc.Violated(place, fmt.Sprintf("%s: %s allows %s; %s or higher is wanted", cfg.title, what, versionNames(weak), c.Min))
	if cfg.unused != "" {
		result.Message += " (" + cfg.unused + ")"
		if !c.Listener.Server() {
			result.Kind = audit.Advice
		}
	}
	if cfg.protocol.set() {
		result = result.Quoting(cfg.protocol.setting())
	}
	want := audit.Want{MinVersion: c.Min}
	if text, err := cfg.protocolFor(want); err == nil && text != "" {
		result.Text = cfg.describe(map[string]string{cfg.keys.protocol: text})
	}
	return []confdoc.Result{result.Wants(want)}
}

// judgeEarlier looks at values of a block that a later one replaces, which is
// not certain.
func (cfg *config) judgeEarlier(c *confdoc.Case) []confdoc.Result {
	for _, v := range cfg.earlier {
		if p := readProtocol(v.text); len(p.below(c.Min)) > 0 {
			return []confdoc.Result{confdoc.Undecided(v.place(), fmt.Sprintf("%s: %s stands twice, once as %s, and which one counts is not known", cfg.title, cfg.keys.protocol, shorten(v.text)))}
		}
	}
	return nil
}

// suitesRule is WAS-05.
var suitesRule = &confdoc.Rule{
	ID: "WAS-05", Check: "config.ciphers", Title: "the list of suites names none that is weak", Of: confdoc.OfListener,
	Doc:    "A list of one's own (CUSTOM) is used as it stands: RC4, 3DES and suites without forward secrecy in it stay on for as long as the SDK still has them.",
	Detect: "The names in enabledCiphers, or com.ibm.ssl.enabledCipherSuites, in the spelling of IBM or of OpenJDK. Names that are none of Java's, and CUSTOM without a list, make the answer unknown. What HIGH means is a matter of the SDK and not judged.",
	Level:  audit.Must, Severity: audit.High, Confidence: "documented",
	Refs:  []string{"IBM: Quality of protection settings"},
	Text:  "Console: … > Quality of protection (QoP) settings > Cipher suite settings: HIGH, or CUSTOM with suites of ECDHE and GCM only.",
	Judge: judgeSuites,
}

func judgeSuites(c *confdoc.Case) []confdoc.Result {
	cfg, ok := c.Listener.Scope.(*config)
	if !ok {
		return nil
	}
	weak := cfg.weakSuites()
	switch {
	case len(weak) == 0 && cfg.suiteDoubt != "":
		return []confdoc.Result{confdoc.Undecided(cfg.suitesPlace(), cfg.title+": "+cfg.suiteDoubt)}
	case len(weak) == 0 && confdoc.JavaTrim(cfg.ciphers.text) == "":
		return confdoc.Moot("no list of suites; what the level stands for is a matter of the SDK")
	case len(weak) == 0:
		return nil
	}
	shown := weak
	if len(shown) > 4 {
		shown = append(shown[:4:4], fmt.Sprintf("+%d more", len(weak)-4))
	}
	result := confdoc.Violated(cfg.ciphers.place(), fmt.Sprintf("%s: %s names weak suites: %s", cfg.title, cfg.keys.ciphers, strings.Join(shown, ", ")))
	if cfg.unused != "" {
		result.Message += " (" + cfg.unused + ")"
		if !c.Listener.Server() {
			result.Kind = audit.Advice
		}
	}
	edits, set := cfg.suiteEdits(audit.Want{ForbidSuites: []string{}, Strong: true})
	if set != nil {
		result.Text = cfg.describe(set)
	}
	return []confdoc.Result{result.Quoting(cfg.ciphers.setting()).With(edits...)}
}

// suitesPlace is where the suites are told, as far as they are.
func (c *config) suitesPlace() audit.Place {
	for _, v := range []value{c.ciphers, c.level} {
		if v.set() {
			return v.place()
		}
	}
	return c.place
}

// levelRule is WAS-08.
var levelRule = &confdoc.Rule{
	ID: "WAS-08", Check: "config.ciphers", Title: "the security level of the SSL configuration is HIGH, or a list of its own", Of: confdoc.OfListener,
	Doc:    "Where no suites are listed the level chooses them: MEDIUM stands for suites of 40 and 56 bits, LOW for integrity without encryption.",
	Detect: "securityLevel, or com.ibm.ssl.securityLevel, where no suites are listed. LOW is a failure; MEDIUM a warning, since current SDKs have hardly any of its suites left.",
	Level:  audit.Must, Severity: audit.Medium, Confidence: "documented",
	Refs:  []string{"IBM: Quality of protection settings", "Open Liberty: ssl securityLevel"},
	Text:  "Console: … > Quality of protection (QoP) settings > Cipher suite groups: HIGH.",
	Judge: judgeLevel,
}

func judgeLevel(c *confdoc.Case) []confdoc.Result {
	cfg, ok := c.Listener.Scope.(*config)
	if !ok || !cfg.level.set() || confdoc.JavaTrim(cfg.ciphers.text) != "" {
		return nil
	}
	say := confdoc.Violated
	switch strings.ToUpper(confdoc.JavaTrim(cfg.level.text)) {
	case "HIGH", "":
		return nil
	case "CUSTOM":
		return []confdoc.Result{confdoc.Undecided(cfg.level.place(), cfg.title+": "+cfg.suiteDoubt)}
	case "LOW":
		if cfg.unused != "" && !c.Listener.Server() {
			say = confdoc.Advice
		}
	case "MEDIUM":
		say = confdoc.Advice
	default:
		return []confdoc.Result{confdoc.Undecided(cfg.level.place(), fmt.Sprintf("%s: %s %q is none of HIGH, MEDIUM, LOW, CUSTOM", cfg.title, cfg.keys.level, shorten(cfg.level.text)))}
	}
	result := say(cfg.level.place(), fmt.Sprintf("%s: %s %s stands for weak suites; HIGH is wanted", cfg.title, cfg.keys.level, shorten(cfg.level.text)))
	result.Text = cfg.describe(map[string]string{cfg.keys.level: "HIGH"})
	return []confdoc.Result{result.Quoting(cfg.level.setting()).With(cfg.level.edit("HIGH"))}
}
