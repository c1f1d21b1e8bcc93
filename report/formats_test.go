package report

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

// What this file asks holds for every format of the list, so that a new one is
// asked too.

// diffedReport is fullReport as `tlsaudit diff` makes it, with a configuration
// file among its subjects.
func diffedReport() *audit.Report {
	r := fullReport()
	r.Records = append(r.Records.(zoo), configured())
	r.Summary, r.Rules = summarise(endpointsOf(r.Records.(zoo))), rulesOf(r.Records)
	r.Summary.Files, r.Summary.Listeners = 1, 1
	r.Changes = &audit.Changes{
		Before: audit.FileRef{File: "2026-10/report.json", SHA256: strings.Repeat("e1", 32)}, Generated: zooNow.AddDate(0, -1, 0).In(time.FixedZone("UTC+9", 9*3600)),
		Counts: map[audit.ChangeKind]int{audit.ChangeNew: 2, audit.ChangeRegressed: 1, audit.ChangeFixed: 1, audit.ChangeCertificate: 1, audit.ChangeUnchanged: 4},
		List: []audit.Change{
			{Kind: audit.ChangeRegressed, Subject: "https://legacy.example.com:443", Profile: "mozilla-intermediate-6.0", Rule: "tls1", Before: "pass", After: "fail", Severity: audit.High, Fingerprint: strings.Repeat("0a", 16), Message: "TLSv1.0 is accepted"},
			{Kind: audit.ChangeNew, Subject: "https://hostile.example.net:443", Profile: "gateway", Rule: "name", After: "fail", Message: hostileText},
			{Kind: audit.ChangeCertificate, Subject: "https://www.example.com:443", Before: strings.Repeat("ab", 32), After: strings.Repeat("cd", 32), Message: "another leaf certificate is presented"},
			{Kind: audit.ChangeFixed, Subject: "smtps://mail.example.com:465", Profile: "gateway", Rule: "dh", Before: "warn", After: "pass", Message: "DHE with 3072 bits"},
			{Kind: audit.ChangeUnchanged, Subject: "https://legacy.example.com:443", Profile: "mozilla-intermediate-6.0", Rule: "ssl3", Before: "fail", After: "fail", Message: "SSLv3 is accepted"},
		},
		Omitted: 4,
	}
	return r
}

// endpointsOf leaves the files out, which the summary counts apart.
func endpointsOf(z zoo) zoo {
	return slices.DeleteFunc(slices.Clone(z), isConfiguration)
}

// configured is a listener of a file with a finding on a line of it.
func configured() *audit.Record {
	place := &audit.Place{File: `conf\sites enabled\www.conf`, Line: 12, Col: 3}
	declared := audit.Declared{File: place.File, Format: "httpd", Product: "httpd", ProductVersion: "2.4.62", Listener: "*:443", Role: audit.RoleServer, Protocol: "https", Binds: []string{":443"}, Names: []string{"www.example.com"},
		TLS: audit.Accepted, Plain: audit.Refused, Settings: []audit.Setting{{Key: "SSLProtocol", Value: "all " + hostileText, Place: *place, Note: "as written"}}, Gaps: []string{hostileText}, Place: place,
		Posture: audit.Posture{Versions: []audit.VersionFact{{Version: audit.TLSv10, Answer: audit.Accepted, Place: place}}}}
	rec := &audit.Record{Evidence: audit.Evidence{Subject: "config:httpd/www.conf#*:443", Declared: []audit.Declared{declared}}}
	rec.Findings = []audit.Finding{{Rule: "tls1", Control: "protocols", Profile: "mozilla-intermediate-6.0", Check: "check.tls1", Subject: rec.Evidence.Subject, Level: audit.Must, Verdict: audit.Fail, Severity: audit.High,
		Message: "TLSv1.0 is configured", Evidence: "SSLProtocol all", Place: place, Remedy: &audit.Remedy{Product: "httpd", Text: httpdRemedy.Text, Diff: "--- a/www.conf\n+++ b/www.conf\n@@ -12 +12 @@\n-SSLProtocol all\n+SSLProtocol -all +TLSv1.3\n", Confidence: "documented", Proven: true},
		Fingerprint: audit.FindingFingerprint("mozilla-intermediate-6.0", "tls1", rec.Evidence.Subject), Status: "known"}}
	return rec
}

func TestFormatsAreTheSameBytes(t *testing.T) {
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			first := write(t, f, diffedReport(), Options{})
			for run := range uint64(20) {
				r := diffedReport()
				z := r.Records.(zoo)
				rand.New(rand.NewPCG(run, 1)).Shuffle(len(z), func(i, k int) { z[i], z[k] = z[k], z[i] })
				if again := write(t, f, r, Options{}); !bytes.Equal(first, again) {
					t.Fatalf("run %d: the bytes differ", run)
				}
			}
		})
	}
}

