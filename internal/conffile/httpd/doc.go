// Package httpd reads the configuration of two web servers that share one
// grammar: Apache HTTP Server with mod_ssl ([Apache]) and IBM HTTP Server with
// mod_ibm_ssl ([IHS]).
//
// The grammar is that of httpd 2.4, seen on 2.4.71: continuation lines also
// behind comments, variables replaced before a line is split, Define, Include,
// IfModule, IfDefine, IfVersion, IfFile and macros acting while the file is
// read, in order, sections that must nest. What then holds in a virtual host
// differs between the dialects, and each has files of its own here.
//
// What the files cannot tell is left open: an include that is not there, a
// variable of the environment, a module nobody knows to be loaded, around lines
// that matter to TLS. A line the server refuses makes the whole configuration
// one that does not load. IBM HTTP Server was never run: its half rests on the
// vendor's documentation.
package httpd
