package gateway

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// Demand is what a row asks of a peer on the wire: a rule whose check is named,
// but not yet bound, and the check's parameters as a policy would write them.
type Demand struct {
	Rule   audit.Rule
	Params map[string]any
	// Off, if set, says why no check decides it and what a person does
	// instead.
	Off string
}

// The rules about peers. Rows make rules with ids such as
// "FP-08.outbound.10.chain".
const (
	wireRule        = "FP-08"
	certificateRule = "FP-09"
)

// mail are the protocols a mail gateway's table is about.
func mail() []string { return []string{"smtp", "smtps"} }

// anyVersion is what "TLS is offered" means to a gateway; which versions are
// good is for other rules.
func anyVersion() map[string]any {
	return map[string]any{"any": []any{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}}
}

// Demands expands the table to what its rows ask of the peers. Each row demands
// its parts as rules of their own, which apply where the row governs the
// target, so that the control of each finding names the row.
func (t *Table) Demands() []Demand {
	if len(t.Rows) == 0 {
		return nil
	}
	x := &expansion{t: t, g: t.governor(), seen: map[string]bool{}}
	for i := range t.Rows {
		if !t.Rows[i].Disabled {
			x.row(i)
		}
	}
	for _, direction := range []string{Outbound, Inbound} {
		x.unmatched(direction)
	}
	x.label()
	x.certificate()
	return x.list
}

type expansion struct {
	t    *Table
	g    *governor
	seen map[string]bool
	list []Demand
}

func (x *expansion) row(i int) {
	r := &x.t.Rows[i]
	base := unique(fmt.Sprintf("%s.%s.%d", wireRule, r.Direction, r.Priority), "-", x.seen)
	what := fmt.Sprintf("priority %d, %s", r.Priority, r.Level)
	if r.Strength() != "" && r.Level.Encrypts() {
		what += ", " + r.Strength()
	}
	add := func(part, title, check string, params map[string]any, applies ...string) *Demand {
		x.list = append(x.list, Demand{Params: params, Rule: audit.Rule{
			Profile: x.t.id(), ID: base + "." + part, Severity: audit.High, Note: r.Note,
			Control: wireRule + "/" + safeName(r.Name), Level: audit.Must, Check: check, Applies: applies, Place: &r.Place,
			Title: fmt.Sprintf("%s row %q (%s): %s", r.Direction, r.Name, what, title),
			Match: func(target *audit.Target, o *audit.Observation) bool {
				list, _ := x.g.governing(r.Direction, target, o)
				return slices.Contains(list, i)
			},
		}})
		return &x.list[len(x.list)-1]
	}
	if r.Undecided != "" {
		add("undecided", "what the row demands", "messaging.strong_crypto", nil, mail()...).Off = "the file does not tell what the row demands: " + r.Undecided
	}
	if !r.Level.Encrypts() {
		lead := fmt.Sprintf("the %s row %q enforces nothing (%s)", r.Direction, r.Name, r.Level)
		d := add("exception", "nothing is enforced", "protocol.tls_enabled", anyVersion(), mail()...)
		d.Rule.Level, d.Rule.Severity, d.Rule.Lead = audit.May, audit.Info, lead
		return
	}
	add("starttls", "the peer offers STARTTLS", "smtp.starttls.offered", nil, "smtp")
	add("tls", "the peer offers TLS and a handshake completes", "protocol.tls_enabled", anyVersion(), mail()...)
	if r.MinBits > 0 {
		add("strength", fmt.Sprintf("the peer accepts a suite of %d bits or more", r.MinBits), "messaging.strong_crypto",
			map[string]any{"min_bits": r.MinBits, "direction": r.Direction}, mail()...)
	}
	x.authentication(r, add)
}

