package main

import (
	"fmt"
	"sync"

	"github.com/schollz/progressbar/v3"

	"tlsaudit/report"
)

// progress shows how far a run is: a bar on a terminal, nothing elsewhere.
// Standard error carries it, so that standard output stays data.
type progress struct {
	bar *progressbar.ProgressBar
}

// newProgress starts a bar for total endpoints; -1 when they are not counted
// beforehand.
func (a *app) newProgress(f *auditFlags, total int) *progress {
	if f.quiet || !isTerminal(a.stderr) {
		return &progress{}
	}
	p := &progress{progressbar.NewOptions(total,
		progressbar.OptionSetWriter(a.stderr),
		progressbar.OptionSetDescription("auditing"),
		progressbar.OptionSetItsString("endpoint"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(30),
	)}
	p.set(0) // the first endpoint may take a while
	return p
}

// set moves the bar to the number of endpoints done.
func (p *progress) set(done int) {
	if p.bar == nil {
		return
	}
	// A bar that cannot be drawn is no reason to stop.
	if done == 0 {
		_ = p.bar.RenderBlank()
		return
	}
	_ = p.bar.Set(done)
}

// finish clears the bar.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// logger returns the scanner's log: standard error with --verbose, otherwise
// nothing. Lines quote peers, so they are sanitised here.
func (a *app) logger(f *auditFlags, p *progress) func(string, ...any) {
	if !f.verbose {
		return func(string, ...any) {}
	}
	var mu sync.Mutex // many scans log at once
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		if p.bar != nil {
			_ = p.bar.Clear()
		}
		fmt.Fprintln(a.stderr, report.Clean(fmt.Sprintf(format, args...)))
	}
}
