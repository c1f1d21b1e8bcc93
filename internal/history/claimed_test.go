package history_test

import (
	"slices"
	"testing"
	"time"
)

// testClaimed: the keys that begin with a prefix, and no others.
func testClaimed(t *testing.T, where place) {
	s := opened(t, where(t))
	for _, key := range []string{"notify/ops/run/2/begun/1", "notify/ops/run/1/begun/2", "notify/ops/run/1/begun/1", "notify/ops/run/1/failed/1", "notify/opsX/run/1/begun/1", "notify/ops/run/10/begun/1"} {
		if _, err := s.Claim(t.Context(), key, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string][]string{
		"notify/ops/run/1/begun/": {"notify/ops/run/1/begun/1", "notify/ops/run/1/begun/2"}, "notify/ops/run/3/begun/": nil, "notify/ops/run/1/b%": nil,
	} {
		if keys, err := s.Claimed(t.Context(), prefix); !slices.Equal(keys, want) || err != nil {
			t.Errorf("%s: %q, %v", prefix, keys, err)
		}
	}
}