// authentication adds what the row demands of the certificate.
func (x *expansion) authentication(r *Row, add func(part, title, check string, params map[string]any, applies ...string) *Demand) {
	if r.Level.Chain() {
		d := add("chain", "the certificate chains to a trust anchor", "cert.chain.trusted", nil, mail()...)
		if x.t.own(r) && x.t.Deployment == Hybrid && r.Direction == Outbound {
			d.Rule.Until = Downgrade()
		}
	}
	if r.Level.CN() && len(r.Names) == 0 {
		add("name", "the certificate names the host", "cert.identity", nil, mail()...)
	}
	if r.Level.CN() && len(r.Names) > 0 {
		add("name", "the certificate has one of the names "+strings.Join(r.Names, ", "), "cert.identity", nil, mail()...).Off =
			"the row accepts the names " + strings.Join(r.Names, ", ") + " instead of the host's; compare them with the names on the certificate (sheet Certificates, or openssl s_client)"
	}
	switch r.Level {
	case DANEOnly:
		add("dane", "the certificate is named by TLSA records", "smtp.dane", nil, mail()...).Off = "TLSA records are not looked up; compare the certificate with the answer of a validating resolver"
	case Fingerprint:
		add("fingerprint", "the certificate is one of those listed", "cert.identity", nil, mail()...).Off = "compare the fingerprints of the row with the certificate in the evidence"
	}
}

// unmatched tells the reader that no row governs a mail endpoint: TLS is then
// opportunistic. A direction without a table speaks up only for targets that
// state it.
func (x *expansion) unmatched(direction string) {
	empty := !x.g.anyOutbound
	if direction == Inbound {
		empty = !x.g.anyInbound
	}
	place := x.t.Rows[0].Place
	x.list = append(x.list, Demand{Params: anyVersion(), Rule: audit.Rule{
		Profile: x.t.id(), ID: wireRule + "." + direction + ".unmatched", Control: wireRule + "/no row", Level: audit.May, Severity: audit.Info,
		Check: "protocol.tls_enabled", Applies: mail(), Place: &place,
		Title: fmt.Sprintf("no %s row matches: TLS is opportunistic and nothing is enforced", direction),
		Lead:  fmt.Sprintf("no %s row matches, nothing is enforced", direction),
		Match: func(target *audit.Target, o *audit.Observation) bool {
			if target.Direction != direction && (target.Direction != "" || empty) {
				return false
			}
			_, whole := x.g.governing(direction, target, o)
			return !whole
		},
	}})
}

// label tells the reader that a target does not say which mail it takes in a
// form a row can be looked up for.
func (x *expansion) label() {
	x.list = append(x.list, Demand{
		Params: anyVersion(),
		Rule: audit.Rule{
			Undecided: "the label " + DomainLabel + " of the target holds what is no domain, so that no row can be looked up for it: write domains with commas between them",
			Profile:   x.t.id(), ID: wireRule + ".label", Control: wireRule + "/mail domains of the target", Level: audit.Must, Severity: audit.High,
			Check: "protocol.tls_enabled", Applies: mail(), Place: &x.t.Place, Title: "the target says which mail domains it serves",
			Match: func(target *audit.Target, _ *audit.Observation) bool {
				_, odd := mailDomains(target.Labels[DomainLabel])
				return len(odd) > 0
			},
		},
	})
}

// certificate asks whether our own certificate is one the peers of outbound
// rows can take (FP-09). Without facts about it that is for a person.
func (x *expansion) certificate() {
	if !x.g.anyOutbound {
		return
	}
	d := Demand{Rule: audit.Rule{
		Profile: x.t.id(), ID: CertificateRule, Control: certificateRule + "/outgoing certificate", Level: audit.Should, Severity: audit.Medium,
		Check: "messaging.client_certificate", Applies: mail(), Place: &x.t.Place,
		Title: "the gateway's own certificate is for clients, where the peer asks for one",
		Match: func(target *audit.Target, o *audit.Observation) bool {
			list, _ := x.g.governing(Outbound, target, o)
			return len(list) > 0
		},
	}}
	switch {
	case x.t.Outgoing != nil:
		d.Params = x.t.Outgoing.Params()
	case x.t.OutgoingFile == "":
		d.Off = "the certificate the gateway presents to its peers is not stated: name it under gateway.outgoing_certificate to have it compared with what the peers ask for"
	}
	x.list = append(x.list, d)
}

// CertificateRule is the id of the rule about our own certificate.
const CertificateRule = certificateRule + ".client_certificate"

// Params are what the rule about our own certificate has to know of it.
func (c *Certificate) Params() map[string]any {
	if !c.EKUPresent {
		return map[string]any{"any_purpose": true}
	}
	list := []any{}
	for _, e := range c.EKU {
		list = append(list, e)
	}
	return map[string]any{"eku": list}
}
