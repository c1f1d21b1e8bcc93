package checks

import (
	"fmt"
	"net/netip"
	"strings"

	"tlsaudit/audit"
)

// submissionPort is the port where mail is handed in by clients, which look up
// neither MX nor TLSA records nor MTA-STS policies (RFC 6409).
const submissionPort = 587

// ofDomain returns the facts about the mail domain that is the subject. Without
// them out says why: of an endpoint, where the question is decided instead.
func ofDomain(c *audit.Case) (d *audit.MailDomain, out []audit.Outcome) {
	t, o := c.Target, c.Observation
	switch {
	case !t.IsDomain() && len(t.Domains) > 0:
		return nil, []audit.Outcome{moot("decided about the mail domain: %s", strings.Join(audit.ClipList(t.Domains, 3), ", "))}
	case !t.IsDomain() && t.Port == submissionPort:
		return nil, []audit.Outcome{moot("port %d takes mail from clients, not from other domains", t.Port)}
	case !t.IsDomain():
		return nil, []audit.Outcome{undecided("", "it is the mail domain that says so, and none led here: audit mx:DOMAIN")}
	case o.MailDomain == nil:
		return nil, []audit.Outcome{undecided("", "the domain was not looked up: %s", o.Reason)}
	case o.MailDomain.NullMX:
		return nil, []audit.Outcome{moot("the domain takes no mail (null MX)")}
	case o.MailDomain.MX.Outcome == audit.LookupNoName:
		return nil, []audit.Outcome{undecided("", "the domain does not exist")}
	}
	return o.MailDomain, nil
}

// lookupGap says why a look-up is no answer, or returns nothing.
func lookupGap(l *audit.Lookup) string {
	switch {
	case l.Answered():
		return ""
	case l.Outcome == "":
		return fmt.Sprintf("%s records of %s were not looked up", l.Type, l.Name)
	}
	return fmt.Sprintf("the look-up of %s %s ended as %s: %s", l.Type, l.Name, l.Outcome, l.Reason)
}

// asked is how a look-up stands in evidence.
func asked(l *audit.Lookup) string {
	text := l.Type + " " + l.Name
	if len(l.Aliases) > 0 {
		text += " -> " + strings.Join(l.Aliases, " -> ")
	}
	text += ": " + string(l.Outcome)
	switch l.Secure {
	case audit.Accepted:
		text += ", signed"
	case audit.Refused:
		text += ", not signed"
	}
	return text
}

// notValidated is what to do when nobody vouched for an answer.
const notValidated = "no resolver is known to validate: name one on this machine (--resolver 127.0.0.1), or say of the one you name that it does (--resolver-validates)"

// ofTLSA returns what the DNS says about a mail host. Without records out says
// why.
func ofTLSA(c *audit.Case) (d *audit.DANE, out []audit.Outcome) {
	t := c.Target
	if m := c.Observation.MailHost; m != nil && m.DANE != nil {
		return m.DANE, nil
	}
	_, err := netip.ParseAddr(t.Host)
	switch {
	case t.Port == submissionPort && len(t.Domains) == 0:
		return nil, []audit.Outcome{moot("port %d takes mail from clients, and DANE is for mail between servers (RFC 7672)", t.Port)}
	case err == nil:
		return nil, []audit.Outcome{undecided("", "TLSA records belong to names: audit the server by its name, or its domain: mx:DOMAIN")}
	}
	return nil, []audit.Outcome{undecided("", "TLSA records were not looked up: audit the mail domain (mx:DOMAIN), or name a resolver (--resolver ADDRESS)")}
}

// records returns the TLSA records that were found, whoever vouches for them.
// Without any, out says why.
func records(c *audit.Case) (d *audit.DANE, out []audit.Outcome) {
	d, out = ofTLSA(c)
	switch {
	case d == nil:
		return nil, out
	case d.TLSA.Absent():
		return nil, []audit.Outcome{moot("no TLSA record is published")}
	case d.TLSA.Outcome != audit.LookupFound || len(d.Records) == 0:
		return nil, []audit.Outcome{undecided(asked(&d.TLSA), "%s", lookupGap(&d.TLSA))}
	}
	return d, nil
}

// chainLabel names a chain by its leaf.
func chainLabel(chain *audit.Chain) string {
	if len(chain.Certificates) == 0 {
		return "the chain"
	}
	leaf := &chain.Certificates[0]
	if leaf.Key.Type == "" {
		return "the certificate " + leaf.SHA256[:min(len(leaf.SHA256), 16)]
	}
	return "the " + leaf.Key.Type + " certificate"
}
