package grade

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tlsaudit/audit"
)

// The letters beside those of the score.
const (
	// None: the endpoint was not reached, or nothing can be said of it.
	None = "-"
	// Untrusted: no client has a reason to believe in the certificate.
	Untrusted = "T"
	// Misnamed: the certificate is for another name.
	Misnamed = "M"
)

// scale holds the letters of the score, best first. A+ takes a header that is
// not asked for.
var scale = []string{"A", "A-", "B", "C", "D", "E", "F"}

// Letters lists every letter, best first: those of the score, then M, T and
// none at all.
var Letters = append(slices.Clone(scale), Misnamed, Untrusted, None)

// NotAsked says what the guide rates and this program asks no server for, or only
// at depth deep. It is the same for every endpoint, and no reason to call a grade
// "up to".
var NotAsked = []string{
	"HTTP Strict Transport Security, without which there is no A+",
	"below depth deep, Heartbleed, CCS injection, Ticketbleed, ROBOT and POODLE against TLS, each an F",
	"renegotiation that is not bound to its session, an F",
	"revocation, except by a stapled response",
}

// Grade is the letter of one endpoint with its reasons.
type Grade struct {
	// Letter is one of Letters.
	Letter string
	// UpTo is set when something in Open could lower the letter, or what stands in
	// Otherwise.
	UpTo bool
	// Score is the number the letter starts from, 0 to 100; 0 where there is none.
	Score int
	// Otherwise is, for the letters T and M, the one the endpoint had if its
	// certificate were trusted and for its name.
	Otherwise string
	// Caps says, worst first, what keeps the letter from being better; where
	// there is none, why.
	Caps []string
	// Open says what is not known and could lower the letter.
	Open []string
}

// String returns the letter with what has to be said beside it: "B", "up to A-",
// "T, otherwise up to B", "-".
func (g Grade) String() string {
	letter := cmp.Or(g.Otherwise, g.Letter)
	if g.UpTo {
		letter = "up to " + letter
	}
	if g.Otherwise != "" {
		letter = g.Letter + ", otherwise " + letter
	}
	return letter
}

// Compare orders grades best first.
func (g Grade) Compare(h Grade) int {
	a, b := slices.Index(Letters, g.Letter), slices.Index(Letters, h.Letter)
	if a == b && g.Score != h.Score {
		return h.Score - g.Score
	}
	return a - b
}

// Of grades what was observed, as of now. The text of the reasons holds nothing
// a peer sent.
func Of(o *audit.Observation, now time.Time) Grade {
	none := func(why string) Grade { return Grade{Letter: None, Caps: []string{why}} }
	switch {
	case o == nil:
		return none("nothing was observed")
	case o.Reach == audit.ReachUnreachable:
		return none("not reached")
	case o.Reach == audit.ReachNoTLS:
		return none("no TLS is to be had")
	case o.Reach == audit.ReachDNS:
		return none("a mail domain, not an endpoint")
	case o.Reach != audit.ReachTLS:
		return none("nothing was learnt")
	}
	c := &card{o: o, now: now}
	c.versions()
	if len(c.accepted) == 0 {
		return none("no version is known to be accepted")
	}
	c.suites()
	if len(c.seen) == 0 {
		return none("no cipher suite is known to be accepted")
	}
	c.exchange()
	c.features()
	c.flaws()
	c.certificates()
	if c.weakest == 0 {
		return none("no key is known")
	}
	if o.Interrupted {
		c.unknown("the scan was interrupted")
	}
	return c.grade()
}

// card is a grade in the making.
type card struct {
	o   *audit.Observation
	now time.Time

	accepted []audit.Version
	seen     []seenSuite
	// weakest is the size of the weakest key of a key exchange, as that of an RSA
	// key; 0 if none is known.
	weakest int

	caps                []cap
	open                []string
	untrusted, misnamed []string
}

// cap is a reason why a letter is not better than at.
type cap struct {
	at  int // index in scale
	why string
}

// cap notes that the letter is at most at, once for each reason.
func (c *card) cap(at, why string, args ...any) {
	one := cap{slices.Index(scale, at), fmt.Sprintf(why, args...) + ": at most " + at}
	if !slices.Contains(c.caps, one) {
		c.caps = append(c.caps, one)
	}
}

// unknown notes what could lower the letter.
func (c *card) unknown(why string, args ...any) {
	if text := fmt.Sprintf(why, args...); !slices.Contains(c.open, text) {
		c.open = append(c.open, text)
	}
}

// grade puts the parts together.
func (c *card) grade() Grade {
	g := Grade{Score: c.score(), Open: c.open}
	at := letterOf(g.Score)
	if at > 0 {
		c.caps = append(c.caps, cap{at, fmt.Sprintf("the score is %d: at most %s", g.Score, scale[at])})
	}
	slices.SortStableFunc(c.caps, func(a, b cap) int { return b.at - a.at })
	for _, one := range c.caps {
		at = max(at, one.at)
	}
	g.Letter = scale[at]
	g.UpTo = len(g.Open) > 0 && at < len(scale)-1 // F cannot be lower
	switch {
	case len(c.untrusted) > 0:
		g.Letter, g.Otherwise = Untrusted, g.Letter
	case len(c.misnamed) > 0:
		g.Letter, g.Otherwise = Misnamed, g.Letter
	}
	g.Caps = slices.Concat(c.untrusted, c.misnamed)
	for _, one := range c.caps {
		g.Caps = append(g.Caps, one.why)
	}
	return g
}
