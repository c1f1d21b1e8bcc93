// Package wire speaks just enough TLS to learn what a server would do, and not
// one message more.
//
// # What it is for
//
// A scanner asks a server many small questions: would you take this version,
// this cipher suite, this group? For nearly all of them the answer is in clear
// text, in the first flight the server sends. So the package builds a
// ClientHello ([Hello.AppendTo]), sends it and reads that flight ([Exchange]):
// no keys, no signatures, no certificate parsing. One exchange costs a tenth of
// a full handshake, and, more important, it can be done for suites, groups and
// versions nobody implements any more: SSLv2, SSLv3, export suites, explicit
// curves, GOST.
//
// TLS 1.3 encrypts everything after ServerHello. Suites and groups are still
// readable without keys, from the HelloRetryRequest a server sends when the
// hello carries an empty key_share list. For the certificates there is a
// second, keyed reader ([ReadTLS13]) that makes one real key exchange, decrypts
// up to CertificateVerify and stops there.
//
// # What it does not do
//
//   - It does not dial, retry or judge. What an outcome means, and whether it
//     can be believed, is the business of package scanner: a [Reset] is an
//     observation here and never a "no". Nor does it compare the answer with
//     the question: that a server chose a suite nobody offered is for the
//     caller to notice.
//   - It verifies nothing. Signatures, Finished and certificates are read, not
//     checked: a machine in the middle can show us what it likes. That a
//     handshake really completes is proven elsewhere, by a full one.
//   - It completes no handshake and sends no second flight, except the second
//     hello of a HelloRetryRequest in [ReadTLS13].
//   - It does not look into certificates; they are handed out as DER.
//
// # Invariants
//
//   - Every way an exchange can end has its own [Outcome]. None of them is
//     folded into another, and the zero value says that nothing was learnt.
//   - What was parsed before a fault is kept: Outcome tells what the server
//     answered, [Flight.Stop] and Err what cut the rest short, and [Flight.Done]
//     is set only when everything asked for was read.
//   - All input is bounded, whoever sends it: 256 KiB of handshake messages, 100
//     certificates, 1000 authority names, 32 records or warnings that carry
//     nothing, one HelloRetryRequest with a cookie of at most 8 KiB.
//   - The deadline is that of the context (30 seconds if it has none or a later
//     one) and absolute: a peer that drips one byte per second gains nothing by
//     it. Cancelling the context ends an exchange at once.
//   - No function panics on any input; every parser has a fuzz target.
//
// Messages are those of RFC 8446 (TLS 1.3), RFC 5246, 4346, 2246 (TLS 1.2 to
// 1.0), RFC 6101 (SSLv3), RFC 8422 and 4492 (elliptic curves) and Hickman's
// 1995 SSLv2 draft.
package wire
