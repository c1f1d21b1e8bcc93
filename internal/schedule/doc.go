// Package schedule says when audits are due, and runs each due slot once.
//
// A slot is a point in time at which a cron expression matches in a named time
// zone. A Runner starts the slots of several schedules one at a time; a lease
// and the slots taken are kept in a database, so that it does not matter how
// many processes run it, and how often they are restarted.
//
// Invariants:
//
//   - No two runs at once: a run holds the lease with a heartbeat, and is
//     cancelled when the lease is lost or cannot be renewed in time.
//   - A slot is begun by one process. A run that was broken off (a crash, a
//     restart, a lost lease) is begun once more, and not a third time.
//   - However many slots were missed, one run makes up for them.
//   - When the clock is set back, no slot runs twice; when it is set forward,
//     the slots it skipped are made up for once.
//   - A local time that the change to summer time skips runs at the end of the
//     gap; one that occurs twice runs the first time. A schedule of every hour
//     follows real hours instead.
//   - The jitter of a slot follows from the schedule's name and the slot, so that
//     a restart does not roll it again.
//
// The package neither audits nor notifies; it is handed functions. Reading the
// wall clock is a function too, and waiting is bounded, so that a clock that
// jumps or a machine that slept is noticed within Poll.
package schedule
