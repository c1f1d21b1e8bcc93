// Package engine turns targets into a report: it scans them in a bounded pool,
// judges every observation against the rules in force, spools the records to
// disk and replays them in a fixed order.
//
// It knows no protocol, no standard and no output format: the scan is a
// function it is given, rules and checks are values, and a report only offers
// its records.
//
// Invariants:
//
//   - The engine, not the check, grants a pass, and only when everything the
//     check needs was obtained. A violation that was seen is a violation even
//     when evidence is incomplete.
//   - An endpoint whose scan the end of the run overtook passes nothing, and one
//     whose record cannot be read back is unknown.
//   - One finding per rule and subject.
//   - Same observations, same rules, same Now: the same report, whatever order
//     the scans finished in.
//   - Memory does not grow with the number of endpoints beyond a few words for
//     each: their subject and their place in the spool.
package engine
