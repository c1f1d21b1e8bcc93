package pki

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/fixtures"
)

// TestCacheChangesNothing: whatever a cache has seen before, its answers are
// those without one; under the race detector also that it may be shared.
func TestCacheChangesNothing(t *testing.T) {
	a, other := fixtures.NewAuthority(now), fixtures.NewAuthority(now)
	anchors, err := ParseAnchors("ca.pem", a.RootPEM())
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := ParseAnchors("other.pem", other.RootPEM())
	if err != nil {
		t.Fatal(err)
	}
	leaf := a.Issue(fixtures.Leaf{DNS: []string{"x.test"}}).DER
	damaged := append([]byte(nil), leaf...)
	damaged[len(damaged)-1] ^= 1
	chains := map[string][][]byte{
		"whole":        {leaf, a.Intermediate.DER},
		"short":        {leaf},
		"turned":       {a.Intermediate.DER, leaf},
		"other issuer": {leaf, other.Intermediate.DER},
		"damaged":      {damaged, a.Intermediate.DER},
		"garbage":      {[]byte("no certificate"), leaf},
		"nothing":      {},
	}
	c := NewCache()
	var all sync.WaitGroup
	for range 3 {
		for name, chain := range chains {
			for _, anchored := range []*Anchors{anchors, foreign, nil} {
				for _, host := range []string{"x.test", "y.test"} {
					for _, at := range []time.Time{now, now.AddDate(30, 0, 0)} {
						all.Go(func() {
							want, got := Assess(chain, host, anchored, at), c.Assess(chain, host, anchored, at)
							if diff := cmp.Diff(want, got); diff != "" {
								t.Errorf("%s, %s, %s, %s: %s", name, anchored, host, at, diff)
							}
						})
					}
				}
			}
		}
	}
	all.Wait()
	if diff := cmp.Diff(Parse(leaf), c.Parse(leaf)); diff != "" {
		t.Error(diff)
	}
}

// TestCacheOncePerMinute: an assessment stands for a minute and says when it
// was made.
func TestCacheOncePerMinute(t *testing.T) {
	a := fixtures.NewAuthority(now)
	anchors, err := ParseAnchors("ca.pem", a.RootPEM())
	if err != nil {
		t.Fatal(err)
	}
	chain := [][]byte{a.Issue(fixtures.Leaf{DNS: []string{"x.test"}}).DER, a.Intermediate.DER}
	c, start := NewCache(), now.Truncate(freshness)
	for after, want := range map[time.Duration]time.Time{0: start, freshness: start.Add(freshness)} {
		c.Assess(chain, "x.test", anchors, start.Add(after))
		if got := c.Assess(chain, "x.test", anchors, start.Add(after+freshness-1)).Trust.At; !got.Equal(want) {
			t.Errorf("assessed at %s, want %s", got, want)
		}
	}
}

// TestRemembered: each value is worked out once however many ask at the same
// time, and there are never more than the bound.
func TestRemembered(t *testing.T) {
	r := remembered[int, string]{most: 10}
	var made atomic.Int64
	var all sync.WaitGroup
	for i := range 80 {
		all.Go(func() {
			if got := r.get(i%8, func() string { made.Add(1); return fmt.Sprint(i % 8) }); got != fmt.Sprint(i%8) {
				t.Errorf("%d: %q", i%8, got)
			}
		})
	}
	all.Wait()
	if made.Load() != 8 {
		t.Errorf("8 values were made %d times", made.Load())
	}
	for i := range 1000 {
		r.get(i, func() string { return "" })
		if len(r.m) > 10 {
			t.Fatalf("%d remembered", len(r.m))
		}
	}
}
