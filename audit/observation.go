package audit

import (
	"net/netip"
	"time"
)

// Reach says how far an endpoint could be talked to at all.
type Reach string

// The values of Reach.
const (
	// ReachUnknown: nothing was learnt (interrupted, or an internal error).
	ReachUnknown Reach = "unknown"
	// ReachUnreachable: no connection, or none that answered.
	ReachUnreachable Reach = "unreachable"
	// ReachNoTLS: the peer answered in its protocol, but TLS was not to be had
	// (no STARTTLS, a plain-text service, a legacy-only Sametime port).
	ReachNoTLS Reach = "no-tls"
	// ReachTLS: at least one TLS record of a handshake came back.
	ReachTLS Reach = "tls"
	// ReachDNS: the subject is a mail domain, and the DNS told its mail hosts, or
	// that it has none. What speaks TLS are the hosts, subjects of their own.
	ReachDNS Reach = "dns"
)

// Observation is what a scan of one Target brought back: facts only. It is
// self-contained, so that it can be stored and judged again under another
// policy without touching the network.
type Observation struct {
	Target Target `json:"target"`
	Reach  Reach  `json:"reach"`
	// Reason explains a Reach other than "tls", in one line.
	Reason string `json:"reason,omitempty"`
	// Address is the IP and port really dialled.
	Address netip.AddrPort `json:"address,omitzero"`
	// Connections counts TCP connections opened, of every kind.
	Connections int `json:"connections"`
	// Cost is what else the scan cost the two sides. Evidence recorded before
	// there was this field has none.
	Cost     *Cost     `json:"cost,omitempty"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	// Depth is the name of the scan depth: it bounds what was asked.
	Depth string `json:"depth,omitempty"`
	// Interrupted is set when the end of the run overtook the scan: what was
	// seen is true, but nobody knows what the rest would have shown.
	Interrupted bool `json:"interrupted,omitempty"`

	Posture
	StartTLS *StartTLS `json:"starttls,omitempty"`
	Sametime *Sametime `json:"sametime,omitempty"`
	// HTTP is set for https.
	HTTP *HTTP `json:"http,omitempty"`
	// MailDomain is what is known about a mail domain; nil for an endpoint.
	MailDomain *MailDomain `json:"mail_domain,omitempty"`
	// MailHost is what the DNS says about a mail host; nil if it was not asked.
	MailHost *MailHost `json:"mail_host,omitempty"`
	// Handshake reports the one full handshake that proves the endpoint
	// completes a key exchange and Finished messages.
	Handshake *Handshake `json:"handshake,omitempty"`
	// ClientAuth is what the server asks of clients, and nil where that was not
	// learnt. Evidence recorded before there was this field has none.
	ClientAuth *ClientAuth `json:"client_auth,omitempty"`
	// Nodes are the other addresses of the name, where it was audited at all of
	// them: the observation of the first address compares itself with the rest.
	Nodes []Node `json:"nodes,omitempty"`
	// Notes are things worth a reader's eye that no rule asks for: retries,
	// throttling seen, hello sizes that failed, inconsistent back ends.
	Notes []string `json:"notes,omitempty"`
}

// Cost is what the scan of one endpoint took besides connections.
type Cost struct {
	// BytesSent and BytesReceived count the payload of TCP, of all connections.
	BytesSent     int64 `json:"bytes_sent"`
	BytesReceived int64 `json:"bytes_received"`
	// Milliseconds is the time from the beginning of the scan to its end, with
	// the waits that politeness put in.
	Milliseconds int64 `json:"milliseconds"`
}

// Posture says what a listener accepts. The scanner observes one; from a
// configuration file one is declared in the same words.
type Posture struct {
	// Versions holds one entry per version of Versions, oldest first.
	Versions []VersionFact `json:"versions"`
	// Groups holds the key-exchange groups learnt, per version, in the order
	// the server revealed them.
	Groups []GroupFact `json:"groups"`
	// Chains holds each distinct certificate chain presented.
	Chains []Chain `json:"chains"`
	// ChainsAnswer is Accepted when the chain of every kind of certificate the
	// listener can present was read (RSA, ECDSA and so on, at every accepted
	// version), Undetermined when one is missing: what was not read cannot be
	// in order. ChainsEvidence then names it.
	ChainsAnswer   Answer `json:"chains_answer"`
	ChainsEvidence string `json:"chains_evidence,omitempty"`
	// Features holds the session features asked about, newest version first and in the
	// order of their declaration. Evidence recorded before there was this field
	// has none: not asked.
	Features []FeatureFact `json:"features,omitempty"`
	// Schemes holds the signature schemes the server signs handshakes with,
	// newest version first, in the order learnt; VersionFact.SchemesAnswer says
	// whether they are all.
	Schemes []SchemeFact `json:"schemes,omitempty"`
}

// Version returns the facts about v, and a zero NotAsked fact if there are none.
func (p *Posture) Version(v Version) VersionFact {
	for _, f := range p.Versions {
		if f.Version == v {
			return f
		}
	}
	return VersionFact{Version: v}
}

// Preference says who decides between acceptable cipher suites.
type Preference string

// The values of Preference. The empty string means not asked.
const (
	PreferenceServer       Preference = "server"
	PreferenceClient       Preference = "client"
	PreferenceUndetermined Preference = "undetermined"
)

// VersionFact is what is known about one protocol version.
type VersionFact struct {
	Version Version `json:"version"`
	Answer  Answer  `json:"answer"`
	// Evidence is the exchange behind Answer: "alert 70 protocol_version",
	// "ServerHello", "reset after ClientHello; control probe answered".
	Evidence string `json:"evidence,omitempty"`
	// Place is where a configuration file says so; nil for what was observed.
	Place *Place `json:"place,omitempty"`
	// Suites are the accepted suites, in the server's order if Preference is
	// "server" and SuitesUnordered is not set.
	Suites []Suite `json:"suites"`
	// SuitesUnordered: the server's order was not asked for. Suites is a set,
	// listed in an order of our own.
	SuitesUnordered bool `json:"suites_unordered,omitempty"`
	// SuitesAnswer is Accepted when Suites is proven complete (every other
	// suite offered was refused), Undetermined when the enumeration broke off:
	// then Suites is a lower bound. NotAsked if suites were not enumerated, but
	// asked about one by one at most: then Suites are those seen to be accepted.
	SuitesAnswer Answer `json:"suites_answer"`
	// SuitesRefused are the suites that were offered and refused, by number,
	// where SuitesAnswer is NotAsked. What is neither here nor in Suites is not
	// known. Where Suites is complete it stays empty: all others are refused.
	SuitesRefused []Code `json:"suites_refused,omitempty"`
	// SuitesOffered counts the suites that were offered.
	SuitesOffered int        `json:"suites_offered,omitempty"`
	Preference    Preference `json:"preference,omitempty"`
	// PreferenceEvidence says how Preference was found.
	PreferenceEvidence string `json:"preference_evidence,omitempty"`
	// GroupsAnswer says about Posture.Groups at this version what SuitesAnswer
	// says about Suites: Accepted when every other group offered was refused,
	// Undetermined when the enumeration broke off, NotAsked if there was none.
	// Then Suite.Group and the groups listed are a sample.
	GroupsAnswer Answer `json:"groups_answer"`
	// GroupsOrder says who decides between acceptable groups, where that was
	// asked: PreferenceServer if the server keeps to its order whatever the
	// client's is. At TLS 1.3 it is the order of its HelloRetryRequests ("HRR
	// order"): many servers take an acceptable share that is there already.
	GroupsOrder Preference `json:"groups_order,omitempty"`
	// SchemesAnswer says about Posture.Schemes at this version what GroupsAnswer
	// says about groups. They are enumerated at depth deep; else those seen are
	// a sample.
	SchemesAnswer Answer `json:"schemes_answer,omitempty"`
}

// Suite is one accepted cipher suite.
type Suite struct {
	ID      Code   `json:"id"`
	Name    string `json:"name"`
	OpenSSL string `json:"openssl,omitempty"`
	// Bits is the effective strength of the bulk cipher in bits (168-bit 3DES
	// is 112).
	Bits int `json:"bits"`
	// Group is the key-exchange group of the exchange in which the suite was
	// seen, where one was read.
	Group string `json:"group,omitempty"`
	// DHBits is the size of the finite-field prime, for DHE suites, where read.
	DHBits int `json:"dh_bits,omitempty"`
	// DHName names the prime if it is one that many servers share: a group such
	// as "ffdhe2048" or "MODP group 14", or a product that has it built in.
	// Empty with a DHPrime means that it is none of those known.
	DHName string `json:"dh_name,omitempty"`
	// DHPrime is "safe" if the modulus is a prime and half of it is one too,
	// "not-safe" if only itself is, "composite" if it is no prime, each as far
	// as a probabilistic test tells. Empty if that was not found out.
	DHPrime string `json:"dh_prime,omitempty"`
	// SigScheme is the signature scheme of the ServerKeyExchange, where read.
	SigScheme string `json:"sig_scheme,omitempty"`
}

// GroupFact is one key-exchange group and whether it is accepted at a version.
type GroupFact struct {
	ID      Code    `json:"id"`
	Name    string  `json:"name"`
	Version Version `json:"version"`
	Answer  Answer  `json:"answer"`
	// Bits is the classical strength in bits.
	Bits int `json:"bits,omitempty"`
}

// StartTLS is what an upgrade dialogue showed.
type StartTLS struct {
	// Offered: the capability was announced (Accepted) or a complete greeting
	// came without it (Refused).
	Offered Answer `json:"offered"`
	// Accepted: the STARTTLS command was taken.
	Accepted Answer `json:"accepted"`
	// Banner and Reply are the first greeting line and the reply to STARTTLS.
	Banner string `json:"banner,omitempty"`
	Reply  string `json:"reply,omitempty"`
	// Capabilities are the EHLO keywords, as sent.
	Capabilities []string `json:"capabilities,omitempty"`
	// InjectionAsked says whether bytes behind the STARTTLS reply were looked
	// for; Injected holds the first of them, if there were any: a peer, or
	// somebody in between, that speaks in plain text after agreeing to TLS.
	Injection Answer `json:"injection"`
	Injected  string `json:"injected,omitempty"`
	// Enforced is asked of mail servers only: Accepted if a mail transaction is
	// refused with 530 before STARTTLS, Refused if it may begin in plain text.
	// EnforcedReply is the reply that decided, or why none did.
	Enforced      Answer `json:"enforced,omitempty"`
	EnforcedReply string `json:"enforced_reply,omitempty"`
	Reason        string `json:"reason,omitempty"`
}

// SametimeVerdict says which dialects a Sametime community port answers.
type SametimeVerdict string

// The values of SametimeVerdict.
const (
	SametimeTLSOnly      SametimeVerdict = "tls-only"
	SametimeLegacyOnly   SametimeVerdict = "legacy-only"
	SametimeBoth         SametimeVerdict = "both"
	SametimeNeither      SametimeVerdict = "neither"
	SametimeUndetermined SametimeVerdict = "undetermined"
)

// Sametime is what two probes of a community port (1533) showed: a Virtual
// Places handshake in clear, and a TLS hello.
type Sametime struct {
	Verdict SametimeVerdict `json:"verdict"`
	Legacy  Answer          `json:"legacy"`
	TLS     Answer          `json:"tls"`
	// Answered describes the reply to the Virtual Places handshake, such as
	// "handshake-ack", "redirect to im2.example.com", "closed without a byte".
	Answered string `json:"answered,omitempty"`
	// ServerVersion is "major.minor" of the acknowledged handshake.
	ServerVersion string `json:"server_version,omitempty"`
	Reason        string `json:"reason,omitempty"`
}

// Handshake is the outcome of one complete handshake with keys.
type Handshake struct {
	Completed Answer  `json:"completed"`
	Version   Version `json:"version,omitempty"`
	Suite     string  `json:"suite,omitempty"`
	Group     string  `json:"group,omitempty"`
	// ClientCertificate: the server asked for one.
	ClientCertificate Answer `json:"client_certificate"`
	Reason            string `json:"reason,omitempty"`
}
