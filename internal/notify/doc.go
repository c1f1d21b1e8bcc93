// Package notify tells people and programs what an audit changed: one digest
// per run, by webhook, Slack, Teams or mail.
//
// A message is sent when something changed between two runs, when an audit did
// not run or was broken off, and, if that is wished for, when all is clear. It
// counts with denominators, is bounded in size, and says "and 312 more" where
// it leaves something out. Unknown is never shown as a pass.
//
// Nothing is sent twice. Whoever is about to send takes a claim in the history
// first, see outbox; a run whose message certainly did not arrive is tried again
// at the next start, a bounded number of times. Where nobody knows whether it
// arrived, it is not.
//
// What peers wrote is hostile: names, messages and certificates pass
// report.Clean, and then what their target needs, see escape.go. Nothing that a
// peer wrote becomes a link, a mention or a header. Secrets are read from files
// or the environment and never shown; a peer's redirect is never followed, and
// addresses of the machine's own link and of cloud metadata are not dialled.
//
// The package knows no database and no schedule: it declares the little it
// needs, see Source, Claims and Outlook.
package notify
