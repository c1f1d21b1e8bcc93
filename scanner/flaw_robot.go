package scanner

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// robotRound is what the blocks of one round were met with, in the order of
// wire.Blocks.
type robotRound struct {
	reactions []wire.Reaction
	ended     uint64
	err       error
}

func (r *robotRound) alike() bool {
	return !slices.ContainsFunc(r.reactions, func(x wire.Reaction) bool { return x != r.reactions[0] })
}

// askROBOT compares the answers to premaster secrets in right and wrong blocks
// (RFC 5246 section 7.4.7.1), first with a Finished behind them that fails
// anyway, then without, where a server that treats all alike just waits. A
// difference must show twice.
func (e *endpoint) askROBOT(ctx context.Context, x *version) []flaw {
	suites := x.suitesWith(func(s tlsreg.Suite) bool { return s.KX == "RSA" && s.Auth == "RSA" && !s.Export })
	if len(suites) == 0 {
		return nil
	}
	suite := suites[0]
	if i := slices.IndexFunc(suites, func(code uint16) bool { known, _ := wire.Keyed(code); return known }); i >= 0 {
		suite = suites[i]
	}
	f := flaw{x: x, fact: audit.FeatureFact{Name: audit.FeatureROBOT}}
	for _, finish := range []bool{true, false} {
		first := e.robotRound(ctx, x, suite, finish, 1)
		f.negative = max(f.negative, first.ended)
		if first.err != nil {
			f.set(audit.Undetermined, "the key exchanges could not all be sent: %s", plain(first.err))
			return []flaw{f}
		}
		if first.alike() {
			if finish {
				f.set(audit.Refused, "%s: right and wrong premaster secrets were all met with %s", suiteName(suite), reactionText(first.reactions[0]))
				if first.reactions[0].Outcome == wire.Timeout {
					// A Finished that fails must be answered: what comes later was not seen.
					f.fact.Answer = audit.Undetermined
					return []flaw{f}
				}
			} else {
				f.fact.Evidence += ", and without a Finished with " + reactionText(first.reactions[0])
			}
			continue
		}
		again := e.robotRound(ctx, x, suite, finish, 2)
		switch {
		case again.err != nil:
			f.set(audit.Undetermined, "answers differed, and could not be confirmed: %s", plain(again.err))
		case !slices.Equal(first.reactions, again.reactions):
			f.set(audit.Undetermined, "answers to the same key exchanges differ from time to time: %s; then %s", robotText(first.reactions), robotText(again.reactions))
		default:
			f.set(audit.Accepted, "%s: %s, twice", suiteName(suite), robotText(first.reactions))
			f.fact.Value = robotStrength(first.reactions)
		}
		return []flaw{f}
	}
	// The same suite with a right key exchange must be completed, or all may have
	// failed before the server came to look at the premaster secret.
	if known, _ := wire.Keyed(suite); known {
		control := e.sealed(ctx, x, suite, wire.SealRight, 2)
		if !control.taken() {
			f.set(audit.Undetermined, "right and wrong premaster secrets were met alike, but so may any be: a right handshake with %s was %s", suiteName(suite), control.text())
		}
		return []flaw{f}
	}
	f.set(audit.Undetermined, "right and wrong premaster secrets were met alike, but with %s it cannot be shown that a right one is taken", suiteName(suite))
	return []flaw{f}
}

// robotRound sends each block on a connection of its own.
func (e *endpoint) robotRound(ctx context.Context, x *version, suite uint16, finish bool, times int) robotRound {
	round := robotRound{reactions: make([]wire.Reaction, len(wire.Blocks))}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, block := range wire.Blocks {
		wg.Go(func() {
			var got wire.Reaction
			r, err := reply{}, errNoSession
			defer func() {
				mu.Lock()
				defer mu.Unlock()
				round.reactions[i], round.ended = got, max(round.ended, r.ended)
				if round.err == nil {
					round.err = err
				}
			}()
			defer e.contain("a key exchange", nil)
			r, err = e.converse(ctx, conversation{
				x: x, suites: []uint16{suite}, about: fmt.Sprintf("key transport %d", block),
				act: func(ctx context.Context, s *wire.Session) error {
					key, err := rsaKey(&s.Flight)
					if err != nil {
						return err
					}
					out, err := s.KeyTransport(key, block, finish)
					if err != nil {
						return err
					}
					if err := s.Send(out); err != nil {
						return err
					}
					got = e.react(ctx, s, times)
					return nil
				},
			})
		})
	}
	wg.Wait()
	return round
}

// robotStrength says how good an oracle is. If only a block that is right in
// all respects stands out, an attacker hardly ever hits one, and needs millions
// of questions; if the beginning alone shows, thousands do.
func robotStrength(r []wire.Reaction) string {
	if r[wire.BlockType] == r[wire.BlockZeroEarly] && r[wire.BlockType] == r[wire.BlockNoZero] {
		return "weak"
	}
	return "strong"
}

var blockNames = [...]string{"right", "wrong type", "zero too early", "no zero", "wrong version"}

func robotText(r []wire.Reaction) string {
	text := ""
	for i, block := range wire.Blocks {
		if i > 0 {
			text += ", "
		}
		text += blockNames[block] + ": " + reactionText(r[i])
	}
	return text
}
