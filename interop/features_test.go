//go:build interop

package interop

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// opensslPlain is s_server as it comes, with an application protocol and
// whatever else is asked for.
func opensslPlain(more ...string) func(*testing.T, *keys) endpoint {
	return func(t *testing.T, k *keys) endpoint {
		t.Helper()
		port := freePort(t)
		args := []string{"openssl", "s_server", "-accept", address(port), "-www", "-quiet", "-cert", k.RSA.Cert, "-key", k.RSA.Key, "-cipher", "ALL:@SECLEVEL=0"}
		start(t, port, ".", append(args, more...))
		return endpoint{Protocol: "https", Port: port}
	}
}

// gnutlsHeartbeat is gnutls-serv, the one server at hand that can do heartbeat.
func gnutlsHeartbeat(t *testing.T, k *keys) endpoint {
	t.Helper()
	port := freePort(t)
	start(t, port, ".", []string{
		"gnutls-serv", "--port", strconv.Itoa(int(port)), "--http", "--disable-client-cert", "--heartbeat", "--alpn", "http/1.1",
		"--x509certfile", k.RSA.Cert, "--x509keyfile", k.RSA.Key, "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.1",
	})
	return endpoint{Protocol: "https", Port: port}
}

// TestFeatures compares the session features found with what s_client says
// about the same server, version by version, and with how the server was set
// up where s_client cannot tell.
func TestFeatures(t *testing.T) {
	k := makeKeys(t)
	for _, s := range []struct {
		name  string
		start func(*testing.T, *keys) endpoint
		// known are facts s_client does not show.
		known map[audit.Feature]audit.Answer
	}{
		{"openssl", opensslPlain("-alpn", "h2"), map[audit.Feature]audit.Answer{audit.FeatureHeartbeat: audit.Refused, audit.FeatureTruncatedHMAC: audit.Refused}},
		{"openssl-no-ticket", opensslPlain("-no_ticket", "-no_tls1_3", "-sigalgs", "RSA+SHA256"), map[audit.Feature]audit.Answer{
			audit.FeatureSessionTicket: audit.Refused, audit.FeatureSignsSHA1: audit.Refused, audit.FeatureSignsSHA224: audit.Refused, audit.FeatureALPN: audit.Refused,
		}},
		{"openssl-other-alpn", opensslPlain("-alpn", "imap"), map[audit.Feature]audit.Answer{audit.FeatureALPN: audit.Accepted}},
		{"nginx-hardened", nginxHardened, map[audit.Feature]audit.Answer{audit.FeatureHeartbeat: audit.Refused, audit.FeatureStatusRequestV2: audit.Refused}},
		{"haproxy-legacy", haproxyLegacy, nil},
		{"apache-latent", apacheLatent, nil},
		{"gnutls-heartbeat", gnutlsHeartbeat, map[audit.Feature]audit.Answer{audit.FeatureHeartbeat: audit.Accepted, audit.FeatureALPN: audit.Accepted}},
		{"jsse", jsseServer, map[audit.Feature]audit.Answer{audit.FeatureHeartbeat: audit.Refused, audit.FeatureSignsSHA1: audit.Accepted}},
		{"go", goServer, map[audit.Feature]audit.Answer{audit.FeatureEncryptThenMAC: audit.Refused, audit.FeatureHeartbeat: audit.Refused}},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := s.start(t, k)
			o := scan(t, k, e)
			compared := 0
			for _, f := range o.Versions {
				if f.Answer != audit.Accepted || f.Version < audit.TLSv10 || f.Version > audit.TLSv12 {
					continue
				}
				said := askClient(t, newOpenSSL(t, k), e, o, f)
				found := map[audit.Feature]string{}
				for name := range said {
					if fact := o.Feature(name, f.Version); fact.Answer != audit.NotAsked {
						found[name] = strings.TrimSpace(fact.Answer.String() + " " + fact.Value)
					} else {
						delete(said, name)
					}
				}
				compared += len(found)
				if diff := cmp.Diff(said, found); diff != "" {
					t.Errorf("%s (-s_client +scanner):\n%s", f.Version, diff)
				}
			}
			if compared < 6 {
				t.Errorf("only %d facts were compared", compared)
			}
			for _, name := range slices.Sorted(maps.Keys(s.known)) {
				if !slices.ContainsFunc(o.Features, func(f audit.FeatureFact) bool { return f.Name == name && f.Answer == s.known[name] }) {
					t.Errorf("%s is not %s anywhere: %+v", name, s.known[name], o.Features)
				}
			}
		})
	}
}

var (
	alpnLine   = regexp.MustCompile(`(?m)^ALPN protocol: (\S+)`)
	digestLine = regexp.MustCompile(`(?m)^Peer signing digest: (\S+)`)
)

