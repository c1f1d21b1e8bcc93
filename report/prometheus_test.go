package report

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"tlsaudit/audit"
)

func TestPrometheusGolden(t *testing.T) {
	golden(t, "report.prom", write(t, Prometheus, diffedReport(), Options{}))
}

// promValues reads a document as the node exporter does and returns each value
// by its name and labels, "name{a=x,b=y}" with the labels in their order.
func promValues(t *testing.T, document []byte) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for name, family := range families {
		if family.GetType().String() != "GAUGE" || family.GetHelp() == "" || !strings.HasPrefix(name, "tlsaudit_") {
			t.Errorf("%s is a %v: %q", name, family.GetType(), family.GetHelp())
		}
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, label := range metric.GetLabel() {
				labels = append(labels, label.GetName()+"="+label.GetValue())
				if !utf8.ValidString(label.GetValue()) || len(label.GetValue()) > maxLabel+60 {
					t.Errorf("the label %s has %d bytes", label.GetName(), len(label.GetValue()))
				}
			}
			key := name + "{" + strings.Join(labels, ",") + "}"
			if _, twice := values[key]; twice {
				t.Errorf("%s is there twice: the node exporter takes none of the file", key)
			}
			if metric.TimestampMs != nil {
				t.Errorf("%s has a timestamp, which the textfile collector refuses", key)
			}
			values[key] = metric.GetGauge().GetValue()
		}
	}
	return values
}

func TestPrometheusValues(t *testing.T) {
	r := diffedReport()
	values := promValues(t, write(t, Prometheus, r, Options{}))
	for key, want := range map[string]float64{
		"tlsaudit_findings{severity=critical,verdict=fail}":                                1,
		"tlsaudit_findings{severity=high,verdict=unknown}":                                 6,
		"tlsaudit_findings{severity=critical,verdict=pass}":                                0,
		"tlsaudit_endpoints{state=judged}":                                                 7,
		"tlsaudit_endpoints{state=unknown}":                                                1,
		"tlsaudit_score_ratio{}":                                                           float64(r.Summary.Score.Points) / float64(r.Summary.Score.Of),
		"tlsaudit_run_timestamp_seconds{}":                                                 float64(r.Generated.Unix()),
		"tlsaudit_run_complete{}":                                                          0,
		"tlsaudit_last_run_timestamp_seconds{}":                                            float64(r.Generated.Unix()),
		"tlsaudit_last_run_success{}":                                                      one(!r.Stopped),
		"tlsaudit_unknown_ratio{}":                                                         0.125,
		"tlsaudit_waivers_expiring{}":                                                      1,
		"tlsaudit_series_dropped{family=check_status}":                                     0,
		"tlsaudit_target_up{target=https://legacy.example.com:443,system=Billing}":         1,
		"tlsaudit_target_up{target=https://dead.example.net:443,system=}":                  0,
		"tlsaudit_target_findings{target=https://legacy.example.com:443,verdict=fail}":     3,
		"tlsaudit_target_findings{target=https://dead.example.net:443,verdict=unknown}":    5,
		"tlsaudit_target_findings{target=sametime://chat.example.com:1533,verdict=waived}": 1,
		"tlsaudit_target_findings{target=config:httpd/www.conf#*:443,verdict=fail}":        1,
		"tlsaudit_waivers{state=active}":                                                   1,
		"tlsaudit_waivers{state=expired}":                                                  2,
		"tlsaudit_profile_endpoints{profile=mozilla-intermediate-6.0,verdict=unknown}":     1,
		"tlsaudit_baseline_findings{status=new}":                                           2,
		"tlsaudit_changes{kind=regressed}":                                                 1,
		"tlsaudit_changes{kind=gone}":                                                      0,
		"tlsaudit_targets_omitted{}":                                                       0,
		"tlsaudit_build_info{version=1.0.0}":                                               1,
		certificateSeries("https://legacy.example.com:443", "ab", "leaf"):                  float64(day(-3).Unix()),
		certificateSeries("https://legacy.example.com:443", "cd", "issuer"):                float64(day(2000).Unix()),
	} {
		if got, ok := values[key]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", key, got, ok, want)
		}
	}
	for key := range values {
		if strings.HasPrefix(key, "tlsaudit_target_up{") && (strings.Contains(key, "config:") || strings.Contains(key, "gateway:")) {
			t.Errorf("no endpoint: %s", key)
		}
	}
	sum := 0.0
	for key, value := range values {
		if strings.HasPrefix(key, "tlsaudit_findings{") {
			sum += value
		}
	}
	if sum != 24 {
		t.Errorf("%v findings in all", sum)
	}
}

