//go:build interop

package interop

import (
	"context"
	"encoding/xml"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// nmapTable is the nested key-value form in which nmap's scripts answer.
type nmapTable struct {
	Key    string      `xml:"key,attr"`
	Tables []nmapTable `xml:"table"`
	Elems  []struct {
		Key  string `xml:"key,attr"`
		Text string `xml:",chardata"`
	} `xml:"elem"`
}

type nmapRun struct {
	Scripts []struct {
		ID     string      `xml:"id,attr"`
		Tables []nmapTable `xml:"table"`
	} `xml:"host>ports>port>script"`
}

// nmap returns the second opinion: the posture by nmap's ssl-enum-ciphers.
// Versions it does not mention are refused, as far as it can tell.
func nmap(t *testing.T, e endpoint) posture {
	t.Helper()
	service := "https"
	if e.Upgrade != "" {
		service = e.Upgrade // the script upgrades by the service's name
	}
	services := write(t, folder(t), "services", fmt.Sprintf("%s\t%d/tcp\t1.0\n", service, e.Port))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t, "nmap"), "-Pn", "-n", "--servicedb", services, // a services file of one port: that is all it scans
		"--script", "+ssl-enum-ciphers", "--script-args", "tls.servername="+serverName, "-oX", "-", "127.0.0.1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running nmap: %v\n%s", err, out)
	}
	p, err := parseNmap(out)
	if err != nil {
		t.Fatalf("reading nmap's answer: %v\n%s", err, out)
	}
	return p
}

func parseNmap(text []byte) (posture, error) {
	var r nmapRun
	if err := xml.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	p := posture{}
	for _, version := range audit.Versions {
		p[version.String()] = answer{Answer: audit.Refused}
	}
	for _, script := range r.Scripts {
		if script.ID != "ssl-enum-ciphers" {
			continue
		}
		for _, table := range script.Tables {
			a, err := nmapSuites(table)
			if err != nil {
				return nil, err
			}
			// nmap writes TLSv1.0 as we do
			if _, err := audit.ParseVersion(table.Key); err != nil {
				return nil, err
			}
			p[table.Key] = a
		}
		return p, nil
	}
	return nil, fmt.Errorf("ssl-enum-ciphers did not run")
}

func nmapSuites(version nmapTable) (answer, error) {
	a := answer{Answer: audit.Accepted}
	for _, ciphers := range version.Tables {
		if ciphers.Key != "ciphers" {
			continue
		}
		for _, cipher := range ciphers.Tables {
			for _, elem := range cipher.Elems {
				if elem.Key != "name" {
					continue
				}
				suite, ok := tlsreg.SuiteByName(nmapName(elem.Text))
				if !ok {
					return a, fmt.Errorf("the registry does not know nmap's %s", elem.Text)
				}
				a.Suites = append(a.Suites, suiteName(suite.Code))
			}
		}
	}
	slices.Sort(a.Suites)
	a.Suites = slices.Compact(a.Suites)
	return a, nil
}

// nmapName undoes nmap's own spelling of the TLS 1.3 suites.
func nmapName(name string) string { return strings.Replace(name, "TLS_AKE_WITH_", "TLS_", 1) }

// disagreements lists where two postures differ, one line for each version or
// suite: "TLSv1.2 only nmap: 0x.... NAME".
func disagreements(ours, theirs posture, them string) (lines []string) {
	for _, version := range audit.Versions {
		name := version.String()
		a, b := ours[name], theirs[name]
		if a.Answer != b.Answer {
			lines = append(lines, fmt.Sprintf("%s is %s, %s says %s", name, a.Answer, them, b.Answer))
		}
		for _, suite := range a.Suites {
			if !slices.Contains(b.Suites, suite) {
				lines = append(lines, fmt.Sprintf("%s not found by %s: %s", name, them, suite))
			}
		}
		for _, suite := range b.Suites {
			if !slices.Contains(a.Suites, suite) {
				lines = append(lines, fmt.Sprintf("%s only found by %s: %s", name, them, suite))
			}
		}
	}
	return lines
}
