package history

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestHolder: a program that is there is not gone, one that ended is, and of
// another machine or in another form nobody knows.
func TestHolder(t *testing.T) {
	mine := NewHolder()
	if HolderGone(mine) {
		t.Errorf("this program is gone: %s", mine)
	}
	if NewHolder() == mine {
		t.Error("two leases of a program have one name")
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if text := HolderText(mine); !strings.HasSuffix(text, " on "+host) || strings.Contains(text, "{") {
		t.Errorf("called %q", text)
	}
	ended := exec.Command(os.Args[0], "-test.run", "^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	of := func(pid int, host string) string {
		o := thisProcess()
		o.PID, o.Host = pid, host
		return o.String()
	}
	if !HolderGone(of(ended.ProcessState.Pid(), host)) {
		t.Error("a program that ended is not gone")
	}
	for _, other := range []string{of(ended.ProcessState.Pid(), "elsewhere.example.com"), "another machine", "", "{}", `{"pid":-1}`} {
		if HolderGone(other) {
			t.Errorf("nobody can know that %q is gone", other)
		}
	}
	if text := HolderText("another machine"); text != "another machine" {
		t.Errorf("called %q", text)
	}
}
