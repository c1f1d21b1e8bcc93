//go:build unix

package main

import "syscall"

// maxInFlight bounds the connections open at once: half of the descriptors
// that are left, since a connection may need a second one for a moment, and
// never more than 512. The runtime has raised the soft limit to the hard one.
func maxInFlight() int {
	const most, reserve = 512, 64
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return most
	}
	if limit.Cur > 2*most+reserve {
		return most
	}
	return max(1, (int(limit.Cur)-reserve)/2)
}
