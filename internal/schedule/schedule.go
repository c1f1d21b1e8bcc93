package schedule

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/glob"
)

// Schedule is one cadence: when, and what is audited how deeply. It decodes from
// YAML; see Load.
type Schedule struct {
	Place audit.Place `yaml:",place"`
	// Name identifies the schedule over restarts. A new name begins anew.
	Name Name       `yaml:"name,required"`
	Cron Expression `yaml:"cron,required"`
	// Zone is the zone the expression is read in; UTC if it is not written.
	Zone Zone `yaml:"zone"`
	// Jitter is the most a run begins after its slot, so that many installations
	// do not begin at the same second.
	Jitter Duration `yaml:"jitter"`
	// Grace is how late a run may begin before it is reported as missed.
	Grace *Duration `yaml:"grace"`
	// Depth is how much is asked; empty means what the audit does by itself.
	Depth string `yaml:"depth"`
	// AtStart runs the schedule at once if it never ran.
	AtStart bool `yaml:"at_start"`
	// Recheck bounds how many subjects are audited once more before a change is
	// notified; nil means DefaultRecheck, 0 none.
	Recheck *int `yaml:"recheck"`
	// What is audited: everything, or what all of these pick.
	Selection
}

// The values of what is not written.
const (
	DefaultGrace   = time.Hour
	DefaultRecheck = 50
)

// Selection picks from the inventory. Patterns may contain asterisks. A kind
// that is empty picks everything, and what is picked matches every kind.
type Selection struct {
	// Systems are patterns for names of systems.
	Systems []string `yaml:"systems"`
	// Targets are patterns for subjects, such as smtp://*.example.com:25.
	Targets []string `yaml:"targets"`
	// Labels must all be there with these values.
	Labels map[string]string `yaml:"labels"`
}

// Picks reports whether a target is among those selected.
func (s Selection) Picks(system, subject string, labels map[string]string) bool {
	for key, pattern := range s.Labels {
		if value, has := labels[key]; !has || !glob.Match(pattern, value) {
			return false
		}
	}
	return matches(s.Systems, system) && matches(s.Targets, subject)
}

// All reports whether nothing is left out.
func (s Selection) All() bool { return len(s.Systems)+len(s.Targets)+len(s.Labels) == 0 }

func matches(patterns []string, text string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return glob.Match(p, text) })
}

// Next returns the first slot after a time; zero if there is none.
func (s *Schedule) Next(after time.Time) time.Time { return s.Cron.Next(after, s.Zone.Location()) }

// Due returns when the run of a slot begins: the slot and its jitter, which is
// less than half of the way to the next slot and the same on every machine.
func (s *Schedule) Due(slot time.Time) time.Time {
	most := time.Duration(s.Jitter)
	if next := s.Next(slot); !next.IsZero() {
		most = min(most, next.Sub(slot)/2)
	}
	if most < time.Second {
		return slot
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(s.Name+"\x00"), uint64(slot.Unix())))
	seconds := binary.BigEndian.Uint64(sum[:]) % uint64(most/time.Second)
	return slot.Add(time.Duration(seconds) * time.Second)
}

// latest is the newest slot in (after, until]; see Expression.Latest.
func (s *Schedule) latest(after, until time.Time) (time.Time, int) {
	return s.Cron.Latest(after, until, s.Zone.Location())
}

func (s *Schedule) grace() time.Duration {
	if s.Grace == nil {
		return DefaultGrace
	}
	return time.Duration(*s.Grace)
}

// RecheckMost is how many subjects may be audited once more after a run.
func (s *Schedule) RecheckMost() int {
	if s.Recheck == nil {
		return DefaultRecheck
	}
	return *s.Recheck
}
