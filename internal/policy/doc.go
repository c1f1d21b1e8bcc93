// Package policy turns what people write down about TLS into rules: built-in
// profiles of standards, their own policies, and the mail gateway's table of
// enforced connections.
//
// A policy is a list of audit.Rule; this package knows no check but by its name
// in the vocabulary and judges nothing. What it is given to demand never
// vanishes: a rule whose check this program does not have, that only a person
// can decide, or that a policy switches off, is in Policy.Unautomated with the
// reason.
//
// Reading is strict (package strictyaml). Every fault is an *audit.InputError
// with file, line and column; a misspelt check, level or suite is never
// skipped, because a demand that is not understood is a demand not made.
//
// A level never turns a check around: must_not and should_not are taken only by
// checks whose parameters say what must not be. A rule that a policy switches
// off, or lowers to where nothing fails, gives a reason.
//
// Invariants: profile id and rule id together are unique; every rule has a
// severity and a place; parameters are decoded by the check they belong to
// before any endpoint is probed.
package policy
