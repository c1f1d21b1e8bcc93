package cipherstring

import (
	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// jsseKeyExchange, jsseCipher and jsseHash name the parts of a suite as
// jdk.tls.disabledAlgorithms knows them.
var jsseKeyExchange = map[string][]string{
	"RSA RSA":     {"RSA"},
	"DH RSA":      {"RSA", "DH", "DiffieHellman", "DH_RSA"},
	"DH DSS":      {"DSA", "DSS", "DH", "DiffieHellman", "DH_DSS"},
	"DHE RSA":     {"RSA", "DH", "DHE", "DiffieHellman", "DHE_RSA"},
	"DHE DSS":     {"DSA", "DSS", "DH", "DHE", "DiffieHellman", "DHE_DSS"},
	"DHE anon":    {"ANON", "DH", "DiffieHellman", "DH_ANON"},
	"ECDH RSA":    {"ECDH", "RSA", "ECDH_RSA"},
	"ECDH ECDSA":  {"ECDH", "ECDSA", "ECDH_ECDSA"},
	"ECDHE RSA":   {"ECDHE", "RSA", "ECDHE_RSA"},
	"ECDHE ECDSA": {"ECDHE", "ECDSA", "ECDHE_ECDSA"},
	"ECDHE anon":  {"ECDH", "ANON", "ECDH_ANON"},
}

var jsseCipher = map[string][]string{
	"NULL":        {"NULL", "C_NULL"},
	"RC4":         {"RC4", "RC4_128"},
	"RC4 40":      {"RC4", "RC4_40"},
	"RC2 40":      {"RC2", "RC2_CBC_40"},
	"DES":         {"DES", "CBC", "NoPadding", "DES_CBC"},
	"DES 40":      {"DES", "CBC", "NoPadding", "DES40_CBC", "DES_CBC_40"},
	"3DES":        {"DESede", "CBC", "NoPadding", "3DES_EDE_CBC"},
	"AES CBC 128": {"AES", "CBC", "NoPadding", "AES_128_CBC"},
	"AES CBC 256": {"AES", "CBC", "NoPadding", "AES_256_CBC"},
	"AES GCM 128": {"AES", "GCM", "NoPadding", "AES_128_GCM"},
	"AES GCM 256": {"AES", "GCM", "NoPadding", "AES_256_GCM"},
	"CHACHA20":    {"ChaCha20-Poly1305"},
}

var jsseHash = map[string][]string{
	"MD5":    {"MD5", "HmacMD5"},
	"SHA1":   {"SHA1", "SHA-1", "HmacSHA1"},
	"SHA256": {"SHA256", "SHA-256", "HmacSHA256"},
	"SHA384": {"SHA384", "SHA-384", "HmacSHA384"},
}

// components returns the names that disable a suite beside its own.
func components(s tlsreg.Suite) []string {
	if s.Status == "scsv" {
		return nil
	}
	var names []string
	switch key := s.KX + " " + s.Auth; {
	case !s.Export:
		names = append(names, jsseKeyExchange[key]...)
	case key == "RSA RSA":
		names = append(names, "RSA", "RSA_EXPORT")
	case s.Enc != "DES": // those with DES have no named key exchange in Java
		names = append(names, jsseKeyExchange[key]...)
	}
	cipher, ok := jsseCipher[s.Enc]
	switch {
	case s.Export && jsseCipher[s.Enc+" 40"] != nil:
		cipher = jsseCipher[s.Enc+" 40"]
	case !ok:
		cipher = jsseCipher[s.Enc+" "+s.Mode+" "+bitsWord(s.Bits)]
	}
	if s.Min == audit.TLSv13 && s.Enc == "AES" {
		cipher = cipher[:min(len(cipher), 3)] // without the name of a suite before TLS 1.3
	}
	names = append(names, cipher...)
	names = append(names, jsseHash[s.MAC]...)
	// The hash of the key derivation counts too: SHA-256 if nothing else is said.
	prf := s.PRF
	if jsseHash[prf] == nil || prf == "MD5" {
		prf = "SHA256"
	}
	if s.Max >= audit.TLSv12 {
		names = append(names, jsseHash[prf]...)
	}
	return names
}
