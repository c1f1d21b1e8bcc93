//go:build interop

package main

import (
	"os"
	"strconv"
	"testing"
)

// TestKillOften kills audits at sixty random points, as TestKill does at eight;
// TLSAUDIT_KILLS=200 at two hundred, which takes five minutes.
func TestKillOften(t *testing.T) {
	points := 60
	if n, err := strconv.Atoi(os.Getenv("TLSAUDIT_KILLS")); err == nil {
		points = n
	}
	newKilled(t, 24).kill(points, 20261122)
}
