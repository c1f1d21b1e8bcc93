package scanner

import (
	"context"
	"fmt"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// askPreferences asks who decides at each version, when all suites are known:
// an answer then shows as well that the peer was still there after the last
// refusal.
func (e *endpoint) askPreferences(ctx context.Context, versions []*version) {
	for _, x := range versions {
		if x.Answer == audit.Accepted && x.Version != audit.SSLv2 {
			func() {
				defer e.contain("who decides at "+x.Version.String(), nil)
				e.askPreference(ctx, x)
			}()
		}
	}
}

// askPreference finds out who decides the suite, by offering two accepted ones
// with the server's second choice first. Two of the same kind are taken where
// there are: between ChaCha20 and others many servers follow the client whatever
// they do otherwise (RFC 8446 section 9.1 leaves it to them), so a list simply
// reversed would call a server-order server a client-order one.
func (e *endpoint) askPreference(ctx context.Context, x *version) {
	if len(x.hits) < 2 {
		return
	}
	x.Preference = audit.PreferenceUndetermined
	if x.decided.chosen != 0 {
		e.conclude(x)
		return
	}
	better, worse, alike := x.pair()
	if alike && x.behind(better, worse) && better == x.reply.Suite {
		x.Preference = audit.PreferenceServer
		x.PreferenceEvidence = fmt.Sprintf("offered %s before %s, among others: chose %s", suiteName(worse), suiteName(better), suiteName(better))
		return
	}
	chosen, evidence, ok := e.choose(ctx, x, worse, better)
	if !ok {
		x.PreferenceEvidence = evidence
		return
	}
	if !alike {
		// ChaCha20 against another is all there is: only the same answer to both
		// orders says something.
		again, more, ok := e.choose(ctx, x, better, worse)
		x.PreferenceEvidence = evidence + "; " + more
		switch {
		case ok && again == chosen:
			x.Preference = audit.PreferenceServer
		case ok:
			x.PreferenceEvidence += "; between ChaCha20 and others this may be a priority the server grants"
		}
		return
	}
	x.PreferenceEvidence = evidence
	if chosen == worse && x.offeredBefore(better, worse) {
		// Then the enumeration has put the other order already.
		x.PreferenceEvidence += fmt.Sprintf("; offered the other way round, among others, chose %s", suiteName(better))
		x.Preference = audit.PreferenceClient
		return
	}
	if chosen == worse {
		// The first one offered, then: the client decides, or this was the
		// server's choice all along and came up late in a list cut in chunks.
		again, more, ok := e.choose(ctx, x, better, worse)
		x.PreferenceEvidence += "; " + more
		switch {
		case ok && again == better:
			x.Preference = audit.PreferenceClient
			return
		case !ok:
			return
		}
	}
	x.Preference = audit.PreferenceServer
	if (x.limited || x.parted) && e.ordered() {
		e.order(ctx, x)
	}
}

// choice is what was chosen of two suites, offered in this order, and maybe
// among others.
type choice struct {
	first, second, chosen uint16
	among                 bool
}

// chosenBefore reports whether the server's first choice and code are of a
// kind, and stood in this order when it was made, so that the other order tells
// who decides.
func (x *version) chosenBefore(code uint16) bool {
	return ofAKind(code, x.reply.Suite) && x.behind(code, x.reply.Suite)
}

// ofAKind reports whether two suites differ in no more than lengths of keys and
// hashes.
func ofAKind(a, b uint16) bool {
	one, _ := tlsreg.SuiteByCode(audit.Code(a))
	other, _ := tlsreg.SuiteByCode(audit.Code(b))
	return one.Enc == other.Enc && one.Mode == other.Mode && one.KX == other.KX && one.Auth == other.Auth
}

// spared reports whether the server's first choice was AES-GCM in front of
// code, which is ChaCha20 and differs in nothing else.
func (x *version) spared(code uint16) bool {
	chacha, aes, ok := chachaPair([]hit{{code: code}, {code: x.reply.Suite}})
	return ok && chacha == code && x.behind(chacha, aes)
}

// behind reports whether a stands behind b in the list offered first, both in
// the part of it that every server reads.
func (x *version) behind(a, b uint16) bool {
	list := candidatesFor(x.Version)
	i, j := slices.Index(list, a), slices.Index(list, b)
	return !x.parted && !x.limited && j >= 0 && i > j && i < maxChunk
}

// conclude says who decides by a pair offered both ways round. A server may rank
// the two alike and leave them to the client, with an order of its own elsewhere:
// then neither decides.
func (e *endpoint) conclude(x *version) {
	d := x.decided
	others := ""
	if d.among {
		others = ", among others"
	}
	x.PreferenceEvidence = fmt.Sprintf("offered %s before %s%s: chose %s", suiteName(d.first), suiteName(d.second), others, suiteName(d.chosen))
	x.Preference = audit.PreferenceServer
	if d.chosen == d.first {
		x.Preference = audit.PreferenceClient
		x.PreferenceEvidence += fmt.Sprintf("; offered the other way round, among others, chose %s", suiteName(d.second))
		if m := x.mixed; m.chosen != 0 {
			x.Preference = audit.PreferenceUndetermined
			x.PreferenceEvidence += fmt.Sprintf("; but offered %s before %s, among others, chose %s", suiteName(m.first), suiteName(m.second), suiteName(m.chosen))
		}
	}
}

// pair picks two suites of the version: the one chosen first, of which most is
// known, and another of its kind, or any two that are most alike.
func (x *version) pair() (better, worse uint16, alike bool) {
	if !x.SuitesUnordered {
		return pair(x.hits)
	}
	best := -1
	first, _ := tlsreg.SuiteByCode(audit.Code(x.reply.Suite))
	for _, h := range x.hits {
		s, _ := tlsreg.SuiteByCode(audit.Code(h.code))
		if n := likeness(first, s); h.code != x.reply.Suite && !eitherChaCha(first, s) && n > best {
			best, better, worse, alike = n, x.reply.Suite, h.code, true
		}
	}
	if alike && slices.Contains(codes(x.hits), x.reply.Suite) {
		return better, worse, true
	}
	return pair(x.hits)
}

// order brings suites found in parts into the server's order, which the short
// list of those accepted shows.
func (e *endpoint) order(ctx context.Context, x *version) {
	el := elimination{e: e, ask: e.suiteAsker(x), lead: notChaCha}
	left := codes(x.hits)
	if len(left) > x.most || !el.greedy(ctx, &left) || len(left) > 0 {
		return
	}
	x.hits, x.SuitesUnordered = el.found, false
}

// offeredBefore reports whether better was chosen in the enumeration, from
// lists that had it in front of worse.
func (x *version) offeredBefore(better, worse uint16) bool {
	list, found := candidatesFor(x.Version), codes(x.hits)
	if x.SuitesUnordered {
		return better == x.reply.Suite && x.behind(worse, better)
	}
	return x.complete && !x.limited && !x.parted && slices.Index(list, better) < slices.Index(list, worse) && slices.Index(list, worse) < maxChunk &&
		slices.Index(found, better) < slices.Index(found, worse)
}

const exception = "; ChaCha20 is preferred for clients that prefer it"

// askChaCha notes whether a server that keeps its own order makes an exception
// for clients that put ChaCha20 first. It is the same for all versions, and
// asked once.
func (e *endpoint) askChaCha(ctx context.Context, versions []*version) {
	for _, x := range versions {
		chacha, aes, ok := x.chachaPair()
		if !ok || x.Preference != audit.PreferenceServer {
			continue
		}
		if c := x.spare; x.SuitesUnordered && c.first == chacha && c.second == aes {
			if c.chosen == chacha {
				x.PreferenceEvidence += exception
			}
			return
		}
		// The enumeration offered AES in front of ChaCha20: what came first there
		// need not be asked again.
		if x.SuitesUnordered && aes != x.reply.Suite && chacha != x.reply.Suite {
			first, _, ok1 := e.choose(ctx, x, chacha, aes)
			if !ok1 || first != chacha {
				return // AES, or no telling
			}
			if second, _, ok2 := e.choose(ctx, x, aes, chacha); ok2 && second != first {
				x.PreferenceEvidence += exception
			}
			return
		}
		if x.SuitesUnordered && chacha == x.reply.Suite && !x.behind(aes, chacha) {
			return // ChaCha20 whatever the client prefers
		}
		if x.complete && !x.limited {
			if !x.offeredBefore(aes, chacha) {
				return // ChaCha20 whatever the client prefers
			}
			if chosen, _, ok := e.choose(ctx, x, chacha, aes); ok && chosen == chacha {
				x.PreferenceEvidence += exception
			}
			return
		}
		first, _, ok1 := e.choose(ctx, x, chacha, aes)
		second, _, ok2 := e.choose(ctx, x, aes, chacha)
		if ok1 && ok2 && first != second {
			x.PreferenceEvidence += exception
		}
		return
	}
}

// choose offers two suites in the given order and says which was chosen.
func (e *endpoint) choose(ctx context.Context, x *version, first, second uint16) (chosen uint16, evidence string, ok bool) {
	offer := []uint16{first, second}
	q := e.offer(x.Version, x.style, offer)
	q.until = wire.UntilServerHello
	r := e.ask(ctx, q)
	evidence = fmt.Sprintf("offered %s before %s: ", suiteName(first), suiteName(second))
	if v := e.judge(ctx, q, &r, x.Version, chosenSuite, offer); v != taken {
		if v == none {
			e.sawTorn()
		}
		return 0, evidence + r.text(), false
	}
	return r.Suite, evidence + "chose " + suiteName(r.Suite), true
}

func suiteName(code uint16) string {
	if s, ok := tlsreg.SuiteByCode(audit.Code(code)); ok {
		return s.Name
	}
	return audit.Code(code).String()
}

// pair picks two suites that differ as little as possible, in the order they
// were found. alike is false if one of them alone is ChaCha20.
func pair(hits []hit) (better, worse uint16, alike bool) {
	best := -1
	for i, h := range hits {
		a, _ := tlsreg.SuiteByCode(audit.Code(h.code))
		for _, g := range hits[i+1:] {
			b, _ := tlsreg.SuiteByCode(audit.Code(g.code))
			if n := likeness(a, b); n > best {
				best, better, worse, alike = n, h.code, g.code, !eitherChaCha(a, b)
			}
		}
	}
	return better, worse, alike
}

func likeness(a, b tlsreg.Suite) int {
	n := 0
	if !eitherChaCha(a, b) {
		n += 8
	}
	if a.Enc == b.Enc && a.Mode == b.Mode {
		n += 4
	}
	if a.Auth == b.Auth {
		n += 2
	}
	if a.KX == b.KX {
		n++
	}
	return n
}

// eitherChaCha reports whether one of two suites is ChaCha20, which servers that
// grant it a priority put in front of everything else, not of AES alone.
func eitherChaCha(a, b tlsreg.Suite) bool { return isChaCha(a) != isChaCha(b) }

func isChaCha(s tlsreg.Suite) bool { return s.Enc == "CHACHA20" }

// notChaCha puts ChaCha20 behind all else where it leads a list: what a server
// makes of that may be an exception from its order.
func notChaCha(suites []uint16) []uint16 {
	other := slices.IndexFunc(suites, func(code uint16) bool { return !isChaChaCode(code) })
	if other < 1 {
		return suites
	}
	return slices.Concat(suites[other:], suites[:other])
}

func isChaChaCode(code uint16) bool {
	suite, _ := tlsreg.SuiteByCode(audit.Code(code))
	return isChaCha(suite)
}

// chachaPair picks one with the server's first choice in it if there is one:
// the list it was chosen from need not be offered again.
func (x *version) chachaPair() (chacha, aes uint16, ok bool) {
	i := slices.IndexFunc(x.hits, func(h hit) bool { return h.code == x.reply.Suite })
	if x.SuitesUnordered && i > 0 {
		return chachaPair(slices.Concat(x.hits[i:i+1], x.hits[:i], x.hits[i+1:]))
	}
	return chachaPair(x.hits)
}

// chachaPair picks a ChaCha20 suite and an AES-GCM one that differ in nothing
// else.
func chachaPair(hits []hit) (chacha, aes uint16, ok bool) {
	for _, h := range hits {
		a, _ := tlsreg.SuiteByCode(audit.Code(h.code))
		if !isChaCha(a) {
			continue
		}
		for _, g := range hits {
			b, _ := tlsreg.SuiteByCode(audit.Code(g.code))
			if b.Enc == "AES" && b.Mode == "GCM" && a.KX == b.KX && a.Auth == b.Auth {
				return h.code, g.code, true
			}
		}
	}
	return 0, 0, false
}
