package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/remedy"
	"tlsaudit/scanner"
)

// TestLists holds lists together that live on floors which may not see each
// other: a policy may name exactly the protocols the scanner speaks, and every
// product an inventory may name has a dialect.
func TestLists(t *testing.T) {
	var spoken []string
	for _, p := range scanner.Protocols {
		spoken = append(spoken, p.Name)
	}
	slices.Sort(spoken)
	named := slices.Sorted(slices.Values(policy.Protocols))
	if diff := cmp.Diff(spoken, named); diff != "" {
		t.Errorf("protocols of the scanner and of policies differ (-scanner +policy):\n%s", diff)
	}
	for _, product := range audit.Products {
		if r := remedy.For(product, audit.Want{MinVersion: audit.TLSv12}); r == nil || r.Product != product || r.Text == "" {
			t.Errorf("no remedy in the dialect of %s: %+v", product, r)
		}
	}
}
