// Package dnsq asks the DNS, through resolvers that do the work of recursion and
// validation: addresses, mail hosts, texts and TLSA records, each with how the
// question ended and whether the answer is signed.
//
// # Who validates
//
// Signatures are not checked here; a resolver says with the AD flag that it did
// (RFC 4035 section 3.2.3). The flag is one bit that anybody on the path can
// set, so it counts only from a resolver on this machine, or from one of which
// the operator says that it validates and that the way to it is safe (RFC 4033
// section 7). That an answer is NOT signed takes more: a resolver that does not
// validate never sets the flag. A resolver on this machine is therefore asked
// once for the root zone, which is signed; if it does not vouch for that, whether
// other answers are signed is undetermined.
//
// # Invariants
//
//   - A failure is never an absence: what no resolver answered is a timeout or a
//     failure, and what it refuses to vouch for is bogus.
//   - What answers is not believed to be benign: an answer must be to the
//     question, chains of aliases and sets of records are bounded, loops end.
//   - At most 32 questions are under way, each is put once however many want to
//     know, and answers are kept for the life of the Resolver.
package dnsq
