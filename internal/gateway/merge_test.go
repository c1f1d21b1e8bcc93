package gateway

import "testing"

func TestMerge(t *testing.T) {
	for _, tt := range []struct {
		own, other Table
		fault      bool
	}{
		{Table{}, Table{Deployment: Hybrid, TrustedCA: ptr(true)}, false},
		{Table{Deployment: Hybrid, TrustedCA: ptr(true)}, Table{}, false},
		{Table{Deployment: Hybrid}, Table{Deployment: OnPrem}, true},
		{Table{TrustedCA: ptr(true)}, Table{TrustedCA: ptr(false)}, true},
		{Table{StrictAuthenticity: ptr(true)}, Table{StrictAuthenticity: ptr(false)}, true},
		{Table{Rows: make([]Row, maxRows)}, Table{Rows: make([]Row, 1)}, true},
	} {
		if fault := tt.own.Merge(&tt.other); (fault != nil) != tt.fault {
			t.Errorf("%v", fault)
		} else if fault == nil && (tt.own.Deployment != Hybrid || tt.own.TrustedCA == nil || !*tt.own.TrustedCA) {
			t.Errorf("a fact is lost: %+v", tt.own)
		}
	}
}
