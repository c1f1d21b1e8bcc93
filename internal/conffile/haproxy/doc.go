// Package haproxy reads configuration files of HAProxy with the crt-list files
// they name.
//
// Lines are taken apart as HAProxy does it: quotes, escapes, environment
// variables in double quotes, conditional blocks. Global defaults of TLS count
// for what stands below them, since HAProxy copies them the moment it reads
// the word ssl. A bind's own words beat them, and those of a line of a crt-list
// beat the bind for the names of that line; who sends no name, or one nobody
// has, gets the versions of the bind and the suites of the first certificate.
// All of that was seen with HAProxy 2.6.12.
//
// Files given beside the one that is read are not known. A variable whose value
// nobody set in the file, and a condition that depends on the program, leave
// open what they decide.
package haproxy
