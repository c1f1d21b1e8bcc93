// Package pki is the guarded door to X.509. It turns the certificates a peer
// presented into facts of package audit, and says what path validation and
// name comparison make of them.
//
// It opens no socket and follows no pointer found in a certificate. It does not
// say whether a fact is good: that is for checks.
//
// Invariants:
//
//   - Everything presented is hostile. No function panics, and none works for
//     longer than a few tens of milliseconds whatever it is given: keys outside
//     the size guards are measured but never used, the number of certificates,
//     names and signature checks is bounded.
//   - crypto/x509 alone decides about trust. zcrypto and the signature checks
//     made here only explain a refusal; they can never turn it around.
//   - What zcrypto parsed is never shared between calls, since it writes to its
//     certificates while it verifies. All else is not changed once it was read:
//     all functions may be called concurrently, and a Cache may share it.
package pki
