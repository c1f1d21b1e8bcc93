package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// foretold is a forecast with an event of every kind.
func foretold() *audit.Forecast {
	at := func(text string) time.Time {
		t, err := time.Parse(time.DateOnly, text)
		if err != nil {
			panic(err)
		}
		return t
	}
	return &audit.Forecast{
		Schema: audit.ForecastV1, Tool: audit.Tool{Name: "tlsaudit", Version: "1.0.0"}, Now: at("2026-11-20"), Until: at("2027-12-25"),
		Policies: []audit.PolicyRef{{ID: "baseline", Version: "1"}}, Subjects: 120, Open: 7, Rows: 4, OldestEvidence: at("2026-11-19"), NewestEvidence: at("2026-11-20"),
		Events: []audit.ForecastEvent{
			{Date: "2026-11-21", At: at("2026-11-21"), Kind: audit.ForecastWaiver, Profile: "corp", Rule: "tls12", Title: "TLS 1.2 is offered", Severity: audit.High, From: "waived", To: "fail", Waivers: []string{"W-2026-014"}, Total: 1, Subjects: []string{"smtp://mx.example.com:25"}},
			{Date: "2027-01-01", At: at("2027-01-01"), Kind: audit.ForecastPolicy, Profile: "bsi-tr-02102-2", Rule: "suites.allow", Title: "The cipher suites accepted are those the policy admits", Severity: audit.Medium, From: "pass", To: "warn", Total: 5, Subjects: []string{"https://a.example.com:443", "https://b.example.com:443", "https://c.example.com:443", "https://d.example.com:443"}},
			{Date: "2027-01-01", At: at("2027-01-01"), Kind: audit.ForecastPolicy, Profile: "corp", Rule: "old", Title: "An old demand", Severity: audit.Low, From: "fail", To: "not-applicable", Total: 2, Subjects: []string{"gateway:corp/outbound/10:Bank", "gateway:corp/outbound/20:Rest"}},
			{Date: "2027-03-15", At: at("2027-03-15").Add(12 * time.Hour), Kind: audit.ForecastCertificate, Profile: "baseline", Rule: "cert.valid", Title: "Every certificate presented as leaf is within its validity", Severity: audit.High, From: "pass", To: "fail", Total: 14, Subjects: []string{"https://a.example.com:443", "https://b.example.com:443", "https://" + hostileText + ".example.com:443"}},
			{Date: "2027-03-15", At: at("2027-03-15"), Kind: audit.ForecastStep, Profile: "cabf-br", Rule: "BR-VALIDITY", Title: "Public authorities issue certificates for 100 days at most", Total: 80, Subjects: []string{"https://a.example.com:443"}},
			{Date: "2027-03-16", At: at("2027-03-16"), Kind: audit.ForecastCertificate, Profile: "baseline", Rule: "cert.trusted", Title: "Every certificate chain leads to a trust anchor", Severity: audit.High, From: "pass", To: "unknown", Total: 1, Subjects: []string{"https://a.example.com:443"}},
		},
		Omitted: 3,
		Expiry: audit.Expiry{Certificates: 90, Unread: 6, Public: 80, Omitted: 2,
			Buckets: []audit.ExpiryBucket{{Name: "expired", Certificates: 1, Endpoints: 1}, {Name: "7 days", Certificates: 2, Endpoints: 3}, {Name: "14 days"}, {Name: "30 days", Certificates: 5, Endpoints: 10}, {Name: "60 days"}, {Name: "90 days", Certificates: 12, Endpoints: 20}, {Name: "later", Certificates: 70, Endpoints: 80}, {Name: "not known"}},
			Next: []audit.ExpiringCertificate{
				{SHA256: strings.Repeat("ab", 32), CommonName: "www.example.com", Issuer: "CN=Example CA", NotAfter: at("2026-11-18"), Leaf: true, Public: true, Endpoints: 1, Sample: "https://www.example.com:443"},
				{SHA256: strings.Repeat("cd", 32), CommonName: hostileText, Issuer: hostileText, NotAfter: at("2026-11-25"), Leaf: true, Endpoints: 2, Sample: "https://" + hostileText + ":443"},
				{SHA256: strings.Repeat("ef", 32), Issuer: "CN=Example Root", NotAfter: at("2027-06-01"), Endpoints: 40, Sample: "https://a.example.com:443"},
			},
			Steps: []audit.LifetimeStep{{From: at("2026-03-15"), MaxDays: 200, Longer: 3, PerYear: 2, AllPerYear: 160}, {From: at("2027-03-15"), MaxDays: 100, Longer: 60, PerYear: 4, AllPerYear: 320}, {From: at("2029-03-15"), MaxDays: 47, Longer: 80, PerYear: 8, AllPerYear: 640}},
		},
		Assumes: []string{"Nothing is changed until then: every endpoint keeps its configuration and its certificates.", "7 of 120 endpoints are not judged in full today: of what is unknown nothing is foretold."},
	}
}

