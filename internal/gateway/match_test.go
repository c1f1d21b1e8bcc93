package gateway

import "testing"

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"example.com", "example.com", true}, {"example.com", "mx.example.com", false}, {"example.com", "", false},
		{".example.com", "mx.example.com", true}, {".example.com", "a.mx.example.com", true}, {".example.com", "example.com", false}, {".example.com", "badexample.com", false},
		{"*.example.com", "mx.example.com", true}, {"*.example.com", "example.com", false}, {"*.example.com", "", false},
	}
	for _, tt := range tests {
		if got := domainMatches(tt.pattern, tt.name); got != tt.want {
			t.Errorf("%s matches %q: %v", tt.pattern, tt.name, got)
		}
	}
}

func TestMatchString(t *testing.T) {
	for _, tt := range []struct {
		match Match
		want  string
	}{
		{Match{Any: true}, "any"}, {Match{Any: true, Group: "All partners"}, `any ("All partners")`}, {Match{Group: "G"}, `group "G" ()`},
		{Match{Group: "G", Domains: []string{"a.test"}, Port: 25}, `group "G" (a.test) at port 25`}, {Match{}, "nobody"}, {Match{Any: true, Via: []string{"relay.test"}}, "any through relay.test"},
	} {
		if got := tt.match.String(); got != tt.want {
			t.Errorf("%+v is %s, want %s", tt.match, got, tt.want)
		}
	}
}
