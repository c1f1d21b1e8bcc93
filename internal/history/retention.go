package history

import "time"

// Retention says what is kept. A run is kept if either demand asks for it; one of
// them must be made.
type Retention struct {
	// Days keeps the runs of so many days, Runs the newest so many.
	Days, Runs int
	// Gap is how long ago the newest run may be. A clock that says more is held for
	// wrong, and nothing is removed. Zero means 45 days.
	Gap time.Duration
	// DryRun says what would be removed, and removes nothing.
	DryRun bool
}

// Pruned says what was removed.
type Pruned struct {
	// Runs counts the runs that are not there any more, or of which only the latest
	// results of some subjects are; Incomplete those that were broken off.
	Runs, Incomplete int
	// Results and Objects count the rows that went.
	Results, Objects int
}

// Verification is what Verify found.
type Verification struct {
	// Runs and Objects count what was looked at.
	Runs, Objects int
	// Sealed says that the file was compared, byte by byte, with the digest it was
	// closed with; without one what its rows hold was compared.
	Sealed bool
	// Digest is that of all rows: as long as nothing is written it stays as it is,
	// also when the history is moved to another file. Noted elsewhere, it proves
	// later that nothing was changed, taken out or put in.
	Digest string
	// Noted says what the digest that was noted elsewhere proves; empty if none was
	// given, or if it proves nothing.
	Noted string
	// Forgotten is what was taken out of all there is, the first first.
	Forgotten []Forgotten
	// Damage says what is wrong, one line each; empty if nothing is.
	Damage []string
}
