package nginx

import (
	"slices"
	"strings"
)

// takes says how many arguments a directive has; at most 0 means any number.
type takes struct{ least, most int }

// onOff, one and some are the usual counts.
var onOff, one, some = takes{1, 1}, takes{1, 1}, takes{1, 0}

// serverTLS are the directives about TLS with clients of the http, stream and
// mail modules, where those that may not come twice on a level say so.
var serverTLS = map[string]takes{
	"ssl": onOff, "ssl_protocols": some, "ssl_ciphers": one, "ssl_prefer_server_ciphers": onOff, "ssl_certificate": one, "ssl_certificate_key": one,
	"ssl_certificate_cache": some, "ssl_certificate_compression": onOff, "ssl_password_file": one, "ssl_dhparam": one, "ssl_ecdh_curve": one, "ssl_conf_command": {2, 2}, "ssl_verify_client": one, "ssl_verify_depth": one,
	"ssl_client_certificate": one, "ssl_trusted_certificate": one, "ssl_crl": one, "ssl_session_cache": {1, 2}, "ssl_session_tickets": onOff, "ssl_session_ticket_key": one,
	"ssl_session_timeout": one, "ssl_stapling": onOff, "ssl_stapling_file": one, "ssl_stapling_responder": one, "ssl_stapling_verify": onOff, "ssl_early_data": onOff,
	"ssl_reject_handshake": onOff, "ssl_buffer_size": one, "ssl_ocsp": one, "ssl_ocsp_responder": one, "ssl_ocsp_cache": one, "ssl_handshake_timeout": one, "ssl_alpn": some,
	"ssl_preread": onOff, "ssl_engine": one, "ssl_object_cache_inheritable": onOff, "ssl_key_log": one, "ssl_client_hello_keys": onOff, "ssl_ech_file": one,
}

// upstreamTLS are the directives about TLS with upstream servers, behind
// "proxy_", "grpc_" or "uwsgi_".
var upstreamTLS = map[string]takes{
	"ssl": onOff, "ssl_protocols": some, "ssl_ciphers": one, "ssl_verify": onOff, "ssl_verify_depth": one, "ssl_trusted_certificate": one, "ssl_crl": one, "ssl_name": one,
	"ssl_server_name": onOff, "ssl_certificate": one, "ssl_certificate_key": one, "ssl_certificate_cache": some, "ssl_password_file": one, "ssl_conf_command": {2, 2}, "ssl_session_reuse": onOff, "ssl_key_log": one, "ssl_alpn": some,
}

// mayRepeat are directives that come several times on one level.
var mayRepeat = []string{"ssl_protocols", "ssl_certificate", "ssl_certificate_key", "ssl_conf_command", "ssl_session_ticket_key", "ssl_ech_file"}

// flags are directives with "on" or "off", in any case.
var flags = []string{"ssl", "ssl_prefer_server_ciphers", "ssl_session_tickets", "ssl_early_data", "ssl_reject_handshake", "ssl_stapling", "ssl_stapling_verify", "proxy_ssl", "ssl_preread"}

// structure are the other directives that are looked at.
var structure = []string{
	"include", "events", "http", "stream", "mail", "server", "location", "if", "limit_except", "upstream", "listen", "server_name", "http2", "http3", "starttls", "protocol",
	"proxy_pass", "grpc_pass", "uwsgi_pass", "auth_http", "return",
}

// prefixes of directives about upstreams.
var prefixes = []string{"proxy_", "grpc_", "uwsgi_"}

// known reports whether a directive is looked at, or looks as if it should be.
func known(name string) bool {
	lower := strings.ToLower(name)
	return slices.Contains(structure, lower) || lower == "ssl" || strings.HasPrefix(lower, "ssl_") || upstreamName(lower) != ""
}

// upstreamName returns the part behind the prefix of a directive about TLS with
// upstreams, empty for others.
func upstreamName(name string) string {
	for _, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(name, prefix); ok && strings.HasPrefix(rest, "ssl") {
			return rest
		}
	}
	return ""
}

// luaModule are directives of OpenResty that look like those above.
func luaModule(name string) bool {
	return strings.HasSuffix(name, "_by_lua") || strings.HasSuffix(name, "_by_lua_file") || strings.HasSuffix(name, "_by_lua_block")
}
