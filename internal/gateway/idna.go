package gateway

import (
	"strings"
	"unicode"
)

// ascii turns the labels of an internationalised domain into the form the DNS
// holds, "xn--" and Punycode (RFC 5891, RFC 3492). It is for names as people
// type them: what would need the tables of Unicode to be sure of (composed
// accents, the letters in which IDNA 2003 and 2008 differ, text from right to
// left) is refused, so that no name is compared with a wrong one.
func ascii(domain string) (string, bool) {
	if strings.IndexFunc(domain, func(r rune) bool { return r >= 0x80 }) < 0 {
		return domain, true
	}
	domain = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".").Replace(domain)
	labels := strings.Split(domain, ".")
	for i, label := range labels {
		plain := true
		for _, r := range label {
			switch {
			case r < 0x80:
				continue
			case r == 'ß' || r == 'ς' || !unicode.IsLetter(r) && !unicode.IsDigit(r) || unicode.ToLower(r) != r || unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Hangul):
				return "", false
			case r >= 0xF900 && r <= 0xFFFF, r >= 0x1D400: // compatibility forms
				return "", false
			}
			plain = false
		}
		if plain {
			continue
		}
		coded, ok := punycode([]rune(label))
		if !ok {
			return "", false
		}
		labels[i] = "xn--" + coded
	}
	return strings.Join(labels, "."), true
}

// punycode encodes one label (RFC 3492 section 6.3).
func punycode(label []rune) (string, bool) {
	const base, tmin, tmax, skew, damp = 36, 1, 26, 38, 700
	if len(label) > 63 {
		return "", false
	}
	var out []byte
	for _, r := range label {
		if r < 0x80 {
			out = append(out, byte(r))
		}
	}
	handled := len(out)
	basic := handled
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(0x80), 0, 72
	for handled < len(label) {
		next := rune(unicode.MaxRune)
		for _, r := range label {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (handled + 1)
		n = next
		for _, r := range label {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := base; ; k += base {
				t := min(max(k-bias, tmin), tmax)
				if q < t {
					break
				}
				out = append(out, punycodeDigit(t+(q-t)%(base-t)))
				q = (q - t) / (base - t)
			}
			out = append(out, punycodeDigit(q))
			bias = adapt(delta, handled+1, handled == basic, base, tmin, tmax, skew, damp)
			delta = 0
			handled++
		}
		delta++
		n++
	}
	return string(out), true
}

func punycodeDigit(d int) byte {
	if d < 26 {
		return byte('a' + d)
	}
	return byte('0' + d - 26)
}

// adapt is the bias function (RFC 3492 section 6.1).
func adapt(delta, points int, first bool, base, tmin, tmax, skew, damp int) int {
	if first {
		delta /= damp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > ((base-tmin)*tmax)/2; k += base {
		delta /= base - tmin
	}
	return k + (base-tmin+1)*delta/(delta+skew)
}
