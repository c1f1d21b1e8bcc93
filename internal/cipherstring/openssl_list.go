package cipherstring

import (
	"cmp"
	"slices"
	"sync"

	"tlsaudit/internal/tlsreg"
)

// candidate is a suite on its way through the rules.
type candidate struct {
	suite *tlsreg.Suite
	traits
	active bool
}

// candidates is the list a cipher string works on: all suites, selected or not,
// in an order of which the selected part is the result. Unselected suites keep
// a place too, which decides where they stand when they are selected later.
type candidates []candidate

// match is the condition of one rule.
type match func(*candidate) bool

// split moves the chosen candidates to the front or the back, keeping their
// order and that of the others.
func (c candidates) split(front bool, chosen match) {
	moved := make([]candidate, 0, len(c))
	rest := make([]candidate, 0, len(c))
	for i := range c {
		if chosen(&c[i]) {
			moved = append(moved, c[i])
		} else {
			rest = append(rest, c[i])
		}
	}
	if front {
		copy(c[copy(c, moved):], rest)
	} else {
		copy(c[copy(c, rest):], moved)
	}
}

// add selects what is not yet selected, at the end of the list.
func (c candidates) add(m match) {
	c.split(false, func(x *candidate) bool {
		if x.active || !m(x) {
			return false
		}
		x.active = true
		return true
	})
}

// order moves what is selected to the end.
func (c candidates) order(m match) {
	c.split(false, func(x *candidate) bool { return x.active && m(x) })
}

// bump moves what is selected to the front.
func (c candidates) bump(m match) {
	c.split(true, func(x *candidate) bool { return x.active && m(x) })
}

// remove deselects; what was deselected last is in front when selected again.
func (c candidates) remove(m match) {
	c.split(true, func(x *candidate) bool { return x.active && m(x) })
	for i := range c {
		if m(&c[i]) {
			c[i].active = false
		}
	}
}

// kill removes for good.
func (c *candidates) kill(m match) {
	*c = slices.DeleteFunc(*c, func(x candidate) bool { return m(&x) })
}

// strength sorts what is selected by strength, strongest first.
func (c candidates) strength() {
	var bits []int
	for i := range c {
		if c[i].active && !slices.Contains(bits, c[i].bits) {
			bits = append(bits, c[i].bits)
		}
	}
	slices.SortFunc(bits, func(a, b int) int { return cmp.Compare(b, a) })
	for _, n := range bits {
		c.order(func(x *candidate) bool { return x.bits == n })
	}
}

// suites returns what is selected.
func (c candidates) suites() []tlsreg.Suite {
	var list []tlsreg.Suite
	for i := range c {
		if c[i].active {
			list = append(list, *c[i].suite)
		}
	}
	return list
}

// initialLists holds the list of each version before any rule, computed once.
var initialLists = sync.OnceValue(func() map[OpenSSLVersion]candidates {
	lists := map[OpenSSLVersion]candidates{}
	for _, v := range OpenSSLVersions {
		lists[v] = v.arrange()
	}
	return lists
})

// initial returns every compiled-in suite, unselected, in the order in which
// ALL selects them. The caller may change the list.
func (v OpenSSLVersion) initial() candidates { return slices.Clone(initialLists()[v]) }

func (v OpenSSLVersion) arrange() candidates {
	var c candidates
	registry := tlsreg.Suites()
	for i := range registry {
		if t, ok := v.traits(registry[i]); ok {
			c = append(c, candidate{suite: &registry[i], traits: t})
		}
	}
	slices.SortFunc(c, func(a, b candidate) int { return cmp.Compare(b.suite.Code, a.suite.Code) })

	all := func(*candidate) bool { return true }
	key := func(m mask) match { return func(x *candidate) bool { return x.key&m != 0 } }
	enc := func(m mask) match { return func(x *candidate) bool { return x.enc&m != 0 } }
	mac := func(m mask) match { return func(x *candidate) bool { return x.mac&m != 0 } }
	auth := func(m mask) match { return func(x *candidate) bool { return x.auth&m != 0 } }

	// Ephemeral elliptic curves first, and among them ECDSA certificates.
	if v != OpenSSL102 {
		c.add(func(x *candidate) bool { return x.key == kECDHE && x.auth == aECDSA })
	}
	c.add(key(kECDHE))
	c.remove(key(kECDHE))
	if v == OpenSSL102 {
		c.add(enc(eAES))
	} else {
		c.add(enc(eAESGCM))
		c.add(enc(eCHACHA20))
		c.add(enc(eAES &^ eAESGCM))
	}
	c.add(all)
	// What follows goes to the end, the least wanted last.
	c.order(mac(mMD5))
	c.order(auth(aNULL))
	if v == OpenSSL102 {
		c.order(auth(aECDH))
	}
	c.order(key(kRSA))
	c.order(key(kPSK))
	c.order(enc(eRC4))
	c.strength()
	if v != OpenSSL102 {
		// Since 1.1.0 modern suites precede stronger ones.
		c.bump(func(x *candidate) bool { return x.min == tls12 })
		c.bump(mac(mAEAD))
		c.bump(key(kDHE | kECDHE))
		c.bump(func(x *candidate) bool { return x.key&(kDHE|kECDHE) != 0 && x.mac == mAEAD })
	}
	c.remove(all)
	return c
}
