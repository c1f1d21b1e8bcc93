// Package archtest keeps the shape of the source tree: who may import whom,
// that a declared check, format or protocol is also listed, that time and
// contexts enter by one door, and that files stay readable.
//
// It holds no product code; nothing imports it. Each rule is a pure function
// from parsed sources to violations, so that its own tests can hand it small
// wrong sources and see it object. The repository itself is put to all rules
// in repository_test.go.
//
// Invariant: a package that is not in the import map is a violation. The map
// is the one place where the architecture is changed on purpose.
package archtest
