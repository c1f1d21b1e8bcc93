// Package engine turns targets into a report: it scans them in a bounded pool,
// judges every observation against the rules in force, spools the records to
// disk and replays them in a fixed order. Evidence of an earlier run takes the
// same way without the scan.
//
// It knows no protocol, no standard and no output format: the scan is a
// function it is given, rules and checks are values, a report only offers its
// records. Nor does it know waivers, baselines and the gateway table: they are
// hooks called before anything is counted, and records judged elsewhere.
//
// Invariants:
//
//   - The engine, not the check, grants a pass, and only when everything the
//     check needs was obtained. A violation that was seen is a violation even
//     when evidence is incomplete.
//   - An endpoint whose scan the end of the run overtook passes nothing, now or
//     when its evidence is judged again, and one whose record cannot be read
//     back is unknown.
//   - A list of targets or evidence that breaks off leaves the report marked as
//     stopped; nothing that was in it twice is dropped in silence but targets.
//   - One finding per rule and subject.
//   - Same observations, same rules, same Now: the same report, whatever order
//     the scans finished in.
//   - Stored evidence is kept as it was read, and read back as what was judged:
//     what a later program added to it gets no further than the spool.
//   - Memory does not grow with the number of endpoints beyond a few words for
//     each: their subject and their place in the spool.
package engine
