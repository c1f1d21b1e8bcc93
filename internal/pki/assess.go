package pki

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Assess describes a certificate list as presented, and what path validation
// against the anchors and comparison with name make of it.
//
// Trust is what crypto/x509 says, for any extended key usage of the leaf (that
// is a question of its own) and at the time at, moved into the leaf's validity;
// issuing certificates must be allowed to certify TLS servers. It
// is NotAsked without anchors and Undetermined for a leaf that could not be
// read. A nil or empty chain yields an assessment in which nothing is
// determined.
func Assess(chain [][]byte, name string, a *Anchors, at time.Time) audit.Chain {
	return assess(nil, chain, a, at).named(name)
}

// assess is Assess without the name, with what a cache remembers.
func assess(cache *Cache, chain [][]byte, a *Anchors, at time.Time) *assessment {
	all := &assessment{chain: audit.Chain{Certificates: []audit.Certificate{}, Truncated: len(chain) > maxPresented}}
	out := &all.chain
	out.Trust.Anchors = a.String()
	if len(chain) == 0 {
		return all
	}
	chain = chain[:min(len(chain), maxPresented)]
	var presented []*certificate // in order
	var distinct []*certificate
	seen := map[string]*certificate{}
	for _, der := range chain {
		c := seen[string(der)]
		if c == nil {
			c = cache.read(der)
			seen[string(der)] = c
			distinct = append(distinct, c)
		}
		presented = append(presented, c)
		out.Certificates = append(out.Certificates, c.facts)
	}
	leaf := presented[0]
	all.leaf = leaf
	if leaf.encoding == nil {
		out.Order, out.Complete = audit.Undetermined, audit.Undetermined
		if !a.Empty() {
			out.Trust.Answer, out.Trust.Reason = audit.Undetermined, "the leaf was not evaluated: "+leaf.facts.Error
		}
		return all
	}
	s := &search{presented: distinct, anchors: a, cache: cache, effort: maxEffort}
	var verified [][]*x509.Certificate
	out.Trust, verified = trust(distinct, a, at)
	s.prove(verified)
	path, anchored := s.run()
	out.Order = order(s, presented)
	if out.Truncated && out.Trust.Answer == audit.Refused {
		out.Trust.Answer = audit.Undetermined // the issuer may be among those cut off
	}
	out.Complete = completeness(s, path, out)
	if out.Trust.Answer == audit.Refused {
		out.Trust.Reason = clip(refusal(&out.Trust, leaf, path, anchored, s))
	}
	return all
}

// commonName returns the whole common name, which facts may have cut.
func (c *certificate) commonName() string {
	_, cn := distinguishedName(c.encoding.TBS.Subject.FullBytes)
	return cn
}

// order is Accepted when each certificate is certified by the next.
func order(s *search, presented []*certificate) audit.Answer {
	for i, c := range presented[1:] {
		if c.encoding == nil {
			return audit.Undetermined
		}
		if !s.certifies(c, presented[i]) {
			if s.exhausted {
				return audit.Undetermined
			}
			return audit.Refused
		}
	}
	return audit.Accepted
}

// completeness says whether the presented certificates lead anywhere.
// crypto/x509 knows more anchors than the search can see (the roots of some
// systems cannot be listed), so its path counts too.
func completeness(s *search, path []*certificate, out *audit.Chain) audit.Answer {
	switch {
	case path != nil || out.Trust.Answer == audit.Accepted:
		return audit.Accepted
	case s.exhausted || s.anchors.Empty() || out.Truncated || s.blind():
		// Without anchors a list that ends below its root may be complete.
		return audit.Undetermined
	}
	return audit.Refused
}

// blind reports whether something could not be looked at: an unreadable
// certificate in the list, or system roots that cannot be listed.
func (s *search) blind() bool {
	return slices.ContainsFunc(s.presented, func(c *certificate) bool { return c.encoding == nil }) ||
		s.anchors.system && len(s.anchors.bySubject) == 0
}

