package report

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestSharedFileIsWhole: whoever reads the metrics while they are written again
// and again finds the whole of one writing, and may read it.
func TestSharedFileIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tlsaudit.prom")
	r := diffedReport()
	put := func() error {
		return WriteShared(path, func(w io.Writer) error { return Prometheus.Write(w, r, Options{}) })
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		for range 100 {
			if err := put(); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	whole := write(t, Prometheus, r, Options{})
	for reads := 0; ; reads++ {
		select {
		case err := <-done:
			if err != nil || reads == 0 {
				t.Errorf("%d reads: %v", reads, err)
			}
			return
		default:
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o644 {
			t.Fatalf("the mode is %04o", mode)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.TextToMetricFamilies(bytes.NewReader(text)); err != nil || !bytes.Equal(text, whole) {
			t.Fatalf("%d bytes of %d: %v", len(text), len(whole), err)
		}
	}
}
