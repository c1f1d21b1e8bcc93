// Package compare says what became of findings and endpoints between two stored
// reports.
//
// It walks the records of both, which are in ascending order of subject, in
// lockstep and holds one of each. Facts are compared, not judged again: a
// finding by its fingerprint, an endpoint by what it accepted, and by the
// certificates it presented.
//
// Invariants: only a rule that was decided in order makes a finding fixed; what
// was not looked at, or is no longer asked, is undecided or gone. What only one
// side is sure of is no change of an endpoint: a suite that was not found by an
// enumeration that broke off is not refused. The list of changes is bounded, the
// counts are of all.
package compare
