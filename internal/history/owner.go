package history

import (
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// owner names the program that writes a run, such that another one on the same
// machine can tell whether it is still there. A run whose program was killed is
// known at once then, and not when its heartbeat has been missed for long.
type owner struct {
	Host string `json:"host"`
	// Space is the name space of process ids: two containers may call themselves
	// alike and have processes of the same number.
	Space string `json:"space,omitempty"`
	PID   int    `json:"pid"`
	// Start is when the process began, in ticks since the machine did: numbers of
	// processes are given out again.
	Start string `json:"start,omitempty"`
	// Boot names the time from one start of the machine to the next: Start counts
	// within it, and two machines may call themselves alike.
	Boot string `json:"boot,omitempty"`
}

// thisProcess is the owner of what this program writes.
func thisProcess() owner {
	o := owner{PID: os.Getpid()}
	o.Host, _ = os.Hostname()                     // without a name nobody is held for dead
	o.Space, _ = os.Readlink("/proc/self/ns/pid") // not there on other systems
	o.Start = processStart(o.PID)
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // nor is this
	o.Boot = strings.TrimSpace(string(boot))
	return o
}

func (o owner) String() string {
	text, err := json.Marshal(o)
	if err != nil {
		return ""
	}
	return string(text)
}

// ownerOf reads what String wrote, if it can be told from another machine's.
func ownerOf(text string) (o owner, ok bool) {
	err := json.Unmarshal([]byte(text), &o)
	return o, err == nil && o.PID > 0 && o.Host != ""
}

// rebooted reports whether the owner is of this machine before it was started, or
// of another one that is called alike: which of the two cannot be told.
func rebooted(text string) bool {
	o, ok := ownerOf(text)
	self := thisProcess()
	return ok && o.Host == self.Host && o.Boot != self.Boot
}

// dead reports whether the process certainly ended. What cannot be told is not
// dead.
func dead(text string) bool {
	o, ok := ownerOf(text)
	self := thisProcess()
	if !ok || o.Host != self.Host || o.Space != self.Space || o.Boot != self.Boot {
		return false
	}
	if started := processStart(o.PID); started != "" && o.Start != "" {
		return started != o.Start
	}
	process, err := os.FindProcess(o.PID)
	if err != nil {
		return true
	}
	err = process.Signal(syscall.Signal(0))
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}

// processStart reads when a process began, from what Linux tells; empty
// elsewhere, and if there is no such process.
func processStart(pid int) string {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	// The name of the program stands in parentheses and may hold any character.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 {
		return ""
	}
	if fields[0] == "Z" { // ended, and not yet fetched by its parent
		return "ended"
	}
	return fields[19]
}
