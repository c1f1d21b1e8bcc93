// Package exim reads the configuration of the Exim mail server: one file with
// sections, and all it includes.
//
// Reading follows the program (4.96) in its own order: physical lines, macros
// replaced in them, conditionals, inclusions, continuations, and only then
// options. Sections other than the main one, acl, transports and
// authenticators are passed over.
//
// Which TLS library a build uses is not written in the file, and decides what
// cipher strings mean. Where nothing tells, both readings are made, and only
// what holds in both is said.
package exim
