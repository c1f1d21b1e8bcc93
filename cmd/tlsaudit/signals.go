package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// interrupted is the cause of a context ended by a signal.
type interrupted struct{ sig os.Signal }

func (i interrupted) Error() string { return fmt.Sprintf("stopped by %s", i.sig) }

// code is 128 plus the signal number, as shells count.
func (i interrupted) code() int {
	if i.sig == syscall.SIGTERM {
		return exitTerminated
	}
	return exitInterrupted
}

// withSignals returns a context that ends with an interrupted cause on the
// first SIGINT or SIGTERM, so that the partial report can be written. A second
// one exits at once: the person is in a hurry.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	done := make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for hurried := false; ; hurried = true {
			select {
			case sig := <-signals:
				stop := interrupted{sig}
				if hurried {
					os.Exit(stop.code())
				}
				cancel(stop)
			case <-done:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}
