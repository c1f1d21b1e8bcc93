package audit

import "time"

// Feature names something a server does or does not do in a session, besides
// the suites and groups it takes.
type Feature string

// The features. Those that are a TLS extension bear the name the registry has
// for it.
const (
	// FeatureSecureRenegotiation: renegotiation is bound to the session it
	// renews (RFC 5746).
	FeatureSecureRenegotiation Feature = "renegotiation_info"
	// FeatureInsecureRenegotiation: renegotiation is granted to clients that do
	// not bind it to the session. Asked with a handshake that says nothing of
	// RFC 5746; a configuration may declare it, too.
	FeatureInsecureRenegotiation Feature = "insecure_renegotiation"
	// FeatureExtendedMasterSecret: the keys depend on the whole handshake (RFC 7627).
	FeatureExtendedMasterSecret Feature = "extended_master_secret"
	// FeatureEncryptThenMAC: CBC records are authenticated as sent (RFC 7366).
	FeatureEncryptThenMAC Feature = "encrypt_then_mac"
	// FeatureSessionTicket: the server is ready to hand out tickets (RFC 5077).
	FeatureSessionTicket Feature = "session_ticket"
	// FeaturePointFormats: the server answers the extension; Value lists the
	// formats of elliptic curve points it takes (RFC 8422 section 5.1.2).
	FeaturePointFormats Feature = "ec_point_formats"
	// FeatureCompression: records are compressed if the client agrees (RFC
	// 3749); Value is the method.
	FeatureCompression Feature = "compression"
	// FeatureHeartbeat: RFC 6520.
	FeatureHeartbeat Feature = "heartbeat"
	// FeatureTruncatedHMAC: RFC 6066 section 7.
	FeatureTruncatedHMAC Feature = "truncated_hmac"
	// FeatureClientCertificateURL: RFC 6066 section 5.
	FeatureClientCertificateURL Feature = "client_certificate_url"
	// FeatureStatusRequestV2: RFC 6961. Stapling by status_request is a fact of
	// the chain it belongs to: see Chain.Stapled.
	FeatureStatusRequestV2 Feature = "status_request_v2"
	// FeatureALPN: an application protocol is negotiated (RFC 7301); Value is
	// the one chosen of those offered.
	FeatureALPN Feature = "application_layer_protocol_negotiation"
	// FeatureReusesDHE and FeatureReusesECDHE: the same public value came in
	// two key exchanges of one scan, that is, within minutes. Refused means that
	// those seen, at least two, were all different; longer periods are not
	// looked at. Value names the group, or the kind of one.
	FeatureReusesDHE   Feature = "dhe_public_value_reused"
	FeatureReusesECDHE Feature = "ecdhe_public_value_reused"
	// FeatureFFDHE: the prime of DHE suites is negotiated by the groups the
	// client offers (RFC 7919). Refused means that the server sends a prime of
	// its own choice.
	FeatureFFDHE Feature = "ffdhe_negotiated"
	// FeatureSignatureAlgorithms: the server signs with none but the schemes the
	// client offers (RFC 5246 section 7.4.1.4.1, RFC 8446 section 4.2.3), shown
	// where few were offered. Refused means that it signed with another.
	FeatureSignatureAlgorithms Feature = "signature_algorithms"
	// FeatureFallbackSCSV: a hello that owns up to being a fallback is refused
	// below the newest version (RFC 7507).
	FeatureFallbackSCSV Feature = "fallback_scsv"
	// FeatureSignsMD5, FeatureSignsSHA1 and FeatureSignsSHA224: the server signs
	// its TLS 1.2 key exchange with that hash for a client that asks for it.
	FeatureSignsMD5    Feature = "key_exchange_signed_with_md5"
	FeatureSignsSHA1   Feature = "key_exchange_signed_with_sha1"
	FeatureSignsSHA224 Feature = "key_exchange_signed_with_sha224"
	// FeatureClientRenegotiation: a client may begin a new handshake within its
	// session (RFC 5246 section 7.4.1.1); the server answered one with a
	// ServerHello.
	FeatureClientRenegotiation Feature = "client_renegotiation"
	// FeatureSessionIDResumption: a session is taken up again by its number,
	// from the server's memory (RFC 5246 section 7.3).
	FeatureSessionIDResumption Feature = "session_id_resumption"
	// FeatureTicketResumption: a session is taken up again by the ticket handed
	// out: that of RFC 5077, or in TLS 1.3 a pre-shared key with a new key
	// exchange (RFC 8446 section 2.2).
	FeatureTicketResumption Feature = "ticket_resumption"
	// FeatureTicketLifetime: the server says how long its tickets are good for.
	// Value is the longest of them in seconds; 0 is "I do not say" (RFC 5077
	// section 3.3) up to TLS 1.2.
	FeatureTicketLifetime Feature = "ticket_lifetime"
	// FeatureEarlyData: the tickets of TLS 1.3 allow data before the handshake
	// is done (RFC 8446 section 4.2.10). Value is the number of bytes.
	FeatureEarlyData Feature = "early_data"
	// FeaturePSKOnly: a session of TLS 1.3 is taken up again without a new key
	// exchange (psk_ke, RFC 8446 section 4.2.9).
	FeaturePSKOnly Feature = "psk_ke"
	// FeatureClientCertificateRequired: a handshake without a client certificate
	// is refused. A server may complete it, and refuse later in the language of
	// the application: that is no refusal in TLS.
	FeatureClientCertificateRequired Feature = "client_certificate_required"
	// FeatureServerName: the server says that it made use of the name in the
	// hello (RFC 6066 section 3).
	FeatureServerName Feature = "server_name"
	// FeatureNoServerName and FeatureUnknownServerName: a hello without a name,
	// or with one the server cannot know, is answered with a ServerHello. Value
	// is "same certificate" or "other certificate", the latter with its SHA-256.
	FeatureNoServerName      Feature = "no_server_name"
	FeatureUnknownServerName Feature = "unknown_server_name"
	// FeatureRawPublicKey: a bare key is presented in place of a certificate to
	// clients that ask for it (RFC 7250).
	FeatureRawPublicKey Feature = "raw_public_key"
	// FeatureApplicationProtocols: Value lists the application protocols that
	// are taken of those offered, in the order in which they are chosen.
	FeatureApplicationProtocols Feature = "application_protocols"
	// FeatureUnknownValues: a hello with reserved values nobody implements is
	// answered as if they were not there (RFC 8701). If not, Value lists the
	// kinds of value that are stumbled over.
	FeatureUnknownValues Feature = "unknown_values"
	// FeatureNewerVersions: a hello in the form of TLS 1.2 with a number above
	// that is answered with a version the server has (RFC 5246 appendix E.1).
	// If not, Value lists the numbers that are stumbled over.
	FeatureNewerVersions Feature = "newer_versions"
	// FeatureHelloSizes: hellos of 256 to 511 bytes, of more than one record,
	// and cut into short records, are answered like others. If not, Value lists
	// those that are not.
	FeatureHelloSizes Feature = "hello_sizes"
)

