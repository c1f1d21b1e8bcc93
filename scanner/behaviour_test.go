package scanner_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// usual is a server of two versions with an RSA and an ECDSA certificate.
func usual(t *testing.T) fixtures.Script {
	a := fixtures.NewAuthority(now)
	return fixtures.Script{
		Suites: map[audit.Version][]audit.Code{
			audit.TLSv12: {0xC02F, 0xC02B, 0x009F, 0x002F},
			audit.TLSv13: {0x1301, 0x1303},
		},
		Chain:      a.Server(fixtures.RSA2048, "www.example.com").Certificate,
		ECDSAChain: a.Server(fixtures.P256, "www.example.com").Certificate,
		DHBits:     1024,
	}
}

func TestLatent(t *testing.T) {
	t.Parallel()
	s := usual(t)
	s.Latent = []audit.Version{audit.TLSv10, audit.TLSv11}
	o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{})
	for v, want := range map[audit.Version]audit.Answer{
		audit.SSLv3: audit.Refused, audit.TLSv10: audit.Latent, audit.TLSv11: audit.Latent, audit.TLSv12: audit.Accepted,
	} {
		if f := o.Version(v); f.Answer != want {
			t.Errorf("%s is %s (%s)", v, f.Answer, f.Evidence)
		}
	}
	if e := o.Version(audit.TLSv10).Evidence; e != "alert 80 internal_error" {
		t.Errorf("evidence %q", e)
	}
}

func TestFactsOfAFlight(t *testing.T) {
	t.Parallel()
	o := scan(t, "https", serve(t, usual(t).Handler()).Addr(), scanner.Options{Order: true})
	want := []audit.Suite{
		{ID: 0xC02F, Name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", OpenSSL: "ECDHE-RSA-AES128-GCM-SHA256", Bits: 128, Group: "x25519", SigScheme: "rsa_pss_rsae_sha256"},
		{ID: 0xC02B, Name: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", OpenSSL: "ECDHE-ECDSA-AES128-GCM-SHA256", Bits: 128, Group: "x25519", SigScheme: "ecdsa_secp256r1_sha256"},
		{ID: 0x009F, Name: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", OpenSSL: "DHE-RSA-AES256-GCM-SHA384", Bits: 256, DHBits: 1024, DHName: "Oakley group 2", DHPrime: "safe", SigScheme: "rsa_pss_rsae_sha256"},
		{ID: 0x002F, Name: "TLS_RSA_WITH_AES_128_CBC_SHA", OpenSSL: "AES128-SHA", Bits: 128},
	}
	if diff := cmp.Diff(want, o.Version(audit.TLSv12).Suites); diff != "" {
		t.Error(diff)
	}
	kinds := []string{}
	for _, c := range o.Chains {
		kinds = append(kinds, c.Certificates[0].Key.Type)
	}
	if slices.Sort(kinds); !slices.Equal(kinds, []string{"ecdsa", "rsa"}) {
		t.Errorf("chains %v", kinds)
	}
	if gap := o.Lacks(audit.NeedKeyExchange); gap != "" {
		t.Error(gap)
	}
	// A script has no keys: its TLS 1.3 certificates cannot be read.
	if o.ChainsAnswer != audit.Undetermined || !strings.HasPrefix(o.ChainsEvidence, "TLSv1.3: the RSA certificate was not read") {
		t.Errorf("chains %s: %s", o.ChainsAnswer, o.ChainsEvidence)
	}
}

func TestSSLv2(t *testing.T) {
	t.Parallel()
	s := usual(t)
	s.Suites[audit.SSLv2] = []audit.Code{0x010080, 0x0700C0}
	o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{})
	f := o.Version(audit.SSLv2)
	if f.Answer != audit.Accepted || len(f.Suites) != 2 || f.SuitesAnswer != audit.Accepted || f.Preference != audit.PreferenceClient {
		t.Errorf("%+v", f)
	}
}

// TestBackEndsDisagree: the union is listed, nothing is called complete, and
// what only one back end refuses is not refused. Which back end a question
// meets is left to chance, so not every scan can notice.
func TestBackEndsDisagree(t *testing.T) {
	t.Parallel()
	good, bad := usual(t), usual(t)
	bad.Suites = map[audit.Version][]audit.Code{
		audit.TLSv10: {0xC013, 0x000A}, audit.TLSv12: {0xC013, 0x0005}, audit.TLSv13: {0x1301, 0x1303},
	}
	server := serve(t, fixtures.Alternate(good.Handler(), bad.Handler()))
	noticed, union := 0, 0
	for range 5 {
		o := scan(t, "https", server.Addr(), scanner.Options{})
		if !slices.ContainsFunc(o.Notes, func(n string) bool { return strings.HasPrefix(n, "inconsistent back ends") }) {
			continue
		}
		noticed++
		f := o.Version(audit.TLSv12)
		if f.SuitesAnswer == audit.Accepted {
			t.Error("suites called complete")
		}
		if slices.Contains(suiteCodes(f), 0xC02F) && slices.Contains(suiteCodes(f), 0xC013) {
			union++
		}
		for _, f := range o.Versions {
			if f.Answer == audit.Refused {
				t.Errorf("%s is refused (%s)", f.Version, f.Evidence)
			}
		}
	}
	if noticed < 3 || union < 3 {
		t.Errorf("of 5 scans %d noticed, %d brought the union", noticed, union)
	}
}

func TestUnknownServerName(t *testing.T) {
	t.Parallel()
	s := usual(t)
	s.Names = []string{"other.example.com"}
	o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{})
	if o.Version(audit.TLSv12).Answer != audit.Accepted || len(o.Notes) == 0 || !strings.Contains(o.Notes[0]+o.Notes[len(o.Notes)-1], "refuses the name") {
		t.Errorf("%v, notes %q", answers(o), o.Notes)
	}
	s.NameWarning = true
	o = scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{})
	if o.Version(audit.TLSv12).Answer != audit.Accepted {
		t.Errorf("with a warning: %v", answers(o))
	}
}

