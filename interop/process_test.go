//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tlsaudit/fixtures"
)

// program returns the path of a program, which must be installed.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, folder := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		file := filepath.Join(folder, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file
		}
	}
	t.Fatalf("%s is not installed: the interop tests need it (see .ci/run)", name)
	return ""
}

// folder makes a folder that servers under any user can traverse, which
// t.TempDir does not promise.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "interop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// write puts a file into a folder and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// freePort finds a loopback port nobody listens on.
func freePort(t *testing.T) uint16 {
	t.Helper()
	ports, err := fixtures.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return uint16(ports[0])
}

func address(port uint16) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// output collects what a server prints, from several goroutines.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.text.Len() < 1<<20 {
		o.text.Write(p)
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	text := o.text.String()
	return text[max(0, len(text)-40000):]
}

// start runs a server in the foreground, in a process group of its own, until
// the test ends, and waits until the port accepts connections. logs are files
// worth showing when it does not.
func start(t *testing.T, port uint16, dir string, command []string, logs ...string) {
	t.Helper()
	cmd := exec.Command(program(t, command[0]), command[1:]...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	var out output
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() { end(cmd, ended) })

	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if c, err := net.DialTimeout("tcp", address(port), time.Second); err == nil {
			c.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended at once:\n%s%s", command[0], &out, tails(logs))
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("%s does not listen on %d:\n%s%s", command[0], port, &out, tails(logs))
}

// end stops the process group a server was started as, first politely.
func end(cmd *exec.Cmd, ended <-chan struct{}) {
	group := -cmd.Process.Pid
	syscall.Kill(group, syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
	}
	syscall.Kill(group, syscall.SIGKILL) // what is left of it, if anything
	<-ended
}

func tails(files []string) string {
	var b strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			fmt.Fprintln(&b, err)
			continue
		}
		fmt.Fprintf(&b, "%s:\n%s\n", file, text[max(0, len(text)-4000):])
	}
	return b.String()
}
