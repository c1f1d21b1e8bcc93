package gateway

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func now() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

func readSample(t *testing.T, as, name string) (*Table, error) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return Read(as, filepath.Base(name), data)
}

// verdicts lists what is neither pass nor not-applicable.
func verdicts(records []audit.Record) []string {
	list := []string{}
	for _, r := range records {
		for _, f := range r.Findings {
			if f.Verdict != audit.Pass && f.Verdict != audit.NotApplicable {
				list = append(list, fmt.Sprintf("%s %s %s: %s", strings.TrimPrefix(r.Evidence.Subject, "gateway:gateway/"), f.Rule, f.Verdict, f.Message))
			}
		}
	}
	return list
}

func rowsOf(t *Table) []string {
	var list []string
	for _, r := range t.Rows {
		s := r.String()
		if len(r.Names) > 0 {
			s += " names " + strings.Join(r.Names, ", ")
		}
		list = append(list, fmt.Sprintf("%s | %s | %s", r.Place, s, r.Note))
	}
	return list
}

var update = flag.Bool("update", false, "rewrite the golden file")

// What every sample comes to: its rows, and what the rules about the table say
// with nothing known beside the file.
func TestSamples(t *testing.T) {
	var got strings.Builder
	for _, name := range []string{
		"forcepoint/enforced-tls.compliant.json", "forcepoint/enforced-tls.compliant.csv", "forcepoint/enforced-tls.hostile-injection.csv",
		"forcepoint/enforced-tls.hybrid-verify-deprecated.json", "forcepoint/nasty/enforced-tls.cr-only", "forcepoint/nasty/enforced-tls.empty",
		"forcepoint/nasty/enforced-tls.utf16be-bom", "forcepoint/nasty/enforced-tls.utf16le-bom",
		"smtp-policy/esa-destconfig.compliant.ini", "smtp-policy/exchange-sendconnectors.compliant.json", "smtp-policy/exchange-sendconnectors.noncompliant.json",
		"smtp-policy/postfix-tls_policy.compliant", "smtp-policy/sendmail-access.sample",
		"exim/exim4.compliant.conf", "exim/exim4.noncompliant.conf", "exim/nasty/exim4.crlf", "exim/nasty/exim4.nbsp", "exim/nasty/exim4.utf16be-bom", "exim/nasty/exim4.utf16le-nobom",
	} {
		as := ""
		if strings.HasPrefix(name, "exim/nasty") {
			as = "exim"
		}
		table, err := readSample(t, as, name)
		if err != nil {
			fmt.Fprintf(&got, "== %s: refused\n%v\n\n", name, err)
			continue
		}
		fmt.Fprintf(&got, "== %s: %s, deployment %q\n%s\n", name, table.Format, table.Deployment, strings.Join(rowsOf(table), "\n"))
		for _, v := range verdicts(table.Findings(now())) {
			fmt.Fprintf(&got, "-> %s\n", v)
		}
		got.WriteString("\n")
	}
	golden := filepath.Join("testdata", "samples.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The CSV holds the same table as the JSON, but for the facts beside it.
func TestSameTable(t *testing.T) {
	a, err := readSample(t, "", "forcepoint/enforced-tls.compliant.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"enforced-tls.compliant.csv", "nasty/enforced-tls.cr-only", "nasty/enforced-tls.utf16le-bom", "nasty/enforced-tls.utf16be-bom"} {
		b, err := readSample(t, "", "forcepoint/"+name)
		if err != nil {
			t.Fatal(err)
		}
		place := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Place" }, cmp.Ignore())
		if diff := cmp.Diff(a.Rows, b.Rows, place, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("%s (-json +csv):\n%s", name, diff)
		}
	}
}