// askClient collects what s_client prints about a server at one version.
func askClient(t *testing.T, c *openssl, e endpoint, o *audit.Observation, f audit.VersionFact) map[audit.Feature]string {
	t.Helper()
	flag := ""
	for _, v := range opensslVersions {
		if v.version == f.Version {
			flag = v.flag
		}
	}
	ask := func(more ...string) string {
		args := []string{"s_client", "-connect", address(e.Port), "-servername", serverName, "-legacy_server_connect", "-tlsextdebug", flag}
		out, err := run(c.program, append(args, more...)...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	said := map[audit.Feature]string{}
	say := func(name audit.Feature, yes bool, value ...string) {
		said[name] = audit.Refused.String()
		if yes {
			said[name] = strings.TrimSpace(audit.Accepted.String() + " " + strings.Join(value, " "))
		}
	}
	out := ask("-cipher", "ALL:@SECLEVEL=0")
	if !strings.Contains(out, "Extended master secret:") {
		t.Fatalf("no session at %s:\n%s", f.Version, out)
	}
	say(audit.FeatureSecureRenegotiation, strings.Contains(out, "Secure Renegotiation IS supported"))
	say(audit.FeatureExtendedMasterSecret, strings.Contains(out, "Extended master secret: yes"))
	say(audit.FeatureSessionTicket, strings.Contains(out, "(id=35)"))
	say(audit.FeatureCompression, !strings.Contains(out, "Compression: NONE"))
	for _, s := range f.Suites {
		if strings.Contains(s.Name, "_ECDHE_") && strings.Contains(s.OpenSSL, "ECDHE") {
			say(audit.FeaturePointFormats, strings.Contains(ask("-cipher", s.OpenSSL+":@SECLEVEL=0"), "(id=11)"), "uncompressed")
			break
		}
	}
	// any one CBC suite that this client knows
	for _, s := range f.Suites {
		if strings.Contains(s.Name, "_AES_128_CBC_SHA") && strings.Contains(s.Name, "RSA") {
			say(audit.FeatureEncryptThenMAC, strings.Contains(ask("-cipher", s.OpenSSL+":@SECLEVEL=0"), "(id=22)"))
			break
		}
	}
	if e.Protocol == "https" {
		out := ask("-cipher", "ALL:@SECLEVEL=0", "-alpn", "h2,http/1.1")
		if m := alpnLine.FindStringSubmatch(out); m != nil {
			say(audit.FeatureALPN, true, m[1])
		} else {
			say(audit.FeatureALPN, strings.Contains(out, "SSL alert number 120"))
		}
	}
	say(audit.FeatureFallbackSCSV, strings.Contains(ask("-cipher", "ALL:@SECLEVEL=0", "-fallback_scsv"), "SSL alert number 86"))
	if f.Version == audit.TLSv12 {
		for name, digest := range map[audit.Feature]string{audit.FeatureSignsSHA1: "SHA1", audit.FeatureSignsSHA224: "SHA224"} {
			m := digestLine.FindStringSubmatch(ask("-cipher", "ECDHE:DHE:@SECLEVEL=0", "-sigalgs", "RSA+"+digest+":ECDSA+"+digest))
			say(name, m != nil && m[1] == digest)
		}
	}
	return said
}

// TestStaples: a response made by OpenSSL and stapled by OpenSSL and nginx.
func TestStaples(t *testing.T) {
	k := makeKeys(t)
	response := filepath.Join(folder(t), "response.der")
	signed := makeStaple(t, k, response)
	for name, start := range map[string]func(*testing.T, *keys) endpoint{
		"openssl":      opensslPlain("-status_file", response),
		"openssl-tls3": opensslPlain("-status_file", response, "-no_tls1_2", "-no_tls1_1", "-no_tls1"),
		"nginx": func(t *testing.T, k *keys) endpoint {
			return nginx(t, pair(k.RSA)+"ssl_protocols TLSv1.2 TLSv1.3;\nssl_stapling on;\nssl_stapling_file "+response+";", endpoint{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := scan(t, k, start(t, k))
			if len(o.Chains) != 1 {
				t.Fatalf("%d chains", len(o.Chains))
			}
			s := o.Chains[0].Stapled
			// the server presents its leaf alone, so nobody can check the signature
			if s.Answer != audit.Accepted || s.Status != "good" || s.Signed != audit.Undetermined || !s.NextUpdate.After(s.ThisUpdate) {
				t.Errorf("%+v\n%s", s, signed)
			}
		})
	}
}

// makeStaple lets OpenSSL sign a response about the RSA certificate.
func makeStaple(t *testing.T, k *keys, file string) string {
	t.Helper()
	openssl := program(t, "openssl")
	serial := strings.ToUpper(k.RSA.serial(t))
	index := write(t, filepath.Dir(file), "index.txt", "V\t491231235959Z\t\t"+serial+"\tunknown\t/CN="+serverName+"\n")
	out, err := run(openssl, "ocsp", "-index", index, "-CA", k.CA, "-rsigner", k.CA, "-rkey", k.CAKey, "-issuer", k.CA, "-cert", k.RSA.Cert, "-respout", file, "-ndays", "7", "-noverify")
	if err != nil {
		t.Fatalf("making a response: %v\n%s", err, out)
	}
	out, err = run(openssl, "ocsp", "-respin", file, "-noverify", "-resp_text")
	if err != nil || !strings.Contains(out, "Cert Status: good") {
		t.Fatalf("reading the response: %v\n%s", err, out)
	}
	return out
}