// hostileTexts are what a certificate, a banner or a file can bring along.
var hostileTexts = map[string]string{
	"escape":       "\x1b[2J\x1b]0;owned\a",
	"link":         "\x1b]8;;http://evil.example.com\x1b\\here\x1b]8;;\x1b\\",
	"bidi":         "\u202egpj.exe\u202c\u2066x\u2069\u200f",
	"invisible":    "a\u200b\ufeff\u2028\u2029\u00ad\U000e0041\ufe0f",
	"formula":      "=cmd|'/c calc'!A1",
	"escaped":      "_x0041__x001b_",
	"markup":       "<script>alert(1)</script><img src=x onerror=alert(1)>]]>--><!--",
	"command":      "\n::error::owned\r\n::stop-commands::x ##vso[task.complete]",
	"backticks":    "`` ``` ```` |`| [x](http://evil.example.com)",
	"nul":          "a\x00b\x7f\u0085\u009b1m",
	"not UTF-8":    "\xff\xfe\xc3(\xed\xa0\x80",
	"percent":      "%0A::error::owned %s %d %n",
	"quotes":       `"'\"';--{{.}}${x}` + "\\",
	"tabs":         "\ta\tb\v\f",
	"long":         strings.Repeat("CN=", 22<<10),
	"long escapes": strings.Repeat("\x1b", 8<<10),
}

// buildCommand finds what GitHub Actions and Azure Pipelines take from the output
// of a job. The github format is made of such lines; its own test looks at them.
var buildCommand = regexp.MustCompile(`(?m)^ *::[a-z-]+.*|##(vso)?\[.*`)

// partsOf are the files of an archive, or the document itself.
func partsOf(t *testing.T, document []byte) map[string][]byte {
	t.Helper()
	if !bytes.HasPrefix(document, []byte("PK\x03\x04")) {
		return map[string][]byte{"the document": document}
	}
	archive, err := zip.NewReader(bytes.NewReader(document), int64(len(document)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, file := range archive.File {
		in, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if parts[file.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	return parts
}

// poisonedReport has text in front of every text there is. One that is long
// stands in the certificates and messages of a single endpoint only.
func poisonedReport(text string) *audit.Report {
	r := diffedReport()
	z := r.Records.(zoo)
	if len(text) > 4096 {
		at := slices.IndexFunc(z, func(rec *audit.Record) bool { return strings.Contains(rec.Evidence.Subject, "legacy") })
		z[at] = poisoned(reflect.ValueOf(z[at]), text).Interface().(*audit.Record)
		return r
	}
	r.Records = nil
	r = poisoned(reflect.ValueOf(r), text).Interface().(*audit.Report)
	for i := range z {
		z[i] = poisoned(reflect.ValueOf(z[i]), text).Interface().(*audit.Record)
	}
	r.Records = z
	return r
}

// poisoned is a deep copy with text in front of every string. Words of an
// enumeration and keys of maps stay: nobody gets others past the reader.
func poisoned(v reflect.Value, text string) reflect.Value {
	switch v.Type() {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.AddrPort]():
		return v
	case reflect.TypeFor[string]():
		return reflect.ValueOf(text + v.String())
	}
	c := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.Set(reflect.New(v.Type().Elem()))
			c.Elem().Set(poisoned(v.Elem(), text))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			c.Field(i).Set(poisoned(v.Field(i), text))
		}
	case reflect.Slice:
		if !v.IsNil() {
			c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				c.Index(i).Set(poisoned(v.Index(i), text))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			c.Set(reflect.MakeMap(v.Type()))
			for _, key := range v.MapKeys() {
				c.SetMapIndex(key, poisoned(v.MapIndex(key), text))
			}
		}
	default:
		return v
	}
	return c
}

// TestFormatsSayIncomplete: the reason is in every format, and one without a
// reason is not like one that is complete.
func TestFormatsSayIncomplete(t *testing.T) {
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			document := func(complete bool, reason string) []byte {
				r := diffedReport()
				r.Complete, r.Stopped, r.Incomplete = complete, false, reason
				var all []byte
				parts := partsOf(t, write(t, f, r, Options{}))
				for _, name := range slices.Sorted(maps.Keys(parts)) {
					all = append(all, parts[name]...)
				}
				return all
			}
			const reason = "interrupted4711"
			if !bytes.Contains(document(false, reason), []byte(reason)) {
				t.Error("the reason is missing")
			}
			if bytes.Equal(document(false, ""), document(true, "")) {
				t.Error("an incomplete report looks like a complete one")
			}
		})
	}
}

// budget takes so many bytes and no more, as a disk does.
type budget struct{ left int }

func (b *budget) Write(p []byte) (int, error) {
	if len(p) > b.left {
		n := b.left
		b.left = 0
		return n, fmt.Errorf("write: %w", errFull)
	}
	b.left -= len(p)
	return len(p), nil
}

func TestFormatsReportFullDisks(t *testing.T) {
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			size := len(write(t, f, diffedReport(), Options{}))
			for _, left := range []int{0, 1, 10, 100, size / 4, size / 2, size * 3 / 4, size - 1} {
				if err := f.Write(&budget{left}, diffedReport(), Options{}); !errors.Is(err, errFull) {
					t.Errorf("a disk with room for %d of %d bytes gives %v", left, size, err)
				}
			}
			if err := f.Write(&budget{size}, diffedReport(), Options{}); err != nil {
				t.Errorf("a disk with room for all gives %v", err)
			}
		})
	}
}
