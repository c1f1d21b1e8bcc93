package cipherstring

import (
	"slices"
	"strings"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// gnutlsLists are the ordered lists a priority string works on, by the names
// GnuTLS prints.
type gnutlsLists struct {
	versions, ciphers, macs, kx, groups, signatures []string
}

var (
	gnutlsTLS      = []string{"TLS1.3", "TLS1.2", "TLS1.1", "TLS1.0"}
	gnutlsDTLS     = []string{"DTLS1.2", "DTLS1.0"}
	gnutlsVersions = slices.Concat(gnutlsTLS, gnutlsDTLS)
	// gnutlsEveryDTLS also holds the version that must be asked for by name.
	gnutlsEveryDTLS = []string{"DTLS1.2", "DTLS1.0", "DTLS0.9"}

	gnutlsEC   = []string{"SECP256R1", "SECP384R1", "SECP521R1", "X25519", "X448"}
	gnutlsDH   = []string{"FFDHE2048", "FFDHE3072", "FFDHE4096", "FFDHE6144", "FFDHE8192"}
	gnutlsGOST = []string{"GC256A", "GC256B", "GC256C", "GC256D", "GC512A", "GC512B", "GC512C"}

	// gnutlsNameOnly are groups that can be named and not be used.
	gnutlsNameOnly = []string{"GC256A", "GC256C", "GC256D", "GC512B", "GC512C"}

	gnutlsSigns384 = []string{"RSA-SHA384", "RSA-PSS-SHA384", "RSA-PSS-RSAE-SHA384", "ECDSA-SHA384", "ECDSA-SECP384R1-SHA384", "EdDSA-Ed448",
		"RSA-SHA512", "RSA-PSS-SHA512", "RSA-PSS-RSAE-SHA512", "ECDSA-SHA512", "ECDSA-SECP521R1-SHA512"}
	gnutlsSigns128 = slices.Concat([]string{"RSA-SHA256", "RSA-PSS-SHA256", "RSA-PSS-RSAE-SHA256", "ECDSA-SHA256", "ECDSA-SECP256R1-SHA256", "EdDSA-Ed25519"}, gnutlsSigns384)
	gnutlsSigns    = slices.Concat(gnutlsSigns128, []string{"RSA-SHA1", "ECDSA-SHA1"})

	gnutlsNormal = gnutlsLists{
		ciphers:    []string{"AES-256-GCM", "CHACHA20-POLY1305", "AES-256-CCM", "AES-256-CBC", "AES-128-GCM", "AES-128-CCM", "AES-128-CBC"},
		macs:       []string{"SHA1", "AEAD"},
		kx:         []string{"ECDHE-ECDSA", "ECDHE-RSA", "RSA", "DHE-RSA"},
		groups:     slices.Concat(gnutlsEC, gnutlsDH),
		signatures: gnutlsSigns,
	}
	gnutlsSecure192 = gnutlsLists{
		ciphers:    []string{"AES-256-GCM", "CHACHA20-POLY1305", "AES-256-CBC", "AES-256-CCM"},
		macs:       []string{"AEAD"},
		kx:         gnutlsNormal.kx,
		groups:     []string{"SECP384R1", "SECP521R1", "FFDHE8192"},
		signatures: gnutlsSigns384,
	}
	gnutlsSecure128 = gnutlsLists{
		ciphers:    []string{"AES-256-GCM", "CHACHA20-POLY1305", "AES-256-CBC", "AES-256-CCM", "AES-128-GCM", "AES-128-CBC", "AES-128-CCM"},
		macs:       gnutlsNormal.macs,
		kx:         gnutlsNormal.kx,
		groups:     gnutlsNormal.groups,
		signatures: gnutlsSigns128,
	}
	gnutlsAllGOST = gnutlsLists{
		ciphers:    []string{"GOST28147-TC26Z-CNT"},
		macs:       []string{"GOST28147-TC26Z-IMIT"},
		kx:         []string{"VKO-GOST-12"},
		groups:     gnutlsGOST,
		signatures: []string{"GOSTR341012-256", "GOSTR341012-512"},
	}
)

// gnutlsLevels are the keywords that stand for whole sets of lists, as printed
// by gnutls-cli --list --priority LEVEL of 3.7.9 on a processor with AES.
var gnutlsLevels = map[string]gnutlsLists{
	"NORMAL": gnutlsNormal,
	"LEGACY": gnutlsNormal,
	"PERFORMANCE": {
		ciphers:    []string{"AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305", "AES-128-CCM", "AES-256-CCM", "AES-128-CBC", "AES-256-CBC"},
		macs:       gnutlsNormal.macs,
		kx:         []string{"RSA", "ECDHE-ECDSA", "ECDHE-RSA", "DHE-RSA"},
		groups:     gnutlsNormal.groups,
		signatures: gnutlsSigns,
	},
	"PFS": {
		ciphers:    gnutlsNormal.ciphers,
		macs:       gnutlsNormal.macs,
		kx:         []string{"ECDHE-ECDSA", "ECDHE-RSA", "DHE-RSA"},
		groups:     gnutlsNormal.groups,
		signatures: gnutlsSigns,
	},
	"SECURE":    gnutlsSecure128,
	"SECURE128": gnutlsSecure128,
	"SECURE192": gnutlsSecure192,
	"SECURE256": gnutlsSecure192,
	"SUITEB128": {
		versions:   []string{"TLS1.2"},
		ciphers:    []string{"AES-256-GCM", "AES-128-GCM"},
		macs:       []string{"AEAD"},
		kx:         []string{"ECDHE-ECDSA"},
		groups:     []string{"SECP256R1", "SECP384R1"},
		signatures: []string{"ECDSA-SHA256", "ECDSA-SECP256R1-SHA256", "ECDSA-SHA384", "ECDSA-SECP384R1-SHA384"},
	},
	"SUITEB192": {
		versions:   []string{"TLS1.2"},
		ciphers:    []string{"AES-256-GCM"},
		macs:       []string{"AEAD"},
		kx:         []string{"ECDHE-ECDSA"},
		groups:     []string{"SECP384R1"},
		signatures: []string{"ECDSA-SHA384", "ECDSA-SECP384R1-SHA384"},
	},
}

// gnutlsNames are the single names of each kind (gnutls-cli --list).
var gnutlsNames = gnutlsLists{
	versions: slices.Concat(gnutlsTLS, gnutlsEveryDTLS),
	ciphers: strings.Fields(`AES-256-CBC AES-192-CBC AES-128-CBC AES-128-GCM AES-192-GCM AES-256-GCM AES-128-CCM AES-256-CCM
		AES-128-CCM-8 AES-256-CCM-8 ARCFOUR-128 ESTREAM-SALSA20-256 SALSA20-256 CHACHA20-32 CHACHA20-64 CAMELLIA-256-CBC
		CAMELLIA-192-CBC CAMELLIA-128-CBC CHACHA20-POLY1305 CAMELLIA-128-GCM CAMELLIA-256-GCM GOST28147-TC26Z-CFB
		GOST28147-CPA-CFB GOST28147-CPB-CFB GOST28147-CPC-CFB GOST28147-CPD-CFB AES-128-CFB8 AES-192-CFB8 AES-256-CFB8
		AES-128-XTS AES-256-XTS AES-128-SIV AES-256-SIV GOST28147-TC26Z-CNT MAGMA-CTR-ACPKM KUZNYECHIK-CTR-ACPKM 3DES-CBC
		DES-CBC RC2-40 NULL`),
	macs: strings.Fields(`SHA1 SHA256 SHA384 SHA512 SHA224 UMAC-96 UMAC-128 AEAD MD5 GOSTR341194 STREEBOG-256 STREEBOG-512
		AES-CMAC-128 AES-CMAC-256 AES-GMAC-128 AES-GMAC-192 AES-GMAC-256 GOST28147-TC26Z-IMIT OMAC-MAGMA OMAC-KUZNYECHIK`),
	kx: strings.Fields(`ECDHE-RSA ECDHE-ECDSA RSA DHE-RSA DHE-DSS PSK RSA-PSK DHE-PSK ECDHE-PSK SRP-DSS SRP-RSA SRP ANON-DH
		ANON-ECDH VKO-GOST-12`),
	groups: slices.Concat([]string{"SECP192R1", "SECP224R1"}, gnutlsEC, gnutlsDH, gnutlsGOST),
	signatures: slices.Concat(gnutlsSigns, strings.Fields(`ECDSA-SHA3-224 ECDSA-SHA3-256 ECDSA-SHA3-384 ECDSA-SHA3-512
		RSA-SHA3-224 RSA-SHA3-256 RSA-SHA3-384 RSA-SHA3-512 DSA-SHA3-224 DSA-SHA3-256 DSA-SHA3-384 DSA-SHA3-512 RSA-RAW
		RSA-SHA224 RSA-RMD160 DSA-SHA1 DSA-SHA224 DSA-SHA256 RSA-MD5 RSA-MD2 ECDSA-SHA224 GOSTR341012-512 GOSTR341012-256
		GOSTR341001 DSA-SHA384 DSA-SHA512`)),
}

// gnutlsOptions are the words behind a percent sign; case matters.
var gnutlsOptions = strings.Fields(`NO_ETM FORCE_ETM NO_TICKETS NEW_PADDING NO_EXTENSIONS COMPAT DISABLE_WILDCARDS
	SAFE_RENEGOTIATION SSL3_RECORD_VERSION NO_SESSION_HASH STATELESS_COMPRESSION SERVER_PRECEDENCE PROFILE_MEDIUM
	UNSAFE_RENEGOTIATION DISABLE_SAFE_RENEGOTIATION PROFILE_HIGH FALLBACK_SCSV PROFILE_FUTURE DISABLE_TLS13_COMPAT_MODE
	PARTIAL_RENEGOTIATION DEBUG_ALLOW_KEY_USAGE_VIOLATIONS VERIFY_ALLOW_BROKEN DUMBFW PROFILE_VERY_WEAK ALLOW_SMALL_RECORDS
	VERIFY_DISABLE_CRL_CHECKS NO_TICKETS_TLS12 VERIFY_ALLOW_X509_V1_CA_CRT PROFILE_ULTRA PROFILE_LEGACY
	VERIFY_ALLOW_SIGN_RSA_MD5 LATEST_RECORD_VERSION PROFILE_SUITEB128 PROFILE_LOW PROFILE_SUITEB192`)

// gnutlsSchemes gives signatures their number in TLS, and says where they
// count: before TLS 1.3, in it, or both. What is not listed exists in
// certificates only.
var gnutlsSchemes = map[string]struct {
	code           audit.Code
	before13, in13 bool
}{
	"RSA-SHA1": {0x0201, true, true}, "ECDSA-SHA1": {0x0203, true, true}, "DSA-SHA1": {0x0202, true, false},
	"RSA-SHA256": {0x0401, true, true}, "RSA-SHA384": {0x0501, true, true}, "RSA-SHA512": {0x0601, true, true},
	"RSA-PSS-SHA256": {0x0809, true, true}, "RSA-PSS-SHA384": {0x080A, true, true}, "RSA-PSS-SHA512": {0x080B, true, true},
	"RSA-PSS-RSAE-SHA256": {0x0804, true, true}, "RSA-PSS-RSAE-SHA384": {0x0805, true, true}, "RSA-PSS-RSAE-SHA512": {0x0806, true, true},
	"EdDSA-Ed25519": {0x0807, true, true}, "EdDSA-Ed448": {0x0808, true, true},
	"ECDSA-SHA256": {0x0403, true, false}, "ECDSA-SHA384": {0x0503, true, false}, "ECDSA-SHA512": {0x0603, true, false},
	"ECDSA-SECP256R1-SHA256": {0x0403, false, true}, "ECDSA-SECP384R1-SHA384": {0x0503, false, true}, "ECDSA-SECP521R1-SHA512": {0x0603, false, true},
	"GOSTR341012-256": {0, true, false}, "GOSTR341012-512": {0, true, false},
}

// gnutlsSuite is a suite as GnuTLS composes it.
type gnutlsSuite struct {
	suite tlsreg.Suite
	// tls is the first version that has it, dtls likewise with 9, 10, 12 for
	// DTLS 0.9, 1.0 and 1.2; 0 is none.
	tls  audit.Version
	dtls int
}

type gnutlsParts struct{ kx, cipher, mac string }

// gnutlsSuites finds suites by their parts; kx is empty in TLS 1.3.
var gnutlsSuites = sync.OnceValue(func() map[gnutlsParts]gnutlsSuite {
	suites := map[gnutlsParts]gnutlsSuite{}
	for _, s := range tlsreg.Suites() {
		if s.GnuTLS == "" {
			continue
		}
		parts, entry := gnutlsParts{kx: s.KX + "-" + s.Auth, mac: s.MAC}, gnutlsSuite{suite: s, tls: max(s.Min, audit.TLSv10), dtls: 9}
		switch {
		case s.KX == "any":
			parts.kx = ""
		case s.KX == s.Auth:
			parts.kx = s.KX
		case s.Auth == "anon":
			parts.kx = "ANON-" + strings.TrimSuffix(s.KX, "E")
		case strings.HasPrefix(s.KX, "GOST"):
			parts.kx = "VKO-GOST-12"
		}
		if s.Auth == "PSK" && (s.MAC == "SHA256" || s.MAC == "SHA384") {
			entry.tls = audit.TLSv12
		}
		switch s.Enc {
		case "RC4":
			parts.cipher = "ARCFOUR-128"
		case "CHACHA20":
			parts.cipher = "CHACHA20-POLY1305"
		case "3DES":
			parts.cipher = "3DES-CBC"
		case "NULL":
			parts.cipher = "NULL"
		case "GOST28147-89":
			parts.cipher, parts.mac = "GOST28147-TC26Z-CNT", "GOST28147-TC26Z-IMIT"
		default:
			parts.cipher = s.Enc + "-" + bitsWord(s.Bits) + "-" + s.Mode
		}
		switch {
		case s.Enc == "RC4" || entry.tls == audit.TLSv13 || parts.kx == "VKO-GOST-12":
			entry.dtls = 0
		case entry.tls == audit.TLSv12:
			entry.dtls = 12
		}
		suites[parts] = entry
	}
	return suites
})

// gnutlsByCode finds the same suites by code.
var gnutlsByCode = sync.OnceValue(func() map[audit.Code]gnutlsSuite {
	suites := map[audit.Code]gnutlsSuite{}
	for _, entry := range gnutlsSuites() {
		suites[entry.suite.Code] = entry
	}
	return suites
})
