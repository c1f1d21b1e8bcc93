// Package websphere reads the TLS configuration of WebSphere Application
// Server: security.xml (SSL configurations, "repertoires"), ssl.client.props
// (blocks by alias), the JVM arguments of server.xml, and plugin-cfg.xml of the
// web server plug-in.
//
// It does not know what java.security says, nor the level of the SDK unless
// somebody vouches for it: what depends on them is undetermined, or assumed on
// where a default would be weak. XML is read by strictxml, which expands and
// fetches nothing. Passwords of any coding stay in the files.
package websphere
