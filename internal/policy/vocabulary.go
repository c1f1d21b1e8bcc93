package policy

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// vocabularyText lists every check a rule may name, one on a line, sorted.
// Not every one of them exists in this program.
//
//go:embed vocabulary.txt
var vocabularyText string

var vocabulary = sync.OnceValue(func() []string { return strings.Fields(vocabularyText) })

// checkName reads the name of a check.
func checkName(n strictyaml.Node) (string, error) {
	name, err := n.Text()
	if err != nil {
		return "", err
	}
	if slices.Contains(vocabulary(), name) {
		return name, nil
	}
	hint := "docs/checks.md lists the checks"
	if near := strictyaml.Nearest(name, vocabulary()); near != "" {
		hint = "did you mean \"" + near + "\"?"
	}
	return "", n.Fault(hint, "%q is not a check", name)
}

// byHand says, by the beginning of a check's name, why the program does not
// decide it and what a person does instead. The longest beginning counts.
var byHand = map[string]string{
	"":            "no check decides this yet; judge it from the evidence of this report",
	"admin.":      "which services are for administration is not visible from outside; attach the list and its TLS settings",
	"auth.":       "how users authenticate is not probed; attach the description of the login path",
	"ca.":         "an organisational matter; attach the description of the certificate process",
	"cert.":       "not read from certificates yet; look at it with openssl x509 -text",
	"cert.client": "the server's trust in client certificates is configuration; attach that part of it",
	"cert.revoc":  "revocation lists and OCSP are not fetched; look it up at the issuing CA",
	"config.":     "the server's configuration is not read; attach the settings",
	"crypto.":     "not visible on the wire; attach the certificate or attestation of the cryptographic module",
	"dns.":        "DNS is not looked up; attach the answer of a validating resolver",
	"exception.":  "an organisational matter; attach the approved exception",
	"file.":       "files of the server are not read; attach its owner and mode",
	"http.":       "no HTTP request is made; look at the response headers, for example with curl -sI",
	"inventory.":  "an organisational matter; attach the inventory and the date of its last review (the sheets Ciphers and Certificates of this report can serve as a start)",
	"kx.":         "repeated key exchanges are not compared; attach the setting of the server",
	"messaging.":  "not decided on the wire yet; attach the gateway's table of enforced connections",
	"ocsp.":       "stapled OCSP responses are not judged; look with openssl s_client -status",
	"poi.":        "concerns payment terminals and their providers; attach the assessment",
	"pq.":         "post-quantum readiness is not judged yet; see the groups in the evidence",
	"profile.":    "refers to another profile; choose that one as well",
	"protocol.":   "needs a probe this program does not make yet; judge it from the versions in the evidence",
	"scan.":       "an external scan by an approved vendor; attach its report",
	"service.":    "an organisational matter; attach the documentation and business justification",
	"smtp.":       "needs DNS records or a mail dialogue this program does not hold; look up the published records and attach them",
	"software.":   "versions and patches are not visible on the wire; attach the patch report",
	"suite.":      "no check decides this yet; judge it from the suites in the evidence",
	"tls.":        "this extension or feature is not probed yet; look with openssl s_client or attach the setting",
	"vuln.":       "no attack is tried; attach the report of a vulnerability scanner",
}

// reasonFor says why a rule is not decided by the program.
func reasonFor(check string, l audit.Level) string {
	best := ""
	for beginning := range byHand {
		if strings.HasPrefix(check, beginning) && len(beginning) > len(best) {
			best = beginning
		}
	}
	if l == audit.Process && strings.HasPrefix(byHand[best], "no check") {
		return "a requirement on people, not on endpoints; attach the evidence"
	}
	return byHand[best]
}
