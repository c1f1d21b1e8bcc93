//go:build !linux

package sametime

import (
	"testing"
	"time"
)

// effort is the time a function takes.
func effort(t *testing.T, f func()) time.Duration {
	t.Helper()
	start := time.Now()
	f()
	return time.Since(start)
}
