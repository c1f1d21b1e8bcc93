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
