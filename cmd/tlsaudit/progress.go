package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"tlsaudit/internal/engine"
	"tlsaudit/report"
)

// progress shows how far a run is: one line on a terminal, nothing elsewhere.
// Standard error carries it, so that standard output stays data. Several
// goroutines may use it.
type progress struct {
	out   io.Writer // nil: nothing is shown
	now   func() time.Time
	width func() int // columns of the terminal
	total int
	begun time.Time

	mu     sync.Mutex
	last   engine.Progress
	drawn  time.Time
	length int // columns of the line that stands there

	stop, stopped chan struct{}
}

// redraw is how often the line is drawn anew at most, and tick how often at
// least: the time left runs while an endpoint takes long.
const (
	redraw = 100 * time.Millisecond
	tick   = time.Second
)

// newProgress begins to show a run over total endpoints; who does ends it with
// finish.
func (a *app) newProgress(f *auditFlags, total int) *progress {
	if f.quiet || total < 1 || !isTerminal(a.stderr) {
		return &progress{}
	}
	p := &progress{out: a.stderr, now: a.now, width: func() int { return columnsOf(a.stderr) }, total: total, begun: a.now(), stop: make(chan struct{}), stopped: make(chan struct{})}
	p.draw()
	go func() {
		defer close(p.stopped)
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-ticker.C:
				p.draw()
			}
		}
	}()
	return p
}

// columnsOf is the width of a terminal; 80 where it is not told.
func columnsOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return 80
}

// set takes note of how far the run is.
func (p *progress) set(at engine.Progress) {
	if p.out == nil {
		return
	}
	p.mu.Lock()
	p.last = at
	due := p.now().Sub(p.drawn) >= redraw
	p.mu.Unlock()
	if due {
		p.draw()
	}
}

func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drawn = p.now()
	line := progressLine(p.last, p.total, p.drawn.Sub(p.begun), p.width())
	n := len([]rune(line))
	// A line that cannot be drawn is no reason to stop.
	_, _ = io.WriteString(p.out, "\r"+line+strings.Repeat(" ", max(p.length-n, 0)))
	p.length = n
}

// clear takes the line away; the caller holds mu.
func (p *progress) clear() {
	if p.out != nil && p.length > 0 {
		_, _ = io.WriteString(p.out, "\r"+strings.Repeat(" ", p.length)+"\r")
		p.length = 0
	}
}

// finish takes the line away for good.
func (p *progress) finish() {
	if p.out == nil {
		return
	}
	close(p.stop)
	<-p.stopped
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// The bar takes what room is left, between these numbers of columns.
const (
	leastBar = 10
	mostBar  = 40
)

// progressLine says how many endpoints are done, how long the others will take
// if they take as long, and how many are not known so far. It is shorter than
// the terminal is wide, so that it never wraps: the bar goes first.
func progressLine(at engine.Progress, total int, elapsed time.Duration, width int) string {
	done := min(at.Done, total)
	left := "ETA --"
	switch {
	case done == total:
		left = "writing"
	case done > 0 && elapsed >= time.Second:
		left = "ETA " + spell(elapsed/time.Duration(done)*time.Duration(total-done))
	}
	parts := []string{fmt.Sprintf("%3d%%", done*100/total), fmt.Sprintf("%d/%d", done, total), left}
	if at.Unknown > 0 {
		parts = append(parts, fmt.Sprintf("%d unknown", at.Unknown))
	}
	if at.Unreachable > 0 {
		parts = append(parts, fmt.Sprintf("(%d unreachable)", at.Unreachable))
	}
	const head = "auditing"
	text := ""
	for i, part := range parts { // a part is there as a whole or not at all
		if part = "  " + part; i == 0 || i == len(parts)-1 && at.Unreachable > 0 {
			part = part[1:]
		}
		if len(head)+len(text)+len(part) >= width {
			break
		}
		text += part
	}
	if room := width - 1 - len(head) - len(text) - len(" []"); room >= leastBar {
		room = min(room, mostBar)
		full := room * done / total
		text = " [" + strings.Repeat("#", full) + strings.Repeat(".", room-full) + "]" + text
	}
	line := head + text
	return line[:max(min(len(line), width-1), 0)]
}

// spell writes a time that is left in one or two units.
func spell(d time.Duration) string {
	d = max(d.Round(time.Second), time.Second)
	switch h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60; {
	case h > 0:
		return fmt.Sprintf("%dh%02dm", h, m)
	case m > 0:
		return fmt.Sprintf("%dm%02ds", m, s)
	default:
		return fmt.Sprintf("%ds", s)
	}
}

// logger returns the scanner's log: standard error with --verbose, otherwise
// nothing. Lines quote peers, so they are sanitised here.
func (a *app) logger(f *auditFlags, p *progress) func(string, ...any) {
	if !f.verbose {
		return func(string, ...any) {}
	}
	return func(format string, args ...any) {
		p.mu.Lock() // many scans log at once
		defer p.mu.Unlock()
		p.clear()
		fmt.Fprintln(a.stderr, report.Clean(fmt.Sprintf(format, args...)))
	}
}
