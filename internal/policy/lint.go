package policy

import "tlsaudit/audit"

// Problem is one thing lint has to say about a policy.
type Problem struct {
	Place audit.Place
	// Warning tells what can stay from what cannot.
	Warning     bool
	Cause, Hint string
}