func forecastText(t *testing.T, format string, f *audit.Forecast, o Options) []byte {
	t.Helper()
	for _, one := range ForecastFormats {
		if one.Name == format {
			var b bytes.Buffer
			if err := one.Write(&b, f, o); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
	}
	t.Fatalf("no format %s", format)
	return nil
}

func TestForecastGolden(t *testing.T) {
	golden(t, "forecast-80.txt", forecastText(t, "table", foretold(), Options{}))
	golden(t, "forecast-120-verbose.txt", forecastText(t, "table", foretold(), Options{Width: 120, Verbose: true}))
	golden(t, "forecast.ics", forecastText(t, "ics", foretold(), Options{}))
}

func TestForecastOfNothing(t *testing.T) {
	text := string(forecastText(t, "table", &audit.Forecast{Now: time.Unix(0, 0), Until: time.Unix(1e9, 0)}, Options{}))
	if !strings.Contains(text, "No verdict changes by time alone until 2001-09-09.") {
		t.Error(text)
	}
	if text := string(forecastText(t, "ics", &audit.Forecast{}, Options{})); strings.Contains(text, "VEVENT") || !strings.HasSuffix(text, "END:VCALENDAR\r\n") {
		t.Error(text)
	}
}

func TestForecastJSON(t *testing.T) {
	var again audit.Forecast
	d := json.NewDecoder(bytes.NewReader(forecastText(t, "json", foretold(), Options{})))
	d.DisallowUnknownFields()
	if err := d.Decode(&again); err != nil {
		t.Fatal(err)
	}
	want := foretold()
	want.Events[3].Subjects[2], want.Expiry.Next[1].CommonName, want.Expiry.Next[1].Issuer, want.Expiry.Next[1].Sample = again.Events[3].Subjects[2], again.Expiry.Next[1].CommonName, again.Expiry.Next[1].Issuer, again.Expiry.Next[1].Sample // text that is not UTF-8 is made so
	if diff := cmp.Diff(want, &again); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestForecastIsInert: names from the network neither steer a terminal nor add
// lines to a calendar.
func TestForecastIsInert(t *testing.T) {
	calm := foretold()
	for name, text := range hostileTexts {
		f := foretold()
		for i := range f.Events {
			e := &f.Events[i]
			e.Title, e.Subjects, e.Rule, e.Profile, e.Waivers = text+e.Title, []string{text}, text+e.Rule, text, []string{text}
		}
		for i := range f.Expiry.Next {
			f.Expiry.Next[i].CommonName, f.Expiry.Next[i].Sample = text, text
		}
		f.Assumes[0] = text
		for _, format := range []string{"table", "ics"} {
			shown := forecastText(t, format, f, Options{Verbose: true})
			if !utf8.Valid(shown) {
				t.Errorf("%s: %s is not UTF-8", name, format)
			}
			lines := strings.ReplaceAll(string(shown), "\r\n", "\n")
			if i := strings.IndexFunc(lines, func(r rune) bool { return (r < ' ' || r > '~') && harmful(r) }); i >= 0 {
				t.Errorf("%s: %s has a harmful character: %q", name, format, lines[max(0, i-60):min(len(lines), i+20)])
			}
			if found := buildCommand.FindString(lines); found != "" {
				t.Errorf("%s: %s has a command to a build server: %q", name, format, found)
			}
		}
		if got, want := unfolded(t, forecastText(t, "ics", f, Options{})), unfolded(t, forecastText(t, "ics", calm, Options{})); len(got) != len(want) {
			t.Errorf("%s: %d properties, want %d", name, len(got), len(want))
		}
	}
}

// unfolded are the lines of a calendar as they were before they were folded.
func unfolded(t *testing.T, document []byte) []string {
	t.Helper()
	for line := range bytes.SplitSeq(bytes.TrimSuffix(document, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > 75 || bytes.ContainsAny(line, "\r\n") || !utf8.Valid(line) {
			t.Errorf("the line %q", line)
		}
	}
	return strings.Split(strings.ReplaceAll(string(document), "\r\n ", ""), "\r\n")
}

// TestForecastCalendar: an entry keeps its identity, so that a calendar read again
// replaces it; and no more come than programs can show.
func TestForecastCalendar(t *testing.T) {
	uids := func(f *audit.Forecast) (list []string) {
		for _, line := range unfolded(t, forecastText(t, "ics", f, Options{})) {
			if strings.HasPrefix(line, "UID:") {
				list = append(list, line)
			}
		}
		return list
	}
	f := foretold()
	first := uids(f)
	f.Now = f.Now.AddDate(0, 0, 1)
	f.Events[3].Total++
	if diff := cmp.Diff(first, uids(f)); diff != "" {
		t.Errorf("a day later the entries are others:\n%s", diff)
	}
	seen := map[string]bool{}
	for _, uid := range first {
		if seen[uid] {
			t.Errorf("%s is there twice", uid)
		}
		seen[uid] = true
	}
	for range maxCalendar {
		f.Events = append(f.Events, f.Events[0])
	}
	if n := len(uids(f)); n != maxCalendar+1 {
		t.Errorf("%d entries", n)
	}
}
