package websphere

import (
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// TestUnused: what nobody uses is configured and not spoken, so that standards
// have nothing to judge; WAS-02 warns of it.
func TestUnused(t *testing.T) {
	const text = "com.ibm.ssl.defaultAlias=A\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\ncom.ibm.ssl.alias=B\ncom.ibm.ssl.protocol=TLSv1\n"
	for selection, want := range map[string]struct {
		answer  audit.Answer
		verdict audit.Verdict
	}{"": {audit.NotAsked, audit.Warn}, "com.ibm.ssl.dynamicSelectionInfo=*,h,1\n": {audit.Accepted, audit.Fail}} {
		d := readText(t, ClientProps, "ssl.client.props", text+selection)
		b := d.Listeners[1]
		if got := b.Version(audit.TLSv10).Answer; got != want.answer || len(b.Configured) != 1 {
			t.Errorf("%q: TLS 1.0 is %v, configured %v", selection, got, b.Configured)
		}
		if strings.HasPrefix(b.Settings[0].Note, "not in use") != (selection == "") {
			t.Errorf("%q: noted %q", selection, b.Settings[0].Note)
		}
		if got := found(confdoc.Judge(d.Document, demands), want.verdict); len(got) != 1 || got[0] != "WAS-02 alias B" {
			t.Errorf("%q: %v", selection, got)
		}
	}
}
