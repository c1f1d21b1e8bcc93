package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/dnsq/dnstest"
)

// estate is a small world of mail on loopback: a resolver, two hosts at the same
// port of two addresses, and the host of policies.
type estate struct {
	dns        *dnstest.Server
	port       uint16
	ca         string
	first      *fixtures.Server
	dialPolicy func(ctx context.Context, network, addr string) (net.Conn, error)
}

// spki is the public key of a certificate, hashed with SHA-256, as a TLSA record
// with selector 1 has it.
func spki(t *testing.T, der []byte) string {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// newEstate starts it. example.test and example.net lead to mx1, which has TLSA
// records for its key and for the next one; example.test also to mx2, at two
// addresses, with a record for another key and a host the policy does not allow.
func newEstate(t *testing.T, policies map[string]http.HandlerFunc) *estate {
	t.Helper()
	a := fixtures.NewAuthority(time.Now())
	one, two := a.Issue(fixtures.Leaf{DNS: []string{"mx1.example.test"}}), a.Issue(fixtures.Leaf{DNS: []string{"mx2.example.test"}})
	names := func(c *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if c.ServerName == "mx2.example.test" {
			p := two.Present(a.Intermediate)
			return &p, nil
		}
		p := one.Present(a.Intermediate)
		return &p, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: names}
	handler := fixtures.SMTP{TLS: config}.Handler()
	first, err := fixtures.Listen(t.Context(), handler)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { first.Close() })
	second, err := fixtures.ListenAt(t.Context(), netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), first.Addr().Port()), handler)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { second.Close() })
	e := &estate{port: first.Addr().Port(), ca: keep(t, "ca.pem", string(a.RootPEM())), first: first}
	e.dns, err = dnstest.New(strings.NewReplacer("PORT", fmt.Sprint(e.port), "KEY1", spki(t, one.DER), "NEXT", strings.Repeat("ab", 32), "ROOT", spki(t, a.Intermediate.DER)).Replace(`
example.test. MX 10 mx1.example.test.
example.test. MX 20 mx2.example.test.
example.net. MX 10 mx1.example.test.
mx1.example.test. A 127.0.0.1
mx2.example.test. A 127.0.0.1
mx2.example.test. A 127.0.0.2
_PORT._tcp.mx1.example.test. TLSA 3 1 1 KEY1
_PORT._tcp.mx1.example.test. TLSA 3 1 1 NEXT
_PORT._tcp.mx1.example.test. TLSA 2 1 1 ROOT
_PORT._tcp.mx2.example.test. TLSA 3 1 1 NEXT
_mta-sts.example.test. TXT "v=STSv1; id=20261101;"
mta-sts.example.test. A 127.0.0.1
_smtp._tls.example.test. TXT "v=TLSRPTv1; rua=mailto:tls@example.test"
_mta-sts.example.net. TXT "v=STSv1; id=1"
mta-sts.example.net. A 127.0.0.1
none.test. MX 0 .
plain.test. A 127.0.0.1
odd.test. MX 10 alias.odd.test.
odd.test. MX 20 127.0.0.9.
alias.odd.test. CNAME mx1.example.test.
unsigned.test. MX 10 mx1.example.test.
`))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.dns.Close)
	e.dns.Unsigned("unsigned.test")
	e.dns.Bogus("bogus.test")
	e.dns.Handle("silent.test", func(*dns.Msg, string) *dns.Msg { return nil })

	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := policies[r.Host]; h != nil && r.URL.Path == "/.well-known/mta-sts.txt" {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	web.TLS = &tls.Config{Certificates: []tls.Certificate{a.Server(fixtures.P256, "mta-sts.example.test")}}
	web.StartTLS()
	t.Cleanup(web.Close)
	e.dialPolicy = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr != "127.0.0.1:443" {
			return nil, fmt.Errorf("dialled %s", addr)
		}
		return new(net.Dialer).DialContext(ctx, network, web.Listener.Addr().String())
	}
	return e
}

// enforce answers with a policy that allows some hosts.
func enforce(hosts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "version: STSv1\r\nmode: enforce\r\nmx: %s\r\nmax_age: 604800\r\n", strings.Join(hosts, "\r\nmx: "))
	}
}

// mailReport is a report with the facts about mail.
type mailReport struct {
	Complete   bool
	Incomplete string
	Notices    []string
	Evidence   []audit.Evidence
	Findings   []audit.Finding
}

