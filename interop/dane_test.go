//go:build interop

package interop

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/dnsq"
	"tlsaudit/internal/maildomain"
	"tlsaudit/internal/pki"
	"tlsaudit/scanner"
)

// zones is a chain of trust from a root of its own, served by NSD.
type zones struct {
	t    *testing.T
	dir  string
	conf strings.Builder
	// ds are the records the root has of the signed zones.
	ds []string
}

// command runs a program and returns what it prints.
func command(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program(t, args[0]), args[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// add writes a zone, signed with a key of its own if dates are given: from when
// until when its signatures hold.
func (z *zones) add(name, records string, dates ...string) {
	z.t.Helper()
	base := strings.TrimSuffix(name, ".")
	file := "zone." + base
	origin := name
	text := fmt.Sprintf("$ORIGIN %s\n$TTL 60\n@ SOA ns.test. host.test. 1 3600 600 86400 60\n@ NS ns.test.\n%s\n", origin, records)
	write(z.t, z.dir, file, text)
	if dates != nil {
		key := command(z.t, z.dir, "ldns-keygen", "-k", "-a", "ECDSAP256SHA256", name)
		command(z.t, z.dir, "ldns-signzone", "-i", dates[0], "-e", dates[1], "-o", name, "-f", file+".signed", file, key)
		file += ".signed"
		text, err := os.ReadFile(filepath.Join(z.dir, key+".ds"))
		if err != nil {
			z.t.Fatal(err)
		}
		z.ds = append(z.ds, string(text))
		if name == "." {
			text, err := os.ReadFile(filepath.Join(z.dir, key+".key"))
			if err != nil {
				z.t.Fatal(err)
			}
			write(z.t, z.dir, "anchor", string(text))
		}
	}
	fmt.Fprintf(&z.conf, "zone:\n  name: %q\n  zonefile: %q\n", name, file)
}

// serve starts NSD for the zones and an Unbound that validates, and returns where
// the latter answers.
func (z *zones) serve(names ...string) netip.AddrPort {
	z.t.Helper()
	port, resolver := freePort(z.t), freePort(z.t)
	conf := write(z.t, z.dir, "nsd.conf", fmt.Sprintf("server:\n  ip-address: 127.0.0.1@%d\n  username: \"\"\n  chroot: \"\"\n  zonesdir: %[2]q\n  database: \"\"\n  pidfile: \"%[2]s/nsd.pid\"\n"+
		"  xfrdfile: \"%[2]s/xfrd\"\n  zonelistfile: \"%[2]s/zonelist\"\n  server-count: 1\nremote-control:\n  control-enable: no\n%[3]s", port, z.dir, z.conf.String()))
	start(z.t, port, z.dir, []string{"nsd", "-d", "-c", conf})
	var stubs strings.Builder
	for _, name := range append(names, ".") {
		fmt.Fprintf(&stubs, "stub-zone:\n  name: %q\n  stub-addr: 127.0.0.1@%d\n", name, port)
	}
	conf = write(z.t, z.dir, "unbound.conf", fmt.Sprintf("server:\n  interface: 127.0.0.1@%d\n  username: \"\"\n  chroot: \"\"\n  directory: %[2]q\n  pidfile: \"%[2]s/unbound.pid\"\n  use-syslog: no\n"+
		"  logfile: \"%[2]s/unbound.log\"\n  do-daemonize: no\n  do-not-query-localhost: no\n  do-ip6: no\n  module-config: \"validator iterator\"\n  trust-anchor-file: \"%[2]s/anchor\"\n"+
		"  local-zone: \"test.\" nodefault\nremote-control:\n  control-enable: no\n%[3]s", resolver, z.dir, stubs.String()))
	start(z.t, resolver, z.dir, []string{"unbound", "-d", "-c", conf}, filepath.Join(z.dir, "unbound.log"))
	return netip.MustParseAddrPort(address(resolver))
}

// TestDANE compares DANE facts with what a signed zone holds, and with OpenSSL's
// own verdict.
func TestDANE(t *testing.T) {
	t.Parallel()
	k := makeKeys(t)
	dir := folder(t)
	chains := func(name string, files ...string) string {
		var text string
		for _, file := range files {
			part, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text += string(part)
		}
		return write(t, dir, name, text)
	}
	whole := postfix(t, k, "smtpd_tls_security_level = may\nsmtpd_tls_chain_files = "+
		chains("rsa.pem", k.RSA.Key, k.RSA.Cert, k.CA)+", "+chains("ecdsa.pem", k.ECDSA.Key, k.ECDSA.Cert, k.CA), "")
	short := postfix(t, k, "smtpd_tls_security_level = may", "")

	key := func(p keyPair) string {
		c := must(x509.ParseCertificate(p.Certificate.Certificate[0]))(t)
		sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
		return "3 1 1 " + hex.EncodeToString(sum[:])
	}
	sum := sha256.Sum256(k.Anchor.Raw)
	anchor, next, wrong := "2 0 1 "+hex.EncodeToString(sum[:]), "3 1 1 "+strings.Repeat("ab", 32), "3 1 1 "+strings.Repeat("cd", 32)
	right := []string{key(k.RSA), key(k.ECDSA)}
	now := time.Now().UTC()
	valid := []string{now.AddDate(0, 0, -1).Format("20060102150405"), now.AddDate(0, 1, 0).Format("20060102150405")}
	expired := []string{now.AddDate(0, -2, 0).Format("20060102150405"), now.AddDate(0, -1, 0).Format("20060102150405")}

	host := func(name string, port uint16, list ...string) string {
		text := name + " A 127.0.0.1\n"
		for _, r := range list {
			text += fmt.Sprintf("_%d._tcp.%s TLSA %s\n", port, name, r)
		}
		return text
	}
	at := func(port uint16, list ...string) string {
		text := ""
		for _, r := range list {
			text += fmt.Sprintf("_%d._tcp TLSA %s\n", port, r)
		}
		return text
	}
	cases := []struct {
		host    string
		port    uint16
		records []string
		// covered is the answer for every chain; address and tlsa the security of
		// the look-ups, outcome that of the TLSA records.
		covered       audit.Answer
		address, tlsa audit.Answer
		outcome       audit.LookupOutcome
	}{
		{"right.good.test", whole, right, audit.Accepted, audit.Accepted, audit.Accepted, audit.LookupFound},
		{"wrong.good.test", whole, []string{wrong}, audit.Refused, audit.Accepted, audit.Accepted, audit.LookupFound},
		{"roll.good.test", whole, append([]string{next, wrong}, right...), audit.Accepted, audit.Accepted, audit.Accepted, audit.LookupFound},
		{"none.good.test", whole, nil, audit.NotAsked, audit.Accepted, audit.Accepted, audit.LookupNoName},
		{"other.good.test", whole, []string{anchor}, audit.Refused, audit.Accepted, audit.Accepted, audit.LookupFound}, // the name is not in the certificate
		{serverName, whole, []string{anchor}, audit.Accepted, audit.Accepted, audit.Accepted, audit.LookupFound},
		{serverName, short, []string{anchor}, audit.Refused, audit.Accepted, audit.Accepted, audit.LookupFound}, // the authority's certificate is not sent
		{"mx.plain.test", whole, right, audit.Accepted, audit.Refused, audit.Refused, audit.LookupFound},
		{"mx.bogus.test", whole, right, audit.NotAsked, audit.Refused, audit.Refused, audit.LookupBogus},
	}
	z := &zones{t: t, dir: folder(t)}
	good, plain, bogus, server := "@ MX 10 right\n@ MX 20 wrong\n", "@ MX 10 mx\n", "@ MX 10 mx\n", "@ A 127.0.0.1\n"
	for _, c := range cases {
		name, zone, _ := strings.Cut(c.host, ".")
		switch zone {
		case "good.test":
			good += host(name, c.port, c.records...)
		case "plain.test":
			plain += host(name, c.port, c.records...)
		case "bogus.test":
			bogus += host(name, c.port, c.records...)
		default:
			server += at(c.port, c.records...)
		}
	}
	z.add("good.test.", good, valid...)
	z.add("server.test.", server, valid...)
	z.add("bogus.test.", bogus, expired...)
	z.add("plain.test.", plain)
	z.add(".", "ns.test. A 127.0.0.1\ngood.test. NS ns.test.\nserver.test. NS ns.test.\nbogus.test. NS ns.test.\nplain.test. NS ns.test.\n"+strings.Join(z.ds, "\n"), valid...)
	resolver := must(dnsq.New(dnsq.Options{Servers: []netip.AddrPort{z.serve("good.test.", "server.test.", "bogus.test.", "plain.test.")}}))(t)

	anchors := must(pki.LoadAnchors([]string{k.CA}, false))(t)
	looker := maildomain.New(maildomain.Options{Resolver: resolver, Anchors: anchors, Now: time.Now, AskAll: true})
	s := scanner.New(scanner.Options{Depth: scanner.DepthQuick, Anchors: anchors})
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s:%d", c.host, c.port), func(t *testing.T) {
			o := s.Scan(t.Context(), audit.Target{Protocol: "smtp", Host: c.host, Port: c.port, IP: netip.MustParseAddr("127.0.0.1")})
			if o.Reach != audit.ReachTLS || len(o.Chains) != 2 {
				t.Fatalf("%s %s, %d chains", o.Reach, o.Reason, len(o.Chains))
			}
			looker.Attach(t.Context(), o, nil)
			d := o.MailHost.DANE
			if d.Address.Secure != c.address || d.TLSA.Secure != c.tlsa || d.TLSA.Outcome != c.outcome {
				t.Errorf("address %+v, TLSA %+v", d.Address, d.TLSA)
			}
			if d.Usable() != (c.tlsa == audit.Accepted && c.records != nil) {
				t.Errorf("usable: %t", d.Usable())
			}
			for i := range o.Chains {
				if got, by := d.Covers(o.Chains, i); got != c.covered {
					t.Errorf("chain %d is %s by %v, want %s: %+v", i, got, by, c.covered, d.Records)
				}
			}
			if len(c.records) > 0 && c.covered != audit.NotAsked {
				args := []string{"s_client", "-starttls", "smtp", "-connect", address(c.port), "-servername", c.host, "-dane_tlsa_domain", c.host, "-dane_ee_no_namechecks", "-verify_return_error"}
				for _, r := range c.records {
					args = append(args, "-dane_tlsa_rrdata", r)
				}
				out, err := exec.Command(program(t, "openssl"), args...).CombinedOutput()
				if (err == nil) != (c.covered == audit.Accepted) {
					t.Errorf("openssl: %v\n%s", err, out)
				}
			}
		})
	}
	for domain, want := range map[string]audit.Answer{"good.test": audit.Accepted, "plain.test": audit.Refused, "bogus.test": audit.Refused} {
		if d := looker.Domain(t.Context(), domain); d.MX.Secure != want || (d.MX.Outcome == audit.LookupBogus) != (domain == "bogus.test") {
			t.Errorf("%s: %+v", domain, d.MX)
		}
	}
}
