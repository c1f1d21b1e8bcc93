package haproxy

// sections are the words that begin a section.
var sections = map[string]bool{
	"global": true, "defaults": true, "frontend": true, "backend": true, "listen": true, "peers": true, "resolvers": true, "mailers": true, "program": true,
	"http-errors": true, "ring": true, "log-forward": true, "cache": true, "fcgi-app": true, "userlist": true, "crt-store": true, "traces": true, "log-profile": true, "acme": true,
}

// versionFlags are the words for versions of bind and server lines without a
// value.
var versionFlags = map[string]int{
	"no-sslv3": 0, "no-tlsv10": 1, "no-tlsv11": 2, "no-tlsv12": 3, "no-tlsv13": 4,
	"force-sslv3": 0, "force-tlsv10": 1, "force-tlsv11": 2, "force-tlsv12": 3, "force-tlsv13": 4,
}

// bindWords are the words of a bind line and how many values they take; taken
// from the manuals of 2.4 to 3.2.
var bindWords = map[string]int{
	"accept-netscaler-cip": 1, "accept-proxy": 0, "allow-0rtt": 0, "alpn": 1, "backlog": 1, "ca-file": 1, "ca-ignore-err": 1, "ca-sign-file": 1, "ca-sign-pass": 1, "ca-sign-use-chain": 0,
	"ca-verify-file": 1, "cc": 1, "ciphers": 1, "ciphersuites": 1, "client-sigalgs": 1, "crl-file": 1, "crt": 1, "crt-ignore-err": 1, "crt-list": 1, "curves": 1, "default-crt": 1,
	"defer-accept": 0, "ech": 1, "ecdhe": 1, "expose-fd": 1, "force-sslv3": 0, "force-tlsv10": 0, "force-tlsv11": 0, "force-tlsv12": 0, "force-tlsv13": 0, "generate-certificates": 0, "gid": 1, "group": 1,
	"guid-prefix": 1, "id": 1, "idle-ping": 1, "interface": 1, "ktls": 1, "label": 1, "level": 1, "maxconn": 1, "mode": 1, "mss": 1, "name": 1, "namespace": 1, "nbconn": 1, "nice": 1,
	"no-alpn": 0, "no-ca-names": 0, "no-sslv3": 0, "no-strict-sni": 0, "no-tls-tickets": 0, "no-tlsv10": 0, "no-tlsv11": 0, "no-tlsv12": 0, "no-tlsv13": 0, "npn": 1, "ocsp-update": 1,
	"prefer-client-ciphers": 0, "process": 1, "proto": 1, "quic-cc-algo": 1, "quic-force-retry": 0, "quic-socket": 1, "severity-output": 1, "shards": 1, "sigalgs": 1, "ssl": 0, "ssl-max-ver": 1,
	"ssl-min-ver": 1, "strict-sni": 0, "tcp-md5sig": 1, "tcp-ut": 1, "tfo": 0, "thread": 1, "tls-ticket-keys": 1, "tls-tickets": 0, "transparent": 0, "uid": 1, "user": 1, "v4v6": 0, "v6only": 0, "verify": 1,
	"tls-renegotiation": 0, "ssl-f-use": 0,
}

// listWords are those of the brackets of a crt-list line.
var listWords = map[string]int{
	"allow-0rtt": 0, "alpn": 1, "ca-file": 1, "ca-verify-file": 1, "ciphers": 1, "ciphersuites": 1, "client-sigalgs": 1, "crl-file": 1, "curves": 1, "ecdhe": 1, "no-alpn": 0, "no-ca-names": 0, "npn": 1, "ocsp-update": 1,
	"sigalgs": 1, "ssl-max-ver": 1, "ssl-min-ver": 1, "verify": 1, "crt": 1, "key": 1, "ocsp": 1, "issuer": 1, "sctl": 1, "alias": 1, "acme": 1, "domains": 1,
}

