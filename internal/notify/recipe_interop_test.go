//go:build interop

package notify

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPythonRecipe runs what the documentation gives receivers to copy on what
// they are sent.
func TestPythonRecipe(t *testing.T) {
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "notifications.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, recipe, _ := strings.Cut(string(docs), "```python\n")
	recipe, _, _ = strings.Cut(recipe, "```")
	r := receive(t, func(http.ResponseWriter, int) {})
	webhookTo(t, r).Test(t.Context(), "")
	q := r.requests[0]
	check := recipe + `
import sys
seen = set()
body = sys.stdin.buffer.read()
print(verify(sys.argv[1].encode(), sys.argv[2], body, seen).get("kind"), verify(sys.argv[1].encode(), sys.argv[2], body, seen))
for secret, header, text in ((b"x", sys.argv[2], body), (sys.argv[1].encode(), sys.argv[2], body + b" "), (sys.argv[1].encode(), "t=1" + sys.argv[2][2:], body)):
    try:
        print("taken", verify(secret, header, text, set()))
    except ValueError:
        print("refused")
`
	cmd := exec.CommandContext(t.Context(), "python3", "-c", check, signingKey, q.head.Get(SignatureHeader))
	cmd.Stdin = strings.NewReader(string(q.body))
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "test {}\nrefused\nrefused\nrefused\n" {
		t.Errorf("%v\n%s", err, out)
	}
}
