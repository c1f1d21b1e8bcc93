package postfix

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

var levelRules = []*confdoc.Rule{
	{
		ID: "PF-03", Check: "config.transport", Title: "the server offers TLS",
		Doc:    "Without STARTTLS all mail comes in clear text. smtpd offers it where the level is may or encrypt, and a certificate is there; with a list Postfix does not understand it announces STARTTLS and answers 454.",
		Detect: "smtpd_tls_security_level or, where that is empty, smtpd_use_tls and smtpd_enforce_tls; certificates; words of the lists. Servers on loopback addresses are left out.",
		Of:     confdoc.OfServer, Level: audit.Must, Severity: audit.High, Confidence: "verified",
		Text:  "postconf -e 'smtpd_tls_chain_files = /etc/postfix/key-and-chain.pem' 'smtpd_tls_security_level = may' && postfix reload",
		Judge: ownEnd(offered),
	},
	{
		ID: "PF-04", Check: "config.transport", Title: "the client uses TLS where a peer offers it",
		Doc:    "At level none, which is the default before 3.11, all mail leaves in clear text, also to servers that offer STARTTLS.",
		Detect: "smtp_tls_security_level or, where that is empty, smtp_use_tls and smtp_enforce_tls, of the services smtp and relay.",
		Of:     confdoc.OfClient, Level: audit.Must, Severity: audit.Medium, Confidence: "verified",
		Judge: ownEnd(asked),
	},
	{
		ID: "PF-05", Check: "config.transport", Title: "passwords are taken under TLS only",
		Doc:    "A client that does not see STARTTLS, since somebody took it away, sends its password in clear text if the server lets it.",
		Detect: "smtpd_sasl_auth_enable with a level below encrypt, smtpd_tls_auth_only not set and mechanisms with plain passwords not excluded by smtpd_sasl_security_options.",
		Of:     confdoc.OfServer, Level: audit.Must, Severity: audit.High, Confidence: "documented",
		Judge: ownEnd(authentication),
	},
	{
		ID: "PF-07", Check: "config.transport", Title: "the level is one a server has",
		Doc:    "smtpd knows none, may and encrypt. At verify, secure and fingerprint it logs a warning and acts as at encrypt: no client certificate is checked.",
		Detect: "smtpd_tls_security_level.",
		Of:     confdoc.OfServer, Level: audit.Should, Severity: audit.Low, Confidence: "verified",
		Judge: ownEnd(serverLevel),
	},
	{
		ID: "PF-08", Check: "config.load", Title: "the program of the service starts",
		Doc:    "A level or a boolean Postfix does not know is fatal to the program that reads it: master goes on and the service does not answer.",
		Detect: "Levels, booleans of TLS, and options of master.cf without an equals sign. A comment behind a value is part of the value.",
		Of:     confdoc.OfListener, Level: audit.Must, Severity: audit.High, Confidence: "verified",
		Judge: starts,
	},
	{
		ID: "PF-09", Check: "config.transport", Title: "DANE has what it needs",
		Doc:    "Without DNSSEC look-ups the level dane acts as may, and dane-only defers all mail.",
		Detect: "Level dane or dane-only of a client with smtp_dns_support_level other than dnssec, or smtp_host_lookup without dns.",
		Of:     confdoc.OfClient, Level: audit.Must, Severity: audit.Medium, Confidence: "documented",
		Judge: daneUsable,
	},
	{
		ID: "PF-12", Check: "config.options", Title: "levels are set by the parameters of today",
		Doc:    "smtpd_use_tls, smtp_use_tls, smtpd_enforce_tls and smtp_enforce_tls are from before 2.3 and will be removed. smtp_enforce_tls also compares names, which smtp_tls_security_level = encrypt does not.",
		Detect: "The older parameters decide, since the security level is empty.",
		Of:     confdoc.OfListener, Level: audit.Should, Severity: audit.Low, Confidence: "documented",
		Judge: ownEnd(oldParameters),
	},
	{
		ID: "PF-13", Check: "config.complete", Title: "the policy tables of the client were read",
		Doc:    "An entry of smtp_tls_policy_maps beats the level of main.cf for its next hop.",
		Detect: "Tables of the types hash, btree, lmdb, cdb, dbm and texthash are read from their text; others are not known.",
		Of:     confdoc.OfDocument, Level: audit.Must, Severity: audit.Low, Confidence: "documented",
		Judge: tablesRead,
	},
}