// The known flaws that are probed for. Accepted means that the server showed
// the flaw, Refused that it was probed for it and did not, while it still
// answered. Nothing a server leaks is ever part of a fact.
const (
	// FeatureHeartbleed: a heartbeat that claims to be longer than it is was
	// answered with more bytes than were sent (CVE-2014-0160).
	FeatureHeartbleed Feature = "heartbleed"
	// FeatureCCSInjection: ChangeCipherSpec is taken before there are keys
	// (CVE-2014-0224).
	FeatureCCSInjection Feature = "ccs_injection"
	// FeatureROBOT: the answers to RSA key transport tell a premaster secret
	// with wrong padding from one with right padding; Value is "strong" or
	// "weak", by how many questions an attacker needs.
	FeatureROBOT Feature = "robot"
	// FeatureTicketbleed: a session taken up by ticket is answered with a session
	// id longer than the client's (CVE-2016-9244).
	FeatureTicketbleed Feature = "ticketbleed"
	// FeaturePOODLETLS: a CBC record whose padding bytes are wrong is taken.
	FeaturePOODLETLS Feature = "poodle_tls"
	// FeaturePaddingOracle: CBC records that are wrong in different ways are
	// refused in different ways; Value says which. It was probed with one suite at
	// the newest version that has one.
	FeaturePaddingOracle Feature = "padding_oracle"
	// FeaturePaddingOracleAnywhere: the same, probed with every CBC suite there
	// are keys for, at every version, several times over.
	FeaturePaddingOracleAnywhere Feature = "padding_oracle_any_suite"
)

// FeatureFact is what is known about a feature at one protocol version.
// Accepted means that the server did it or agreed to do it, Refused that it
// answered a hello that offered it and did not.
type FeatureFact struct {
	Name    Feature `json:"name"`
	Version Version `json:"version"`
	Answer  Answer  `json:"answer"`
	// Value says more about an accepted feature; see the features.
	Value string `json:"value,omitempty"`
	// Evidence is the exchange behind Answer.
	Evidence string `json:"evidence,omitempty"`
}

// Feature returns the fact about f at v, and a NotAsked one if there is none.
func (p *Posture) Feature(f Feature, v Version) FeatureFact {
	for _, fact := range p.Features {
		if fact.Name == f && fact.Version == v {
			return fact
		}
	}
	return FeatureFact{Name: f, Version: v}
}

// Staple is what is known about OCSP responses sent with one chain (RFC 6066
// section 8). Nobody but the server was asked.
type Staple struct {
	// Answer is Accepted if a response came with the chain, Refused if the
	// handshakes that asked for one all came without.
	Answer Answer `json:"answer"`
	// Status is "good", "revoked" or "unknown" as the response says; empty if
	// it could not be read.
	Status string `json:"status,omitempty"`
	// ThisUpdate and NextUpdate bound the time the response speaks of.
	ThisUpdate time.Time `json:"this_update,omitzero"`
	NextUpdate time.Time `json:"next_update,omitzero"`
	// Signed is Accepted if the response is about the leaf and signed by its
	// issuer or for it, Refused if it is not, Undetermined if that could not be
	// told, as without the issuer's certificate.
	Signed Answer `json:"signed"`
	// Reason explains what could not be read, or a Signed other than Accepted.
	Reason string `json:"reason,omitempty"`
}
