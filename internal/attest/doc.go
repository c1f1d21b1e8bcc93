// Package attest makes what a run wrote verifiable, later and on another
// machine: a manifest with the SHA-256 of every file, a chain over the manifests
// of successive runs, and a signature over both.
//
//   - A Manifest lists the artefacts of one run, what they were judged by, and
//     the manifest of the run before.
//   - The chain is a file of one Link a line. Each holds the SHA-256 of a
//     manifest and that of the line before, so that no line can be changed,
//     dropped or put in between without breaking those behind it.
//   - The signature is Ed25519 in a DSSE envelope. What is signed is an in-toto
//     Statement (v1) with the predicate test-result (v0.1), about the artefacts
//     and the manifest. The manifest names the end of the chain, so that the
//     signature of the newest covers all runs before.
//
// The package reads and writes through io and io/fs; files, names and the clock
// belong to the caller. Private keys are held by the standard library's types,
// and no text or error of this package contains a part of one.
//
// Invariants: what is read is bounded, and refused as a whole when it is not
// what this package writes; names of artefacts stay below the folder of their
// manifest; a run that is not complete never attests PASSED.
package attest
