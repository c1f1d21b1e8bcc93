package audit

import (
	"cmp"
	"time"
)

// Check is one thing that can be decided about an observation. A check is a
// value; it knows no standard, opens nothing and reads no clock.
type Check struct {
	// ID is a name of the check vocabulary, such as "protocol.offered".
	ID string
	// Title is one line, in the affirmative: what holds when it passes.
	Title string
	// Doc says why it matters, in a few sentences of Markdown.
	Doc string
	// Detect says how it is decided, and what makes it unknown.
	Detect string
	// Severity is used when a rule gives none.
	Severity Severity
	// Refs are RFC sections and vendor documents.
	Refs []string
	// Declared is what the check reads of a posture that a configuration file
	// declares; empty for a check that only the wire can answer.
	Declared Aspect
	// Needs lists what must have been obtained before Run may pass. The engine
	// checks them; see Need.
	Needs []Need
	// Asks, when set, adds to q the suites and groups that make a difference to
	// a rule with the parameters of the case. Then no more than that has to be
	// known of them: NeedSuites and NeedGroups are met when all of these have an
	// answer, and NeedKeyExchange when they include every suite with ephemeral
	// finite-field Diffie-Hellman. Of the case Params, Level, Forbids and Now
	// are set, nothing about a target.
	Asks func(c *Case, q *Questions)
	// Protocols limits the check to protocols by name; empty means all endpoints.
	// A check that can be decided about a mail domain names ProtocolMX.
	Protocols []string
	// Params decodes and validates the parameters of a rule, from an untyped
	// tree of map[string]any, []any and scalars; in may be nil. Its result is
	// handed to Run in Case.Params. A nil func means the check takes none.
	// The error is one line that names the key at fault.
	Params func(in map[string]any) (any, error)
	// ParamsDoc describes each parameter: name -> meaning with unit and default.
	ParamsDoc map[string]string
	// Forbids reports whether a rule with these parameters (what Params made of
	// them) says what must not be, so that the levels must_not and should_not
	// read as they are meant: "must_not: RC4". A nil func means that the check
	// states a demand; such a level would turn it around and is refused when
	// the policy is loaded.
	Forbids func(params any) bool
	// Turns, when set, returns the moments from which Run may say something else
	// of the same facts only because time has passed: by the parameters of the
	// rule, or by dates among the facts. A moment too many does no harm, one too
	// few makes a forecast wrong. Every check that reads Case.Now has it; nil
	// means that time changes nothing. Case.Now is the beginning of the forecast.
	Turns func(*Case) []Turn
	// Run judges. It returns no outcome at all for "nothing to object", which
	// the engine turns into a pass if all needs are met.
	Run func(*Case) []Outcome
	// Want says what the remedy must establish, given the rule's parameters.
	Want func(params any) Want
	// WantFor, when set, is used instead of Want: for checks whose remedy
	// depends on the level of the rule or on what was observed.
	WantFor func(*Case) Want
	// Examples are the check's own cases, run by its test and shown in docs:
	// at least one failing, one passing and one unknown.
	Examples []Example
}

// Turn is a moment from which a check may say something else.
type Turn struct {
	// At is the first moment at which it may.
	At time.Time
	// Policy says that a parameter of the rule names the moment; otherwise the
	// facts do, such as the end of a certificate.
	Policy bool
}

// Aspect is a part of a posture that configuration files can declare.
type Aspect string

// The aspects.
const (
	AspectVersions Aspect = "versions"
	AspectSuites   Aspect = "suites"
	AspectOrder    Aspect = "order"
	AspectGroups   Aspect = "groups"
	AspectFeatures Aspect = "features"
)

// Need is something an observation must contain for a check to pass.
type Need uint8

