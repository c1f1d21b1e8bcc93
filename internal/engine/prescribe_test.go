package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func TestJoin(t *testing.T) {
	yes := true
	both := []audit.Version{audit.TLSv12, audit.TLSv13}
	tests := []struct {
		name     string
		in, want []audit.Want
	}{
		{
			"suites: what any forbids goes, what all allow stays",
			[]audit.Want{{AllowSuites: []string{"A", "B", "C"}, ForbidSuites: []string{"X"}}, {AllowSuites: []string{"C", "B"}, ForbidSuites: []string{"Y", "X"}}, {Strong: true}},
			[]audit.Want{
				{AllowSuites: []string{"B", "C"}, ForbidSuites: []string{"X", "Y"}, Strong: true},
				{AllowSuites: []string{"B", "C"}, ForbidSuites: []string{"X", "Y"}, Strong: true},
				{AllowSuites: []string{"B", "C"}, ForbidSuites: []string{"X", "Y"}, Strong: true},
			},
		},
		{
			"suites: a list another rule forbids is a contradiction",
			[]audit.Want{{AllowSuites: []string{"A"}}, {AllowSuites: []string{"B"}, ForbidSuites: []string{"A"}}},
			[]audit.Want{{AllowSuites: []string{"A"}}, {AllowSuites: []string{"B"}, ForbidSuites: []string{"A"}}},
		},
		{
			"versions: the strictest of floor and list",
			[]audit.Want{{MinVersion: audit.TLSv11}, {Versions: []audit.Version{audit.TLSv10, audit.TLSv12, audit.TLSv13}}},
			[]audit.Want{
				{MinVersion: audit.TLSv12, Versions: []audit.Version{audit.TLSv12, audit.TLSv13}},
				{MinVersion: audit.TLSv12, Versions: []audit.Version{audit.TLSv12, audit.TLSv13}},
			},
		},
		{
			"versions: contradictory demands stay apart",
			[]audit.Want{{Versions: []audit.Version{audit.TLSv12}}, {Versions: []audit.Version{audit.TLSv13}}},
			[]audit.Want{{Versions: []audit.Version{audit.TLSv12}}, {Versions: []audit.Version{audit.TLSv13}}},
		},
		{
			"suites: TLS 1.3, to be switched on, is not switched off by a list without it",
			[]audit.Want{{Versions: both}, {AllowSuites: []string{"A", "B"}, TLS13Suites: []string{"T", "U"}}, {AllowSuites: []string{"A"}, TLS13Suites: []string{"U"}}},
			[]audit.Want{
				{MinVersion: audit.TLSv12, Versions: both},
				{AllowSuites: []string{"A", "U"}, TLS13Suites: []string{"T", "U"}},
				{AllowSuites: []string{"A", "U"}, TLS13Suites: []string{"U"}},
			},
		},
		{
			"suites: TLS 1.3 stays off where nobody asks for it",
			[]audit.Want{{Versions: both[:1]}, {AllowSuites: []string{"A"}, TLS13Suites: []string{"U"}}},
			[]audit.Want{{MinVersion: audit.TLSv12, Versions: both[:1]}, {AllowSuites: []string{"A"}, TLS13Suites: []string{"U"}}},
		},
		{
			"order and versions share a directive",
			[]audit.Want{{Versions: both}, {ServerOrder: &yes}, {Certificate: "renew"}},
			[]audit.Want{
				{MinVersion: audit.TLSv12, Versions: both, ServerOrder: &yes},
				{MinVersion: audit.TLSv12, Versions: both, ServerOrder: &yes},
				{Certificate: "renew"},
			},
		},
		{
			"what speaks of neither is left alone",
			[]audit.Want{{Certificate: "renew"}, {StartTLS: true}, {MinVersion: audit.TLSv13}},
			[]audit.Want{{Certificate: "renew"}, {StartTLS: true}, {MinVersion: audit.TLSv13, Versions: []audit.Version{audit.TLSv13}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var wants []*audit.Want
			for i := range test.in {
				wants = append(wants, &test.in[i])
			}
			joinVersions(wants)
			joinSuites(wants)
			joinOrder(wants)
			if diff := cmp.Diff(test.want, test.in); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
