package notify

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// maxTries is how often one message is tried, over the days and over starts of
// the program.
const maxTries = 12

// outbox keeps a message from being sent twice, with nothing but claims: keys
// that are given to the first who asks, for good. A claim cannot be looked at
// without being taken, so three keys stand for each try:
//
//	begun   taken before sending: whoever has it, and nobody else, sends
//	failed  taken after it certainly did not arrive
//	asked   taken before "failed" is asked for, since asking takes it: only the
//	        first answer is worth something
//
// A try whose end nobody recorded, because the program was killed, counts as
// sent: at most once is the promise. While a try goes on nobody may ask for the
// next one, see Parts.Alone: its end would come too late to count.
type outbox struct {
	claims Claimer
	// base names channel and message.
	base string
	now  func() time.Time
}

// next returns the number of the try that is the caller's to make; 0 if none
// is. Unless begin is set, a message that nobody tried before is given up.
func (o outbox) next(ctx context.Context, begin bool) (int, error) {
	mayTry := begin
	for try := 1; try <= maxTries; try++ {
		fresh, err := o.take(ctx, "begun", try)
		if err != nil {
			return 0, err
		}
		if fresh {
			if mayTry {
				return try, nil
			}
			return 0, nil // taken now and never made: closed
		}
		first, err := o.take(ctx, "asked", try)
		if err != nil {
			return 0, err
		}
		mayTry = false
		if !first {
			continue // if it failed, whoever asked first went on to the next
		}
		unrecorded, err := o.take(ctx, "failed", try)
		if err != nil {
			return 0, err
		}
		mayTry = !unrecorded
	}
	return 0, nil
}

// failed records that a try certainly did not arrive.
func (o outbox) failed(ctx context.Context, try int) error {
	_, err := o.take(ctx, "failed", try)
	return err
}

func (o outbox) take(ctx context.Context, what string, try int) (bool, error) {
	return o.claim(ctx, "/"+what+"/"+strconv.Itoa(try))
}

func (o outbox) claim(ctx context.Context, key string) (bool, error) {
	fresh, err := o.claims.Claim(ctx, o.base+key, o.now())
	if err != nil {
		return false, fmt.Errorf("claiming a notification in the history: %w", err)
	}
	return fresh, nil
}
