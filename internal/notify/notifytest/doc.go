// Package notifytest runs a real mail server for the interop tests: a Postfix of
// its own on loopback, whose folders are read. It is built with the tag interop
// alone.
package notifytest
