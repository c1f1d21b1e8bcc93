package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// processPlace is where numbers of processes mean the same: this boot and this
// process namespace.
func processPlace() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + " " + namespace
}

// processBegun is when a process began, in ticks since the boot; false if there
// is none of that number, or it has ended and nobody has asked how. Where other
// users' processes are hidden it is empty.
func processBegun(pid int) (begun string, there bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}
	// The name stands in brackets and may hold anything, brackets too; behind the
	// last one come the state and, as the twentieth field, the beginning.
	_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
	field := strings.Fields(rest)
	if len(field) < 20 || field[0] == "Z" || field[0] == "X" {
		return "", false
	}
	return field[19], true
}
