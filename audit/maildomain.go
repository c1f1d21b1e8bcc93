package audit

import "net/netip"

// ProtocolMX is the protocol of a target that is a mail domain, not an endpoint:
// "mx://example.com:25" stands for the hosts that take mail for example.com.
const ProtocolMX = "mx"

// IsDomain reports whether the target is a mail domain: what is known about it
// is Observation.MailDomain, and its Port is that of its mail hosts.
func (t *Target) IsDomain() bool { return t.Protocol == ProtocolMX }

// IsOf reports whether what is said about a protocol is said about the target. A
// mail domain is part of SMTP: rules about smtp are about the domains as well.
func (t *Target) IsOf(protocol string) bool {
	return t.Protocol == protocol || t.IsDomain() && protocol == "smtp"
}

// MailDomain is what the DNS, and the host of its MTA-STS policy, say about a
// mail domain. The text in it comes from the network and is hostile.
type MailDomain struct {
	Domain string `json:"domain"`
	// MX is the look-up of the MX records. Absent, the domain is its own and only
	// mail host (RFC 5321 section 5.1): then Implicit is set.
	MX       Lookup `json:"mx"`
	Implicit bool   `json:"implicit,omitempty"`
	// NullMX is set when the domain says that it takes no mail (RFC 7505).
	NullMX bool `json:"null_mx,omitempty"`
	// Hosts are the mail hosts, the preferred first.
	Hosts []MailExchanger `json:"hosts"`
	// Faults are what is wrong with the MX records, one line each.
	Faults []string `json:"faults,omitempty"`
	// Clipped is set when there were more hosts than are kept.
	Clipped bool    `json:"clipped,omitempty"`
	MTASTS  *MTASTS `json:"mta_sts,omitempty"`
	TLSRPT  *TLSRPT `json:"tls_rpt,omitempty"`
}

// MailExchanger is one mail host of a domain.
type MailExchanger struct {
	Host       string `json:"host"`
	Preference uint16 `json:"preference"`
	// Addresses are the looked-up addresses of both families; IPv4 and IPv6 say
	// how the questions ended.
	Addresses []netip.Addr `json:"addresses"`
	IPv4      Lookup       `json:"ipv4"`
	IPv6      Lookup       `json:"ipv6"`
	// Fault says what is wrong with the host as an MX: an address in place of a
	// name, an alias (RFC 5321 section 5.1), no name at all.
	Fault string `json:"fault,omitempty"`
}

// MTASTS is what a domain publishes for SMTP MTA Strict Transport Security (RFC
// 8461).
type MTASTS struct {
	// Record is the look-up of the TXT records at _mta-sts.DOMAIN; Records those
	// that begin with the version STSv1. There must be exactly one.
	Record  Lookup   `json:"record"`
	Records []string `json:"records,omitempty"`
	// ID is the id of the one record (section 3.1). RecordFault says why there is
	// none, though there are records.
	ID          string `json:"id,omitempty"`
	RecordFault string `json:"record_fault,omitempty"`
	// Fetch is the request for the policy; nil if it was not made, as without a
	// record.
	Fetch *PolicyFetch `json:"fetch,omitempty"`
	// Policy is what the file says; nil if none was fetched.
	Policy *STSPolicy `json:"policy,omitempty"`
}

// PolicyFetch is the one HTTPS request for an MTA-STS policy (RFC 8461 section
// 3.3). No redirect is followed.
type PolicyFetch struct {
	URL string `json:"url"`
	// Address is what was dialled; Lookup says how the host was found.
	Address netip.AddrPort `json:"address,omitzero"`
	Lookup  Lookup         `json:"lookup"`
	// Answer is Accepted when a response with status 200 and a body of bearable
	// size came, Refused when another response came, Undetermined when none did.
	Answer   Answer `json:"answer"`
	Status   int    `json:"status,omitempty"`
	Location string `json:"location,omitempty"`
	// MediaType is the Content-Type header as sent.
	MediaType string `json:"media_type,omitempty"`
	// Chain is what the host presented, assessed against the name of the host and
	// the anchors of the scan.
	Chain  *Chain `json:"chain,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// STSPolicy is an MTA-STS policy file (RFC 8461 section 3.2).
type STSPolicy struct {
	Version string `json:"version,omitempty"`
	Mode    string `json:"mode,omitempty"`
	// MaxAge is in seconds.
	MaxAge int `json:"max_age,omitempty"`
	// MX are the patterns in lower case, in the order written.
	MX []string `json:"mx,omitempty"`
	// Faults say what makes it no policy, one line each; senders then act as if
	// there were none.
	Faults []string `json:"faults,omitempty"`
}

// Matches reports whether a mail host is one the policy allows (RFC 8461 section
// 4.1): a pattern matches as a whole, or with "*." exactly one label.
func (p *STSPolicy) Matches(host string) bool {
	for _, pattern := range p.MX {
		if matchesMX(pattern, host) {
			return true
		}
	}
	return false
}

// TLSRPT is what a domain publishes for SMTP TLS Reporting (RFC 8460 section 3).
type TLSRPT struct {
	// Record is the look-up of the TXT records at _smtp._tls.DOMAIN; Records
	// those that begin with the version TLSRPTv1. There must be exactly one.
	Record  Lookup   `json:"record"`
	Records []string `json:"records,omitempty"`
	// RUA are the addresses reports go to: mailto: or https: URIs.
	RUA   []string `json:"rua,omitempty"`
	Fault string   `json:"fault,omitempty"`
}

// MailHost is what is known about an SMTP endpoint as the mail host of domains.
type MailHost struct {
	// DANE is what TLSA records demand of it; nil if they were not asked for.
	DANE *DANE `json:"dane,omitempty"`
	// Policies say what the MTA-STS policies of Target.Domains make of it.
	Policies []HostPolicy `json:"policies,omitempty"`
}

// HostPolicy is what the MTA-STS policy of one domain says about a mail host.
type HostPolicy struct {
	Domain string `json:"domain"`
	// Mode is that of the policy; empty if the domain has none that is valid.
	Mode string `json:"mode,omitempty"`
	// Allowed is Accepted when a pattern of the policy matches the host, Refused
	// when none does, NotAsked without a policy that names hosts.
	Allowed Answer `json:"allowed"`
	Reason  string `json:"reason,omitempty"`
}
