//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package main

import (
	"os"
	"syscall"
)

// lockFolder keeps other runs from going on with the same chain until unlock.
// The lock is on the folder itself and ends with the process.
func lockFolder(path string) (unlock func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil && err != syscall.ENOLCK && err != syscall.ENOTSUP {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
