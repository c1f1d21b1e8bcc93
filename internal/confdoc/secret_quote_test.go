package confdoc_test

import (
	"strings"
	"testing"

	"tlsaudit/internal/confdoc"
)

// TestSecretsInInnerQuotes hides all of a value with blanks in quotes that
// stand inside of an attribute or a string.
func TestSecretsInInnerQuotes(t *testing.T) {
	for _, form := range []string{
		`a="-Xmx1g &quot;-Dx.password=CANARY one CANARY&quot; -Dy=z"`, `a="-Xmx1g -Dx.password=&quot;CANARY one CANARY&quot; -Dy=z"`, `a="-Xmx1g '-Dx.password=CANARY one CANARY' -Dy=z"`,
		`a='-Xmx1g "-Dx.password=CANARY one CANARY" -Dy=z'`, `a="-Xmx1g -Dx.password='CANARY one CANARY' -Dy=z"`, `a="-Xmx1g &apos;-Dx.password=CANARY one CANARY&apos; -Dy=z"`,
		`a="-Xmx1g &#34;-Dx.password=CANARY one CANARY&#34; -Dy=z"`, `a="-Xmx1g &quot;-Dx.password=CANARY one CANARY -Dy=z`, `a: ["-Dy=z", "-Dx.password=CANARY one CANARY"]`,
	} {
		text := strings.ReplaceAll(form, "CANARY", canary)
		if got := confdoc.RedactText(text); strings.Contains(got, canary) || !strings.Contains(got, confdoc.Redacted) {
			t.Errorf("%s\n  is shown as %s", text, got)
		}
	}
	const first = `a="-Dx.password=x -Dhttps.protocols=TLSv1"`
	if got := confdoc.RedactText(first); !strings.Contains(got, "-Dhttps.protocols=TLSv1") {
		t.Errorf("%s is shown as %s", first, got)
	}
}
