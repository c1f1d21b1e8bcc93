package notify

import (
	"context"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// Source is what a digest is made from: the part of history.Reader it needs.
type Source interface {
	// Runs yields the newest first.
	Runs(ctx context.Context, p history.Page) (runs []history.Run, next string, err error)
	Run(ctx context.Context, id string) (*history.Run, error)
	Changes(ctx context.Context, run string, p history.Page) (changes []history.Change, next string, err error)
	// Record returns history.ErrNotFound (wrapped) if the subject is not in the run.
	Record(ctx context.Context, run, subject string) (*audit.Record, error)
	// Fleet is all there is at its latest result.
	Fleet(ctx context.Context) (*history.Fleet, error)
	Certificates(ctx context.Context, before time.Time, p history.Page) (certificates []history.Certificate, next string, err error)
}

// Claimer gives every key to the first who asks for it, for good.
type Claimer interface {
	Claim(ctx context.Context, key string, now time.Time) (fresh bool, err error)
}

// Claims are all the keys that were claimed.
type Claims interface {
	Claimer
	// Claimed lists those that begin with a prefix, in the order of their bytes.
	Claimed(ctx context.Context, prefix string) ([]string, error)
}

// Outlook looks ahead from a run. It is declared here because computing it
// needs policies and evidence, which this package does not know.
type Outlook interface {
	// Forecast is what starts to fail until a time, the earliest date first.
	Forecast(ctx context.Context, run *history.Run, until time.Time) ([]Forecast, error)
	// Waivers are those that end before a time, the earliest first.
	Waivers(ctx context.Context, run *history.Run, until time.Time) ([]WaiverEnd, error)
}
