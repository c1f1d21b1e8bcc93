package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

type groupParams struct {
	allow, deny, any, all listing
	versions              []audit.Version
	// elsewhere leaves the primes of DHE suites to another rule.
	elsewhere bool
}

var kxTLS13Groups = &audit.Check{
	ID:       "kx.tls13_groups",
	Declared: audit.AspectGroups,
	Title:    "Key exchange uses the groups allowed",
	Doc:      "The group bounds the strength of the key exchange. Hybrid post-quantum groups keep today's recordings from being read by tomorrow's machines; some standards admit NIST curves only.",
	Detect: "Groups are offered one after the other until the server takes none, by default in TLS 1.3. With `allow`, an accepted group outside the list is a violation (not listed), " +
		"as is one under `deny` (forbidden); with `any`, one of the list must be accepted, with `all`, each. Does not apply where none of the versions is accepted. Where the groups of a " +
		"version were not enumerated to the end, those that handshakes happened to use are judged, and the rest is unknown. Before TLS 1.3 the primes of DHE suites are " +
		"judged by the finite-field groups of the list: one of a size no group of `allow` has is a violation, and any is where it has no finite-field group; one of the size of a group listed is " +
		"unknown unless it is known to be that group's, as is one that was not read.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 9846 section 4.3.7", "RFC 10024", "RFC 7919"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedVersions},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &groupParams{allow: r.groupList("allow"), deny: r.groupList("deny"), any: r.groupList("any"), all: r.groupList("all"), versions: r.versions("versions"),
			elsewhere: r.word("dhe", "", "elsewhere") != ""}
		for _, e := range r.groupList("forbid").sorted {
			p.deny.add(e)
		}
		r.require("allow", "deny", "forbid", "any", "all")
		if p.versions == nil {
			p.versions = []audit.Version{audit.TLSv13}
		}
		return p, r.done()
	},
	Forbids: func(params any) bool {
		p := params.(*groupParams)
		return p.allow.empty() && p.any.empty() && p.all.empty()
	},
	ParamsDoc: map[string]string{
		"allow":    "groups that may be accepted, by IANA or OpenSSL name or number, or as mappings {name, from, until}",
		"deny":     "groups that must not be accepted",
		"forbid":   "the same as deny",
		"any":      "groups of which one must be accepted",
		"all":      "groups that must all be accepted",
		"versions": "protocol versions to look at (default TLSv1.3)",
		"dhe":      "\"elsewhere\": the list is of elliptic curves, and primes of DHE suites are judged by another rule (default: the list holds for them too)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p, o := c.Params.(*groupParams), c.Observation
		applies := slices.ContainsFunc(p.versions, func(v audit.Version) bool {
			a := o.Version(v).Answer
			return a == audit.Accepted || !a.Known()
		})
		if !applies {
			return []audit.Outcome{moot("none of %s is accepted", names(p.versions))}
		}
		var out []audit.Outcome
		var accepted []audit.Code
		for _, g := range acceptedGroups(c) {
			if !slices.Contains(p.versions, g.Version) {
				continue
			}
			accepted = append(accepted, g.ID)
			if why := p.objection(g.ID, c); why != "" {
				out = append(out, violated(g.ID.String(), "group %s at %s: %s", g.Name, g.Version, why))
			}
		}
		out = append(out, p.finiteField(c)...)
		if p.lapsed(c) {
			return []audit.Outcome{moot("no group is demanded at this time")}
		}
		lacking := p.missing(c, accepted)
		if len(lacking) == 0 && p.allow.empty() && p.deny.empty() {
			return out
		}
		open := false
		for _, v := range p.versions {
			gap := groupsGap(o, v)
			if len(lacking) == 0 {
				gap = c.LacksGroups(v)
			}
			if gap != "" {
				open = true
				out = append(out, undecided("", "%s", gap))
			}
		}
		switch {
		case len(lacking) == 0 || open:
		case len(p.missing(c, append(accepted, p.maybeGroups(c)...))) == 0:
			out = append(out, undecided("", "%s, unless a DHE suite uses the prime of one: that was not found out", strings.Join(lacking, "; ")))
		default:
			out = append(out, violated("", "%s", strings.Join(lacking, "; ")))
		}
		return out
	},
	Asks: func(c *audit.Case, q *audit.Questions) {
		p := c.Params.(*groupParams)
		for _, g := range tlsreg.Groups() {
			if p.objection(g.Code, c) != "" {
				for _, v := range p.versions {
					if g.TLS13 || v < audit.TLSv13 {
						q.AskGroups(v, g.Code)
					}
				}
			}
		}
		if p.speaksOfPrimes(c) {
			askSuites(q, p.versions, (*seenSuite).ephemeral)
		}
	},
	Turns: func(c *audit.Case) []audit.Turn {
		p := c.Params.(*groupParams)
		return turns(&p.allow, &p.deny, &p.any, &p.all)
	},
	Want: func(params any) audit.Want {
		p := params.(*groupParams)
		codes := slices.Concat(p.all.order, p.any.order)
		if !p.allow.empty() {
			codes = p.allow.order
		}
		var w audit.Want
		for _, code := range codes {
			w.Groups = append(w.Groups, groupName(code))
		}
		if len(w.Groups) == 0 {
			w.Other = "Take out of the list of groups: " + groupNames(p.deny.order) + "."
		}
		return w
	},
	Examples: []audit.Example{
		example("x25519 where only NIST curves are allowed", audit.Fail, map[string]any{"allow": []any{"secp256r1", "secp384r1"}}),
		example("no hybrid group", audit.Fail, map[string]any{"any": []any{"X25519MLKEM768"}}),
		example("allowed groups only", audit.Pass, map[string]any{"allow": []any{"x25519", "P-256", "secp384r1"}}),
		example("x25519 forbidden by name", audit.Fail, map[string]any{"deny": []any{"x25519"}}),
		example("group listed until yesterday", audit.Fail, map[string]any{"allow": []any{"secp256r1", map[string]any{"name": "x25519", "until": "2026-11-19"}}}),
		example("one of two demanded is missing", audit.Fail, map[string]any{"all": []any{"x25519", "secp384r1"}}),
		example("both demanded are accepted", audit.Pass, map[string]any{"all": []any{"x25519", "secp256r1"}}),
		example("groups not enumerated", audit.Unknown, map[string]any{"allow": []any{"x25519"}}, func(o *audit.Observation) { o.Groups = nil }),
		example("TLS 1.2, sampled only, and good", audit.Unknown, map[string]any{"allow": []any{"x25519"}, "versions": []any{"TLSv1.2"}}, sampled(audit.TLSv12, "x25519")),
		example("TLS 1.2, sampled only, and bad", audit.Fail, map[string]any{"allow": []any{"x25519"}, "versions": []any{"TLSv1.2"}}, sampled(audit.TLSv12, "secp256r1")),
		example("TLS 1.2, nothing sampled", audit.Unknown, map[string]any{"any": []any{"x25519"}, "versions": []any{"TLSv1.2"}}, sampled(audit.TLSv12, "")),
		example("TLS 1.2, one of them seen", audit.Pass, map[string]any{"any": []any{"x25519"}, "versions": []any{"TLSv1.2"}}, sampled(audit.TLSv12, "x25519")),
		example("TLS 1.2, enumerated", audit.Pass, map[string]any{"allow": []any{"x25519"}, "versions": []any{"TLSv1.2"}}),
		example("1024-bit prime, where ffdhe2048 is the smallest listed", audit.Fail, at12(map[string]any{"allow": []any{"x25519", "ffdhe2048", "ffdhe3072"}}), dhe(1024)),
		example("2048-bit prime, where ffdhe2048 is not listed", audit.Fail, at12(map[string]any{"allow": []any{"x25519", "ffdhe3072"}}), dhe(2048)),
		example("prime of the size of a group listed", audit.Unknown, at12(map[string]any{"allow": []any{"x25519", "ffdhe2048"}}), dhe(2048)),
		example("prime known to be that of a group listed", audit.Pass, at12(map[string]any{"allow": []any{"x25519", "ffdhe2048"}}), dhe(2048), primeOf("ffdhe2048")),
		example("prime known to be that of a group not listed", audit.Fail, at12(map[string]any{"allow": []any{"x25519", "ffdhe3072"}}), dhe(2048), primeOf("ffdhe2048")),
		example("prime of a DHE suite not read", audit.Unknown, at12(map[string]any{"allow": []any{"x25519", "ffdhe2048"}}), dhe(0)),
		example("DHE, where elliptic curves alone are listed", audit.Fail, at12(map[string]any{"allow": []any{"x25519"}}), dhe(4096)),
		example("DHE, which another rule judges", audit.Pass, at12(map[string]any{"allow": []any{"x25519"}, "dhe": "elsewhere"}), dhe(2048)),
		example("prime of the size of a group forbidden", audit.Unknown, at12(map[string]any{"deny": []any{"ffdhe2048"}}), dhe(2048)),
		example("prime not of the size of a group forbidden", audit.Pass, at12(map[string]any{"deny": []any{"ffdhe2048"}}), dhe(3072)),
		example("curves forbidden, whatever the prime", audit.Pass, at12(map[string]any{"deny": []any{"secp224r1"}}), dhe(0)),
		example("group demanded that may be the prime's", audit.Unknown, at12(map[string]any{"any": []any{"ffdhe3072"}}), dhe(3072)),
		example("group demanded that cannot be the prime's", audit.Fail, at12(map[string]any{"any": []any{"ffdhe3072"}}), dhe(2048)),
		example("suites not enumerated to the end", audit.Unknown, at12(map[string]any{"allow": []any{"x25519"}}), cutShort(audit.TLSv12)),
		example("whether TLS 1.3 is accepted is not known", audit.Unknown, map[string]any{"allow": []any{"x25519"}},
			answers(audit.TLSv13, audit.Undetermined, "timed out"), func(o *audit.Observation) { o.Groups = nil }),
		example("no TLS 1.3", audit.NotApplicable, map[string]any{"allow": []any{"x25519"}},
			answers(audit.TLSv13, audit.Refused, "alert 70"), func(o *audit.Observation) { o.Groups = nil }),
	},
}