func TestApplicationProtocolRequired(t *testing.T) {
	t.Parallel()
	inner := fixtures.TLS(&tls.Config{Certificates: []tls.Certificate{leaf(t, fixtures.P256)}, NextProtos: []string{"h2"}})
	picky := func(ctx context.Context, c net.Conn) {
		in, b := peekHello(c)
		if !strings.Contains(string(b), "\x02h2") {
			_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 120})
			return
		}
		inner(ctx, &peeked{c, in})
	}
	o := scan(t, "https", serve(t, picky).Addr(), scanner.Options{Depth: scanner.DepthQuick})
	if o.Version(audit.TLSv12).Answer != audit.Accepted || o.Version(audit.TLSv13).Answer != audit.Accepted {
		t.Errorf("%v, notes %q", answers(o), o.Notes)
	}
}

// peekHello reads the first record ahead, or what there is of it.
func peekHello(c net.Conn) (*bufio.Reader, []byte) {
	in := bufio.NewReaderSize(c, 4096)
	b, _ := in.Peek(5)
	if len(b) == 5 && b[0] == 22 {
		b, _ = in.Peek(5 + int(b[3])<<8 + int(b[4]))
	}
	return in, b
}

type peeked struct {
	net.Conn
	in io.Reader
}

func (p *peeked) Read(b []byte) (int, error) { return p.in.Read(b) }

// TestShortHelloOnly: a server that drops hellos longer than 256 bytes.
func TestShortHelloOnly(t *testing.T) {
	t.Parallel()
	s := usual(t)
	delete(s.Suites, audit.TLSv13)
	s.Suites[audit.TLSv10] = []audit.Code{0x002F}
	s.MaxHello = 256
	o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Timeout: 40 * time.Second, Order: true})
	for _, v := range []audit.Version{audit.TLSv10, audit.TLSv12} {
		f := o.Version(v)
		_, truth := s.Truth(v)
		if f.Answer != audit.Accepted || !slices.Equal(suiteCodes(f), truth) || f.SuitesAnswer != audit.Accepted {
			t.Errorf("%s: %s (%s), suites %s %v", v, f.Answer, f.Evidence, f.SuitesAnswer, suiteCodes(f))
		}
	}
	if f := o.Version(audit.TLSv13); f.Answer != audit.Undetermined {
		t.Errorf("TLS 1.3 cannot be asked for in so short a hello, yet it is %s (%s)", f.Answer, f.Evidence)
	}
	if t.Failed() {
		t.Logf("notes %q", o.Notes)
	}
}

