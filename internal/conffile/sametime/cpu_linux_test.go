package sametime

import (
	"testing"
	"time"

	"tlsaudit/internal/confdoc/conftest"
)

// effort is the processor time a function takes.
func effort(t *testing.T, f func()) time.Duration {
	t.Helper()
	return conftest.Effort(t, f)
}
