package conftest

import (
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Effort is the processor time a function takes: what the clock shows depends
// on whatever else the machine does.
func Effort(t testing.TB, f func()) time.Duration {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := spent(t)
	f()
	return spent(t) - before
}

func spent(t testing.TB) time.Duration {
	t.Helper()
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
