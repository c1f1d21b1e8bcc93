//go:build interop

package interop

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// endpoint is a server under test, running.
type endpoint struct {
	// Protocol is the scanner's name of what is spoken before TLS.
	Protocol string
	Port     uint16
	// Upgrade is the value of "openssl s_client -starttls", or empty.
	Upgrade string
	// Leaves are the server certificates it was given.
	Leaves []keyPair
	// Preference says who decides between suites by its configuration.
	Preference audit.Preference
	// Asks is set if it asks for a client certificate, Insists if it takes
	// nobody without one.
	Asks, Insists bool
}

// answer is what one version of one server comes to.
type answer struct {
	Answer audit.Answer
	Suites []string // "0xC02F TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", sorted
}

// posture is what a server accepts, in a form that prints well in a diff.
type posture map[string]answer

// verdict is the outcome of offering one suite at one version.
type verdict struct {
	Accepted bool
	Alert    int // the fatal alert of a refusal; 0 for a close without one
}

// force is what one other TLS client found out, one suite in each connection.
// A suite that is not in the map could not be expressed by that client.
type force map[audit.Version]map[audit.Code]verdict

// offer is one connection of a brute force.
type offer struct {
	Version audit.Version
	Code    audit.Code
	// Name is the suite in the client's own words.
	Name string
}

// bruteForce puts all offers, two connections at a time. try reports false for
// an offer the client cannot make.
func bruteForce(t *testing.T, offers []offer, try func(offer) (verdict, bool, error)) force {
	t.Helper()
	var mu sync.Mutex
	found := force{}
	queue := make(chan offer)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for o := range queue {
				v, expressible, err := try(o)
				if err != nil {
					t.Errorf("brute force with %s at %s: %v", o.Name, o.Version, err)
				}
				if !expressible {
					continue
				}
				mu.Lock()
				if found[o.Version] == nil {
					found[o.Version] = map[audit.Code]verdict{}
				}
				found[o.Version][o.Code] = v
				mu.Unlock()
			}
		})
	}
	for _, o := range offers {
		queue <- o
	}
	close(queue)
	workers.Wait()
	return found
}

// truth merges what several clients found. They must agree wherever two of
// them could make the same offer. never are versions no client can offer and
// the server's library cannot speak.
func truth(t *testing.T, forces []force, never ...audit.Version) posture {
	t.Helper()
	merged := force{}
	for _, f := range forces {
		for version, verdicts := range f {
			if merged[version] == nil {
				merged[version] = map[audit.Code]verdict{}
			}
			for code, v := range verdicts {
				if old, ok := merged[version][code]; ok && old.Accepted != v.Accepted {
					t.Errorf("two clients disagree about %s at %s: %+v and %+v", suiteName(code), version, old, v)
				}
				merged[version][code] = v
			}
		}
	}
	p := posture{}
	for _, version := range never {
		p[version.String()] = answer{Answer: audit.Refused}
	}
	for version, verdicts := range merged {
		p[version.String()] = summarise(verdicts)
	}
	return p
}

// summarise draws the conclusion about a version from all its offers. One
// answered internal_error (80) where nothing is accepted is how OpenSSL 3
// says that the version is configured, but not at this security level.
func summarise(verdicts map[audit.Code]verdict) answer {
	a := answer{Answer: audit.Refused}
	for code, v := range verdicts {
		switch {
		case v.Accepted:
			a.Answer = audit.Accepted
			a.Suites = append(a.Suites, suiteName(code))
		case v.Alert == 80 && a.Answer == audit.Refused:
			a.Answer = audit.Latent
		}
	}
	slices.Sort(a.Suites)
	return a
}

// observed puts the scanner's answer into the same form. The suites count only
// if the scanner claims to have found all of them.
func observed(o *audit.Observation) posture {
	p := posture{}
	for _, fact := range o.Versions {
		a := answer{Answer: fact.Answer}
		for _, suite := range fact.Suites {
			a.Suites = append(a.Suites, suiteName(suite.ID))
		}
		slices.Sort(a.Suites)
		if fact.Answer == audit.Accepted && fact.SuitesAnswer != audit.Accepted {
			a.Suites = append(a.Suites, fmt.Sprintf("and perhaps more: %s", fact.SuitesAnswer))
		}
		p[fact.Version.String()] = a
	}
	return p
}

func suiteName(code audit.Code) string {
	name := "unregistered"
	if suite, ok := tlsreg.SuiteByCode(code); ok {
		name = suite.Name
	}
	return fmt.Sprintf("%s %s", code, name)
}

// count says how many suites a posture holds, for the log.
func (p posture) count() (n int) {
	for _, a := range p {
		n += len(a.Suites)
	}
	return n
}

// versions lists the versions of a force, oldest first.
func (f force) versions() []audit.Version {
	return slices.SortedFunc(maps.Keys(f), cmp.Compare[audit.Version])
}
