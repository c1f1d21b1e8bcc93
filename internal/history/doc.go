// Package history keeps the runs of years in one database: what was seen, what
// was found, and since when.
//
// A run is written while it goes on and counts only once it is finished: until
// then no query but those about runs shows any of it. What was seen of a
// subject is kept once however often it was seen, by the hash of its content
// and compressed; what differs in every scan, such as its time and its cost, is
// kept beside it. A run can be replayed as the report that was written then, and
// its evidence judged again under another policy.
//
// It knows SQLite (a file) and PostgreSQL (a DSN) behind one type, Store, with
// the same statements as far as the two agree.
//
// Invariants:
//
//   - A run is there as a whole, or is marked incomplete; there is no second run
//     of the same id, and a crash at any time leaves the runs before it whole.
//   - Retention keeps the latest result of every subject, and the heads of the
//     chain of digests.
//   - Every stored row is covered by a digest that Verify works out again; the
//     digest of a run covers that of the run before it.
//   - Text of peers is stored as it is and is hostile wherever it is shown.
package history
