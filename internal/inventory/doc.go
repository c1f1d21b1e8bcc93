// Package inventory reads what is to be audited: targets from the command
// line, lists of them, CSV tables and YAML files of systems.
//
// It resolves no name and opens no connection, and it does not judge whether a
// target makes sense; it only makes sure that each is what its author meant.
// What is ambiguous or unknown is refused with file, line, column, cause and
// hint (*audit.InputError), because a row that is silently skipped is an
// endpoint nobody audits.
//
// Sequences are lazy, can be run through more than once, yield targets in the
// order written, and end with the first error. Lists and tables are streamed
// and cost a few dozen bytes a target; a YAML file is held in memory and
// bounded. No two targets of a sequence have the same subject.
package inventory
