// Package nginx reads configuration files of nginx: nginx.conf with what it
// includes, or a part of such a tree.
//
// The text is taken apart exactly as nginx does it, its 4096 byte limit on
// words and comments included. What nginx refuses is refused here; a directive
// nobody knows is passed over, since modules may bring any.
//
// Of the servers on one address and port the default server decides the
// protocol versions, the suites of TLS 1.3 and the groups; the others decide
// their certificate, the suites up to TLS 1.2 and who chooses among them. That
// is what nginx 1.22.1 was seen to do; from 1.29.2 on a server's own protocol
// versions count. What depends on a version nobody named is undetermined, or
// assumed where the assumption is the worse case.
package nginx
