package access

import (
	"context"
	"time"
)

// watched is how often it is looked whether whoever has a request under way still
// may. With the time a file of tokens is taken as read it bounds how long a stream
// outlives the right to it.
const watched = time.Second

// within bounds what a request does by the right to it: the context ends when a
// session has ended or run out, or a token does not hold any more. The function it
// returns must be called when the request has been answered.
func (g granted) within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if g.holds != nil {
		go func() { // it ends with the request
			tick := time.NewTicker(watched)
			defer tick.Stop()
			for ctx.Err() == nil {
				select {
				case <-ctx.Done():
				case <-tick.C:
					if !g.holds() {
						cancel()
					}
				}
			}
		}()
	}
	return ctx, cancel
}