// serverWords are the words of server lines about TLS.
var serverWords = map[string]int{
	"ssl": 0, "no-ssl": 0, "check-ssl": 0, "no-check-ssl": 0, "ca-file": 1, "verify": 1, "verifyhost": 1, "crt": 1, "crl-file": 1, "ciphers": 1, "ciphersuites": 1, "curves": 1, "sigalgs": 1,
	"client-sigalgs": 1, "alpn": 1, "npn": 1, "sni": 1, "check-sni": 1, "ssl-min-ver": 1, "ssl-max-ver": 1, "no-sslv3": 0, "no-tlsv10": 0, "no-tlsv11": 0, "no-tlsv12": 0, "no-tlsv13": 0,
	"force-sslv3": 0, "force-tlsv10": 0, "force-tlsv11": 0, "force-tlsv12": 0, "force-tlsv13": 0, "no-ssl-reuse": 0, "ssl-reuse": 0, "no-tls-tickets": 0, "tls-tickets": 0,
}

// serverValues are other words of server lines that take values, which could
// be mistaken for words.
var serverValues = map[string]int{
	"addr": 1, "agent-addr": 1, "agent-inter": 1, "agent-port": 1, "agent-send": 1, "cookie": 1, "error-limit": 1, "fall": 1, "id": 1, "init-addr": 1, "init-state": 1, "inter": 1, "fastinter": 1,
	"downinter": 1, "log-proto": 1, "maxconn": 1, "maxqueue": 1, "max-reuse": 1, "minconn": 1, "namespace": 1, "observe": 1, "on-error": 1, "on-marked-down": 1, "on-marked-up": 1, "pool-low-conn": 1,
	"pool-max-conn": 1, "pool-purge-delay": 1, "pool-conn-name": 1, "port": 1, "proto": 1, "check-proto": 1, "redir": 1, "resolvers": 1, "resolve-net": 1, "resolve-opts": 1, "resolve-prefer": 1, "rise": 1,
	"set-proxy-v2-tlv-fmt": 2, "proxy-v2-options": 1, "shard": 1, "slowstart": 1, "socks4": 1, "source": 1, "usesrc": 1, "interface": 1, "task": 1, "tcp-ut": 1, "track": 1, "weight": 1, "ws": 1, "guid": 1, "hash-key": 1,
	"idle-ping": 1, "check-alpn": 1, "check-via-socks4": 0,
}

// globalOptions are the words of ssl-default-bind-options and
// ssl-default-server-options.
var globalOptions = map[string]int{
	"no-sslv3": 0, "no-tlsv10": 0, "no-tlsv11": 0, "no-tlsv12": 0, "no-tlsv13": 0, "force-sslv3": 0, "force-tlsv10": 0, "force-tlsv11": 0, "force-tlsv12": 0, "force-tlsv13": 0,
	"prefer-client-ciphers": 0, "ssl-min-ver": 1, "ssl-max-ver": 1, "no-tls-tickets": 0, "tls-tickets": 0, "tls-renegotiation": 0, "strict-sni": 0, "no-strict-sni": 0,
}

// globalWords are the words of the section global about TLS that are looked
// at, or that a misspelling of those could be meant to be.
var globalWords = []string{
	"ssl-default-bind-options", "ssl-default-bind-ciphers", "ssl-default-bind-ciphersuites", "ssl-default-bind-curves", "ssl-default-bind-sigalgs", "ssl-default-bind-client-sigalgs",
	"ssl-default-server-options", "ssl-default-server-ciphers", "ssl-default-server-ciphersuites", "ssl-default-server-curves", "ssl-default-server-sigalgs", "ssl-default-server-client-sigalgs",
	"ssl-server-verify", "ssl-dh-param-file", "ssl-load-extra-files", "ssl-load-extra-del-ext", "ssl-mode-async", "ssl-engine", "ssl-provider", "ssl-provider-path", "ssl-propquery",
	"ssl-skip-self-issued-ca", "ssl-security-level", "ssl-passphrase-cmd", "ssl-f-use",
}
