package scanner

import (
	"context"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// askHeartbleed sends a heartbeat that is shorter than it says to a server that
// agreed to heartbeats, between its flight and the client's, where the faulty
// library answers as well. What comes back is counted and dropped. A sound
// server is silent about it, so something follows that no server is silent
// about: an answer to that and none before it is a refusal.
func (e *endpoint) askHeartbleed(ctx context.Context, x *version) []flaw {
	if !x.did(audit.FeatureHeartbeat) {
		return nil
	}
	f := flaw{x: x, fact: audit.FeatureFact{Name: audit.FeatureHeartbleed}}
	var before []wire.Reaction
	for range 2 {
		sent, got := 0, []wire.Reaction(nil)
		r, err := e.converse(ctx, conversation{
			x: x, suites: x.anySuites(), about: "Heartbleed",
			edit: func(h *wire.Hello) { h.Heartbeat = true },
			act: func(ctx context.Context, s *wire.Session) error {
				record, length := s.FaultyHeartbeat()
				sent, got = length, nil
				if err := s.Send(record); err != nil {
					return err
				}
				got = append(got, e.react(ctx, s, 1))
				if got[0].Outcome == wire.Timeout {
					if err := s.Send(s.ClearFinished()); err != nil {
						return err
					}
					got = append(got, e.react(ctx, s, 2))
				}
				return nil
			},
		})
		f.negative = r.ended
		if err != nil {
			f.set(audit.Undetermined, "no heartbeat was sent: %s", plain(err))
			return []flaw{f}
		}
		if !r.HasExtension(wire.ExtHeartbeat) {
			f.set(audit.Undetermined, "heartbeat was agreed to before, and now it was not")
			return []flaw{f}
		}
		last := got[len(got)-1]
		switch {
		case last.Record == recordHeartbeat && last.Length > sent:
			f.set(audit.Accepted, "a heartbeat of %d bytes was answered with %d; they were not looked at", sent, last.Length)
			return []flaw{f}
		case last.Outcome == wire.Alert && len(got) == 1:
			f.set(audit.Refused, "a heartbeat shorter than it says was answered with %s", reactionText(last))
			return []flaw{f}
		case last.Outcome == wire.Alert:
			f.set(audit.Refused, "a heartbeat shorter than it says was discarded; the record behind it was answered with %s", reactionText(last))
			return []flaw{f}
		case !ended(last):
			f.set(audit.Undetermined, "a heartbeat shorter than it says was met with %s", reactionText(last))
			return []flaw{f}
		}
		if before != nil && len(before) == len(got) {
			f.set(audit.Refused, "a heartbeat shorter than it says was met with the end of the connection, twice")
			return []flaw{f}
		}
		f.set(audit.Undetermined, "a heartbeat shorter than it says was met with the end of the connection, not each time alike")
		before = got
	}
	return []flaw{f}
}

// recordHeartbeat is the record type of RFC 6520.
const recordHeartbeat = 24
