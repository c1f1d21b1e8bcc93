// Package gateway knows a mail gateway's table of enforced connections: which
// peers the gateway sends to (or takes mail from) over TLS only, and what it
// demands of them.
//
// A Table is facts as configured, read from a policy or from the files of other
// mail servers (Formats); nothing in it is judged while it is read. From it
// follow, each by a pure function of its own,
//
//   - Demands: what every row asks of the peers it governs, as rules for the
//     engine to judge on the wire (FP-08), and whether our own certificate is
//     one a peer can accept (FP-09);
//   - Findings: what is wrong with the table itself (FP-01 to FP-07, GW-01);
//   - Targets: the peers, so that they can be probed;
//   - WhatIf: which levels and strengths a peer would satisfy.
//
// Invariants. A level without an exact equivalent (DANE, a fingerprint) is kept
// under its own name and demands only what it certainly demands: it is never
// mapped to a weaker or stronger one. What a file leaves open is marked on the
// row and becomes unknown, never pass. Rows keep the place they were read from.
// The package opens no file and asks no name server itself.
package gateway
