package cipherstring

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// gnutlsStrings generates priority strings, some of them wrong. The same seed
// gives the same strings.
func gnutlsStrings(seed uint64, n int) []string {
	g := generator{rand.New(rand.NewPCG(seed, 2))}
	levels := append(slices.Sorted(maps.Keys(gnutlsLevels)), "NONE", "normal")
	kinds := [][]string{
		prefixed("VERS-", gnutlsNames.versions), {"VERS-ALL", "VERS-TLS-ALL", "VERS-DTLS-ALL", "VERS-ALL", "VERS-SSL3.0", "vers-tls1.2"},
		gnutlsNames.ciphers, gnutlsNames.macs, gnutlsNames.kx, gnutlsNames.kx,
		{"CIPHER-ALL", "MAC-ALL", "KX-ALL", "SIGN-ALL", "GROUP-ALL", "GROUP-EC-ALL", "GROUP-DH-ALL", "CURVE-ALL", "COMP-ALL", "COMP-NULL", "CTYPE-ALL", "CTYPE-X.509", "CTYPE-X509", "CTYPE-OPENPGP", "CTYPE-SRV-ALL", "CTYPE-CLI-X509", "CTYPE-RAWPK"},
		{"GOST", "CIPHER-GOST-ALL", "MAC-GOST-ALL", "KX-GOST-ALL", "GROUP-GOST-ALL", "SIGN-GOST-ALL", "RSA-EXPORT", "MAC-NULL", "CIPHER-NULL", "NORMAL", "SECURE192", "aes-256-gcm"},
		prefixed("SIGN-", gnutlsNames.signatures), prefixed("GROUP-", gnutlsNames.groups), prefixed("CURVE-", gnutlsEC),
	}
	wrong := []string{"+FOO", "FOO", "", "+", "%FOO", "%compat", "+VERS-TLS1.4", "+GROUP-FOO", "+CURVE-FFDHE2048", "+SIGN-RSA-PSS", "+CTYPE-FOO", "NONE", "-NORMAL", "!SECURE128", "+ARCFOUR-40", "+SIGN-", "+NONE"}
	sets := []string{
		"NONE:+VERS-TLS-ALL:+CIPHER-ALL:+MAC-ALL:+KX-ALL:+SIGN-ALL:+GROUP-ALL", "NONE:+VERS-ALL:+NORMAL", "NORMAL:-VERS-ALL:+VERS-TLS1.3",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-TLS-ALL", "NORMAL:-VERS-TLS-ALL:+VERS-TLS1.1", "SECURE256:+SECURE128:-VERS-TLS-ALL:+VERS-TLS1.2:-RSA:-DHE-DSS:-CAMELLIA-128-CBC:-CAMELLIA-256-CBC",
		"NORMAL:-SIGN-ALL", "NORMAL:-GROUP-ALL", "NORMAL:-KX-ALL",
	}
	var list []string
	for range n {
		words := []string{g.pick(levels)}
		if g.IntN(3) == 0 {
			words = []string{g.pick(sets)}
		}
		for range g.IntN(10) {
			switch k := g.IntN(60); {
			case k == 0:
				words = append(words, g.pick(wrong))
			case k < 6:
				words = append(words, "%"+g.pick(gnutlsOptions))
			case k < 9:
				words = append(words, g.pick(levels[:len(levels)-2]))
			default:
				words = append(words, g.pick([]string{"+", "+", "-", "!"})+g.pick(kinds[g.IntN(len(kinds))]))
			}
		}
		if g.IntN(20) == 0 {
			words = words[1:]
		}
		list = append(list, strings.Join(words, ":"))
	}
	return list
}

func prefixed(prefix string, names []string) []string {
	var list []string
	for _, name := range names {
		list = append(list, prefix+name)
	}
	return list
}
