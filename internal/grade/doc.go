// Package grade gives an observed endpoint a letter, in the manner of the SSL
// Server Rating Guide (SSL Labs, version 2009r of 2025-05-16): a score of three
// parts, caps for what no score shows, T for a chain that is not trusted and M
// for a name that does not match.
//
// A letter stands beside the rules and never for one: it is no verdict, no gate
// reads it, and no policy changes it. It is a pure function of the observation
// and the time it is asked for.
//
// What is not known never raises a letter. A fact that was asked for and not
// learnt, and that could lower it, makes it "up to" that letter, with the
// reason; an endpoint of which too little is known has none. What this program
// asks no server for is in [NotAsked], once for all endpoints: among it is the
// header without which the guide gives no A+, so that A is the best there is.
// docs/grades.md has the formula.
package grade
