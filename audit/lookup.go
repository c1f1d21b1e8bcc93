package audit

// LookupOutcome is what came of a question to the DNS. Only the first three are
// answers; the others say nothing about what the zone holds.
type LookupOutcome string

// The outcomes. The empty string means not asked.
const (
	// LookupFound: records of the type asked for came back.
	LookupFound LookupOutcome = "found"
	// LookupNoName: the name does not exist (NXDOMAIN, RFC 2308 section 2.1).
	LookupNoName LookupOutcome = "no-such-name"
	// LookupNoData: the name exists, records of the type do not (RFC 2308 section
	// 2.2).
	LookupNoData LookupOutcome = "no-data"
	// LookupBogus: the resolver found the signatures to be wrong: it refuses the
	// answer, and gives one when asked not to validate (RFC 4033 section 5).
	LookupBogus LookupOutcome = "bogus"
	// LookupTimeout: no resolver answered in time.
	LookupTimeout LookupOutcome = "timeout"
	// LookupFailed: a resolver answered with a failure, or nonsense.
	LookupFailed LookupOutcome = "failed"
)

// Lookup is one question to the DNS and what came of it.
type Lookup struct {
	// Name is what was asked for, in lower case without a final dot; Type the
	// kind of record, such as "MX".
	Name    string        `json:"name"`
	Type    string        `json:"type"`
	Outcome LookupOutcome `json:"outcome"`
	// Secure is Accepted when a resolver that is trusted to validate vouches for
	// the whole answer, aliases and proofs of absence included, with the AD flag
	// (RFC 4035 section 3.2.3); Refused when such a resolver gave an answer that
	// is not signed, or is bogus; Undetermined when none was asked that is trusted
	// to validate, or none answered.
	Secure Answer `json:"secure"`
	// Aliases are the CNAMEs followed, in order: the last is the name the records
	// are at. Empty if there were none.
	Aliases []string `json:"aliases,omitempty"`
	// Reason explains an outcome that is no answer, in one line.
	Reason string `json:"reason,omitempty"`
}

// Answered reports whether the DNS said what there is, or that there is nothing.
func (l *Lookup) Answered() bool {
	return l.Outcome == LookupFound || l.Outcome == LookupNoName || l.Outcome == LookupNoData
}

// Absent reports whether the DNS said that there is nothing.
func (l *Lookup) Absent() bool {
	return l.Outcome == LookupNoName || l.Outcome == LookupNoData
}

// End is the name at which aliases ended, or the name itself without any.
func (l *Lookup) End() string {
	if n := len(l.Aliases); n > 0 {
		return l.Aliases[n-1]
	}
	return l.Name
}