func certificateSeries(target, hash, position string) string {
	return "tlsaudit_certificate_not_after_timestamp_seconds{target=" + target + ",fingerprint_sha256=" + strings.Repeat(hash, 32) + ",position=" + position + "}"
}

// TestPrometheusOfNothing: what was not asked has no value, least of all a good
// one.
func TestPrometheusOfNothing(t *testing.T) {
	values := promValues(t, write(t, Prometheus, &audit.Report{Records: zoo{}}, Options{}))
	for key := range values {
		for _, absent := range []string{"score", "timestamp", "baseline", "changes", "target_", "profile"} {
			if strings.Contains(key, absent) && !strings.Contains(key, "targets_omitted") {
				t.Errorf("%s of nothing", key)
			}
		}
	}
	if values["tlsaudit_run_complete{}"] != 0 || len(values) < 30 {
		t.Errorf("the values are %v", values)
	}
}

func TestPrometheusIsInert(t *testing.T) {
	calm := promValues(t, write(t, Prometheus, poisonedReport("x"), Options{}))
	for name, text := range hostileTexts {
		if values := promValues(t, write(t, Prometheus, poisonedReport(text), Options{})); len(values) != len(calm) && len(text) <= maxText {
			t.Errorf("%s: %d series, want %d", name, len(values), len(calm))
		}
	}
	// names that are shown alike, or cut where they are alike, stay apart
	if distinct("a\x1b", 200) == distinct(`a\x1b`, 200) || distinct(strings.Repeat("a", 300)+"1", 200) == distinct(strings.Repeat("a", 300)+"2", 200) {
		t.Error("two names become one")
	}
}

// TestPrometheusIsBounded: the number of series does not grow with the fleet
// without end, and the worst targets are those that have theirs.
func TestPrometheusIsBounded(t *testing.T) {
	r := zooReport()
	many := r.Records.(zoo)[0].Evidence.Observed.Chains
	for i := range 50 {
		c := many[0].Certificates[0]
		c.SHA256, c.NotAfter = strings.Repeat("0", 62)+string(rune('a'+i/26))+string(rune('a'+i%26)), time.Unix(int64(math.MaxInt32)*int64(i+1), 0)
		many[0].Certificates = append(slices.Clip(many[0].Certificates), c)
	}
	certificates := 0
	for key := range promValues(t, write(t, Prometheus, r, Options{})) {
		if strings.HasPrefix(key, "tlsaudit_certificate_") && strings.Contains(key, "legacy") {
			certificates++
		}
	}
	if certificates != maxTargetCerts {
		t.Errorf("%d certificates of one target", certificates)
	}
	r.Records = fleet(maxTargets + 7)
	values := promValues(t, write(t, Prometheus, r, Options{}))
	targets := 0
	for key := range values {
		if strings.HasPrefix(key, "tlsaudit_target_up{") {
			targets++
		}
	}
	if targets != maxTargets || values["tlsaudit_targets_omitted{}"] != 7 {
		t.Errorf("%d targets, %v omitted", targets, values["tlsaudit_targets_omitted{}"])
	}
}

// TestPrometheusOfComparison: what holds only what changed says nothing that
// would pass for the totals of the full run.
func TestPrometheusOfComparison(t *testing.T) {
	r := diffedReport()
	r.Changes.Only = true
	values := promValues(t, write(t, Prometheus, r, Options{}))
	for key := range values {
		name, _, _ := strings.Cut(key, "{")
		if !slices.Contains([]string{"tlsaudit_build_info", "tlsaudit_run_timestamp_seconds", "tlsaudit_changes"}, name) {
			t.Errorf("%s of a comparison", key)
		}
	}
	if len(values) != 2+len(audit.ChangeKinds) || values["tlsaudit_changes{kind=new}"] != 2 {
		t.Errorf("the values are %v", values)
	}
}
