//go:build interop

package interop

import (
	"regexp"
	"testing"
)

// explained lists every known disagreement between the truth and nmap's
// ssl-enum-ciphers 7.93: on which servers, which lines, and why nmap differs.
// One that no longer happens has to be removed.
var explained = []struct {
	server string
	line   *regexp.Regexp
	why    string
}{
	{"apache-latent", latentLine, whyLatent},
	{"nginx-latent", latentLine, whyLatent},
	{"haproxy-latent", latentLine, whyLatent},
}

var latentLine = regexp.MustCompile(`^TLSv1\.[01] is latent, nmap says refused$`)

const whyLatent = "nmap leaves out a version none of whose suites was accepted; it does not tell internal_error (80) from protocol_version (70), so latent looks refused"

// explain fails for each disagreement without an explanation, and for each
// explanation without a disagreement.
func explain(t *testing.T, server string, disagreements []string) {
	t.Helper()
	used := make([]bool, len(explained))
	for _, line := range disagreements {
		known := false
		for i, e := range explained {
			if e.server == server && e.line.MatchString(line) {
				used[i], known = true, true
				t.Logf("%s (%s)", line, e.why)
			}
		}
		if !known {
			t.Errorf("unexplained: %s", line)
		}
	}
	for i, e := range explained {
		if e.server == server && !used[i] {
			t.Errorf("explained, but it does not happen: %s", e.line)
		}
	}
}
