//go:build interop

package interop

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// TestFlawsByPeers holds the flawed fixtures, and their fixed twin, before the
// scanner and its peers: who knows a flaw must find it where it is, and not
// where it is not.
func TestFlawsByPeers(t *testing.T) {
	t.Parallel()
	leaf := fixtures.NewAuthority(time.Now()).Issue(fixtures.Leaf{DNS: []string{serverName}, Key: fixtures.RSA2048})
	for _, test := range []struct {
		name   string
		server fixtures.Flawed
		has    audit.Feature // empty for none
		option string        // what testssl.sh is asked, if anything: it takes its time
	}{
		{"none", fixtures.Flawed{}, "", "--robot"},
		{"heartbleed", fixtures.Flawed{Heartbleed: true}, audit.FeatureHeartbleed, "--heartbleed"},
		{"ccs", fixtures.Flawed{EarlyCCS: true}, audit.FeatureCCSInjection, "--ccs-injection"},
		{"robot", fixtures.Flawed{WeakROBOT: true}, audit.FeatureROBOT, "--robot"},
		{"robot-strong", fixtures.Flawed{StrongROBOT: true}, audit.FeatureROBOT, ""},
		// testssl.sh takes this server for sound: it writes a ticket of another
		// length than it announces.
		{"ticketbleed", fixtures.Flawed{Ticketbleed: true}, audit.FeatureTicketbleed, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.server.Certificate, test.server.Heartbeat, test.server.Tickets = leaf, true, true
			s, err := fixtures.Listen(t.Context(), test.server.Handler())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			port := s.Addr().Port()
			o := scanDeep(t, endpoint{Protocol: "https", Port: port})
			for _, f := range o.Features {
				if want := f.Name == test.has; isFlaw(f.Name) && (f.Answer == audit.Accepted) != want {
					t.Errorf("ours: %s is %s: %s", f.Name, f.Answer, f.Evidence)
				}
			}
			peers := map[string]map[audit.Feature]string{"nmap": nmapFlaws(t, port)}
			if test.option != "" {
				peers["testssl.sh"] = testsslFlaws(t, port, test.option)
			}
			for peer, found := range peers {
				t.Logf("%s: %v", peer, found)
				for _, name := range flawNames {
					verdict, asked := found[name]
					if vulnerable := verdict == "vulnerable"; asked && vulnerable != (name == test.has) {
						t.Errorf("%s: %s is %s", peer, name, verdict)
					}
				}
			}
		})
	}
}

func isFlaw(name audit.Feature) bool {
	for _, f := range flawNames {
		if f == name {
			return true
		}
	}
	return false
}

// nmapFlaws runs nmap's scripts about known flaws, except tls-ticketbleed, which
// captures packets and so sees nothing of many machines' loopback.
func nmapFlaws(t *testing.T, port uint16) map[audit.Feature]string {
	t.Helper()
	services := write(t, folder(t), "services", fmt.Sprintf("https\t%d/tcp\t1.0\n", port))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t, "nmap"), "-Pn", "-n", "--servicedb", services,
		"--script", "+ssl-heartbleed,+ssl-ccs-injection", "-oX", "-", "127.0.0.1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running nmap: %v\n%s", err, out)
	}
	var r struct {
		Scripts []struct {
			ID     string `xml:"id,attr"`
			Output string `xml:"output,attr"`
		} `xml:"host>ports>port>script"`
	}
	if err := xml.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	// The scripts say nothing about a server that is sound.
	found := map[audit.Feature]string{audit.FeatureHeartbleed: "sound", audit.FeatureCCSInjection: "sound"}
	for _, s := range r.Scripts {
		for id, name := range map[string]audit.Feature{"ssl-heartbleed": audit.FeatureHeartbleed, "ssl-ccs-injection": audit.FeatureCCSInjection} {
			if s.ID == id && strings.Contains(s.Output, "State: VULNERABLE") {
				found[name] = "vulnerable"
			}
		}
	}
	return found
}

// testsslFlaws runs one of testssl.sh's tests of known flaws.
func testsslFlaws(t *testing.T, port uint16, option string) map[audit.Feature]string {
	t.Helper()
	file := filepath.Join(folder(t), "testssl.json")
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	// The fixtures complete handshakes and speak nothing inside.
	options := []string{option, "--assume-http", "--warnings", "off", "--color", "0", "--ip", "127.0.0.1", "--nodns", "none", "--jsonfile", file, fmt.Sprintf("https://%s:%d", serverName, port)}
	cmd := exec.CommandContext(ctx, program(t, "testssl"), options...)
	out, _ := cmd.CombinedOutput() // it exits with the number of findings
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("testssl.sh wrote nothing: %v\n%s", err, out)
	}
	var list []struct{ ID, Severity, Finding string }
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	found := map[audit.Feature]string{}
	for _, f := range list {
		name, ok := map[string]audit.Feature{"heartbleed": audit.FeatureHeartbleed, "CCS": audit.FeatureCCSInjection, "ROBOT": audit.FeatureROBOT}[f.ID]
		switch {
		case !ok:
		case f.Severity == "OK":
			found[name] = "sound"
		case strings.Contains(f.Finding, "VULNERABLE"):
			found[name] = "vulnerable"
		default:
			t.Logf("testssl.sh: %s: %s: %s", f.ID, f.Severity, f.Finding)
		}
	}
	if len(found) == 0 {
		t.Errorf("testssl.sh found nothing out:\n%s", out)
	}
	return found
}
