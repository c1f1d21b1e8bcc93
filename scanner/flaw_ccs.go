package scanner

import (
	"context"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// askCCS sends ChangeCipherSpec where ClientKeyExchange is due. A sound server
// objects at once. One with the flaw takes it without a word, makes keys of
// nothing, and can then decrypt nothing more: neither a second one nor a message
// in clear, which it says with bad_record_mac or decryption_failed.
func (e *endpoint) askCCS(ctx context.Context, x *version) []flaw {
	f := flaw{x: x, fact: audit.FeatureFact{Name: audit.FeatureCCSInjection}}
	var before []wire.Reaction
	for range 2 {
		var got []wire.Reaction
		r, err := e.converse(ctx, conversation{
			x: x, suites: x.anySuites(), about: "early ChangeCipherSpec",
			act: func(ctx context.Context, s *wire.Session) error {
				got = nil
				for i, record := range [][]byte{s.ChangeCipherSpec(), s.ChangeCipherSpec(), s.ClearFinished()} {
					if err := s.Send(record); err != nil {
						return err
					}
					reaction := e.react(ctx, s, 1+i/2)
					if got = append(got, reaction); reaction.Outcome != wire.Timeout {
						break
					}
				}
				return nil
			},
		})
		f.negative = r.ended
		if err != nil {
			f.set(audit.Undetermined, "no ChangeCipherSpec was sent: %s", plain(err))
			return []flaw{f}
		}
		last := got[len(got)-1]
		undecryptable := last.Outcome == wire.Alert && (last.Alert == alertBadRecordMAC || last.Alert == alertDecryptionFailed)
		switch {
		case last.Outcome == wire.Alert && len(got) == 1:
			f.set(audit.Refused, "ChangeCipherSpec before any key was answered with %s", reactionText(last))
			return []flaw{f}
		case last.Outcome == wire.Alert && last.Alert == alertUnexpected:
			f.set(audit.Refused, "ChangeCipherSpec before any key was not taken: what followed was answered with %s", reactionText(last))
			return []flaw{f}
		case !undecryptable && !ended(last):
			f.set(audit.Undetermined, "ChangeCipherSpec before any key was met with %s", reactionText(last))
			return []flaw{f}
		case before == nil:
		case !slices.Equal(before, got):
			f.set(audit.Undetermined, "ChangeCipherSpec before any key was met with %s, and then with %s", reactionText(before[len(before)-1]), reactionText(last))
		case undecryptable:
			f.set(audit.Accepted, "ChangeCipherSpec before any key was taken in silence; the next record was answered with %s, twice", reactionText(last))
		case len(got) == 1:
			f.set(audit.Refused, "ChangeCipherSpec before any key was met with the end of the connection, twice")
		default:
			f.set(audit.Undetermined, "ChangeCipherSpec before any key was met with silence, and what followed with the end of the connection: it may have been taken")
		}
		before = got
	}
	return []flaw{f}
}

// The alerts by which a server shows what it made of a record (RFC 5246 section
// 7.2).
const (
	alertUnexpected       = 10
	alertBadRecordMAC     = 20
	alertDecryptionFailed = 21
)
