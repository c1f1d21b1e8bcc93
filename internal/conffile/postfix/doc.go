// Package postfix reads the configuration of the Postfix mail server: main.cf
// and master.cf as one ([Format]), and the policy tables of its client for
// itself ([PolicyMap]).
//
// It reads as Postfix 3.7 does: logical lines, the last definition of a name,
// the expansion of $name and of conditions, and options of master.cf above
// main.cf for their service. What a parameter that nobody sets means depends on
// the version; where that is not vouched for, the current one is assumed, and
// every fact that rests on it says so.
//
// What it does not know: tables that are not text, the system's openssl.cnf,
// names and addresses the machine computes, and whether the files named for
// certificates are there.
package postfix
