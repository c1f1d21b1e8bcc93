package java

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
)

// algorithms is the value of a property such as jdk.tls.disabledAlgorithms.
type algorithms struct {
	items []item
	// names is what disables versions and suites as a whole.
	names cipherstring.Disabled
}

// item is one entry of the list.
type item struct {
	text string
	// algorithm and policy are what stands before and behind the first blank.
	algorithm, policy string
}

// maxItems bounds the entries that are looked at.
const maxItems = 10000

// javaTrim strips what String.trim of Java does: no no-break space.
func javaTrim(s string) string { return confdoc.JavaTrim(s) }

// parseAlgorithms reads a list. included is the value of
// jdk.disabled.namedCurves, which an entry may bring in.
func parseAlgorithms(value, included string) algorithms {
	var a algorithms
	a.items = split(value)
	for i, it := range a.items {
		if strings.EqualFold(it.algorithm, "include") && strings.HasPrefix(strings.ToLower(it.policy), "jdk.disabled.namedcurves") {
			rest := append(split(included), a.items[i+1:]...)
			a.items = append(a.items[:i:i], rest...)
			break
		}
	}
	var plain []string
	for _, it := range a.items {
		if it.policy == "" && ascii(it.text) {
			plain = append(plain, it.text)
		}
	}
	a.names = cipherstring.ParseDisabled(strings.Join(plain, ","))
	return a
}

func split(value string) (items []item) {
	value = javaTrim(value)
	if len(value) > 1 && strings.HasPrefix(value, `"`) && strings.HasSuffix(value, `"`) {
		value = value[1 : len(value)-1]
	}
	for entry := range strings.SplitSeq(value, ",") {
		entry = javaTrim(entry)
		if entry == "" || len(items) >= maxItems {
			continue
		}
		it := item{text: entry, algorithm: entry}
		if i := strings.IndexByte(entry, ' '); i > 0 {
			it.algorithm, it.policy = entry[:i], entry[i+1:]
		}
		items = append(items, it)
	}
	return items
}

// ascii reports whether a word can be the name of an algorithm: what holds
// other characters, or blanks that are none, disables nothing.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

var denyAfter = regexp.MustCompile(`^denyAfter\s+(\d{4})-(\d{2})-(\d{2})$`)

// broken returns the first entry Java throws at, and why.
func (a algorithms) broken() (it item, why string) {
	for _, it := range a.items {
		if strings.EqualFold(it.algorithm, "include") && it.policy != "" {
			if why := it.unknown(); why != "" {
				return it, why
			}
			continue
		}
		if it.policy == "" {
			continue
		}
		if why := it.unknown(); why != "" {
			return it, why
		}
	}
	return item{}, ""
}

// unknown says what Java does not know in the condition of an entry.
func (it item) unknown() string {
	jdkCA, after := false, false
	for part := range strings.SplitSeq(it.policy, "&") {
		part = javaTrim(part)
		lower := strings.ToLower(part)
		switch {
		case strings.HasPrefix(part, "keySize"):
			if _, _, ok := keySize(part); !ok {
				return "a keySize needs an operator and a number with blanks between them"
			}
		case lower == "jdkca":
			if jdkCA {
				return "jdkCA comes twice"
			}
			jdkCA = true
		case strings.HasPrefix(part, "denyAfter") && denyAfter.MatchString(part):
			if after {
				return "denyAfter comes twice"
			}
			after = true
		case strings.HasPrefix(part, "usage"):
		default:
			return "Constraint unknown"
		}
	}
	return ""
}

var operators = map[string]func(a, b int) bool{
	"==": func(a, b int) bool { return a == b }, "!=": func(a, b int) bool { return a != b },
	"<": func(a, b int) bool { return a < b }, "<=": func(a, b int) bool { return a <= b },
	">": func(a, b int) bool { return a > b }, ">=": func(a, b int) bool { return a >= b },
}

// keySize reads "keySize < 1024".
func keySize(s string) (operator string, bits int, ok bool) {
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\n\r\f", r) })
	if len(words) < 3 || words[0] != "keySize" || operators[words[1]] == nil {
		return "", 0, false
	}
	n, err := strconv.ParseInt(words[2], 10, 32)
	return words[1], int(n), err == nil
}

// refusesDH reports whether Diffie-Hellman groups of a size are disabled.
func (a algorithms) refusesDH(bits int) bool {
	for _, it := range a.items {
		if !strings.EqualFold(it.algorithm, "DH") && !strings.EqualFold(it.algorithm, "DiffieHellman") {
			continue
		}
		if it.policy == "" {
			return true
		}
		// Of several conditions all must hold; keySize alone is judged.
		if op, n, ok := keySize(javaTrim(it.policy)); ok && !strings.Contains(it.policy, "&") && operators[op](bits, n) {
			return true
		}
	}
	return false
}

// has reports whether an entry without a condition names something.
func (a algorithms) has(name string) bool {
	for _, it := range a.items {
		if it.policy == "" && strings.EqualFold(it.text, name) {
			return true
		}
	}
	return false
}

// javaNames are the versions as Java writes them.
var javaNames = map[audit.Version]string{
	audit.SSLv2: "SSLv2Hello", audit.SSLv3: "SSLv3", audit.TLSv10: "TLSv1", audit.TLSv11: "TLSv1.1", audit.TLSv12: "TLSv1.2", audit.TLSv13: "TLSv1.3",
}

// shown is an entry fit for a message.
func shown(it item) string {
	text := it.text
	if len(text) > 60 {
		text = text[:60] + "..."
	}
	return fmt.Sprintf("%q", confdoc.RedactText(strings.ToValidUTF8(text, "?")))
}
