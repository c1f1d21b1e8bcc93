package connections

import (
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
)

// TestLarge: a megabyte of anything takes a fraction of a second on an idle
// machine. The test allows for a busy one; what is quadratic takes longer still.
func TestLarge(t *testing.T) {
	good := sampleText(t)
	for name, unit := range map[string]string{
		"properties": line, "old properties": strings.Replace(line, "TLSv1.2", "TLSv1", 1), "other properties": `<genericProperty name="a">b</genericProperty>`,
		"nameless": `<genericProperty name="">TLSv1.2</genericProperty>`, "comments": "<!-- " + line + " -->", "boxes": "</properties><properties>",
		"services": `<sloc:serviceReference ssl_enabled="false"/>`, "links": `<sloc:interService href="http://a"/>`, "text": "a", "empty": "<a/>",
	} {
		for _, eol := range []string{"", "\n"} {
			unit := unit + eol
			text := strings.Replace(good, line, strings.Repeat(unit, (1<<20-len(good))/len(unit)), 1)
			start := time.Now()
			d := conftest.ReadText(t, Format, "LotusConnections-config.xml", text, nil)
			confdoc.Judge(d, conftest.Demands)
			_, _ = establish(d, d.Listeners[0], audit.Want{MinVersion: audit.TLSv13})
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%s %q took %v", name, eol, took)
			}
		}
	}
}
