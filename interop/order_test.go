//go:build interop

package interop

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// checkOrder holds who decides, and the order of suites the scanner found,
// against s_client: of two neighbours offered in reverse the server's first
// must be chosen if the server decides, and the client's first otherwise.
// Suites s_client does not know are passed over.
func checkOrder(t *testing.T, client *openssl, e endpoint, o *audit.Observation, fact audit.VersionFact) {
	t.Helper()
	if len(fact.Suites) < 2 {
		return
	}
	if fact.Preference != e.Preference {
		t.Errorf("%s: preference is %q, want %q: %s", fact.Version, fact.Preference, e.Preference, fact.PreferenceEvidence)
		return
	}
	known := client.names(t, fact)
	for i := range len(known) - 1 {
		first, second := known[i], known[i+1]
		want := first
		switch {
		case e.Preference == audit.PreferenceClient && i > 0:
			return // a set has no order: one pair tells
		case e.Preference == audit.PreferenceClient:
			want = second
		case e.Insists && anonymous.MatchString(first+" "+second):
			continue // OpenSSL's client cannot go through with it: see connect
		case strings.Contains(second, "CHACHA20") && !strings.Contains(first, "CHACHA20") && yieldsToChaCha(o):
			want = second
		}
		chosen, _, err := client.connect(e, fact.Version, second+":"+first)
		if err != nil {
			t.Fatal(err)
		}
		if chosen != want {
			t.Errorf("%s: offered %s before %s, the server chose %q, not %q: the order found is not the server's", fact.Version, second, first, chosen, want)
		}
	}
}

// yieldsToChaCha reports whether the scanner noted that the server makes an
// exception for clients that put ChaCha20 first. It asks at one version only.
func yieldsToChaCha(o *audit.Observation) bool {
	return slices.ContainsFunc(o.Versions, func(fact audit.VersionFact) bool {
		return strings.Contains(fact.PreferenceEvidence, "ChaCha20 is preferred for clients that prefer it")
	})
}

// anonymous matches OpenSSL's names of suites without a certificate.
var anonymous = regexp.MustCompile(`\bA(EC)?DH-`)

// names returns the suites of a version in the client's words, without those
// the client cannot offer.
func (c *openssl) names(t *testing.T, fact audit.VersionFact) (names []string) {
	t.Helper()
	byCode := map[audit.Code]string{}
	for _, o := range c.offers(t) {
		if o.Version == fact.Version {
			byCode[o.Code] = o.Name
		}
	}
	for _, suite := range fact.Suites {
		if name, ok := byCode[suite.ID]; ok {
			names = append(names, name)
		}
	}
	return names
}

// groups13 are the groups of TLS 1.3 that this OpenSSL can offer.
var groups13 = []string{"X25519", "X448", "P-256", "P-384", "P-521", "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192"}

// groups finds the groups of TLS 1.3, offering one in each connection.
func (c *openssl) groups(t *testing.T, e endpoint) map[string]audit.Answer {
	t.Helper()
	found := map[string]audit.Answer{}
	for _, name := range groups13 {
		chosen, _, err := c.connect(e, audit.TLSv13, suites13, "-groups", name)
		if err != nil {
			t.Fatal(err)
		}
		group, ok := tlsreg.GroupByName(name)
		if !ok {
			t.Fatalf("the registry does not know OpenSSL's group %s", name)
		}
		found[group.Name] = audit.Refused
		if chosen != "" {
			found[group.Name] = audit.Accepted
		}
	}
	return found
}

// checkGroups compares the scanner's groups of TLS 1.3 with s_client's, as far
// as s_client knows them. A group the scanner does not list was not accepted.
func checkGroups(t *testing.T, client *openssl, e endpoint, o *audit.Observation) {
	t.Helper()
	if o.Version(audit.TLSv13).Answer != audit.Accepted {
		return
	}
	seen := map[string]audit.Answer{}
	for _, group := range o.Groups {
		if group.Version == audit.TLSv13 {
			seen[group.Name] = group.Answer
		}
	}
	var wrong []string
	for name, want := range client.groups(t, e) {
		if (seen[name] == audit.Accepted) != (want == audit.Accepted) {
			wrong = append(wrong, fmt.Sprintf("%s is %s, scanner says %s", name, want, seen[name]))
		}
	}
	if len(wrong) > 0 {
		t.Errorf("groups of TLS 1.3: %s", strings.Join(wrong, "; "))
	}
}
