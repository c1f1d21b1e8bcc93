// Package maildomain finds out who takes mail for a domain and how the domain
// wants its transport protected: MX records, the MTA-STS policy (RFC 8461), TLS
// reporting (RFC 8460), and the TLSA records of the hosts (RFC 7672).
//
// It judges nothing. A domain becomes facts (audit.MailDomain), and its hosts
// become targets, each address once however many domains it serves. TLSA records
// are compared with the chains a scan of the host brought back.
//
// # What it asks whom
//
// The DNS, through the Resolver it is given, and of each domain that announces a
// policy one HTTPS GET of one fixed path. It follows no redirect and no pointer in
// what it reads, and dials the address it looked up.
//
// # Invariants
//
//   - What could not be looked up is told: as an outcome in the facts, and as a
//     gap of the expansion, since hosts nobody knows of are audited by nobody.
//   - Everything read is bounded: hosts and addresses in number, the policy in
//     bytes, lines and patterns, all of it in time.
package maildomain
