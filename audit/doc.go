// Package audit holds the nouns of the product: what is audited (Target), what
// was seen (Observation, Posture), what is demanded (Rule), what was concluded
// (Finding) and what is handed out (Report).
//
// It is the ground floor. It imports the standard library only, opens no file
// and no socket, reads no clock and keeps no state. Everything above it speaks
// to its neighbours in these types, so a fact that cannot be expressed here
// cannot travel.
//
// Three invariants hold everywhere:
//
//   - Facts and judgements are kept apart. An Observation never says whether
//     something is good; a Finding never says what was on the wire beyond
//     pointing at it.
//   - Silence is not consent. The zero Verdict is Unknown and the zero Answer
//     is NotAsked; neither can be read as a pass.
//   - The JSON names are the public contract "tlsaudit/report/v1". Names are
//     added within v1, never changed or removed. See docs/schema.
package audit
