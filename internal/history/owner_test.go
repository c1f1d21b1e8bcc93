package history

import (
	"os"
	"os/exec"
	"testing"
)

// TestDead: a process that ended is dead, and what cannot be told is not.
func TestDead(t *testing.T) {
	self := thisProcess()
	ended := exec.Command(os.Args[0], "-test.run", "^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	of := func(change func(*owner)) string {
		o := self
		change(&o)
		return o.String()
	}
	for name, test := range map[string]struct {
		by   string
		want bool
	}{
		"this one":              {self.String(), false},
		"one that ended":        {of(func(o *owner) { o.PID = ended.Process.Pid }), true},
		"its number given anew": {of(func(o *owner) { o.Start += "1" }), self.Start != ""},
		"on another machine":    {of(func(o *owner) { o.PID, o.Host = ended.Process.Pid, "elsewhere" }), false},
		"before the machine was started, or on its namesake": {of(func(o *owner) { o.PID, o.Boot = ended.Process.Pid, "another" }), false},
		"in another container":                               {of(func(o *owner) { o.PID, o.Space = ended.Process.Pid, "pid:[1]" }), false},
		"nobody":                                             {"", false},
		"nonsense":                                           {`{"pid":-1}`, false},
	} {
		if got := dead(test.by); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