// audit runs an audit of the estate and returns the report.
func (e *estate) audit(t *testing.T, code int, args ...string) *mailReport {
	t.Helper()
	out := filepath.Join(t.TempDir(), "report.json")
	var stdout, stderr strings.Builder
	a := &app{
		stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now, resolver: noDNS{},
		dialPolicy: e.dialPolicy,
	}
	args = append([]string{"audit", "-q", "-o", out, "--ca", e.ca, "-p", "ietf-smtp", "--resolver", e.dns.Addr.String()}, args...)
	if got := a.run(args); got != code {
		t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, code, stdout.String(), stderr.String())
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	r := &mailReport{}
	if err := json.Unmarshal(raw, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// observed returns what was observed about a subject.
func (r *mailReport) observed(t *testing.T, subject string) *audit.Observation {
	t.Helper()
	i := slices.IndexFunc(r.Evidence, func(e audit.Evidence) bool { return e.Subject == subject })
	if i < 0 {
		var all []string
		for _, e := range r.Evidence {
			all = append(all, e.Subject)
		}
		t.Fatalf("no evidence of %s; there are %q", subject, all)
	}
	return r.Evidence[i].Observed
}

// verdicts holds the findings about a subject to what is wanted.
func (r *mailReport) verdicts(t *testing.T, subject string, want map[string]audit.Verdict) {
	t.Helper()
	for rule, verdict := range want {
		i := slices.IndexFunc(r.Findings, func(f audit.Finding) bool { return f.Subject == subject && f.Rule == rule })
		if i < 0 {
			t.Errorf("%s: no finding of %s", subject, rule)
		} else if f := r.Findings[i]; f.Verdict != verdict {
			t.Errorf("%s: %s is %s, want %s: %s (%s)", subject, rule, f.Verdict, verdict, f.Message, f.Evidence)
		}
	}
}

func TestMailDomain(t *testing.T) {
	e := newEstate(t, map[string]http.HandlerFunc{
		"mta-sts.example.test": enforce("mx1.example.test"),
		"mta-sts.example.net":  enforce("*.example.test"),
	})
	at := func(host string) string { return fmt.Sprintf("%s:%d", host, e.port) }
	r := e.audit(t, exitFindings, "mx:"+at("example.test"), "mx://"+at("example.net"))
	if len(r.Evidence) != 5 {
		t.Errorf("%d records, want two domains, mx1 once and mx2 twice", len(r.Evidence))
	}
	r.verdicts(t, "mx://"+at("example.test"), map[string]audit.Verdict{
		"SMTP-MTASTS-TXT": audit.Pass, "SMTP-MTASTS-POLICY": audit.Pass, "SMTP-MTASTS-FETCH": audit.Pass, "SMTP-MTASTS-MX": audit.Fail,
		"SMTP-TLSRPT": audit.Pass, "SMTP-DANE-DNSSEC": audit.Pass, "SMTP-DANE-USAGE": audit.NotApplicable, "SMTP-TLS12": audit.NotApplicable, "SMTP-MTASTS-CERT": audit.NotApplicable,
	})
	r.verdicts(t, "mx://"+at("example.net"), map[string]audit.Verdict{
		"SMTP-MTASTS-TXT": audit.Pass, "SMTP-MTASTS-FETCH": audit.Fail, "SMTP-MTASTS-MX": audit.Pass, "SMTP-TLSRPT": audit.Warn, "SMTP-DANE-DNSSEC": audit.Pass,
	})
	r.verdicts(t, "smtp://"+at("mx1.example.test"), map[string]audit.Verdict{
		"SMTP-DANE-USAGE": audit.Pass, "SMTP-DANE-PKIX": audit.Pass, "SMTP-DANE-TA-CHAIN": audit.Pass, "SMTP-DANE-ROLLOVER": audit.Pass, "SMTP-DANE-DNSSEC": audit.Pass,
		"SMTP-MTASTS-TXT": audit.NotApplicable, "SMTP-MTASTS-CERT": audit.Pass,
	})
	for _, ip := range []string{"127.0.0.1", "127.0.0.2"} {
		r.verdicts(t, "smtp://"+at("mx2.example.test")+"?ip="+ip, map[string]audit.Verdict{"SMTP-DANE-USAGE": audit.Warn, "SMTP-DANE-ROLLOVER": audit.Warn, "SMTP-DANE-DNSSEC": audit.Pass})
	}
	o := r.observed(t, "smtp://"+at("mx1.example.test"))
	if !slices.Equal(o.Target.Domains, []string{"example.net", "example.test"}) || len(o.MailHost.Policies) != 2 || o.MailHost.Policies[1].Allowed != audit.Accepted || o.MailHost.Policies[1].Mode != "enforce" {
		t.Errorf("mx1 leads to %q, policies %+v", o.Target.Domains, o.MailHost.Policies)
	}
	o = r.observed(t, "smtp://"+at("mx2.example.test")+"?ip=127.0.0.2")
	if o.Address.Addr().String() != "127.0.0.2" || o.MailHost.Policies[0].Allowed != audit.Refused {
		t.Errorf("mx2 was reached at %s, policies %+v", o.Address, o.MailHost.Policies)
	}
}

// TestMailDomainOdd holds domains that are not as they should be, or cannot be
// looked up, to be told and never to be dropped.
func TestMailDomainOdd(t *testing.T) {
	e := newEstate(t, nil)
	at := func(host string) string { return fmt.Sprintf("mx:%s:%d", host, e.port) }
	subject := func(host string) string { return fmt.Sprintf("mx://%s:%d", host, e.port) }
	for _, tt := range []struct {
		host, incomplete string
		code, records    int
		verdicts         map[string]audit.Verdict
	}{
		{"none.test", "", exitCompliant, 1, map[string]audit.Verdict{"SMTP-MTASTS-TXT": audit.NotApplicable, "SMTP-DANE-DNSSEC": audit.Pass}},
		{"plain.test", "", exitFindings, 2, map[string]audit.Verdict{"SMTP-MTASTS-TXT": audit.Warn, "SMTP-DANE-DNSSEC": audit.Pass}},
		{"odd.test", "", exitFindings, 2, nil},
		{"unsigned.test", "", exitFindings, 2, map[string]audit.Verdict{"SMTP-DANE-DNSSEC": audit.Fail}},
		{"silent.test", "could not be looked up (timeout)", exitIncomplete, 1, map[string]audit.Verdict{"SMTP-DANE-DNSSEC": audit.Unknown}},
		{"bogus.test", "could not be looked up (bogus)", exitFindings, 1, map[string]audit.Verdict{"SMTP-DANE-DNSSEC": audit.Fail, "SMTP-MTASTS-TXT": audit.Unknown}},
		{"missing.test", "does not exist", exitIncomplete, 1, map[string]audit.Verdict{"SMTP-MTASTS-TXT": audit.Unknown}},
	} {
		t.Run(tt.host, func(t *testing.T) {
			t.Parallel()
			r := e.audit(t, tt.code, at(tt.host))
			if len(r.Evidence) != tt.records || !strings.Contains(r.Incomplete, tt.incomplete) || tt.incomplete != "" && r.Complete {
				t.Errorf("%d records, complete %t: %s", len(r.Evidence), r.Complete, r.Incomplete)
			}
			r.verdicts(t, subject(tt.host), tt.verdicts)
			if tt.host == "odd.test" && len(r.Notices) != 2 {
				t.Errorf("notices %q", r.Notices)
			}
		})
	}
}

// TestMailHostAlone wants what depends on the DNS to be unknown for a host that
// no domain led to, unless a resolver is named.
func TestMailHostAlone(t *testing.T) {
	e := newEstate(t, nil)
	subject := fmt.Sprintf("smtp://mx1.example.test:%d", e.port)
	r := e.audit(t, exitIncomplete, subject)
	r.verdicts(t, subject, map[string]audit.Verdict{"SMTP-DANE-USAGE": audit.Pass, "SMTP-MTASTS-TXT": audit.Unknown})
	both := e.audit(t, exitFindings, subject, fmt.Sprintf("mx:unsigned.test:%d", e.port))
	if o := both.observed(t, subject); len(both.Evidence) != 2 || !slices.Equal(o.Target.Domains, []string{"unsigned.test"}) {
		t.Errorf("%d records, listed host of %q", len(both.Evidence), o.Target.Domains)
	}
}

// TestMailHostEverywhere: a mail host that is named besides, and audited at all
// of its addresses, still serves its domain at each.
func TestMailHostEverywhere(t *testing.T) {
	e := newEstate(t, nil)
	at := func(host string) string { return fmt.Sprintf("%s:%d", host, e.port) }
	r := e.audit(t, exitFindings, "--all-addresses", "smtp://"+at("mx2.example.test"), "mx:"+at("example.test"))
	if len(r.Evidence) != 4 {
		t.Errorf("%d records, want the domain, mx1, and mx2 twice", len(r.Evidence))
	}
	for _, ip := range []string{"127.0.0.1", "127.0.0.2"} {
		o := r.observed(t, "smtp://"+at("mx2.example.test")+"?ip="+ip)
		if !slices.Equal(o.Target.Domains, []string{"example.test"}) || o.MailHost == nil || o.MailHost.DANE == nil || len(o.MailHost.Policies) != 1 {
			t.Errorf("%s serves %q: %+v", ip, o.Target.Domains, o.MailHost)
		}
	}
}
