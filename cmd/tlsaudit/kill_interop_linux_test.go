//go:build interop

package main

import "testing"

// TestKillOften kills audits at two hundred random points, as TestKill does at
// eight.
func TestKillOften(t *testing.T) { newKilled(t, 24).kill(200, 20261122) }
