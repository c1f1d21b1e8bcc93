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
	// touched are the endpoints that steps are about, by the number of the step.
	touched []touched
}

// touched counts endpoints, and names the first in order.
type touched struct {
	total int
	names []string
}

// presented is one certificate.
type presented struct {
	audit.ExpiringCertificate
	lifetime time.Duration
}

func newExpiry(f *Forecast) *expiry {
	return &expiry{
		now: f.Judge.Now, until: f.Until, terms: f.Steps, certs: map[string]*presented{},
		endpoints: make([]int, len(expiryDays)+3), touched: make([]touched, len(f.Steps)),
	}
}

// add counts the certificates of one endpoint.
func (x *expiry) add(subject string, o *audit.Observation) {
	if o.Target.IsDomain() {
		return
	}
	var first time.Time
	read := false
	own := map[string]bool{}
	var leaves []*presented
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
			leaves = append(leaves, p)
			if end := p.NotAfter; !end.IsZero() && (first.IsZero() || end.Before(first)) {
				first = end
			}
		}
	}
	if !read {
		x.unread++
		return
	}
	x.endpoints[x.bucket(first)]++
	for i := range x.terms {
		if slices.ContainsFunc(leaves, func(p *presented) bool { return p.concerns(&x.terms[i]) }) {
			x.touched[i].total++
			x.touched[i].names = keepFirst(x.touched[i].names, subject, namedSubjects)
		}
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

// concerns reports whether a step is about what the renewal of a certificate will
// be: it lives for longer, or serves clients too.
func (p *presented) concerns(step *audit.IssuanceStep) bool {
	return p.Public && (step.MaxDays > 0 && p.longer(step.MaxDays) || step.NoClientAuth && p.ClientAuth)
}

func (p *presented) longer(days int) bool { return p.lifetime > time.Duration(days)*day }

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

// bucketNames are what the buckets are called.
func bucketNames() []string {
	names := []string{"expired"}
	for _, days := range expiryDays {
		names = append(names, fmt.Sprintf("%d days", days))
	}
	return append(names, "later", "not known")
}

// result is what was counted.
func (x *expiry) result() audit.Expiry {
	r := audit.Expiry{Unread: x.unread, Next: []audit.ExpiringCertificate{}}
	for i, name := range bucketNames() {
		r.Buckets = append(r.Buckets, audit.ExpiryBucket{Name: name, Endpoints: x.endpoints[i]})
	}
	var next []audit.ExpiringCertificate
	longer := make([]int, len(x.terms))
	for _, p := range x.certs {
		if !p.NotAfter.IsZero() && !p.NotAfter.After(x.until) {
			next = append(next, p.ExpiringCertificate)
		}
		if !p.Leaf {
			continue
		}
		r.Certificates++
		r.Buckets[x.bucket(p.NotAfter)].Certificates++
		if p.Public {
			r.Public++
		}
		for i, step := range x.terms {
			if p.Public && step.MaxDays > 0 && p.longer(step.MaxDays) {
				longer[i]++
			}
		}
	}
	slices.SortFunc(next, func(a, b audit.ExpiringCertificate) int {
		return cmp.Or(a.NotAfter.Compare(b.NotAfter), strings.Compare(a.Sample, b.Sample), strings.Compare(a.SHA256, b.SHA256))
	})
	if more := len(next) - maxExpiring; more > 0 {
		next, r.Omitted = next[:maxExpiring], more
	}
	r.Next = append(r.Next, next...)
	r.Steps = x.lifetimes(r.Public, longer)
	return r
}

// lifetimes says how often certificates have to be renewed: under the step in
// force, and under those to come.
func (x *expiry) lifetimes(public int, longer []int) (list []audit.LifetimeStep) {
	for i, step := range x.terms {
		if step.MaxDays == 0 {
			continue
		}
		one := audit.LifetimeStep{From: step.From.UTC(), MaxDays: step.MaxDays, Longer: longer[i], PerYear: (365 + step.MaxDays - 1) / step.MaxDays}
		one.AllPerYear = one.PerYear * public
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(a, b audit.LifetimeStep) int { return a.From.Compare(b.From) })
	first := 0
	for i := range list {
		if !list[i].From.After(x.now) {
			first = i
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[first:]
}

// steps are the events of what public authorities will do within the forecast.
func (x *expiry) steps(terms []audit.IssuanceStep) (events []audit.ForecastEvent) {
	for i, step := range terms {
		if !step.From.After(x.now) || step.From.After(x.until) {
			continue
		}
		e := audit.ForecastEvent{Date: step.From.UTC().Format(time.DateOnly), At: step.From.UTC(), Kind: audit.ForecastStep, Total: x.touched[i].total, Subjects: x.touched[i].names}
		if e.Subjects == nil {
			e.Subjects = []string{}
		}
		e.Profile, e.Rule, _ = strings.Cut(step.Source, " ")
		switch {
		case step.NoClientAuth:
			e.Title = "Public authorities no longer issue certificates for servers that serve clients too (clientAuth)"
		default:
			e.Title = fmt.Sprintf("Public authorities issue certificates for %d days at most", step.MaxDays)
		}
		events = append(events, e)
	}
	return events
}
