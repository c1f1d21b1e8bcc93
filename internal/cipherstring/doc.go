// Package cipherstring evaluates the languages in which configuration files
// select cipher suites, so that a file can be judged by what it means instead
// of by how it is spelled:
//
//   - OpenSSL cipher strings and TLS 1.3 ciphersuites ([OpenSSLVersion.Ciphers],
//     [OpenSSLVersion.Ciphersuites]), as httpd, nginx, Postfix and HAProxy use
//     them;
//   - GnuTLS priority strings ([GnuTLS]), as Exim uses them;
//   - lists of suites and jdk.tls.disabledAlgorithms of Java ([JSSE],
//     [ParseDisabled]), in the spelling of OpenJDK and of IBM;
//   - SSLCipherSpec of IBM HTTP Server ([IHS]).
//
// A result is the ordered list of suites, without duplicates and all of them
// of the registry, together with the words the product would have passed over
// in silence. What the product would refuse at start is an [Error], which
// knows the offset of the offending text.
//
// The package opens no file, knows no product's configuration syntax and does
// not say whether a selection is good. It says what the named version of a
// library would select; a distribution may have compiled in less or set a
// system-wide policy, which no configuration file shows.
//
// How far each language is proven: the interop tests compare OpenSSL 3.0
// strings with the installed program, order included, GnuTLS 3.7 likewise, and
// JSSE with the installed JDK. The variants for OpenSSL 1.0.2, 1.1.1 and 3.2,
// and IBM HTTP Server, are derived from their documentation and are not proven
// by a run.
package cipherstring
