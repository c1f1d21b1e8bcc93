package audit

import "time"

// ForecastV1 identifies the JSON of a forecast.
const ForecastV1 = "tlsaudit/forecast/v1"

// Forecast says at which dates verdicts change if nothing else does: the
// evidence there is, judged at later times.
type Forecast struct {
	Schema string `json:"schema"`
	Tool   Tool   `json:"tool"`
	// Now is where the forecast begins, Until its last moment.
	Now      time.Time   `json:"now"`
	Until    time.Time   `json:"until"`
	Policies []PolicyRef `json:"policies"`
	// Subjects counts the endpoints there is evidence of, Open those that are not
	// judged in full at Now: of what is unknown today nothing is foretold.
	Subjects int `json:"subjects"`
	Open     int `json:"open"`
	// Rows counts the rows of the gateway's table.
	Rows int `json:"rows,omitempty"`
	// OldestEvidence and NewestEvidence are when the endpoints were looked at.
	OldestEvidence time.Time `json:"oldest_evidence,omitzero"`
	NewestEvidence time.Time `json:"newest_evidence,omitzero"`
	// Events are in order of their dates. Omitted counts those left out for their
	// number, the latest ones.
	Events  []ForecastEvent `json:"events"`
	Omitted int             `json:"omitted,omitempty"`
	// Expiry is about the certificates by themselves, whatever the rules say.
	Expiry Expiry `json:"expiry"`
	// Assumes says in whole sentences what the forecast rests on.
	Assumes []string `json:"assumes"`
}

// ForecastKind says what makes a verdict change.
type ForecastKind string

// The kinds of events.
const (
	// ForecastCertificate: a certificate ends, begins, or comes as near to its end
	// as a rule warns of.
	ForecastCertificate ForecastKind = "certificate-expiry"
	// ForecastPolicy: a rule comes into force or goes out of it, or a date among
	// its parameters has come.
	ForecastPolicy ForecastKind = "policy-date"
	// ForecastWaiver: a waiver runs out.
	ForecastWaiver ForecastKind = "waiver-expiry"
	// ForecastStep: what public authorities issue changes. No verdict does; what
	// is renewed from then on is another certificate.
	ForecastStep ForecastKind = "schedule-step"
)

// ForecastEvent is one change of verdict of one rule, for all subjects it
// happens to on one day.
type ForecastEvent struct {
	// Date is the day in UTC, At the first moment of it at which it happens to a
	// subject.
	Date string       `json:"date"`
	At   time.Time    `json:"at"`
	Kind ForecastKind `json:"kind"`
	// Profile to Severity are the rule's; empty for a step.
	Profile  string   `json:"profile,omitempty"`
	Rule     string   `json:"rule,omitempty"`
	Control  string   `json:"control,omitempty"`
	Check    string   `json:"check,omitempty"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
	// From and To are the names of verdicts; empty for a step.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Waivers names the waivers that run out, or stop doing so.
	Waivers []string `json:"waivers,omitempty"`
	// Total counts the subjects; Subjects names the first of them in order.
	Total    int      `json:"total"`
	Subjects []string `json:"subjects"`
}

// Worse reports whether the event is bad news: what becomes fail, warn or
// unknown and was better before.
func (e *ForecastEvent) Worse() bool {
	return e.From != "" && forecastRank(e.To) < forecastRank(e.From)
}

// forecastRank orders names of verdicts as findings are ordered, worst first.
func forecastRank(name string) int {
	for v, n := range verdictNames {
		if n == name {
			return verdictRank[v]
		}
	}
	return len(verdictNames)
}

// Expiry counts the distinct leaf certificates that are presented by when they
// end.
type Expiry struct {
	// Certificates counts them all; Unread counts endpoints without one that could
	// be read, about which nothing is known.
	Certificates int `json:"certificates"`
	Unread       int `json:"unread"`
	// Buckets go from what has ended to what ends late; every certificate is in
	// exactly one.
	Buckets []ExpiryBucket `json:"buckets"`
	// Next are the first to end, leaves and issuing certificates, those that have
	// ended among them; Omitted counts leaves that end before Until and are not
	// listed.
	Next    []ExpiringCertificate `json:"next"`
	Omitted int                   `json:"omitted,omitempty"`
	// Public counts leaves that a public authority issued, as far as their
	// timestamps of Certificate Transparency logs tell.
	Public int `json:"public"`
	// Steps say what public authorities issue, and when.
	Steps []LifetimeStep `json:"steps,omitempty"`
}

// ExpiryBucket counts the certificates that end within so many days, and not
// within the days of the bucket before it.
type ExpiryBucket struct {
	// Name is "expired", "7 days", "later" or "not known".
	Name         string `json:"name"`
	Certificates int    `json:"certificates"`
	Endpoints    int    `json:"endpoints"`
}

// ExpiringCertificate is one certificate as presented.
type ExpiringCertificate struct {
	SHA256     string    `json:"sha256"`
	CommonName string    `json:"common_name,omitempty"`
	Issuer     string    `json:"issuer"`
	NotAfter   time.Time `json:"not_after"`
	Leaf       bool      `json:"leaf"`
	Public     bool      `json:"public,omitempty"`
	ClientAuth bool      `json:"client_auth,omitempty"`
	// Endpoints counts those that present it, Sample is the first in order.
	Endpoints int    `json:"endpoints"`
	Sample    string `json:"sample"`
}

// LifetimeStep is what public authorities issue from a day on.
type LifetimeStep struct {
	From time.Time `json:"from"`
	// MaxDays is the longest validity.
	MaxDays int `json:"max_days"`
	// Longer counts the public leaves presented that are valid for longer than
	// that: their renewal comes sooner than they are used to.
	Longer int `json:"longer"`
	// PerYear is how often one certificate has to be renewed in a year of 365
	// days at least, if each is used to its last day; AllPerYear is that for all
	// public leaves.
	PerYear    int `json:"per_year"`
	AllPerYear int `json:"all_per_year"`
}

// IssuanceStep is what public authorities, or the programs that trust them, do
// from a day on.
type IssuanceStep struct {
	From time.Time
	// MaxDays is the longest validity of what is issued from then on; 0 for a step
	// that is not about it.
	MaxDays int
	// NoClientAuth: certificates for servers no longer serve clients too.
	NoClientAuth bool
	// Source names profile and rule.
	Source string
}