func offered(c *confdoc.Case, e *end) []confdoc.Result {
	level := e.security.from[0]
	place := e.at(level)
	switch {
	case e.local:
		return confdoc.Moot("only the machine itself gets there")
	case e.security.level == "":
		return []confdoc.Result{confdoc.Undecided(place, e.why(e.security))}
	case e.security.level == "none":
		r := confdoc.Violated(place, "no TLS is offered: "+e.why(e.security)).Wants(audit.Want{StartTLS: true})
		if e.certified() {
			r.Text = e.command("smtpd_tls_security_level", "may")
		}
		return []confdoc.Result{r}
	case e.broken != "":
		place = e.at(e.brokenBy)
		r := confdoc.Violated(place, "TLS does not work: "+e.broken).With(e.repair(c.Min)...)
		if text := e.repairText(); text != "" {
			r.Text = text
		}
		return []confdoc.Result{r}
	}
	return nil
}

// mended is the value that makes the parameter that keeps TLS from working
// right; empty if that takes a person.
func (e *end) mended() string {
	v := e.brokenBy
	switch {
	case strings.HasSuffix(v.name, "protocols"):
		text, _ := spell(kept(protocols{}, audit.TLSv12), e.bounds())
		return text
	case strings.HasSuffix(v.name, "_cipherlist"):
		text, _ := e.standard(v.name)
		return text
	case strings.HasSuffix(v.name, "exclude_ciphers") && e.ciphers.fails == "":
		return "aNULL, RC4, 3DES, MD5" // some list that leaves something
	case strings.HasSuffix(v.name, "exclude_ciphers"), v.name == "exclude":
		list := words(v.text, colonSeparators)
		for i := range list {
			list[i] = strings.TrimLeft(list[i], "!+-@")
		}
		return strings.Join(words(strings.Join(list, " "), listSeparators), ", ")
	case strings.HasSuffix(v.name, "_ciphers"):
		return "high"
	}
	return ""
}

func (e *end) repair(lowest audit.Version) []conftree.Edit {
	text := e.mended()
	if text == "" {
		return nil
	}
	edits := e.setAll(e.brokenBy.name, text)
	if len(edits) > 0 && strings.HasSuffix(e.brokenBy.name, "_protocols") {
		edits = append(edits, e.started(e.brokenBy.name, text, lowest)...)
	}
	return edits
}

func (e *end) repairText() string {
	if text := e.mended(); text != "" {
		return e.command(e.brokenBy.name, text)
	}
	return ""
}

func asked(_ *confdoc.Case, e *end) []confdoc.Result {
	place := e.at(e.security.from[0])
	switch {
	case e.program == "lmtp":
		return confdoc.Moot("LMTP delivers to the mailboxes of the site")
	case e.security.level == "":
		return []confdoc.Result{confdoc.Undecided(place, e.why(e.security))}
	case e.security.level == "none" && !e.usual():
		return []confdoc.Result{confdoc.Undecided(place, "level none, and which hosts the transport is for is told elsewhere")}
	case e.security.level == "none":
		name := e.program + "_tls_security_level"
		return []confdoc.Result{violated(place, e.command(name, "may"), e.setAll(name, "may"), "mail leaves in clear text: %s", e.why(e.security))}
	case e.broken != "":
		return []confdoc.Result{violated(e.at(e.brokenBy), e.repairText(), e.repair(audit.TLSv12), "TLS does not work: %s", e.broken)}
	}
	return nil
}

