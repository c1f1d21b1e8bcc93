// Package conffile audits configuration files: it finds out what they are,
// reads them with the reader of their format, holds every document against the
// rules of its product, all documents of a system against each other, and what
// they declare against what was observed on the wire. It writes the changes
// that mend what was found, and proves each of them before it is offered: the
// change is applied to a copy in memory, the copy is read and judged again, the
// finding must be gone and no other may have come.
//
// Every format is listed in [Formats] and lives in a package of its own below
// this one; what they share is in internal/confdoc. No socket is opened here.
package conffile
