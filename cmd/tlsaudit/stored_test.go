package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// TestStoredFaults: a report whose head can be read may still hold what ends
// the run: a protocol the scanner does not speak, or a run that was stopped,
// told where it is not looked for.
func TestStoredFaults(t *testing.T) {
	const piece = `{"subject":"https://a.example.com:443","observed":{"target":{"protocol":"https","host":"a.example.com","port":443}}}`
	report := `{"schema":"tlsaudit/report/v1","evidence":[` + piece + `]}`
	for _, tt := range []struct {
		old, new, want string
		read           int
	}{
		{"reading", "reading", "", 1},
		{"https", "gopher", `evidence[0].observed.target.protocol: "gopher" is not a protocol that is judged here: one of `, 0},
		{"]}", `],"stopped":true}`, "stopped: this stands behind the evidence", 1},
		{"]}", `]`, "the file ends here", 1},
	} {
		file := filepath.Join(t.TempDir(), "r.json")
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(report, tt.old, tt.new)), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := readStored([]string{file})
		if err != nil {
			t.Fatalf("%s: the head: %v", tt.new, err)
		}
		read, cause := 0, ""
		for _, err := range s.sequence {
			if fault := (*audit.InputError)(nil); errors.As(err, &fault) {
				cause = fault.Cause
			} else if err == nil {
				read++
			}
		}
		if !strings.HasPrefix(cause, tt.want) || (cause == "") != (tt.want == "") || read != tt.read {
			t.Errorf("%s: %d read, %q, want %q", tt.new, read, cause, tt.want)
		}
	}
}
