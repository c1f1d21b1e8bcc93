package report

import (
	"testing"

	"tlsaudit/audit"
)

const forecastSchemaFile = "../docs/schema/forecast-v1.schema.json"

func TestForecastFollowsSchema(t *testing.T) {
	s := schema(t, forecastSchemaFile)
	nothing := &audit.Forecast{Schema: audit.ForecastV1, Tool: audit.Tool{Name: "tlsaudit"}, Policies: []audit.PolicyRef{}, Events: []audit.ForecastEvent{},
		Expiry: audit.Expiry{Buckets: []audit.ExpiryBucket{{Name: "expired"}}, Next: []audit.ExpiringCertificate{}}, Assumes: []string{"Nothing is changed until then."}}
	for name, f := range map[string]*audit.Forecast{"of a fleet": foretold(), "of nothing": nothing} {
		if err := follows(t, s, forecastText(t, "json", f, Options{})); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

func TestForecastSchemaObjects(t *testing.T) {
	wantRefused(t, schema(t, forecastSchemaFile), string(forecastText(t, "json", foretold(), Options{})), [][2]string{
		{`"schema": "tlsaudit/forecast/v1"`, `"schema": "tlsaudit/forecast/v2"`},
		{`"now": "2026-11-20T00:00:00Z"`, `"now": "2026-11-20T00:00:00+01:00"`},
		{`"open": 7`, `"open": -7`},
		{`"open": 7`, `"open": 7, "extra": 1`},
		{`"rows": 4`, `"rows": 0`},
		{`"date": "2026-11-21"`, `"date": "2026-11-31"`},
		{`"kind": "waiver-expiry"`, `"kind": "waiver"`},
		{`"kind": "policy-date"`, `"kind": "schedule-step"`}, // a step changes no verdict
		{`"kind": "schedule-step"`, `"kind": "policy-date"`}, // and anything else changes one
		{`"rule": "tls12"`, `"control": "tls12"`},
		{`"from": "waived"`, `"from": "excused"`},
		{`"severity": "high"`, `"severity": "urgent"`},
		{`"total": 14`, `"total": 14, "extra": 1`},
		{`"name": "7 days"`, `"name": "a week"`},
		{`"not_after": "`, `"not_after": "on `},
		{`"leaf": true`, `"leaf": "yes"`},
		{`"public": true`, `"public": false`},
		{`"sha256": "abab`, `"sha256": "ab`},
		{`"max_days": 200`, `"max_days": 0`},
	})
}
