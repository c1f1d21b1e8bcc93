package archtest

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPeers holds docs/peers.md to its word.
func TestPeers(t *testing.T) {
	page, err := os.ReadFile(root + "/docs/peers.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := Tests(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range CheckPeers(string(page), tests) {
		t.Error("docs/peers.md: " + violation)
	}
}

func TestPeersObjects(t *testing.T) {
	page := "| | tlsaudit | nmap | proof |\n|---|---|---|---|\n" +
		"| a | yes | no | `TestA` |\n| b | yes | no | believe us |\n| c | part | no | `TestC` |\n| d | no | yes | |\n| e | maybe | no | `TestA` |\n"
	want := []string{
		"line 4: yes without a test that proves it", "line 5: there is no TestC", "line 6: nothing says why not", `line 7: "maybe" is not yes, part or no`,
	}
	if diff := cmp.Diff(want, CheckPeers(page, map[string]bool{"TestA": true})); diff != "" {
		t.Error(diff)
	}
	if got := CheckPeers("no table", nil); len(got) != 1 {
		t.Error(got)
	}
}
