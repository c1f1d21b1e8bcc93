package engine

import (
	"reflect"
	"testing"

	"tlsaudit/audit"
)

// TestAppendWant: no two different wants may share a remedy.
func TestAppendWant(t *testing.T) {
	no, yes := false, true
	wants := []audit.Want{
		{}, {ServerOrder: &yes}, {ServerOrder: &no},
		{AllowSuites: []string{"A", "B"}}, {AllowSuites: []string{"AB"}}, {AllowSuites: []string{"A"}, ForbidSuites: []string{"B"}}, {AllowSuites: []string{"A\x01B"}},
	}
	for i := range reflect.TypeFor[audit.Want]().NumField() {
		var w audit.Want
		n := 0
		fill(reflect.ValueOf(&w).Elem().Field(i), &n)
		if w.ServerOrder == nil { // it is among those above
			wants = append(wants, w)
		}
	}
	seen := map[string]int{}
	for i := range wants {
		key := string(appendWant(nil, "nginx", &wants[i]))
		if k, ok := seen[key]; ok {
			t.Errorf("%+v and %+v are held for the same", wants[k], wants[i])
		}
		seen[key] = i
		if key == string(appendWant(nil, "httpd", &wants[i])) {
			t.Errorf("%+v: the product does not matter", wants[i])
		}
	}
}

// TestRemediesAreForgotten: what is remembered does not grow with the
// endpoints.
func TestRemediesAreForgotten(t *testing.T) {
	var r remedies
	written := 0
	for i := range 1000 {
		r.trim()
		for range 2 {
			r.get("nginx", &audit.Want{MinDHBits: i, Other: string(make([]byte, 10_000))}, func(string, audit.Want) *audit.Remedy {
				written++
				return &audit.Remedy{}
			})
		}
	}
	if written != 1000 {
		t.Errorf("%d remedies were written for 1000 wants", written)
	}
	if r.size > maxRemedies+20_000 || len(r.known) > 200 {
		t.Errorf("%d remedies of %d bytes are remembered", len(r.known), r.size)
	}
}
