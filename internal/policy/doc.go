// Package policy turns what people write down about TLS into rules: built-in
// profiles of standards, their own policies, and the mail gateway's table of
// enforced connections.
//
// A policy is a list of audit.Rule; this package knows checks by their names in
// the vocabulary and judges nothing. Only where it compares profiles with each
// other (Policy.Conflicts) does it look into the parameters of some checks; no
// verdict rests on that. What it is given to demand never vanishes: a rule whose check this program does not have, that only a person
// can decide, or that a policy switches off, is in Policy.Unautomated with the
// reason.
//
// Reading is strict (package strictyaml). Every fault is an *audit.InputError
// with file, line and column; a misspelt check, level or suite is never
// skipped, because a demand that is not understood is a demand not made.
//
// A level never turns a check around: must_not and should_not are taken only by
// checks whose parameters say what must not be. A policy that switches a rule
// off, weakens it or gives it other parameters says why, and may limit that to
// a scope; outside of it the rule stays as it is.
//
// Profiles are chosen side by side. One that builds on another brings it along
// as a part of its own; what two of them contradict each other in is reported,
// never averaged.
//
// Invariants: profile id, rule id and scope together are unique, and the scopes
// of one rule do not overlap; every rule has a severity and a place; parameters are decoded by the check they belong to
// before any endpoint is probed.
package policy