// trust asks crypto/x509. It returns the paths it verified as well.
func trust(distinct []*certificate, a *Anchors, at time.Time) (t audit.Trust, verified [][]*x509.Certificate) {
	t.Anchors = a.String()
	leaf := distinct[0]
	if a.Empty() {
		return t, nil
	}
	if leaf.facts.Error != "" {
		t.Answer, t.Reason = audit.Undetermined, "the leaf was not evaluated: "+leaf.facts.Error
		return t, nil
	}
	t.At = clamp(at, leaf.facts.NotBefore, leaf.facts.NotAfter).UTC()
	if leaf.std == nil {
		t.Answer, t.Reason = audit.Refused, leaf.refusal.Error()
		return t, nil
	}
	intermediates, large := x509.NewCertPool(), 0
	for _, c := range distinct[1:] {
		if c.std == nil {
			continue
		}
		if c.facts.Key.Bits > largeModulusBits {
			if large++; large > maxLargeIssuers {
				continue
			}
		}
		intermediates.AddCert(c.std)
	}
	chains, err := verifyStd(leaf.std, x509.VerifyOptions{
		Roots: a.pool, Intermediates: intermediates, CurrentTime: t.At, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		t.Answer, t.Reason = audit.Refused, clip(err.Error())
		if large > maxLargeIssuers || strings.Contains(t.Reason, "signature check attempts limit") {
			t.Answer = audit.Undetermined // a chain made to keep validators busy
		}
		return t, nil
	}
	usable := slices.DeleteFunc(slices.Clone(chains), func(path []*x509.Certificate) bool { return barred(path) != nil })
	if len(usable) == 0 {
		t.Answer, t.Reason = audit.Refused, clip(barredReason(chains))
		return t, nil
	}
	t.Answer, t.Path = audit.Accepted, subjects(usable)
	return t, chains
}

// barred returns the issuing certificate of a path that is limited to extended
// key usages other than TLS servers, or nil. The leaf is left to a check of its
// own, and the anchor is trusted for what it was configured for.
func barred(path []*x509.Certificate) *x509.Certificate {
	for _, c := range path[1:max(len(path)-1, 1)] {
		limited := len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0
		if limited && !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) && !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) {
			return c
		}
	}
	return nil
}

// barredReason names the first such certificate in alphabetical order.
func barredReason(chains [][]*x509.Certificate) string {
	var names []string
	for _, path := range chains {
		if c := barred(path); c != nil {
			name, _ := distinguishedName(c.RawSubject)
			names = append(names, name)
		}
	}
	return "the extended key usage of the issuing certificate " + slices.Min(names) + " does not include serverAuth"
}

func verifyStd(leaf *x509.Certificate, opts x509.VerifyOptions) (chains [][]*x509.Certificate, err error) {
	defer recovered(&err)
	chains, err = leaf.Verify(opts)
	if err == nil && len(chains) == 0 {
		err = errors.New("x509: no path")
	}
	return chains, err
}

// clamp moves at into the validity, so that expiry is not reported twice.
func clamp(at, from, until time.Time) time.Time {
	if at.After(until) {
		return until
	}
	if at.Before(from) {
		return from
	}
	return at
}

// subjects returns the shortest path by subjects, the first in alphabetical
// order among equals, so that the result does not depend on map order.
func subjects(chains [][]*x509.Certificate) []string {
	paths := make([][]string, len(chains))
	for i, chain := range chains {
		for _, c := range chain {
			text, _ := distinguishedName(c.RawSubject)
			paths[i] = append(paths[i], clip(text))
		}
	}
	return slices.MinFunc(paths, func(a, b []string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), slices.Compare(a, b))
	})
}

// refusal puts what is known about a refusal in front of the validator's words.
func refusal(t *audit.Trust, leaf *certificate, path []*certificate, anchored bool, s *search) string {
	var why []string
	switch {
	case anchored:
		if text := explain(path, t); text != "" {
			why = append(why, text)
		}
	case leaf.facts.SelfSigned:
		why = append(why, "the certificate is self-signed and not a trust anchor")
	case path != nil:
		why = append(why, fmt.Sprintf("the chain ends at %s, which is not a trust anchor", path[len(path)-1].facts.Subject))
	case !s.exhausted && !s.blind():
		why = append(why, "neither the presented certificates nor the trust anchors hold the issuer "+s.missing())
	}
	return strings.Join(append(why, t.Reason), ": ")
}

// missing names the issuer at which the presented certificates end.
func (s *search) missing() string {
	c := s.presented[0]
	for range s.presented {
		i := slices.IndexFunc(s.presented, func(p *certificate) bool { return p != c && p.named(c) })
		if i < 0 {
			break
		}
		c = s.presented[i]
	}
	return c.facts.Issuer
}
