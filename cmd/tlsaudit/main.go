// Command tlsaudit probes TLS endpoints, judges what it saw against policies
// and standards, and reports what to mend.
//
// This package is the top floor: it reads flags, opens files, wires the floors
// below together and turns their results into output and an exit code. It
// holds no knowledge of TLS. Nothing imports it.
package main

import (
	"net"
	"os"
	"time"
)

func main() {
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, now: time.Now, hostname: os.Hostname, resolver: net.DefaultResolver,
	}
	os.Exit(a.run(os.Args[1:]))
}
