//go:build !race

package conftree_test

import (
	"archive/tar"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/conftree"
)

// The race detector makes memory cost ten times of what it is, and this test
// take minutes.

// TestBombs opens archives that are more than they look.
func TestBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 30<<20)
	many := make([]string, 0, 120000)
	entries := make([]tar.Header, 0, 60000)
	for i := range 60000 {
		many = append(many, fmt.Sprint(i), "")
		entries = append(entries, tar.Header{Name: fmt.Sprint(i)})
	}
	var chain []tar.Header
	for i := range 8 {
		chain = append(chain, tar.Header{Name: fmt.Sprint(i), Linkname: zeros[:8<<20]})
	}
	var logs []tar.Header
	for i := range 12 {
		logs = append(logs, tar.Header{Name: fmt.Sprint(i, ".log"), Linkname: zeros[:8<<20]})
	}
	var noise strings.Builder
	for i := range 10000 {
		noise.WriteByte(byte(i * i >> 3 * 31))
	}
	for name, b := range map[string][]byte{
		"gzip of a large file": gzipped(t, tarOf(t, tar.Header{Name: "a", Linkname: zeros})),
		"gzip of many":         gzipped(t, tarOf(t, chain...)),
		"gzip of logs":         gzipped(t, tarOf(t, logs...)),
		"zip of a large file":  zipOf(t, "a", zeros),
		"zip of zip":           overlapping(t, 2000, zeros[:1<<20]),
		"zip of little":        overlapping(t, 50, noise.String()),
		"zip of many":          zipOf(t, many...),
		"tar of many":          tarOf(t, entries...),
	} {
		arg := stored(t, "x", b)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		within(t, time.Minute, name, func() {
			_, err := conftree.Open(arg, conftree.Options{})
			if !errors.Is(err, conftree.ErrLimit) {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil && !strings.Contains(err.Error(), "hint:") {
				t.Errorf("%s: %v", name, err)
			}
		})
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d bytes, %v, %d MiB", name, len(b), time.Since(start), (after.TotalAlloc-before.TotalAlloc)>>20)
		if used := after.TotalAlloc - before.TotalAlloc; used > 400<<20 {
			t.Errorf("%s allocates %d MiB", name, used>>20)
		}
	}
}
