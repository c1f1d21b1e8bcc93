package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

type groupParams struct {
	allow, any []audit.Code
	versions   []audit.Version
}

var kxTLS13Groups = &audit.Check{
	ID:    "kx.tls13_groups",
	Title: "Key exchange uses the groups allowed",
	Doc:   "The group bounds the strength of the key exchange. Hybrid post-quantum groups keep today's recordings from being read by tomorrow's machines; some standards admit NIST curves only.",
	Detect: "Groups are offered one after the other until the server takes none, by default in TLS 1.3. With `allow`, an accepted group outside the list is a violation; " +
		"with `any`, one of the list must be accepted. Does not apply where none of the versions is accepted. Unknown if groups were not enumerated.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 9846 section 4.3.7", "RFC 10024", "RFC 7919"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedVersions, audit.NeedGroups},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := groupParams{allow: r.groups("allow"), any: r.groups("any"), versions: r.versions("versions")}
		r.require("allow", "any")
		if p.versions == nil {
			p.versions = []audit.Version{audit.TLSv13}
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"allow":    "groups that may be accepted, by IANA or OpenSSL name or number",
		"any":      "groups of which one must be accepted",
		"versions": "protocol versions to look at (default TLSv1.3)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p, o := c.Params.(groupParams), c.Observation
		applies := slices.ContainsFunc(p.versions, func(v audit.Version) bool { return o.Version(v).Answer == audit.Accepted })
		if !applies {
			return []audit.Outcome{moot("none of %s is accepted", names(p.versions))}
		}
		var out []audit.Outcome
		found := false
		for _, g := range o.Groups {
			if g.Answer != audit.Accepted || !slices.Contains(p.versions, g.Version) {
				continue
			}
			found = found || slices.Contains(p.any, g.ID)
			if len(p.allow) > 0 && !slices.Contains(p.allow, g.ID) {
				out = append(out, violated(g.ID.String(), "group %s is accepted at %s", g.Name, g.Version))
			}
		}
		if len(p.any) > 0 && !found {
			out = append(out, missingGroup(o, p))
		}
		return out
	},
	Want: func(params any) audit.Want {
		p := params.(groupParams)
		codes := p.allow
		if len(codes) == 0 {
			codes = p.any
		}
		var w audit.Want
		for _, code := range codes {
			w.Groups = append(w.Groups, groupName(code))
		}
		return w
	},
	Examples: []audit.Example{
		example("x25519 where only NIST curves are allowed", audit.Fail, map[string]any{"allow": []any{"secp256r1", "secp384r1"}}),
		example("no hybrid group", audit.Fail, map[string]any{"any": []any{"X25519MLKEM768"}}),
		example("allowed groups only", audit.Pass, map[string]any{"allow": []any{"x25519", "P-256", "secp384r1"}}),
		example("groups not enumerated", audit.Unknown, map[string]any{"allow": []any{"x25519"}}, func(o *audit.Observation) { o.Groups = nil }),
		example("no TLS 1.3", audit.NotApplicable, map[string]any{"allow": []any{"x25519"}},
			answers(audit.TLSv13, audit.Refused, "alert 70"), func(o *audit.Observation) { o.Groups = nil }),
	},
}

// missingGroup is a violation only if the enumeration left nothing open.
func missingGroup(o *audit.Observation, p groupParams) audit.Outcome {
	list := make([]string, len(p.any))
	for i, code := range p.any {
		list[i] = groupName(code)
	}
	if gap := o.Lacks(audit.NeedGroups); gap != "" {
		return undecided("", "%s", gap)
	}
	return violated("", "none of the groups %s is accepted", strings.Join(list, ", "))
}

// groups returns a list of key-exchange groups, each given by name, number or
// as a mapping with either.
func (r *reader) groups(key string) []audit.Code {
	var codes []audit.Code
	for _, item := range r.list(key) {
		name, ok := r.entry(key, item)
		if !ok {
			return nil
		}
		g, ok := tlsreg.GroupByName(name)
		if !ok {
			r.fail("parameter %q: %q is not a key-exchange group of the registry", key, name)
			return nil
		}
		codes = append(codes, g.Code)
	}
	return codes
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
