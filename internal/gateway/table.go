package gateway

import (
	"cmp"
	"slices"
	"time"

	"tlsaudit/audit"
)

// Deployment says how the gateway is run, which decides what its levels mean.
type Deployment string

// The deployments. Empty: not stated.
const (
	OnPrem Deployment = "on-prem"
	Hybrid Deployment = "hybrid"
	Cloud  Deployment = "cloud"
)

// Deployments lists them, as people write them.
var Deployments = []string{string(OnPrem), string(Hybrid), string(Cloud)}

// Forcepoint is the product whose table this package speaks the language of; a
// table written in a policy is taken for its.
const Forcepoint = "Forcepoint Email Security"

// Table is the whole table with the facts beside it. A nil truth value is one
// nobody stated.
type Table struct {
	// Policy is the id of the policy the table belongs to; findings carry it
	// as their profile.
	Policy string
	// Product is the gateway's, Format the name of the format the rows were
	// read from, empty for a policy. Rows of other origin say so themselves.
	Product, Format string
	Deployment      Deployment
	CollectedAt     time.Time
	// TrustedCA: a CA certificate was imported for outgoing connections.
	TrustedCA *bool
	// StrictAuthenticity: "Strict Outbound Message Authenticity Checks" is on.
	StrictAuthenticity *bool
	// Outgoing is the certificate the gateway presents to its peers.
	Outgoing *Certificate
	// OutgoingFile names the file Outgoing is to be read from by the caller,
	// empty if there is none; OutgoingAt is where it stands.
	OutgoingFile string
	OutgoingAt   audit.Place
	Wants        Wants
	// Rows are outbound before inbound, each by priority; see Sort.
	Rows []Row
	// Place is where the table stands.
	Place audit.Place
}

// Wants is what a policy demands of the table itself.
type Wants struct {
	// MinBits is the least strength every row has to demand, see Row.MinBits; 0
	// for none.
	MinBits int
	// Sensitive lists the domains mail to which must be sure of its receiver.
	Sensitive []string
}

// Certificate is what is known of our own outgoing certificate.
type Certificate struct {
	Subject string
	// EKU holds the purposes; EKUPresent tells an empty extension from none,
	// which means any purpose.
	EKU        []string
	EKUPresent bool
}

// Sort puts the rows into the order in which they are looked up. Rows of one
// source with the same priority keep theirs.
func (t *Table) Sort() {
	slices.SortStableFunc(t.Rows, func(a, b Row) int {
		return cmp.Or(-cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Priority, b.Priority))
	})
}

// Downgrade is the day from which the hybrid service no longer verifies chains:
// Verify became Encrypt, and Verify+CN became Encrypt+CN.
func Downgrade() time.Time { return time.Date(2026, 5, 18, 0, 0, 0, 0, time.UTC) }

// Effective returns what the gateway makes of a row at a time. It is false
// where that depends on a deployment nobody stated.
func (t *Table) Effective(r *Row, now time.Time) (Level, bool) {
	switch {
	case r.Direction == Inbound || !t.own(r) || !r.Level.Chain():
		return r.Level, true
	case t.Deployment == "":
		if now.Before(Downgrade()) {
			return r.Level, true
		}
		return "", false
	case t.Deployment == Hybrid && !now.Before(Downgrade()):
		return levelOf(false, r.Level.CN()), true
	}
	return r.Level, true
}

// own reports whether a row is of the gateway itself, not of another product.
func (t *Table) own(r *Row) bool { return r.Product == "" || r.Product == Forcepoint }
