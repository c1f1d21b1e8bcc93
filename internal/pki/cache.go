package pki

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"tlsaudit/audit"
)

// The sizes of a cache, in entries. A certificate with its parsed forms takes
// about 20 KB, an assessment about 10 KB, a signature 200 bytes.
const (
	maxCertificates = 256
	maxSignatures   = 4096
	maxAssessments  = 128
	// maxRemembered is the size of the largest certificate, and of the largest
	// chain, that is remembered, in bytes: what is larger is rare, or hostile.
	maxRemembered = 16 << 10
)

// freshness is how long an assessment stands for those after it: trust depends
// on the time.
const freshness = time.Minute

// Cache remembers what was found out about certificates, so that a fleet whose
// certificates have the same issuers, or that presents one chain from many
// addresses, is not worked out from the beginning for each endpoint. What is
// asked for by several callers at once is worked out once.
//
// It is bounded; a part that is full is emptied. It may be used concurrently,
// and what it returns must not be changed. A nil *Cache remembers nothing.
//
// What it returns differs from Assess and Parse in one thing: the time of an
// assessment may be up to a minute earlier than the one asked for. Trust.At
// says which it is.
type Cache struct {
	certificates remembered[[32]byte, *certificate]
	signatures   remembered[[2]string, bool]
	assessments  remembered[assessmentKey, *assessment]
}

// assessmentKey is what an assessment depends on besides the name.
type assessmentKey struct {
	chain   [32]byte
	anchors *Anchors
	// at is the time in units of freshness.
	at int64
}

// assessment is one without the comparison of names, and the leaf for that.
type assessment struct {
	chain audit.Chain
	leaf  *certificate
}

// NewCache returns an empty cache.
func NewCache() *Cache {
	c := &Cache{}
	c.certificates.most, c.signatures.most, c.assessments.most = maxCertificates, maxSignatures, maxAssessments
	return c
}

// Parse is Parse, remembered.
func (c *Cache) Parse(der []byte) audit.Certificate { return c.read(der).facts }

// Assess is Assess, remembered.
func (c *Cache) Assess(chain [][]byte, name string, a *Anchors, at time.Time) audit.Chain {
	h, size := sha256.New(), 0
	for _, der := range chain {
		size += len(der)
		fmt.Fprintf(h, "%d:", len(der))
		h.Write(der)
	}
	if c == nil || size > maxRemembered {
		return assess(c, chain, a, at).named(name)
	}
	key := assessmentKey{[32]byte(h.Sum(nil)), a, at.UnixNano() / int64(freshness)}
	return c.assessments.get(key, func() *assessment { return assess(c, chain, a, at) }).named(name)
}

// named adds what becomes of an assessment when the certificate is compared
// with a name.
func (a *assessment) named(name string) audit.Chain {
	out := a.chain
	out.Certificates = slices.Clone(out.Certificates)
	out.Names.Reference = name
	switch {
	case a.leaf == nil:
	case a.leaf.encoding == nil:
		out.Names.SAN, out.Names.CN = audit.Undetermined, audit.Undetermined
	default:
		out.Names = match(name, a.leaf.names, a.leaf.commonName())
	}
	return out
}

// read is read, remembered.
func (c *Cache) read(der []byte) *certificate {
	if c == nil || len(der) > maxRemembered {
		return read(der)
	}
	return c.certificates.get(sha256.Sum256(der), func() *certificate { return read(der) })
}

// certifies is certificate.certifies, remembered.
func (c *Cache) certifies(p, child *certificate) bool {
	if c == nil {
		return p.certifies(child)
	}
	key := [2]string{p.facts.SHA256, child.facts.SHA256}
	return c.signatures.get(key, func() bool { return p.certifies(child) })
}

// remembered is a bounded map that works each value out once.
type remembered[K comparable, V any] struct {
	most int

	mu sync.Mutex
	m  map[K]func() V
}

// get returns the value for a key, working it out if nobody did.
func (r *remembered[K, V]) get(key K, value func() V) V {
	r.mu.Lock()
	once, ok := r.m[key]
	if !ok {
		if len(r.m) >= r.most || r.m == nil {
			r.m = map[K]func() V{}
		}
		once = sync.OnceValue(value)
		r.m[key] = once
	}
	r.mu.Unlock()
	return once()
}
