// Package confdoc holds what all readers of configuration files share: the
// document a reader makes of files, the rules that are asked of it, and the
// engine's part of judging them.
//
// A reader (a [Format]) turns text into a [Document]: settings with their
// places, and for every listener and client the posture they declare, in the
// words in which the wire is observed. A [Rule] objects to what a document
// says; it never grants a pass. [Judge] does, and only where the product would
// load the file, nothing was left open, and the rule had something to bite on.
//
// The package knows no product. Its invariants:
//
//   - what cannot be decided is unknown, with the reason, never a pass;
//   - a file its product would not load has no posture: everything about it but
//     that fact itself is unknown;
//   - secrets never get into a Document: settings go through [NewSetting].
package confdoc
