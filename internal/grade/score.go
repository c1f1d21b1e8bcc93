package grade

// The score is the sum of three parts of a hundred points each, weighed 30, 30
// and 40 percent, in whole numbers (SSL Server Rating Guide 2009r).

// versionPoints are those of the protocol versions.
var versionPoints = map[string]int{"SSLv2": 0, "SSLv3": 80, "TLSv1.0": 90, "TLSv1.1": 95, "TLSv1.2": 100, "TLSv1.3": 100}

// score weighs the parts; a part of nothing leaves nothing of the whole.
func (c *card) score() int {
	best, worst := 0, 100
	for _, v := range c.accepted {
		best, worst = max(best, versionPoints[v.String()]), min(worst, versionPoints[v.String()])
	}
	protocol := (best + worst) / 2

	best, worst = 0, 100
	for i := range c.seen {
		p := cipherPoints(c.seen[i].bits)
		best, worst = max(best, p), min(worst, p)
	}
	cipher := (best + worst) / 2

	exchange := exchangePoints(c.weakest)
	if protocol == 0 || exchange == 0 || cipher == 0 {
		return 0
	}
	return (30*protocol + 30*exchange + 40*cipher) / 100
}

// cipherPoints rates the effective strength of a bulk cipher in bits.
func cipherPoints(bits int) int {
	switch {
	case bits <= 0:
		return 0
	case bits < 128:
		return 20
	case bits < 256:
		return 80
	}
	return 100
}

// exchangePoints rates the size of a key in bits, as that of an RSA key. One of
// no bits at all is that of an exchange nobody signs.
func exchangePoints(bits int) int {
	switch {
	case bits < 0:
		return 0
	case bits < 512:
		return 20
	case bits < 1024:
		return 40
	case bits < 2048:
		return 80
	case bits < 4096:
		return 90
	}
	return 100
}

// equivalent is the size of an RSA key that is as strong as so many bits of
// symmetric strength (NIST SP 800-57 part 1, table 2).
func equivalent(strength int) int {
	switch {
	case strength >= 256:
		return 15360
	case strength >= 192:
		return 7680
	case strength >= 128:
		return 3072
	case strength >= 112:
		return 2048
	case strength >= 80:
		return 1024
	}
	return 511
}

// letterOf is the index in scale of the letter for a score.
func letterOf(score int) int {
	for _, step := range []struct{ least, at int }{{80, 0}, {65, 2}, {50, 3}, {35, 4}, {20, 5}} {
		if score >= step.least {
			return step.at
		}
	}
	return len(scale) - 1
}