// TestGroupsByElimination also shows that what a TLS 1.3 server refuses is
// listed as refused.
func TestGroupsByElimination(t *testing.T) {
	t.Parallel()
	s := usual(t)
	s.Groups = []audit.Code{24, 29, 23, 256}
	o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Depth: scanner.DepthDeep})
	got := map[audit.Version][]string{}
	for _, g := range o.Groups {
		if g.Answer == audit.Accepted {
			got[g.Version] = append(got[g.Version], g.Name)
		}
	}
	want := map[audit.Version][]string{
		audit.TLSv12: {"secp384r1", "x25519", "secp256r1"},
		audit.TLSv13: {"secp384r1", "x25519", "secp256r1", "ffdhe2048"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, v := range []audit.Version{audit.TLSv12, audit.TLSv13} {
		if gap := o.LacksGroups(v); gap != "" {
			t.Error(gap)
		}
	}
}

// TestDowngradeMarker: a server that denies TLS 1.3 but marks its TLS 1.2
// ServerHello as a downgrade is contradicting itself.
func TestDowngradeMarker(t *testing.T) {
	t.Parallel()
	s := usual(t)
	inner := s.Handler()
	denying := func(ctx context.Context, c net.Conn) {
		in, b := peekHello(c)
		if strings.Contains(string(b), "\x00\x2b\x00\x03\x02\x03\x04") { // supported_versions: TLS 1.3
			_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 70})
			return
		}
		inner(ctx, &peeked{c, in})
	}
	o := scan(t, "https", serve(t, denying).Addr(), scanner.Options{})
	if f := o.Version(audit.TLSv13); f.Answer != audit.Undetermined || !strings.Contains(f.Evidence, "claims support") {
		t.Errorf("%s (%s)", f.Answer, f.Evidence)
	}
}

// TestNoEmptyShares: a TLS 1.3 server that dislikes an empty list of shares is
// still a TLS 1.3 server.
func TestNoEmptyShares(t *testing.T) {
	t.Parallel()
	inner := usual(t).Handler()
	picky := func(ctx context.Context, c net.Conn) {
		in, b := peekHello(c)
		if strings.Contains(string(b), "\x00\x33\x00\x02\x00\x00") {
			_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 80})
			return
		}
		inner(ctx, &peeked{c, in})
	}
	o := scan(t, "https", serve(t, picky).Addr(), scanner.Options{})
	f := o.Version(audit.TLSv13)
	if f.Answer != audit.Accepted || !slices.Equal(suiteCodes(f), []audit.Code{0x1301, 0x1303}) || f.SuitesAnswer != audit.Accepted {
		t.Errorf("%s (%s), suites %v, notes %q", f.Answer, f.Evidence, f.Suites, o.Notes)
	}
	if gap := o.Lacks(audit.NeedGroups); gap != "" {
		t.Error(gap)
	}
}

// TestDiesInMidScan: a peer that stops answering at any point of a scan leaves
// facts or nothing.
func TestDiesInMidScan(t *testing.T) {
	t.Parallel()
	for limit := 1; limit < 48; limit += 2 {
		t.Run(strconv.Itoa(limit), func(t *testing.T) {
			t.Parallel()
			s := usual(t)
			s.Suites[audit.TLSv11] = []audit.Code{0xC013, 0xC014, 0x002F, 0x0035, 0x000A, 0x0005, 0x0041}
			s.Limit = limit
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Timeout: 40 * time.Second})
			compare(t, &s, o, false)
		})
	}
}

// TestDropsEverythingTwice: each hello but the first is dropped twice, or
// answered with a web server's apology, before it is taken.
func TestDropsEverythingTwice(t *testing.T) {
	t.Parallel()
	s := usual(t)
	inner := s.Handler()
	var mu sync.Mutex
	seen := map[string]int{}
	moody := func(ctx context.Context, c net.Conn) {
		in, b := peekHello(c)
		mu.Lock()
		n := seen[string(b)]
		seen[string(b)]++
		first := len(seen) == 1
		mu.Unlock()
		switch {
		case first || n >= 2:
			inner(ctx, &peeked{c, in})
		case len(b)%2 == 0:
			_, _ = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\n\r\n")
		}
	}
	o := scan(t, "https", serve(t, moody).Addr(), scanner.Options{Timeout: 40 * time.Second})
	compare(t, &s, o, true)
}

// TestPoisonedSuite: a server without Diffie-Hellman parameters that chooses a
// DHE suite all the same, and hangs up, still accepts those it likes less.
func TestPoisonedSuite(t *testing.T) {
	t.Parallel()
	s := usual(t)
	s.Suites[audit.TLSv12] = []audit.Code{0xC030, 0xC02F, 0xC013, 0x002F}
	inner := s.Handler()
	poisoned := func(ctx context.Context, c net.Conn) {
		in, b := peekHello(c)
		offered := offers(b)
		if slices.Contains(offered, 0x009F) && !slices.Contains(offered, 0xC030) {
			return
		}
		inner(ctx, &peeked{c, in})
	}
	o := scan(t, "https", serve(t, poisoned).Addr(), scanner.Options{Timeout: 60 * time.Second})
	compare(t, &s, o, true)
}

// offers returns the suites of a hello in one record.
func offers(b []byte) (list []uint16) {
	const session = 5 + 4 + 2 + 32
	if len(b) < session+1 || b[0] != 22 {
		return nil
	}
	b = b[session+1+int(b[session]):]
	n := int(b[0])<<8 | int(b[1])
	for i := 2; i < n+2; i += 2 {
		list = append(list, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return list
}
