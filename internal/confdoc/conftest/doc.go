// Package conftest is what the tests of configuration formats share: the
// samples, reading and judging as the callers of formats do, applying changes
// and looking whether they did what they are for, and checks every document
// must stand.
//
// It is for tests only: nothing of the product imports it.
package conftest
