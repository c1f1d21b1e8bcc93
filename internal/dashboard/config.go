package dashboard

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"time"
)

// Config is what the pages are made of. What is optional is said to be.
type Config struct {
	History History
	// Session says who asks.
	Session func(*http.Request) Session
	// Clean makes hostile text fit to be shown on one line: report.Clean.
	Clean func(string) string
	// Now is the clock.
	Now func() time.Time
	// Formats are what runs can be downloaded as.
	Formats []Format
	// Outlook looks ahead; nil if nobody does.
	Outlook Outlook
	// Audits starts audits; nil if none can be started from here.
	Audits Auditor
	// Schedules says when audits begin by themselves; nil if none do.
	Schedules func(context.Context) ([]Schedule, error)
	// StaleAfter is the age at which a result is marked as old; 48 hours if zero.
	StaleAfter time.Duration
	// Tick is how often the progress of an audit is looked at; a second if zero.
	Tick time.Duration
	// Ending, if set, is closed when the server stops: streams end then, and other
	// requests go on.
	Ending <-chan struct{}
	// Version is that of the program.
	Version string
	// Log takes faults that are not the reader's; nil drops them.
	Log *slog.Logger
}

// dashboard is the pages with what they are made of.
type dashboard struct {
	Config
	templates *template.Template
	files     map[string]file
}

// New returns the handler of the pages. It reads the templates at once, so that
// what is wrong with them shows at the start.
func New(c Config) (http.Handler, error) {
	if c.History == nil || c.Session == nil || c.Clean == nil || c.Now == nil {
		return nil, errors.New("the dashboard needs a history, a session, a cleaner of text and a clock")
	}
	if c.StaleAfter == 0 {
		c.StaleAfter = 48 * time.Hour
	}
	if c.Tick == 0 {
		c.Tick = time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d := &dashboard{Config: c}
	var err error
	if d.templates, err = load(c.Clean); err != nil {
		return nil, err
	}
	if d.files, err = staticFiles(); err != nil {
		return nil, err
	}
	return d.routes(), nil
}
