package scanner

import (
	"context"
	"fmt"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// sealing is what a Finished under one seal was met with.
type sealing struct {
	reaction wire.Reaction
	ended    uint64
	err      error
}

// taken reports whether the server went on, as it does behind a right Finished.
func (s *sealing) taken() bool {
	return s.err == nil && (s.reaction.Record == 20 || s.reaction.Record == 22)
}

func (s *sealing) text() string {
	if s.err != nil {
		return "not sent: " + plain(s.err)
	}
	return "met with " + reactionText(s.reaction)
}

// sealed completes the client's part of a handshake with a Finished under the
// given seal. The server's answer to a wrong one comes in clear, because it has
// not changed to encryption itself.
func (e *endpoint) sealed(ctx context.Context, x *version, suite uint16, seal wire.Seal, times int) (out sealing) {
	r, err := e.converse(ctx, conversation{
		x: x, suites: []uint16{suite}, about: fmt.Sprintf("Finished under seal %d", seal),
		edit: func(h *wire.Hello) { h.Groups = []uint16{29, 23, 24, 25} },
		act: func(ctx context.Context, s *wire.Session) error {
			key, err := rsaKey(&s.Flight)
			if keyExchangeName(suite) != "RSA" {
				err = nil // the key only signs
			}
			if err == nil {
				err = s.Key(key)
			}
			if err != nil {
				return err
			}
			records, err := s.Finish(seal)
			if err != nil {
				return err
			}
			if err := s.Send(records); err != nil {
				return err
			}
			out.reaction = e.react(ctx, s, times)
			return nil
		},
	})
	out.ended, out.err = r.ended, err
	return out
}

func keyExchangeName(code uint16) string {
	s, _ := tlsreg.SuiteByCode(audit.Code(code))
	return s.KX
}

// paddedSuites are those accepted suites whose padding can be probed.
func (x *version) paddedSuites() []uint16 {
	return x.suitesWith(func(s tlsreg.Suite) bool { _, padded := wire.Keyed(uint16(s.Code)); return padded })
}

// askPadding probes the CBC suite the server likes best.
func (e *endpoint) askPadding(ctx context.Context, x *version) []flaw {
	suites := x.paddedSuites()
	if len(suites) == 0 {
		return nil
	}
	poodle := flaw{x: x, fact: audit.FeatureFact{Name: audit.FeaturePOODLETLS}}
	oracle := flaw{x: x, fact: audit.FeatureFact{Name: audit.FeaturePaddingOracle}}
	e.probePadding(ctx, x, suites[0], &poodle, &oracle)
	return []flaw{poodle, oracle}
}

// probePadding sends one Finished under each seal. The right one must be taken,
// or the others prove nothing.
func (e *endpoint) probePadding(ctx context.Context, x *version, suite uint16, poodle, oracle *flaw) {
	both := func(a audit.Answer, format string, args ...any) {
		poodle.set(a, format, args...)
		oracle.set(a, format, args...)
	}
	round := func(times int) (list []sealing, fine bool) {
		for _, seal := range wire.Seals {
			s := e.sealed(ctx, x, suite, seal, times)
			list = append(list, s)
			poodle.negative, oracle.negative = s.ended, s.ended
			if s.err != nil || seal == wire.SealRight && !s.taken() {
				both(audit.Undetermined, "%s: %s Finished was %s", suiteName(suite), sealNames[seal], s.text())
				return list, false
			}
		}
		return list, true
	}
	list, fine := round(1)
	if !fine {
		return
	}
	text := sealText(list)
	if flawed(list) {
		again, fine := round(2)
		if !fine {
			return
		}
		if sealText(again) != text {
			both(audit.Undetermined, "%s: answers to the same records differ from time to time: %s; then %s", suiteName(suite), text, sealText(again))
			return
		}
		text += ", twice"
	}
	poodle.set(audit.Refused, "%s: Finished with wrong padding was %s", suiteName(suite), list[wire.SealPadding].text())
	switch padding := &list[wire.SealPadding]; {
	case padding.taken():
		poodle.set(audit.Accepted, "%s: Finished with wrong padding was taken, twice", suiteName(suite))
	case padding.reaction.Outcome == wire.Timeout:
		poodle.fact.Answer = audit.Undetermined // silence is no refusal
	}
	oracle.set(audit.Refused, "%s: %s", suiteName(suite), text)
	switch {
	case flawed(list):
		oracle.fact.Answer = audit.Accepted
		oracle.fact.Value = oracleName(list)
	case list[1].reaction.Outcome == wire.Timeout:
		oracle.fact.Answer = audit.Undetermined
		oracle.fact.Evidence += "; what comes later was not seen"
	}
}

// flawed reports whether wrong seals were told apart.
func flawed(list []sealing) bool {
	for _, s := range list[2:] {
		if s.reaction != list[1].reaction {
			return true
		}
	}
	return false
}

// oracleName says what an attacker learns.
func oracleName(list []sealing) string {
	switch mac, padding := list[wire.SealMAC].reaction, list[wire.SealPadding].reaction; {
	case list[wire.SealPadding].taken():
		return "padding is not checked"
	case mac != padding && list[wire.SealBoth].reaction == mac:
		return "wrong padding shows where the MAC is right"
	case mac != padding:
		return "wrong padding shows"
	}
	return "padding of impossible length shows"
}

var sealNames = [...]string{"right", "wrong MAC", "wrong padding", "wrong MAC and padding", "impossible padding"}

func sealText(list []sealing) string {
	text := ""
	for i, s := range list[1:] {
		if i > 0 {
			text += ", "
		}
		text += sealNames[wire.Seals[i+1]] + ": " + reactionText(s.reaction)
	}
	return text
}

// Rounds in which every suite is probed, and the most suites there are.
const (
	paddingRounds = 3
	mostPadded    = 64
)

// askPaddingAnywhere probes every CBC suite there are keys for, at every version,
// in several rounds: implementations differ by suite, and some fail at times
// only. It is intrusive for the number of failed handshakes it leaves behind.
func askPaddingAnywhere(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	var found []flaw
	for _, x := range versions {
		if x.Answer != audit.Accepted || x.Version < audit.TLSv10 || x.Version > audit.TLSv12 {
			continue
		}
		suites := x.paddedSuites()
		if len(suites) == 0 {
			continue
		}
		worst := flaw{x: x, fact: audit.FeatureFact{Name: audit.FeaturePaddingOracleAnywhere}}
		worst.set(audit.Refused, "%d suites, %d rounds: no wrong record was told from another", min(len(suites), mostPadded), paddingRounds)
		if len(suites) > mostPadded || !x.complete {
			worst.set(audit.Undetermined, "not every suite of %s is known or was probed", x.Version)
		}
		for _, suite := range suites[:min(len(suites), mostPadded)] {
			for range paddingRounds {
				poodle, oracle := flaw{x: x}, flaw{x: x}
				e.probePadding(ctx, x, suite, &poodle, &oracle)
				worst.negative = oracle.negative
				if oracle.fact.Answer == audit.Accepted || oracle.fact.Answer == audit.Undetermined && worst.fact.Answer != audit.Undetermined {
					worst.fact.Answer, worst.fact.Value, worst.fact.Evidence = oracle.fact.Answer, oracle.fact.Value, oracle.fact.Evidence
				}
				if worst.fact.Answer == audit.Accepted || ctx.Err() != nil || e.isGone() {
					break
				}
			}
			if worst.fact.Answer == audit.Accepted {
				break
			}
			if ctx.Err() != nil || e.isGone() {
				worst.set(audit.Undetermined, "the scan ended at %s", suiteName(suite))
				break
			}
		}
		found = append(found, worst)
	}
	e.fileFlaws(ctx, found)
}
