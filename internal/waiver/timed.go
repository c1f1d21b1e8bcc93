package waiver

import "time"

// Ends are the first moments at which waivers hold no longer, in the order
// written: what a session says changes with time at these alone.
func (s *Set) Ends() []time.Time {
	ends := make([]time.Time, 0, len(s.waivers))
	for i := range s.waivers {
		ends = append(ends, s.waivers[i].term.until)
	}
	return ends
}
