package sametime

import (
	"errors"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// secureType is the one connection type that is TLS.
const secureType = "tls-direct"

// client is what a file tells clients about one community.
type client struct {
	// value is the connection type written, at its place; set is false if none
	// is, which means direct.
	value string
	set   bool
	at    audit.Place
	// idle says why what is written has no effect; moot why there is no client
	// that goes by it; open why it is not known.
	idle, moot, open string
	// advice is something to be corrected that does not matter for sure; remark
	// something to be looked at that is accepted.
	advice, remark string
	// edits write another connection type; nil if that takes a person.
	edits []conftree.Edit
	// line is what to write, for people.
	line string
}

// kind sorts connection types.
type kind uint8

const (
	plainKind   kind = iota // the legacy protocol, or HTTP
	tlsKind                 // tls-direct
	spelt                   // tls-direct in other letters
	proxyKind               // whether TLS is spoken is decided elsewhere
	strangeKind             // none that is documented
)

func (c *client) kind() kind {
	if !c.set {
		return plainKind
	}
	switch c.value {
	case secureType:
		return tlsKind
	case "direct", "http-direct", "socks4-proxy", "socks5-proxy", "http-proxy", "useBrowserSettings":
		return plainKind
	case "reverse-proxy", "https-proxy":
		return proxyKind
	}
	if strings.EqualFold(strings.TrimSpace(c.value), secureType) {
		return spelt
	}
	return strangeKind
}

// declareClient adds the client of a community. Where no client goes by what is
// written, there is none to judge: its settings are told with the reason.
func declareClient(d *confdoc.Document, name, host string, c *client, settings []audit.Setting) {
	if c.moot != "" {
		for _, s := range settings {
			s.Note = "not in force: " + c.moot
			d.Settings = append(d.Settings, s)
		}
		return
	}
	l := &confdoc.Listener{Scope: c}
	l.Listener, l.Role, l.Product, l.Protocol, l.Settings = name, audit.RoleClient, "sametime", "sametime", settings
	if host != "" {
		l.Names = []string{host}
	}
	place := c.at
	l.Place = &place
	l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
	evidence := "which versions a client offers is not said here"
	answer := audit.Undetermined
	switch {
	case c.open != "", c.idle != "":
		evidence = firstOf(c.open, c.idle)
	case c.kind() == tlsKind:
		l.TLS, l.Plain = audit.Accepted, audit.Refused
	case c.kind() == plainKind:
		l.TLS, l.Plain = audit.Refused, audit.Accepted
		answer, evidence = audit.Refused, c.says()+": no TLS"
	}
	for _, v := range audit.Versions {
		fact := audit.VersionFact{Version: v, Answer: answer, Evidence: evidence}
		if answer == audit.Refused {
			fact.Place = &place
		}
		l.Versions = append(l.Versions, fact)
	}
	if c.open != "" {
		l.Gaps = append(l.Gaps, c.open)
	}
	d.Listeners = append(d.Listeners, l)
}

// says is what the connection type comes to, in words.
func (c *client) says() string {
	if !c.set {
		return "no connectionType is set, and direct is the default"
	}
	return "connectionType " + clip(confdoc.Redact("connectionType", c.value))
}

// judgeClient is the judge of ST-01 and ST-02.
func judgeClient(c *confdoc.Case) []confdoc.Result {
	s, ok := c.Listener.Scope.(*client)
	if !ok {
		return confdoc.Moot("no client")
	}
	object := func(r confdoc.Result) []confdoc.Result {
		r.Text = s.line
		return []confdoc.Result{r.With(s.edits...)}
	}
	switch kind := s.kind(); {
	case s.open != "":
		return []confdoc.Result{confdoc.Undecided(s.at, s.open)}
	case kind == plainKind:
		return object(confdoc.Violated(s.at, s.says()+": the legacy protocol or HTTP, not "+secureType))
	case kind == strangeKind:
		return object(confdoc.Violated(s.at, s.says()+" is none of the documented values, not "+secureType))
	case s.idle != "":
		return object(confdoc.Violated(s.at, s.idle))
	case kind == spelt:
		return object(confdoc.Advice(s.at, s.says()+": values are compared letter by letter as far as is documented; verify, or write "+secureType))
	case kind == proxyKind:
		return []confdoc.Result{confdoc.Undecided(s.at, s.says()+": whether TLS is spoken depends on the proxy")}
	case s.advice != "":
		return object(confdoc.Advice(s.at, s.advice))
	case s.remark != "":
		return []confdoc.Result{{Kind: audit.Met, Message: s.says() + ", but " + s.remark, Place: s.at}}
	}
	return nil
}

func (c *client) establish(want audit.Want) ([]conftree.Edit, error) {
	switch {
	case c.kind() == tlsKind:
		return nil, errors.New("which versions and suites a client offers is not set here")
	case !want.TLSOnly && !want.StartTLS && want.MinVersion == 0 && len(want.Versions) == 0:
		return nil, errors.New("connectionType is all there is to set, and it does not bring this about")
	case c.edits == nil:
		return nil, errors.New("the file has no place for it that is sure; see the text")
	}
	return c.edits, nil
}

// plainAddresses is the rule about addresses clients get settings or tokens
// from.
var plainAddresses = &confdoc.Rule{
	ID: "ST-13", Check: "config.transport", Title: "clients get settings and tokens by https",
	Doc:    "Whoever can change what is fetched over http can send clients to another server, or read the token they log in with: TLS on port 1533 then protects the wrong connection.",
	Detect: "authServerUrl of communities and the address of the managed settings.",
	Level:  audit.Should, Severity: audit.Medium, Confidence: "documented",
	Text: "Write https:// once the server answers it there.",
	Judge: func(c *confdoc.Case) (results []confdoc.Result) {
		list := sourceOf(c).addresses
		if len(list) == 0 {
			return moot(c, "no such address is written here")
		}
		for _, a := range list[:min(len(list), maxResults)] {
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.value)), "http://") {
				r := confdoc.Violated(a.place, a.name+" is fetched by http")
				if i := strings.Index(strings.ToLower(a.file.Text[a.start:a.end]), "http:"); i >= 0 {
					r = r.With(a.file.Replace(a.start+i, a.start+i+len("http:"), "https:"))
				}
				results = append(results, r)
			}
		}
		return results
	},
}

// address is an address something is fetched from.
type address struct {
	file        *conftree.File
	name, value string
	place       audit.Place
	start, end  int
}
