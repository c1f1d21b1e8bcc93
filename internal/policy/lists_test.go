package policy_test

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/tlsreg"
)

// listedBy returns the names a profile's own rules of a check allow, as of the
// day of judgement, of those that speak about a version. What it allows and
// discourages or forbids, such as a tier on its way out, is not among them.
func listedBy(p *policy.Profile, check string, v audit.Version) []string {
	var names []string
	var discouraged []string
	for _, r := range p.Rules {
		params, _ := r.Params.(map[string]any)
		if deny, _ := params["deny"].([]any); r.Check == check && (strings.Contains(r.ID, "suites.") || strings.Contains(r.ID, "groups.")) {
			for _, item := range deny {
				if name, ok := item.(string); ok {
					discouraged = append(discouraged, name)
				}
			}
		}
		versions, limited := params["versions"].([]any)
		if r.Check != check || limited && !slices.Contains(versions, any(v.String())) {
			continue
		}
		list, _ := params["allow"].([]any)
		for _, item := range list {
			switch e := item.(type) {
			case string:
				names = append(names, e)
			case map[string]any:
				if until, ok := e["until"].(string); !ok || until >= judged.Format("2006-01-02") {
					names = append(names, e["name"].(string))
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(discouraged, name) })
}

// everythingListed is an endpoint that accepts every suite and group a profile
// lists, at the versions its kept endpoint accepts.
func everythingListed(p *policy.Profile, s setup) (setup, bool) {
	some := false
	suites, groups := map[audit.Version][]string{}, map[audit.Version][]string{}
	for v, was := range s.suites {
		suites[v], groups[v] = was, s.groups[v]
		var usable []string
		for _, name := range listedBy(p, "suite.predicate", v) {
			reg, _ := tlsreg.SuiteByName(name)
			if v >= reg.Min && (reg.Max == 0 || v <= reg.Max) && !strings.Contains(reg.Auth, "PSK") {
				usable = append(usable, name)
			}
		}
		if len(usable) > 0 {
			suites[v], some = usable, true
		}
		usable = nil
		for _, name := range listedBy(p, "kx.tls13_groups", v) {
			g, _ := tlsreg.GroupByName(name)
			if v == audit.TLSv13 && g.TLS13 || v == audit.TLSv12 && g.TLS12 {
				usable = append(usable, name)
			}
		}
		if len(usable) > 0 {
			groups[v], some = usable, true
		}
	}
	s.suites, s.groups = suites, groups
	return s, some
}

// atOdds are the rules that rule out what their own standard lists elsewhere,
// and why that is so.
var atOdds = map[string]string{
	"bsi-tr-02102-2/BSI2-PFS":                     "recommends forward secrecy beside a table of suites without, listed until the end of 2026",
	"bsi-tr-02102-2/sigalgs.tls13_cert":           "RSA of PKCS #1 left the list with 2025",
	"cnsa-2.0/sigalgs.required":                   "lists ML-DSA-87, and SHA-384 until then",
	"nist-sp800-52r2-government/N52-CERT-AGILITY": "wants certificates of two kinds",
	"nist-sp800-52r2-public/N52-CERT-AGILITY":     "wants certificates of two kinds",
}

// TestListsAreMet: no rule of a profile fails an endpoint for a suite or a group
// the same profile lists, whatever the key of its certificate.
func TestListsAreMet(t *testing.T) {
	tried, met := 0, map[string]bool{}
	for _, profile := range policy.Profiles() {
		p, err := policy.Load([]string{profile.ID}, checks.All)
		if err != nil {
			t.Fatal(err)
		}
		own := keepers[profile.ID]
		if own == nil {
			own = map[string]setup{"web": modern(nil)}
		}
		for name, kept := range own {
			s, some := everythingListed(&profile, kept)
			if !some {
				continue
			}
			tried++
			s.dhBits = 3072
			kinds := []certificate{rsa3072, ecdsa256}
			if strings.HasPrefix(profile.ID, "mozilla-") { // which says what size RSA keys have
				kinds = append(kinds, rsa2048)
			}
			for _, c := range kinds {
				s.certs = []certificate{c}
				o := s.observe()
				types := listedBy(&profile, "cert.key.type", audit.TLSv12)
				for _, r := range p.Rules {
					certs := strings.HasPrefix(r.Check, "cert.") && (len(types) == 0 || slices.Contains(types, c.key.Type))
					if r.Profile != profile.ID || !certs && !strings.HasPrefix(r.Check, "suite.") && !strings.HasPrefix(r.Check, "kx.") && !strings.HasPrefix(r.Check, "crypto.strength") {
						continue
					}
					f := judgement(r, o, judged)
					switch id := profile.ID + "/" + r.ID; {
					case f.Verdict != audit.Fail && f.Verdict != audit.Warn:
					case atOdds[id] != "":
						met[id] = true
					default:
						t.Errorf("%s (%s), %s %d: %s %s: %s", profile.ID, name, c.key.Type, c.key.Bits, r.ID, f.Verdict, f.Message)
					}
				}
			}
		}
	}
	for id, why := range atOdds {
		if !met[id] {
			t.Errorf("%s, which %s, objects to nothing listed any more", id, why)
		}
	}
	if tried < 15 {
		t.Errorf("%d profiles with lists", tried)
	}
}
