// Package waiver reads the exceptions people grant to rules, and applies them
// to findings.
//
// A waiver names a rule or a check, the subjects it is for, why, and until
// when. It never makes a finding disappear: what fails or warns becomes waived
// and says what it was. It never touches what is unknown, for nobody can
// accept what nobody knows. When it has run out the finding is back, with a
// note; what was never used, runs out soon or covers more than its author may
// have meant is reported.
//
// Reading is strict (package strictyaml); a waiver that could never match is an
// error and not a waiver that is quietly without effect. The package knows
// neither the policy nor the scanner: which rules, checks, profiles and
// protocols there are it is told by Known. It has no clock.
//
// Invariants: ids are unique over all files; every waiver has a reason and an
// end; the first one in the order written that holds wins, and one that holds
// wins over one that has run out.
package waiver
