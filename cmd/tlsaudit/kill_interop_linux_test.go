//go:build interop

package main

import (
	"fmt"
	"testing"
)

// TestKillOften kills audits at two hundred random points, as TestKill does at
// eight: fifty in each of four histories.
func TestKillOften(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			newKilled(t, 24).kill(50, 20261122+seed)
		})
	}
}
