// Package domino reads notes.ini, the settings of an HCL Domino server.
//
// What Domino makes of them is known from secondary sources only and differs
// between releases. The package therefore objects with certainty only to what
// is written, or to what the release somebody vouches for is known to do;
// everything that hangs on an unknown release is undecided. Suites, ports and
// certificates stand in the Server and Internet Site documents, which are no
// part of the file.
package domino
