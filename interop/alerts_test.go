//go:build interop

package interop

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestAlertRules has Prometheus' own tool check the alert rules that are
// documented, and try them on series made for it.
func TestAlertRules(t *testing.T) {
	folder := filepath.Join("..", "docs", "deploy", "prometheus")
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		tool := exec.CommandContext(t.Context(), "promtool", args...)
		tool.Dir = folder
		if out, err := tool.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}
