package confdoc

import "tlsaudit/audit"

// LoadRules are the rules about a file as such, asked of every document.
var LoadRules = []*Rule{
	{
		ID: "LOAD-01", Check: "config.load", Title: "the product loads the file", Anyhow: true,
		Doc:    "A file its product refuses configures nothing: the product does not start, or goes on with what it read the last time. What the file says about TLS must then not be believed.",
		Detect: "Text the product is documented, or was seen, to refuse: a byte order mark, an encoding, an unclosed section, words of another dialect, XML that is not well-formed or that holds entities. Everything else about the file is unknown.",
		Level:  audit.Must, Severity: audit.High,
		Judge: func(c *Case) []Result {
			return append(faults(NotLoaded, audit.Violated)(c), faults(Incomplete, audit.Violated)(c)...)
		},
	},
	{
		ID: "LOAD-02", Check: "config.load", Title: "it is known how the product reads the file", Anyhow: true,
		Doc: "Some damage is neither refused nor harmless: a UTF-16 file read as properties configures nothing, and says so nowhere.",
		Detect: "Damage for which the product's behaviour is not documented and was not seen, or after which nothing in the file takes effect: then everything else about the file is " +
			"unknown. Also what could not be followed or decided, such as an include that is not there, and a file that declares no server or client at all.",
		Level: audit.Must, Severity: audit.Medium,
		Judge: unclear,
	},
	{
		ID: "LOAD-03", Check: "config.load", Title: "the product reads the file as it is written", Anyhow: true,
		Doc:    "A product may drop the rest of a line, or join it with the next, in silence. The file then says one thing to a reader and another to the product.",
		Detect: "NUL bytes, a lost first key behind a byte order mark, comments that swallow lines. The posture told is the one the product makes of it.",
		Level:  audit.Should, Severity: audit.Medium,
		Judge: faults(Misread, audit.Violated),
	},
}

// faults returns the judge that reports faults of one kind.
func faults(kind FaultKind, as audit.OutcomeKind) func(*Case) []Result {
	return func(c *Case) (results []Result) {
		for _, f := range c.Doc.Faults {
			if f.Kind == kind {
				results = append(results, Result{Kind: as, Message: f.Message, Place: f.Place, Text: f.Hint, Edits: f.Edits})
			}
		}
		return results
	}
}

// unclear reports faults that leave the meaning open, what could not be
// followed, and a file that says nothing.
func unclear(c *Case) []Result {
	results := faults(Unclear, audit.Undecided)(c)
	for _, g := range c.Doc.Gaps {
		results = append(results, Undecided(g.Place, g.Message))
	}
	d := c.Doc
	if len(results)+len(d.Listeners)+len(d.Settings) == 0 && d.Broken() == nil && !d.Elsewhere {
		results = append(results, Undecided(d.Main().Place(0), "the file declares no server or client and sets nothing about TLS: there is nothing to judge"))
	}
	return results
}

// Settle completes what a reader left open: every version has an answer, which
// is not asked if the file does not speak of versions at all, and those of a
// document without a meaning have none that can be relied on.
func Settle(d *Document) {
	for i := range d.Faults {
		d.Faults[i].Message, d.Faults[i].Hint = RedactText(d.Faults[i].Message), RedactText(d.Faults[i].Hint)
	}
	for i := range d.Gaps {
		d.Gaps[i].Message = RedactText(d.Gaps[i].Message)
	}
	broken := d.Broken()
	for _, l := range d.Listeners {
		redact(l)
		l.File, l.Format = d.Main().Name, d.Format.Name
		if l.Product == "" {
			l.Product = d.Format.Product
		}
		facts := make([]audit.VersionFact, 0, len(audit.Versions))
		for _, v := range audit.Versions {
			fact := l.Version(v)
			switch {
			case broken != nil:
				fact = audit.VersionFact{Version: v, Answer: audit.Undetermined, Evidence: broken.Message}
			case fact.Answer == audit.NotAsked:
				if len(l.Versions) > 0 {
					fact.Answer = audit.Undetermined
				}
				if fact.Evidence == "" {
					fact.Evidence = "the file does not say"
				}
			}
			if fact.Suites == nil {
				fact.Suites = []audit.Suite{}
			}
			facts = append(facts, fact)
		}
		l.Versions = facts
		if broken != nil {
			l.TLS, l.Plain, l.Groups, l.Features, l.Configured = audit.Undetermined, audit.Undetermined, nil, nil, nil
		}
		if l.Groups == nil {
			l.Groups = []audit.GroupFact{}
		}
		if l.Chains == nil {
			l.Chains = []audit.Chain{}
		}
		if l.Settings == nil {
			l.Settings = []audit.Setting{}
		}
	}
}

// redact blanks out what has the form of a secret in all text of a listener.
func redact(l *Listener) {
	l.Listener = RedactText(l.Listener)
	for _, list := range [][]string{l.Names, l.Binds, l.Gaps} {
		for i := range list {
			list[i] = RedactText(list[i])
		}
	}
	for i := range l.Versions {
		l.Versions[i].Evidence = RedactText(l.Versions[i].Evidence)
	}
	for i := range l.Features {
		l.Features[i].Evidence, l.Features[i].Value = RedactText(l.Features[i].Evidence), RedactText(l.Features[i].Value)
	}
	for i := range l.Settings {
		l.Settings[i].Value, l.Settings[i].Note = RedactText(l.Settings[i].Value), RedactText(l.Settings[i].Note)
	}
}
