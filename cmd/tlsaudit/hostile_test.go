package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// decoded is a JSON report read back as its readers do.
type decoded struct {
	audit.Report
	Evidence []audit.Evidence `json:"evidence"`
	Findings []audit.Finding  `json:"findings"`
}

// auditServer runs "tlsaudit audit" on a server, from flags to exit code.
func auditServer(t *testing.T, protocol string, h fixtures.Handler, ca []byte, flags ...string) (int, decoded) {
	t.Helper()
	server, err := fixtures.Listen(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	dir := t.TempDir()
	roots, path := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "report.json")
	if err := os.WriteFile(roots, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	target := fmt.Sprintf("%s://mail.example.com:%d?ip=127.0.0.1", protocol, server.Addr().Port())
	var stdout, stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now}
	code := a.run(append([]string{"audit", "--ca", roots, "-q", "-o", path, target}, flags...))
	if stderr.Len() > 0 {
		t.Errorf("stderr: %s", &stderr)
	}
	var r decoded
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return code, r
}

// TestHostileEndpoints: a server that misbehaves gets the right answer, or
// unknown with the reason; never a smaller set that passes, never exit 0.
func TestHostileEndpoints(t *testing.T) {
	authority := fixtures.NewAuthority(time.Now())
	good := fixtures.Hardened(authority.Server(fixtures.RSA2048, "mail.example.com"))
	_, reference := auditServer(t, "smtp", fixtures.SMTP{TLS: good}.Handler(), authority.RootPEM())
	if !reference.Complete || reference.Summary.Fail+reference.Summary.Warn > 0 {
		t.Fatalf("the well-behaved server is not in order: %+v", reference.Summary)
	}
	// same requires all facts about versions and suites of the well-behaved
	// server, for those that are only slow or clumsy.
	same := func(r decoded) string {
		got, want := facts(r), facts(reference)
		if got != want {
			return fmt.Sprintf("facts differ:\n got %s\nwant %s", got, want)
		}
		return ""
	}
	// unknown requires that nothing about TLS was concluded, and why is said.
	unknown := func(reason string) func(decoded) string {
		return func(r decoded) string {
			if r.Complete || r.Summary.Unknown != 1 || r.Summary.Pass > 0 {
				return fmt.Sprintf("summary %+v, want one unknown endpoint and no pass", r.Summary)
			}
			if o := r.Evidence[0].Observed; !strings.Contains(o.Reason, reason) {
				return fmt.Sprintf("reason %q, want one with %q", o.Reason, reason)
			}
			return ""
		}
	}
	failed := func(check string) func(decoded) string {
		return func(r decoded) string {
			for _, f := range r.Findings {
				if f.Check == check && f.Verdict == audit.Fail {
					return ""
				}
			}
			return "no failed " + check
		}
	}
	tests := []struct {
		name, protocol string
		handler        fixtures.Handler
		code           int
		check          func(decoded) string
	}{
		{"split EHLO", "smtp", fixtures.SMTP{TLS: good, Chunk: 3, Pause: time.Millisecond}.Handler(), exitCompliant, same},
		{"slow multi-line banner", "smtp", fixtures.SMTP{TLS: good, Greeting: []string{"mail.example.com", "no", "hurry"}, Chunk: 8, Pause: 10 * time.Millisecond}.Handler(), exitCompliant, same},
		{"greeting delay", "smtp", fixtures.SMTP{TLS: good, Delay: 300 * time.Millisecond}.Handler(), exitCompliant, same},
		{"421 after 20 connections", "smtp", fixtures.SMTP{TLS: good, Limit: 20}.Handler(), exitIncomplete, nil},
		{"one connection at a time", "smtp", fixtures.SMTP{TLS: good, Concurrent: 1}.Handler(), exitCompliant, same},
		{"454 to STARTTLS", "smtp", fixtures.SMTP{TLS: good, Reply: "454 4.7.0 TLS not available"}.Handler(), exitIncomplete, unknown("454")},
		{"no STARTTLS", "smtp", fixtures.SMTP{}.Handler(), exitFindings, failed("smtp.starttls.offered")},
		{"injected bytes", "smtp", fixtures.SMTP{TLS: good, Inject: "250 injected\r\n"}.Handler(), exitFindings, failed("smtp.starttls.injection")},
		{"endless banner", "smtp", fixtures.SMTP{TLS: good, Endless: true}.Handler(), exitIncomplete, unknown("")},
		{"huge line", "smtp", fixtures.SMTP{TLS: good, HugeLine: 1 << 20}.Handler(), exitIncomplete, unknown("")},
		{"tarpit", "https", fixtures.Tarpit, exitIncomplete, unknown("time")},
		{"reset after hello", "https", fixtures.ResetAfterHello, exitIncomplete, unknown("reset")},
		{"closed after hello", "https", fixtures.CloseAfterHello, exitIncomplete, unknown("closed")},
		{"garbage", "https", fixtures.Garbage, exitIncomplete, unknown("instead of TLS")},
		{"plain HTTP", "https", fixtures.PlainHTTP, exitIncomplete, unknown("HTTP")},
		{"byte by byte, without end", "https", fixtures.Drip(fixtures.TLS(good), 200*time.Millisecond), exitIncomplete, nil},
		{"byte by byte, quickly", "https", fixtures.Drip(fixtures.TLS(good), 0), exitCompliant, nil},
		{"endless warnings", "https", fixtures.EndlessWarnings, exitIncomplete, unknown("")},
		{"endless empty records", "https", fixtures.EndlessEmptyRecords, exitIncomplete, unknown("")},
		{"endless certificate", "https", fixtures.EndlessCertificate, exitIncomplete, unknown("")},
		{"Sametime that hangs", "sametime", fixtures.Sametime{Mode: fixtures.SametimeHang}.Handler(), exitIncomplete, unknown("")},
		{"Sametime that resets", "sametime", fixtures.Sametime{Mode: fixtures.SametimeReset}.Handler(), exitIncomplete, unknown("")},
		{"Sametime legacy only", "sametime", fixtures.Sametime{Mode: fixtures.SametimeLegacy}.Handler(), exitFindings, failed("protocol.strict_tls")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			limit := "40s"
			if strings.HasSuffix(test.name, "without end") { // waits for it
				limit = "8s"
			}
			code, r := auditServer(t, test.protocol, test.handler, authority.RootPEM(), "--timeout", limit)
			if code != test.code {
				t.Errorf("exit code %d, want %d; summary %+v, %s", code, test.code, r.Summary, r.Incomplete)
				for _, f := range r.Findings {
					if f.Verdict == audit.Unknown {
						t.Logf("%s: %s", f.Rule, f.Message)
					}
				}
			}
			if test.check == nil {
				return
			}
			if problem := test.check(r); problem != "" {
				t.Error(problem)
			}
		})
	}
}

// facts lists versions and suites on one line, in no order of preference.
func facts(r decoded) string {
	var b strings.Builder
	for _, v := range r.Evidence[0].Observed.Versions {
		fmt.Fprintf(&b, "%s %s", v.Version, v.Answer)
		for _, s := range v.Suites {
			fmt.Fprintf(&b, " %s", s.ID)
		}
		b.WriteString("; ")
	}
	return b.String()
}

// TestRefusedPort: nothing listens, which is no statement about TLS.
func TestRefusedPort(t *testing.T) {
	at, err := fixtures.Refused(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now}
	if code := a.run([]string{"audit", "-f", "json", "https://" + at.String()}); code != exitIncomplete {
		t.Errorf("exit code %d, want %d", code, exitIncomplete)
	}
	if !strings.Contains(stdout.String(), "refused") {
		t.Errorf("no reason given: %s", &stdout)
	}
}
