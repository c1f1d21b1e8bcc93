// Package javaprops reads the syntax of java.util.Properties with the place of
// every entry, as the JDK does it: in order, with duplicates, which a map of
// properties would hide.
//
// It knows no key. Its invariants:
//
//   - keys and values are those Java reads, which takes every byte for a
//     character of ISO-8859-1 whatever the file meant; a UTF-8 byte order mark
//     becomes part of the first key;
//   - a UTF-16 file gives Java keys that mean nothing, without an error: it has
//     no entries here, and [Loaded.Garbled] says so;
//   - a malformed \u escape makes Java refuse the file: [Loaded.Malformed];
//   - offsets are exact, so that a value can be replaced and nothing else.
package javaprops
