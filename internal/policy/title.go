package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/internal/strictyaml"
)

// propertyWords are what the conditions on suites are called in titles.
var propertyWords = map[string]string{
	"enc": "encryption", "auth": "authentication", "kx": "key exchange", "mac": "message authentication", "mode": "mode",
	"export": "export grade", "pfs": "forward secrecy", "aead": "authenticated encryption", "rfc10015_section": "a place in the RFC 10015 list",
}

// properties writes the condition of a deny entry as a person reads it. A key
// it does not know is written as it stands.
func properties(when strictyaml.Node) string {
	m, _ := when.Any().(map[string]any)
	var list []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		word, known := propertyWords[key]
		if !known {
			word = key
		}
		switch v := m[key].(type) {
		case bool:
			if !v {
				word = "no " + word
			}
			list = append(list, word)
		case []any:
			var items []string
			for _, item := range v {
				items = append(items, fmt.Sprint(item))
			}
			list = append(list, word+" "+strings.Join(items, " or "))
		default:
			if key == "strength_lt" {
				list = append(list, fmt.Sprintf("a strength below %v bits", v))
				continue
			}
			list = append(list, fmt.Sprintf("%s %v", word, v))
		}
	}
	return strings.Join(list, " and ")
}

// atLeast writes the least sizes of keys: "ecdsa 256, rsa 2048".
func atLeast(bits map[string]any) string {
	var list []string
	for _, kind := range slices.Sorted(maps.Keys(bits)) {
		list = append(list, fmt.Sprintf("%s %v", kind, bits[kind]))
	}
	return strings.Join(list, ", ")
}
