package postfix

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// rowRules are the demands on entries of policy tables.
var rowRules = []*confdoc.Rule{
	{
		ID: "MTA-01", Check: "config.transport", Title: "no entry switches TLS off",
		Doc:    "Level none sends in clear text to the next hop, whatever it offers.",
		Detect: "The level of the entry.",
		Of:     confdoc.OfClient, Level: audit.Must, Severity: audit.High, Confidence: "documented",
		Judge: ofRow(levelNone),
	},
	{
		ID: "MTA-02", Check: "config.transport", Title: "entries demand encryption",
		Doc:    "Level may falls back to clear text when STARTTLS is not offered, or was taken away by somebody on the way. An entry of a table is there to demand more.",
		Detect: "The level of the entry.",
		Of:     confdoc.OfClient, Level: audit.Should, Severity: audit.Medium, Confidence: "documented",
		Judge: ofRow(levelMay),
	},
	{
		ID: "MTA-03", Check: "config.protocol", Title: "entries keep to the lowest version",
		Doc:    "The attribute protocols takes the place of smtp_tls_protocols or smtp_tls_mandatory_protocols for the next hop.",
		Detect: "The attribute protocols of the entry, if it has one.",
		Of:     confdoc.OfClient, Level: audit.Must, Severity: audit.High, Confidence: "documented",
		Judge: ofRow(rowProtocols),
	},
	{
		ID: "MTA-04", Check: "config.ciphers", Title: "entries allow no weak ciphers",
		Doc:    "The attribute ciphers takes the place of the grade of main.cf, exclude that of its exclusions.",
		Detect: "Grade low, export or null in the attribute ciphers.",
		Of:     confdoc.OfClient, Level: audit.Must, Severity: audit.High, Confidence: "documented",
		Judge: ofRow(rowCiphers),
	},
	{
		ID: "MTA-05", Check: "config.load", Title: "entries are such as Postfix understands",
		Doc:    "For an entry with a fault Postfix defers all mail to the next hop, so that nothing leaves with less security than meant.",
		Detect: "Unknown levels and attributes, attributes given twice, or that the level has not.",
		Of:     confdoc.OfClient, Level: audit.Must, Severity: audit.Medium, Confidence: "documented",
		Judge: func(c *confdoc.Case) []confdoc.Result {
			e := endOf(c)
			switch {
			case e.row == nil:
				return confdoc.Moot("no entry of a table")
			case e.row.invalid != "":
				return []confdoc.Result{confdoc.Violated(e.row.place(), "all mail to the next hop is deferred: "+e.row.invalid)}
			case e.broken != "":
				r := confdoc.Violated(e.at(e.brokenBy), "no TLS to the next hop works: "+e.broken)
				if text := e.mended(); text != "" && e.row.attributes[e.brokenBy.name] != nil {
					edits, _ := e.setWord(e.brokenBy, e.brokenBy.name, text)
					r = r.With(edits...)
				}
				return []confdoc.Result{r}
			}
			return nil
		},
	},
	{
		ID: "MTA-06", Check: "config.certificate", Title: "names are compared with the next hop",
		Doc:    "Level verify compares with the name of the mail exchanger, which comes from the DNS and is signed by nobody: who changes the answer chooses the name. Level secure compares with the domain.",
		Detect: "Level verify, or match=hostname, where the next hop is a domain without brackets.",
		Of:     confdoc.OfClient, Level: audit.Should, Severity: audit.Medium, Confidence: "documented",
		Judge: ofRow(rowName),
	},
	{
		ID: "MTA-07", Check: "config.transport", Title: "no entry is weaker than main.cf",
		Doc:    "An entry beats the level of main.cf for its next hop, in both directions.",
		Detect: "Level may in an entry where main.cf has encrypt or more.",
		Of:     confdoc.OfClient, Level: audit.Must, Severity: audit.Medium, Confidence: "documented",
		Judge: ofRow(rowWeaker),
	},
}

// ofRow asks about entries that Postfix understands.
func ofRow(judge func(*confdoc.Case, *end) []confdoc.Result) func(*confdoc.Case) []confdoc.Result {
	return func(c *confdoc.Case) []confdoc.Result {
		e := endOf(c)
		switch {
		case e.row == nil:
			return confdoc.Moot("no entry of a table")
		case e.row.invalid != "":
			return confdoc.Moot("Postfix does not understand the entry")
		}
		return judge(c, e)
	}
}

// raise is the objection to a level, with the next better one.
func (e *end) raise(to, format string, args ...any) []confdoc.Result {
	edits, err := e.row.setLevel(to)
	if err != nil {
		edits = nil
	}
	text := plainName(e.row.key) + " " + to + "\nthen postmap the table; the peer must offer STARTTLS, or its mail stays in the queue"
	return []confdoc.Result{violated(e.row.place(), text, edits, format, args...)}
}

func levelNone(_ *confdoc.Case, e *end) []confdoc.Result {
	if e.row.level != "none" {
		return nil
	}
	return e.raise("encrypt", "level none: mail for the next hop leaves in clear text")
}

func levelMay(_ *confdoc.Case, e *end) []confdoc.Result {
	if e.row.level != "may" {
		return nil
	}
	return e.raise("encrypt", "level may falls back to clear text")
}

func rowWeaker(_ *confdoc.Case, e *end) []confdoc.Result {
	if e.main == nil {
		return confdoc.Moot("main.cf is not here")
	}
	main := e.everywhere().client("smtp").level
	if e.row.level != "may" || strength(main) < strength("encrypt") {
		return nil
	}
	return e.raise(main, "level may is less than %s of main.cf", main)
}

func rowProtocols(c *confdoc.Case, e *end) []confdoc.Result {
	d := e.row.attributes["protocols"]
	if d == nil || e.row.level == "none" {
		return confdoc.Moot("the entry has no protocols of its own")
	}
	list := e.versions[0]
	weak := list.below(c.Min)
	if len(weak) == 0 {
		return nil
	}
	text, err := spell(kept(list.protocols, c.Min), e.bounds())
	if err != nil {
		return nil
	}
	text = strings.Join(words(text, listSeparators), ":")
	edits, _ := e.setWord(list.value, "protocols", text)
	return []confdoc.Result{violated(d.place(), "protocols="+text, edits, "protocols=%s allows %s", shown("protocols", d.value), names(weak))}
}

func rowCiphers(_ *confdoc.Case, e *end) []confdoc.Result {
	d := e.row.attributes["ciphers"]
	if d == nil {
		return confdoc.Moot("the entry has no ciphers of its own")
	}
	grade := strings.ToLower(d.value)
	if grade != "null" && (grade != "low" && grade != "export" || e.since("3.8")) {
		return nil
	}
	edits, _ := e.setWord(e.ciphers.grade, "ciphers", "high")
	return []confdoc.Result{violated(d.place(), "ciphers=high", edits, "ciphers=%s takes weak ciphers", grade)}
}

func rowName(_ *confdoc.Case, e *end) []confdoc.Result {
	if e.row.level != "verify" && e.row.level != "secure" || strings.HasPrefix(e.row.key, "[") {
		return confdoc.Moot("no name from the DNS is compared")
	}
	match := e.row.attributes["match"]
	switch {
	case match != nil && slices.Contains(strings.Split(strings.ToLower(match.value), ":"), "hostname"):
		return []confdoc.Result{confdoc.Violated(match.place(), "match=hostname compares with a name from the DNS")}
	case match == nil && e.row.level == "verify":
		return e.raise("secure", "level verify compares with a name from the DNS")
	}
	return nil
}