// The needs.
const (
	// NeedTLS: TLS was reached at all.
	NeedTLS Need = iota
	// NeedVersions: every version has a known answer.
	NeedVersions
	// NeedSuites: the suites of every accepted version are proven complete,
	// and there is at least one for each.
	NeedSuites
	// NeedPreference: who decides the suite is known for every accepted
	// version with two suites or more.
	NeedPreference
	// NeedChains: a certificate was read without error, and so was every other
	// the listener can present (Posture.ChainsAnswer).
	NeedChains
	// NeedTrust: trust anchors were configured and evaluated.
	NeedTrust
	// NeedGroups: the key-exchange groups of TLS 1.3 are proven complete, where
	// it is accepted. For other versions ask Observation.LacksGroups.
	NeedGroups
	// NeedStartTLS: an upgrade dialogue took place.
	NeedStartTLS
	// NeedSametime: the Virtual Places probe was made and answered.
	NeedSametime
	// NeedKeyExchange: finite-field key exchange parameters were read for
	// every DHE suite, at every version that accepts it.
	NeedKeyExchange
)

// Case is what a check is run on.
type Case struct {
	Target      *Target
	Observation *Observation
	// Level is the force of the rule.
	Level Level
	// Forbids is the direction of the rule, for a check that can be demanded
	// either way ("must be offered", "must not be offered").
	Forbids bool
	// Profile and Control say where the rule comes from, for messages.
	Profile, Control string
	// Params is what Check.Params made of the rule's parameters.
	Params any
	// Now is the time of judgement; a check has no other clock.
	Now time.Time
	// Asked, if it is not nil, returns what Check.Asks said about the rule; see
	// Lacks.
	Asked func() *Questions
	// Memo, if it is not nil, is a place where checks keep what they derived
	// from Observation, so that the next rule about it need not derive it
	// again. It starts out empty, lives as long as one observation is judged
	// and must not change what is said.
	Memo *any
}

// Clause names the clause the rule comes from, such as "pci-dss-4.0.1 4.2.1",
// or returns otherwise if the rule comes from none.
func (c *Case) Clause(otherwise string) string {
	switch {
	case c.Profile == "" || c.Control == "":
		return cmp.Or(c.Profile+c.Control, otherwise)
	}
	return c.Profile + " " + c.Control
}

// Outcome is one thing a check has to say. Kind says which way.
type Outcome struct {
	Kind OutcomeKind
	// Message is one line in plain words; Evidence the value or exchange.
	Message  string
	Evidence string
}

// OutcomeKind is the way an Outcome points.
type OutcomeKind uint8

// The outcome kinds.
const (
	// Violated: the demand is broken. The engine makes it fail or warn by the
	// rule's level.
	Violated OutcomeKind = iota
	// Advice: the demand holds, but barely; the engine makes it a warn.
	Advice
	// Undecided: the facts do not suffice; the engine makes it unknown.
	Undecided
	// Met: the demand holds; used to say more in the pass message.
	Met
	// Moot: the demand has nothing to bite on here; not-applicable.
	Moot
)

// Example is one documented case of a check.
type Example struct {
	Name   string
	Params map[string]any
	// Level is the level of the rule; empty means Must.
	Level Level
	// Observe makes what was seen, a new one at each call: only tests look at it,
	// and every start of the program would pay for hundreds.
	Observe func() *Observation
	Now     time.Time
	Want    Verdict
}

// Want is the posture a remedy must establish, in the product's own terms of
// reference. A zero field means no demand.
type Want struct {
	// Client is set where the product opens the connections it is about, such as
	// those of a proxy to its upstream servers: other settings govern them.
	Client bool
	// MinVersion is the lowest protocol version to allow.
	MinVersion Version
	// Versions, when set, is the exact list to allow.
	Versions []Version
	// ForbidSuites and AllowSuites are IANA names; Strong asks for forward
	// secrecy with AEAD in general.
	AllowSuites  []string
	ForbidSuites []string
	Strong       bool
	// TLS13Suites are suites to allow besides AllowSuites once TLS 1.3 is
	// offered, which it is not yet.
	TLS13Suites []string
	ServerOrder *bool
	MinDHBits   int
	Groups      []string
	// Certificate says what is wanted of the certificate, in words.
	Certificate string
	// StartTLS asks for the upgrade to be offered; TLSOnly for legacy
	// Sametime connections to be refused.
	StartTLS bool
	TLSOnly  bool
	// Other says in whole sentences what no configuration line establishes.
	Other string
}
