package scanner

import (
	"context"
	"testing"

	"tlsaudit/audit"
)

// What another question is still writing must not be read, also not when the
// scan is over.
func TestAwaitSuites(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	x := newVersion(audit.TLSv12)
	if x.awaitSuites(ended) {
		t.Error("suites are known that nobody has listed")
	}
	if (*version)(nil).awaitSuites(t.Context()) {
		t.Error("suites of no version are known")
	}
	x.list()
	if !x.awaitSuites(t.Context()) {
		t.Error("suites that were listed are not known")
	}
}
