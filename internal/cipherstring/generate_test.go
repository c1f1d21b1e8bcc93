package cipherstring

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"tlsaudit/internal/tlsreg"
)

// openSSLStrings generates cipher strings: sensible ones, and ones with every
// operator, unknown words, contradictions and broken syntax. The same seed
// gives the same strings.
func openSSLStrings(seed uint64, n int) []string {
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	var words []string
	for _, w := range opensslWords {
		words = append(words, w.name)
	}
	var names []string
	for _, s := range tlsreg.Suites() {
		if s.OpenSSL != "" {
			names = append(names, s.OpenSSL)
			names = append(names, s.OpenSSLAliases...)
			if g.IntN(6) == 0 {
				names = append(names, s.Name)
			}
		}
	}
	nonsense := []string{"FOO", "high", "TLSv1.3", "HIGH_", "RC5", "a", "TLS_RSA_WITH_AES_128_CBC_SHA", "AES-128", "DEFAULT", "SUITEB128", "=", ".", "AESGCM256", "-AES"}
	broken := []string{"HIGH/", "(AES)", "@", "@FOO", "@SECLEVEL=", "@SECLEVEL=6", "@SECLEVEL=x", "@SECLEVEL=10", "++AES", "AES+", "+AES+:RSA", "RSA+ECDH+", "*", "IDEA+", "3DES+", "LOW+", "\"HIGH\"", "FOO/BAR", "@STRENGTH+AES", "@strength", "!", "-", "+", "\u00c4"}
	first := []string{"DEFAULT", "DEFAULT", "ALL", "ALL:COMPLEMENTOFALL", "HIGH", "HIGH:MEDIUM", "DEFAULTX", "DEFAULT@SECLEVEL=2", "SUITEB128", "SUITEB128ONLY", "SUITEB128C2", "SUITEB192", "SUITEB", "ECDHE:DHE:kRSA"}
	word := func() string {
		switch k := g.IntN(100); {
		case k < 70:
			return g.pick(words)
		case k < 92:
			return g.pick(names)
		default:
			return g.pick(nonsense)
		}
	}
	var list []string
	for range n {
		var b strings.Builder
		if g.IntN(2) == 0 {
			b.WriteString(g.pick(first))
			b.WriteString(g.separator())
		}
		for range 1 + g.IntN(9) {
			switch k := g.IntN(100); {
			case k < 4:
				b.WriteString("@STRENGTH")
			case k < 8:
				fmt.Fprintf(&b, "@SECLEVEL=%d", g.IntN(6))
			case k < 10 && g.IntN(2) == 0:
				b.WriteString(g.pick(broken))
			default:
				b.WriteString(g.pick([]string{"", "", "", "!", "-", "+"}))
				b.WriteString(word())
				for g.IntN(4) == 0 {
					b.WriteString("+" + word())
				}
			}
			b.WriteString(g.separator())
		}
		s := b.String()
		if g.IntN(3) > 0 {
			s = strings.TrimRight(s, ":,; ")
		}
		list = append(list, s)
	}
	return list
}

type generator struct{ *rand.Rand }

func (g generator) pick(from []string) string { return from[g.IntN(len(from))] }

func (g generator) separator() string {
	switch g.IntN(30) {
	case 0:
		return ","
	case 1:
		return " "
	case 2:
		return ";"
	case 3:
		return "::"
	case 4:
		return ""
	}
	return ":"
}
