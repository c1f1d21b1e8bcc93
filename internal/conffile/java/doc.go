// Package java reads the configuration of Java's own TLS: java.security and
// the files that override it, and the options a JVM is started with.
//
// What jdk.tls.disabledAlgorithms takes away is evaluated as the JDK does it,
// including what it throws at: a list with a condition it does not know leaves
// a JVM without any TLS. Where a file does not set the list, that of the JDK
// holds, which is known only if somebody vouches for the version.
package java
