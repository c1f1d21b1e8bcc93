package scanner

import (
	"context"
	"sync/atomic"

	"tlsaudit/scanner/wire"
)

// once returns a function that puts a question when it is first called, and
// gives its reply to all who call. Unlike those of sync.OnceValue they wait no
// longer than ctx, and virtual time goes on meanwhile.
func once(ctx context.Context, put func() reply) func() reply {
	var begun atomic.Bool
	var r reply
	done := make(chan struct{})
	return func() reply {
		if begun.CompareAndSwap(false, true) {
			defer close(done)
			r = put()
			return r
		}
		select {
		case <-done:
			return r
		case <-ctx.Done():
			return reply{Flight: wire.Flight{Outcome: wire.Cancelled, Err: context.Cause(ctx)}}
		}
	}
}