// objection says why a group is ruled out, or "".
func (p *groupParams) objection(code audit.Code, c *audit.Case) string {
	if p.deny.has(code, c.Now) {
		return deniedBy(c, "name")
	}
	if p.allow.empty() {
		return ""
	}
	if listed, why := p.allow.find(code, c.Now); why != "" {
		return why
	} else if !listed {
		return notListedBy(c, "groups allowed")
	}
	return ""
}

// lapsed reports whether the rule demands groups and nothing else, and none of
// them at the time of judgement.
func (p *groupParams) lapsed(c *audit.Case) bool {
	return p.allow.empty() && p.deny.empty() && len(p.any.current(c.Now))+len(p.all.current(c.Now)) == 0
}

// missing says which groups demanded are not accepted.
func (p *groupParams) missing(c *audit.Case, accepted []audit.Code) (lacking []string) {
	found := func(code audit.Code) bool { return slices.Contains(accepted, code) }
	if one := p.any.current(c.Now); len(one) > 0 && !slices.ContainsFunc(one, found) {
		lacking = append(lacking, "none of the groups "+groupNames(one)+" is accepted")
	}
	if absent := slices.DeleteFunc(p.all.current(c.Now), found); len(absent) > 0 {
		lacking = append(lacking, "groups not accepted, though demanded: "+groupNames(absent))
	}
	return lacking
}

