package scanner

import (
	"bytes"
	"context"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// version is what is known about one protocol version while it is scanned.
type version struct {
	audit.VersionFact
	style style
	// most is the number of suites the server takes in a hello of this style.
	most int
	// first is the question that was answered, reply the answer; asked again
	// later, it must be answered alike.
	first question
	reply reply
	// hits are the suites in the order found, each with its flight.
	hits []hit
	// complete: the elimination came to its end; broken says why not;
	// suitesEnd is when its last refusal came.
	// limited: the suites are found in parts, and their order is not the
	// server's.
	complete bool
	// parted: the whole list was refused, not for its length it seems.
	limited   bool
	parted    bool
	broken    string
	suitesEnd uint64
	// maybeLatent: refused by alert 80, which is latent if another version is
	// accepted.
	maybeLatent bool
	// long: the server was seen to read a list to its end that is longer than
	// servers with a bound read.
	long bool
	// settled is closed when all that askAll asks about the version is asked,
	// listed when its suites are known, before that, and answered when it is
	// known whether it is accepted, before that.
	settled, listed, answered chan struct{}
	// suites are the codes of the suites when they were listed.
	suites []uint16
	// missed: a suite that nearly always comes with one accepted was refused,
	// which may be the answer of another server behind the address.
	missed bool
	// words is the alert in which the whole version was refused, if it was.
	words uint8
	// decided is what a pair offered in passing showed, and spare the same for
	// ChaCha20 in front of AES.
	decided, spare choice
	// mixed is a choice against the client's order by a server that followed it
	// where decided was.
	mixed choice
	// negative is when the refusal came; answers after it make it count.
	negative uint64
	// quick is set at that depth.
	quick *quickAsk
	// certified: a certificate was read at this version; missing says which
	// was not that there may be.
	certified bool
	missing   string
	// groups are in the order found, the refused ones behind. Until they are
	// written down, file does it.
	groups []audit.GroupFact
	file   func()
	// asked are the features asked about apart from the enumeration.
	asked []audit.FeatureFact
	// signs are the signature schemes seen, unsigned those that were offered and
	// not used; see SchemesAnswer.
	signs    []signing
	unsigned []uint16
	// obeyed counts answers that kept to a short list of schemes; disobeyed
	// says what did not.
	obeyed    int
	disobeyed string
	// shunned is when the server would not sign with schemes of a list that left
	// out the one it uses; 0 if that did not happen.
	shunned uint64
	// again counts the answers to later questions that were as the first one
	// promised, less two for one that was not and should have been; next is one
	// of them if its list of groups was without the one chosen first, odd if it
	// answers about oddities as well.
	again     int
	next, odd *reply
	// signed are the hashes asked about, with the answers not yet confirmed.
	signed []legacyHash
	// session is what the full handshake left, nil if there was none.
	session *session
	// session13 is the first handshake completed while certificates were read.
	session13 *wire.Session13
}

// hit is one accepted suite, or group, and the flight that showed it, without
// what may be large in it; see keep.
type hit struct {
	code   uint16
	flight wire.Flight
	// said is what is kept of the extensions.
	said marks
	// finite names the group of RFC 7919 whose prime the flight has, if it is
	// one: the prime itself is not kept.
	finite string
	// prime is the fingerprint of the prime.
	prime fingerprint
}

// keep makes a hit of r. The certificates become those on file, which are few:
// a peer may send 256 KiB with each of hundreds of suites. A hit with a chain
// that is not on file has no certificates.
func (e *endpoint) keep(code uint16, r *reply) hit {
	f := r.Flight
	f.Certificates = e.filed(f.Certificates)
	said, finite, prime := marksOf(&f), "", fingerprintOf(f.DHPrime)
	if g, ok := tlsreg.GroupByPrime(f.DHPrime); ok {
		finite = g.Name
	}
	f.PointFormats, f.Public = nil, nil
	f.OCSP, f.CertificateRequest, f.DHPrime, f.SessionID, f.Extensions, f.Warnings, f.First = nil, nil, nil, nil, nil, nil, nil
	return hit{code, f, said, finite, prime}
}

// filed returns the chain on file that equals chain, or nil.
func (e *endpoint) filed(chain [][]byte) [][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.chains {
		if slices.EqualFunc(c.der, chain, bytes.Equal) {
			return c.der
		}
	}
	return nil
}

// newVersion returns an unasked version, clean for JSON.
func newVersion(v audit.Version) *version {
	return &version{most: maxChunk, settled: make(chan struct{}), listed: make(chan struct{}), answered: make(chan struct{}), VersionFact: audit.VersionFact{Version: v, Suites: []audit.Suite{}}}
}

// list says that the suites are known.
func (x *version) list() {
	x.suites = codes(x.hits)
	close(x.listed)
}

func (x *version) accept(q question, r reply, st style) {
	x.Answer, x.Evidence = audit.Accepted, r.text()
	x.first, x.reply, x.style = q, r, st
}

func (x *version) refuse(r reply, suffix string) {
	x.Answer, x.Evidence = audit.Refused, r.text()+suffix
	if r.Outcome == wire.Alert {
		x.words = r.Alert
	}
	x.negative = r.ended
}

func (x *version) leaveOpen(r reply, why string) {
	x.Answer, x.Evidence = audit.Undetermined, r.text()
	if why != "" {
		x.Evidence += "; " + why
	}
}

// askVersion finds out whether the version is accepted. A first reply, if one
// is known, saves a connection.
func (e *endpoint) askVersion(ctx context.Context, x *version, first *reply) {
	suites := candidatesFor(x.Version)
	q := e.offer(x.Version, stylePlain, suites)
	var r reply
	if first != nil {
		r = *first
	} else {
		r = e.ask(ctx, q)
	}
	switch {
	case r.is(x.Version):
		x.accept(q, r, stylePlain)
		return
	case r.hit(), r.Outcome == wire.Alert && r.Alert == 70:
		e.otherVersion(x, r)
		return
	case r.Outcome != wire.Alert && !r.quiet():
		x.leaveOpen(r, "")
		return
	}
	x.negative = r.ended
	e.doubt(ctx, x, r)
}

// variant is another way to ask for a version.
type variant struct {
	style  style
	suites []uint16
	note   string
}

// variants are the ways to ask for a version again, for servers that find the
// list of suites too long, or an extension beyond them.
func variants(v audit.Version) (plain, minimal []variant) {
	suites := candidatesFor(v)
	if v == audit.TLSv13 {
		return []variant{
			{styleGrease, suites, "refuses an empty list of key shares"},
			{styleShares, suites, "sends no HelloRetryRequest; groups are those with a share supplied"},
		}, nil
	}
	for _, chunk := range kindsFor(v) {
		plain = append(plain, variant{stylePlain, chunk, "takes it only in a hello with fewer suites"})
	}
	short := candidates().short
	minimal = append(minimal, variant{styleMinimal, short, "takes it only in a short hello without extensions"})
	rest := slices.DeleteFunc(slices.Clone(suites), func(code uint16) bool { return slices.Contains(short, code) })
	for _, chunk := range splitSuites(rest, minimalChunk, coarse) {
		minimal = append(minimal, variant{styleMinimal, chunk, minimal[0].note})
	}
	return plain, minimal
}

// doubt asks once more, in other ways, before a refusal other than alert 70 is
// believed. A refusal in words is one of the suites in that very hello, so all
// suites must have been refused; silence to long hellos says nothing about a
// server that answers short ones.
func (e *endpoint) doubt(ctx context.Context, x *version, r reply) {
	plain, minimal := variants(x.Version)
	tooMany := e.tooMany(e.offer(x.Version, stylePlain, candidatesFor(x.Version)), &r)
	words, silence, decided := e.askVariants(ctx, x, plain)
	if decided {
		return
	}
	minimal = cutVariants(minimal, x.most)
	if r.Outcome == wire.Alert && !tooMany {
		words = append([]reply{r}, words...)
	}
	short := len(minimal) > 0 && (x.Version > audit.SSLv3 || len(words) == 0)
	if short {
		// One short hello tells whether it makes a difference.
		first, _, decided := e.askVariants(ctx, x, minimal[:1])
		if decided {
			return
		}
		if len(words) == 0 && len(first) > 0 || len(words) == 0 && !e.answersLength(e.offer(x.Version, stylePlain, plain[0].suites)) {
			rest, quiet, decided := e.askVariants(ctx, x, minimal[1:])
			if decided {
				return
			}
			words, silence = append(first, rest...), quiet
		}
	}
	e.concludeRefusal(ctx, x, r, words, silence)
}

// askVariants asks in several ways and sorts the replies. It reports whether
// one of them decided the question.
func (e *endpoint) askVariants(ctx context.Context, x *version, list []variant) (words, silence []reply, decided bool) {
	for list = slices.Clone(list); len(list) > 0; {
		v := list[0]
		list = list[1:]
		q := e.offer(x.Version, v.style, v.suites)
		again := e.ask(ctx, q)
		switch {
		case again.is(x.Version):
			x.accept(q, again, v.style)
			if v.style == styleMinimal {
				x.most, x.limited = min(x.most, minimalChunk), true
			}
			x.parted = len(v.suites) < len(candidatesFor(x.Version)) && !x.limited
			e.note(x.Version.String() + ": the server " + v.note)
			return nil, nil, true
		case again.hit(), again.Outcome == wire.Alert && again.Alert == 70:
			e.otherVersion(x, again)
			return nil, nil, true
		case e.tooMany(q, &again):
			// No refusal: the list may be too long. All that follow are cut, too.
			x.most, x.limited = min(x.most, max(tiny, len(v.suites)/2)), true
			list = cutVariants(append([]variant{v}, list...), x.most)
			continue
		case again.Outcome == wire.Alert:
			words = append(words, again)
		case again.quiet():
			silence = append(silence, again)
		default:
			x.leaveOpen(again, "")
			return nil, nil, true
		}
		x.negative = again.ended
	}
	return words, silence, false
}

// cutVariants cuts variants so that none offers more than most suites.
func cutVariants(list []variant, most int) (cut []variant) {
	for _, v := range list {
		for suites := range slices.Chunk(v.suites, most) {
			cut = append(cut, variant{v.style, suites, v.note})
		}
	}
	return cut
}

// otherVersion files a reply that settles the question against the version.
func (e *endpoint) otherVersion(x *version, r reply) {
	if r.hit() && audit.Version(r.Version) > x.Version {
		x.leaveOpen(r, "a newer version than was asked for")
		return
	}
	x.refuse(r, "")
}

// concludeRefusal weighs replies none of which accepted the version.
func (e *endpoint) concludeRefusal(ctx context.Context, x *version, r reply, words, silence []reply) {
	negative := x.negative
	switch {
	case r.Outcome == wire.Alert || len(silence) == 0:
		if len(words) > 0 {
			x.maybeLatent = words[0].Alert == 80 && x.Version < audit.TLSv12
			r = words[0]
		}
		x.refuse(r, "")
	case !e.confirmed(ctx, negative):
		x.leaveOpen(r, "no control probe succeeded")
	case len(words) == 0 && !e.answersLength(x.shortest(e)):
		x.leaveOpen(r, "the peer answers shorter hellos only")
	default:
		x.refuse(r, "; control probe answered")
	}
	x.negative = negative
}

// shortest is the shortest hello that was tried for the version.
func (x *version) shortest(e *endpoint) question {
	if x.Version == audit.TLSv13 {
		return e.offer(x.Version, stylePlain, candidates().suites13)
	}
	return e.offer(x.Version, styleMinimal, candidates().short)
}

// askSSLv2 asks for SSLv2, whose answer lists all cipher kinds at once.
func (e *endpoint) askSSLv2(ctx context.Context, x *version) {
	if e.proto.NoSSLv2 {
		return
	}
	r := e.ask(ctx, question{hello: wire.SSL2Hello(), about: "SSLv2"})
	switch {
	case r.Outcome == wire.SSL2ServerHello:
		x.accept(question{}, r, stylePlain)
	case r.Outcome == wire.Alert, r.hit():
		x.refuse(r, "")
	case r.quiet(), r.Outcome == wire.NotTLS && e.confirmed(ctx, r.ended):
		if !e.confirmed(ctx, r.ended) {
			x.leaveOpen(r, "no control probe succeeded")
			return
		}
		x.refuse(r, "; control probe answered")
	default:
		x.leaveOpen(r, "")
	}
}
