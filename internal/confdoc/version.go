package confdoc

import (
	"cmp"
	"strings"
)

// CompareVersions orders versions such as "2.4.71", "8.5.5.21", "1.0.2k" and
// "2.2+dfsg" number by number; letters behind a number count after it. What is
// missing counts as 0.
func CompareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a = field(a)
		y, b = field(b)
		if c := compareField(x, y); c != 0 {
			return c
		}
	}
	return 0
}

func field(s string) (first, rest string) {
	i := strings.IndexAny(s, ".-_+~ ")
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

func compareField(a, b string) int {
	x, xs := digits(a)
	y, ys := digits(b)
	return cmp.Or(cmp.Compare(x, y), strings.Compare(xs, ys))
}

// digits splits leading digits off; a number too long for any version is the
// largest.
func digits(s string) (n int, rest string) {
	i := 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if n < 1<<30 {
			n = n*10 + int(s[i]-'0')
		}
	}
	return n, s[i:]
}