// acceptedGroups lists the groups known to be accepted: those enumerated, and
// those that handshakes of suites happened to use.
func acceptedGroups(c *audit.Case) []audit.GroupFact {
	d := derivedFrom(c)
	if d.groups == nil {
		d.groups = seenGroups(c)
	}
	return d.groups
}

func seenGroups(c *audit.Case) []audit.GroupFact {
	list := []audit.GroupFact{}
	add := func(g audit.GroupFact) {
		same := func(have audit.GroupFact) bool { return have.Version == g.Version && have.Name == g.Name }
		if !slices.ContainsFunc(list, same) {
			list = append(list, g)
		}
	}
	for _, g := range c.Observation.Groups {
		if g.Answer == audit.Accepted {
			add(g)
		}
	}
	for _, s := range suitesByVersion(c) {
		if s.Group != "" {
			reg, _ := tlsreg.GroupByName(s.Group)
			add(audit.GroupFact{ID: reg.Code, Name: s.Group, Version: s.Version, Answer: audit.Accepted})
		}
	}
	return list
}

// groupsGap says why the groups of v are not all known, and how to learn them.
func groupsGap(o *audit.Observation, v audit.Version) string {
	gap := o.LacksGroups(v)
	if gap != "" && o.Depth == "" && o.Version(v).GroupsAnswer == audit.NotAsked {
		gap += "; --depth deep asks for all of them"
	}
	return gap
}

// groupNames joins the names of groups.
func groupNames(codes []audit.Code) string {
	list := make([]string, len(codes))
	for i, code := range codes {
		list[i] = groupName(code)
	}
	return strings.Join(list, ", ")
}

// groupList reads a list of key-exchange groups, each given by name, number or
// as a mapping with either.
func (r *reader) groupList(key string) listing {
	return r.listing(key, func(key string, item any) audit.Code {
		name, ok := r.entry(key, item)
		if !ok {
			return 0
		}
		g, ok := tlsreg.GroupByName(name)
		if !ok {
			r.fail("parameter %q: %q is not a key-exchange group of the registry%s", key, name, didYouMean(name, groupSpellings()))
		}
		return g.Code
	})
}

func groupSpellings() (list []string) {
	for _, g := range tlsreg.Groups() {
		list = append(list, g.Names()...)
	}
	return list
}

// groupName returns the IANA name of a group, or its number.
func groupName(code audit.Code) string {
	if g, ok := tlsreg.GroupByCode(code); ok {
		return g.Name
	}
	return code.String()
}

// ffdheBits returns the prime size of a finite-field group, or 0.
func ffdheBits(code audit.Code) int {
	if g, ok := tlsreg.GroupByCode(code); ok && g.Kind == "ffdhe" {
		return g.Bits
	}
	return 0
}
