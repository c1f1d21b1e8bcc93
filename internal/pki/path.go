package pki

import (
	"crypto/x509"
	"slices"

	zx509 "github.com/zmap/zcrypto/x509"

	"tlsaudit/audit"
)

// search looks for a path from the leaf upwards by names and signatures alone:
// no dates, constraints or usages, and broken hashes count. It tells what is
// missing from a chain, and why a validator refused it; it never tells that a
// chain is good.
type search struct {
	presented []*certificate // de-duplicated, the leaf first
	anchors   *Anchors
	cache     *Cache // of parsed issuers and verified signatures; may be nil
	effort    int    // left, see maxEffort
	// exhausted is set when the budget ran out, so that a negative result
	// means nothing.
	exhausted bool
	// proven are pairs of an issuer and what it issued whose signature was
	// verified before.
	proven map[[2]string]bool
}

// prove takes over what a validator verified: each certificate of a path is
// issued by the next.
func (s *search) prove(paths [][]*x509.Certificate) {
	s.proven = map[[2]string]bool{}
	for _, path := range paths {
		for i, c := range path[:max(len(path)-1, 0)] {
			s.proven[[2]string{string(path[i+1].Raw), string(c.Raw)}] = true
		}
	}
}

// run returns the path found, the leaf first, and whether it ends at an
// anchor; or else at a self-signed certificate. It is nil if there is neither.
func (s *search) run() (path []*certificate, anchored bool) {
	if path = s.walk(s.toAnchor); path != nil {
		return path, true
	}
	return s.walk(func(c *certificate) (*certificate, bool) { return nil, c.facts.SelfSigned }), false
}

// walk goes breadth first through the presented issuers until done says so;
// done may return one more certificate to end the path with.
func (s *search) walk(done func(*certificate) (*certificate, bool)) []*certificate {
	from := map[*certificate]*certificate{s.presented[0]: nil}
	for queue := s.presented[:1:1]; len(queue) > 0; queue = queue[1:] {
		c := queue[0]
		if last, ok := done(c); ok {
			path := []*certificate{}
			for ; c != nil; c = from[c] {
				path = append(path, c)
			}
			slices.Reverse(path)
			if last != nil {
				path = append(path, last)
			}
			return path
		}
		for _, p := range s.presented {
			if _, seen := from[p]; !seen && s.certifies(p, c) {
				from[p] = c
				queue = append(queue, p)
			}
		}
	}
	return nil
}

// toAnchor reports whether c is an anchor or was issued by one.
func (s *search) toAnchor(c *certificate) (*certificate, bool) {
	if s.anchors.Empty() || c.encoding == nil {
		return nil, false
	}
	for _, der := range s.anchors.bySubject[rawName(c.encoding.TBS.Subject)] {
		if slices.Equal(der, c.facts.DER) {
			return nil, true
		}
	}
	for _, der := range s.anchors.bySubject[rawName(c.encoding.TBS.Issuer)] {
		if p := s.cache.read(der); s.certifies(p, c) {
			return p, true
		}
	}
	return nil, false
}

// certifies is certificate.certifies within the budget.
func (s *search) certifies(p, c *certificate) bool {
	if !p.named(c) {
		return false
	}
	if s.proven[[2]string{string(p.facts.DER), string(c.facts.DER)}] {
		return true
	}
	blocks := max(p.facts.Key.Bits/4096, 1)
	if s.effort -= blocks * blocks; s.effort < 0 {
		s.exhausted = true
		return false
	}
	return s.cache.certifies(p, c)
}

// explain asks zcrypto, which accepts what crypto/x509 does not, about the one
// path that was found. It returns "" when it has nothing to add.
func explain(path []*certificate, trust *audit.Trust) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	// The certificates are parsed afresh: zcrypto writes to them.
	chain := make([]*zx509.Certificate, len(path))
	for i, c := range path {
		if c.facts.Error != "" || len(c.facts.DER) == 0 {
			return ""
		}
		var err error
		if chain[i], err = parseTolerant(c.facts.DER); err != nil {
			return ""
		}
	}
	roots, intermediates := zx509.NewCertPool(), zx509.NewCertPool()
	for _, c := range chain[:len(chain)-1] {
		intermediates.AddCert(c)
	}
	roots.AddCert(chain[len(chain)-1])
	leaf := chain[0]
	_, expired, never, err := leaf.Verify(zx509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: trust.At, KeyUsages: []zx509.ExtKeyUsage{zx509.ExtKeyUsageAny},
	})
	end := path[len(path)-1].facts.Subject
	switch {
	case err == nil:
		return "a path to " + end + " exists" + weakness(path)
	case len(expired) > 0 || len(never) > 0:
		return "a path to " + end + " exists, with a certificate outside its validity"
	}
	return ""
}

// weakness names the broken signature hash of a path, above which the anchor's
// own signature does not count.
func weakness(path []*certificate) string {
	for _, c := range path[:max(len(path)-1, 1)] {
		switch c.facts.SignatureHash {
		case "md2", "md4", "md5", "sha1":
			return ", but " + c.facts.Subject + " is signed with " + c.facts.Signature
		}
	}
	return ""
}
