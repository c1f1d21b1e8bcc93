package tlsreg

// Usual are the suites to suggest where a policy names none, or where nothing
// that is in use may stay: with forward secrecy and authenticated encryption,
// implemented everywhere. Strongest first, those of TLS 1.3 last.
var Usual = []string{
	"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
	"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256",
}
