package gateway

import "time"

// Turns are the moments at which what is said about the table itself changes
// only because time has passed.
func (t *Table) Turns() []time.Time { return []time.Time{Downgrade()} }
