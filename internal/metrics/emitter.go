package metrics

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
)

// emitter sends gauges.
type emitter struct {
	out chan<- prometheus.Metric
	// dropped counts what has no series, by family.
	dropped map[string]int
}

// one sends a value under labels given as name, value, and so on.
func (e *emitter) one(family, help string, value float64, labels ...string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, label(labels[i+1]))
	}
	desc := prometheus.NewDesc(prefix+family, help, names, nil)
	m, err := prometheus.NewConstMetric(desc, prometheus.GaugeValue, value, values...)
	if err != nil {
		m = prometheus.NewInvalidMetric(desc, err) // which fails the scrape, and says why
	}
	e.out <- m
}

// drops says what is missing.
func (e *emitter) drops() {
	for _, family := range slices.Sorted(maps.Keys(e.dropped)) {
		if n := e.dropped[family]; n > 0 {
			e.one("series_dropped", "What has no series of its own for its number, at least, by family.", float64(n), "family", family)
		}
	}
}

// maxLabel bounds a label in bytes.
const maxLabel = 200

// label makes a name from the network fit to be a label: printable, valid UTF-8
// and short. One that had to be changed ends with the first digits of a hash of
// what it was, so that two names stay two.
func label(s string) string {
	var b strings.Builder
	same := true
	for i, r := range s {
		if b.Len()+utf8.RuneLen(r) > maxLabel {
			same = false
			break
		}
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") || !unicode.IsPrint(r) {
			r, same = '?', false
		}
		b.WriteRune(r)
	}
	if same {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return b.String() + "#" + hex.EncodeToString(sum[:6])
}

func seconds(t time.Time) float64 { return float64(t.Unix()) }

func flag(v bool) float64 {
	if v {
		return 1
	}
	return 0
}
