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
			case r >= 0xF900 && r <= 0xFFFF, r >= 0x1D400, unicode.Is(otherForms, r):
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

// otherForms are lower-case letters below U+F900 that stand for others: Unicode
// gives them a decomposition, by which a name with one is written in two ways.
// Those of scripts that are refused as a whole are not among them.
var otherForms = &unicode.RangeTable{LatinOffset: 2, R16: []unicode.Range16{
	{Lo: 0xAA, Hi: 0xAA, Stride: 1}, {Lo: 0xBA, Hi: 0xBA, Stride: 1}, // ordinal signs
	{Lo: 0x132, Hi: 0x133, Stride: 1}, {Lo: 0x13F, Hi: 0x140, Stride: 1}, {Lo: 0x149, Hi: 0x149, Stride: 1}, {Lo: 0x17F, Hi: 0x17F, Stride: 1}, // ij, l with dot, 'n, long s
	{Lo: 0x1C4, Hi: 0x1CC, Stride: 1}, {Lo: 0x1F1, Hi: 0x1F3, Stride: 1}, // digraphs
	{Lo: 0x2B0, Hi: 0x2FF, Stride: 1},                                                                                                          // modifiers
	{Lo: 0x37A, Hi: 0x37A, Stride: 1}, {Lo: 0x3D0, Hi: 0x3D6, Stride: 1}, {Lo: 0x3F0, Hi: 0x3F2, Stride: 1}, {Lo: 0x3F5, Hi: 0x3F5, Stride: 1}, // Greek symbols
	{Lo: 0x587, Hi: 0x587, Stride: 1},                                    // Armenian ligature
	{Lo: 0x958, Hi: 0x95F, Stride: 1}, {Lo: 0x9DC, Hi: 0x9DF, Stride: 1}, // letters of India that are not composed
	{Lo: 0xA33, Hi: 0xA36, Stride: 3}, {Lo: 0xA59, Hi: 0xA5E, Stride: 1}, {Lo: 0xB5C, Hi: 0xB5D, Stride: 1},
	{Lo: 0xE33, Hi: 0xE33, Stride: 1}, {Lo: 0xEB3, Hi: 0xEB3, Stride: 1}, {Lo: 0xEDC, Hi: 0xEDD, Stride: 1}, // Thai, Lao
	{Lo: 0xF43, Hi: 0xF43, Stride: 1}, {Lo: 0xF4D, Hi: 0xF5C, Stride: 5}, {Lo: 0xF69, Hi: 0xF69, Stride: 1}, // Tibetan
	{Lo: 0x10FC, Hi: 0x10FC, Stride: 1},
	{Lo: 0x1D2C, Hi: 0x1D6A, Stride: 1}, {Lo: 0x1D78, Hi: 0x1D78, Stride: 1}, {Lo: 0x1D9B, Hi: 0x1DBF, Stride: 1}, {Lo: 0x1E9A, Hi: 0x1E9B, Stride: 1},
	{Lo: 0x1F00, Hi: 0x1FFF, Stride: 1}, // polytonic Greek, some of which is the same as plain Greek
	{Lo: 0x2071, Hi: 0x214F, Stride: 1}, // superscripts, subscripts, letterlike signs
	{Lo: 0x2C7C, Hi: 0x2C7D, Stride: 1}, {Lo: 0x2D6F, Hi: 0x2D6F, Stride: 1},
	{Lo: 0x3038, Hi: 0x303A, Stride: 1}, {Lo: 0x309B, Hi: 0x309F, Stride: 1}, {Lo: 0x30FF, Hi: 0x30FF, Stride: 1}, {Lo: 0x3131, Hi: 0x33FF, Stride: 1}, // of East Asia
	{Lo: 0xA69C, Hi: 0xA69D, Stride: 1}, {Lo: 0xA770, Hi: 0xA770, Stride: 1}, {Lo: 0xA7F8, Hi: 0xA7F9, Stride: 1}, {Lo: 0xAB5C, Hi: 0xAB5F, Stride: 1},
}}

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
