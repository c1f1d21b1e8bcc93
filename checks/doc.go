// Package checks is the rule book: one value of audit.Check per file, listed in
// All. A check decides one thing about one observation, from facts alone. It
// knows no standard, writes no configuration syntax, opens nothing and reads no
// clock but Case.Now.
//
// Invariants:
//
//   - A check never says "pass". It says what is violated, what it could not
//     decide, and otherwise nothing; the engine grants the pass once the
//     check's needs are met.
//   - What was seen counts even when evidence is incomplete; what was not seen
//     counts only when evidence is complete.
//   - Parameters are validated strictly: an unknown key or a wrong type is an
//     error that names the key.
//
// A new check costs one file with its examples and one line in All.
package checks
