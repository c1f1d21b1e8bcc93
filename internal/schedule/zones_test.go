package schedule

import (
	"testing"
	"time"
	_ "time/tzdata" // the tests mean the same on a machine without a database of zones
)

// at reads a local time with its offset, such as "2026-03-29 01:59:59 +0100".
func at(t *testing.T, text string) time.Time {
	t.Helper()
	value, err := time.Parse("2006-01-02 15:04:05 -0700", text)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func mustZone(t *testing.T, name string) Zone {
	t.Helper()
	zone, err := ParseZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func mustCron(t *testing.T, text string) Expression {
	t.Helper()
	e, err := ParseExpression(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