func authentication(_ *confdoc.Case, e *end) []confdoc.Result {
	sasl, only := e.value("smtpd_sasl_auth_enable"), e.value("smtpd_tls_auth_only")
	place := e.at(sasl)
	switch {
	case sasl.open || only.open:
		return []confdoc.Result{confdoc.Undecided(place, e.origin(sasl)+"; "+e.origin(only))}
	case !sasl.is():
		return confdoc.Moot("no passwords are taken: " + e.origin(sasl))
	case e.security.level == "":
		return []confdoc.Result{confdoc.Undecided(place, e.why(e.security))}
	case e.local, e.security.level == "encrypt", only.is():
		return nil
	}
	for _, w := range words(strings.ToLower(e.value("smtpd_sasl_security_options").text), listSeparators) {
		if w == "noplaintext" {
			return nil
		}
	}
	return []confdoc.Result{violated(place, e.command("smtpd_tls_auth_only", "yes"), e.setAll("smtpd_tls_auth_only", "yes"),
		"passwords are taken in clear text: %s at level %s, %s", e.origin(sasl), e.security.level, e.origin(only))}
}

func serverLevel(_ *confdoc.Case, e *end) []confdoc.Result {
	if e.security.note == "" {
		return nil
	}
	v := e.security.from[0]
	return []confdoc.Result{violated(e.at(v), e.command(v.name, "encrypt"), e.setAll(v.name, "encrypt"), "%s", e.security.note)}
}

func starts(c *confdoc.Case) []confdoc.Result {
	e := endOf(c)
	if e.row != nil {
		return confdoc.Moot("an entry of a table is no program")
	}
	if e.security.stops == "" {
		return nil
	}
	v := e.security.from[0]
	place := e.at(v)
	if e.service != nil && e.service.stops != "" {
		return []confdoc.Result{confdoc.Violated(e.service.place(), "the program does not start: "+e.service.stops).With(e.service.stopsFor...)}
	}
	if all := words(strings.ToLower(v.text), listSeparators); len(all) > 0 { // "may # since 2020"
		word := all[0]
		allowed := levels
		if c.Listener.Server() {
			allowed = levels[:3]
			if strings.HasPrefix(word, "dane") && strings.HasSuffix(v.name, "_tls_security_level") {
				word = "may"
			}
		}
		for _, level := range allowed {
			if word == level {
				return []confdoc.Result{violated(place, e.command(v.name, level), e.setAll(v.name, level), "the program does not start: %s", e.security.stops)}
			}
		}
	}
	return []confdoc.Result{confdoc.Violated(place, "the program does not start: "+e.security.stops)}
}

func daneUsable(c *confdoc.Case) []confdoc.Result {
	e := endOf(c)
	if l := e.security.level; l != "dane" && l != "dane-only" {
		return confdoc.Moot("the level is not dane")
	}
	if e.main == nil {
		return confdoc.Moot("main.cf is not here")
	}
	reason, because := e.dane(e.program)
	if reason == "" {
		if because.open {
			return []confdoc.Result{confdoc.Undecided(e.at(because), e.origin(because))}
		}
		return nil
	}
	what := "acts as may"
	if e.security.level == "dane-only" {
		what = "defers all mail"
	}
	value := "dnssec"
	if strings.HasSuffix(because.name, "host_lookup") {
		value = "dns"
	}
	return []confdoc.Result{violated(e.at(because), e.command(because.name, value), e.setAll(because.name, value), "level %s %s: %s", e.security.level, what, reason)}
}

func oldParameters(_ *confdoc.Case, e *end) []confdoc.Result {
	if !e.security.old {
		return nil
	}
	name := e.security.from[0].name
	return []confdoc.Result{violated(e.at(e.security.from[1]), e.command(name, e.security.level), e.setAll(name, e.security.level), "%s decides, and will be removed", e.security.from[1])}
}

func tablesRead(c *confdoc.Case) (results []confdoc.Result) {
	s := syntaxOf(c)
	for _, gap := range s.unread {
		results = append(results, confdoc.Undecided(gap.Place, gap.Message))
	}
	if len(results) == 0 && len(s.tables) == 0 {
		return confdoc.Moot("there are none")
	}
	return results
}
