package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

const day = 24 * time.Hour

// expiryDays are the ends of the buckets in days.
var expiryDays = []int{7, 14, 30, 60, 90}

// The bounds of the list of certificates that end next.
const (
	maxExpiring = 200
	maxName     = 120 // bytes of a name from a certificate
)

// expiry counts certificates. It is guarded by the gathering it belongs to.
type expiry struct {
	now, until time.Time
	terms      []audit.IssuanceStep
	certs      map[string]*presented
	// endpoints counts those whose first leaf to end is in a bucket.
	endpoints []int
	unread    int
	// longer and clients are the endpoints that steps are about.
	touched map[int]*audit.ForecastEvent
}

// presented is one certificate.
type presented struct {
	audit.ExpiringCertificate
	lifetime time.Duration
}

func newExpiry(f *Forecast) *expiry {
	x := &expiry{now: f.Judge.Now, until: f.Until, terms: f.Steps, certs: map[string]*presented{}, endpoints: make([]int, len(expiryDays)+3), touched: map[int]*audit.ForecastEvent{}}
	return x
}

// add counts the certificates of one endpoint.
func (x *expiry) add(subject string, o *audit.Observation) {
	if o.Target.IsDomain() {
		return
	}
	var first time.Time
	read, dated := false, false
	own := map[string]bool{}
	for i := range o.Chains {
		for k := range o.Chains[i].Certificates {
			cert := &o.Chains[i].Certificates[k]
			if cert.SHA256 == "" || own[cert.SHA256] {
				continue
			}
			own[cert.SHA256] = true
			if k > 0 {
				if !cert.SelfSigned && !cert.NotAfter.IsZero() && !cert.NotAfter.After(x.until) {
					x.present(cert, subject, false)
				}
				continue
			}
			read = true
			p := x.present(cert, subject, true)
			if !cert.NotAfter.IsZero() && (!dated || cert.NotAfter.Before(first)) {
				first, dated = cert.NotAfter, true
			}
			x.touch(p, subject)
		}
	}
	switch {
	case !read:
		x.unread++
	default:
		x.endpoints[x.bucket(first)]++
	}
}

// present notes that an endpoint presents a certificate.
func (x *expiry) present(cert *audit.Certificate, subject string, leaf bool) *presented {
	p := x.certs[cert.SHA256]
	if p == nil {
		p = &presented{ExpiringCertificate: audit.ExpiringCertificate{
			SHA256: strings.Clone(cert.SHA256), CommonName: clip(cert.CommonName), Issuer: clip(cert.Issuer), NotAfter: cert.NotAfter.UTC(), Sample: subject,
			Public: cert.SCTs > 0 && !cert.SelfSigned, ClientAuth: slices.Contains(cert.EKU, "clientAuth"),
		}}
		if !cert.NotAfter.IsZero() && !cert.NotBefore.IsZero() {
			p.lifetime = cert.NotAfter.Sub(cert.NotBefore) + time.Second // both ends are included
		}
		x.certs[cert.SHA256] = p
	}
	p.Leaf = p.Leaf || leaf
	p.Endpoints++
	p.Sample = min(p.Sample, subject)
	return p
}

// clip bounds a name and does not hold on to what it is a part of.
func clip(name string) string {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "..."
	}
	return strings.Clone(name)
}

// touch notes which steps are about an endpoint with this leaf.
func (x *expiry) touch(p *presented, subject string) {
	for i, step := range x.terms {
		if step.From.After(x.now) && p.Public && step.concerns(p) {
			e := x.touched[i]
			if e == nil {
				e = &audit.ForecastEvent{}
				x.touched[i] = e
			}
			if before := e.Subjects; !slices.Contains(before, subject) {
				e.Subjects = keepFirst(e.Subjects, subject, namedSubjects)
			}
		}
	}
}

// bucket is the number of the bucket of an end.
func (x *expiry) bucket(end time.Time) int {
	switch {
	case end.IsZero():
		return len(expiryDays) + 2
	case x.now.After(end):
		return 0
	}
	for i, days := range expiryDays {
		if end.Sub(x.now) <= time.Duration(days)*day {
			return i + 1
		}
	}
	return len(expiryDays) + 1
}
