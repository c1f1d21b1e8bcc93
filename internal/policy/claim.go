package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// claim is what one rule says about the members of a set that other rules
// speak of too: protocol versions, cipher suites, groups at a version. It is
// how contradictions between rules are found; verdicts do not rest on it.
type claim struct {
	kind string
	// all are demanded each, any one of them.
	all, any []string
	// listed are allowed by name; closed says that nothing else is.
	listed map[string]bool
	closed bool
	// ruled are ruled out by name or property.
	ruled map[string]bool
}

// The kinds of claims.
const (
	versionKind = "protocol version"
	suiteKind   = "cipher suite"
	groupKind   = "group"
	keyKind     = "key type"
	curveKind   = "curve"
	orderKind   = "order of suites"
	hashKind    = "hash of signatures"
	purposeKind = "extended key usage"
	ocspKind    = "OCSP"
)

// unlisted is how a claim excludes what it does not forbid by name.
const unlisted = "does not list"

// excludes says how the claim rules a member out: "forbids", "does not list",
// or "" if it does not.
func (c *claim) excludes(name string) string {
	switch {
	case c.ruled[name]:
		return "rules out"
	case c.closed && !c.listed[name]:
		return unlisted
	}
	return ""
}

// emptiedBy reports whether the other claim leaves nothing of what this one
// allows. Of hashes a single one ruled out is enough: every certificate has one.
func (c *claim) emptiedBy(other *claim) bool {
	return c.closed && (other.closed || c.kind == hashKind || c.kind == keyKind) &&
		!slices.ContainsFunc(sortedKeys(c.listed), func(name string) bool { return other.excludes(name) == "" })
}

// merelyOmits reports whether the claim rules none of the names out by itself.
func (c *claim) merelyOmits(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return c.ruled[name] })
}

// claims are what a rule says at a time; params are as written.
func claims(r *audit.Rule, params map[string]any, at time.Time) []claim {
	if r.Level == audit.May || r.Level == audit.Process {
		return nil
	}
	list := func(key string) []string { return namesAt(params[key], at) }
	switch r.Check {
	case "protocol.offered":
		if r.Forbids() {
			return []claim{{kind: versionKind, ruled: set(list("versions"))}}
		}
		if params["any"] == true {
			return []claim{{kind: versionKind, any: list("versions")}}
		}
		return []claim{{kind: versionKind, all: list("versions")}}
	case "protocol.tls_enabled":
		return []claim{{kind: versionKind, all: list("all"), any: list("any")}}
	case "protocol.only":
		return []claim{{kind: versionKind, listed: set(list("versions")), closed: true}}
	case "protocol.min", "protocol.secure_only":
		least, _ := params["min"].(string)
		if r.Check == "protocol.secure_only" {
			least = audit.TLSv12.String()
		}
		ruled := map[string]bool{}
		for _, v := range audit.Versions {
			if v.String() == least {
				break
			}
			ruled[v.String()] = true
		}
		return []claim{{kind: versionKind, ruled: ruled}}
	case "suite.predicate", "suite.pfs_only", "suite.aead_only":
		return []claim{suiteClaim(r, params, list)}
	case "kx.tls13_groups":
		return groupClaims(params, list)
	case "cert.key.type":
		var out []claim
		if allow := list("allow"); len(allow) > 0 {
			out = append(out, claim{kind: keyKind, listed: set(allow), closed: true})
		}
		if forbid := list("forbid"); len(forbid) > 0 {
			out = append(out, claim{kind: keyKind, ruled: set(forbid)})
		}
		if curves := list("curves"); len(curves) > 0 {
			out = append(out, claim{kind: curveKind, listed: set(curves), closed: true})
		}
		return out
	case "cert.sig.hash":
		var out []claim
		if hashes := list("hashes"); len(hashes) > 0 {
			out = append(out, claim{kind: hashKind, listed: set(hashes), closed: true})
		}
		if forbid := list("forbid"); len(forbid) > 0 {
			out = append(out, claim{kind: hashKind, ruled: set(forbid)})
		}
		return out
	case "cert.eku":
		c := claim{kind: purposeKind, all: list("require"), ruled: set(list("forbid"))}
		if only := list("only"); len(only) > 0 {
			c.listed, c.closed = set(only), true
		}
		return []claim{c}
	case "cert.key.type_any":
		return []claim{{kind: keyKind, any: list("any")}}
	case "suite.server_order":
		if v, ok := params["value"].(bool); ok {
			side := map[bool]string{true: "the server decides", false: "the client decides"}
			return []claim{{kind: orderKind, all: []string{side[v]}, ruled: map[string]bool{side[!v]: true}}}
		}
	case "ocsp.stapling":
		return []claim{{kind: ocspKind, all: []string{"OCSP"}}}
	case "cert.aia":
		if slices.Contains(list("require"), "ocsp") {
			return []claim{{kind: ocspKind, all: []string{"OCSP"}}}
		}
		if slices.Contains(list("may"), "ocsp") {
			return []claim{{kind: ocspKind, listed: map[string]bool{"OCSP": true}}}
		}
	}
	return nil
}

func suiteClaim(r *audit.Rule, params map[string]any, list func(string) []string) claim {
	c := claim{kind: suiteKind, all: canonical(list("all")), any: canonical(list("any")), ruled: map[string]bool{}}
	if allow := slices.Concat(list("allow"), list("transition")); len(allow) > 0 {
		c.listed, c.closed = set(canonical(allow)), true
	}
	var conditions []map[string]any
	switch r.Check {
	case "suite.pfs_only":
		conditions = append(conditions, map[string]any{"pfs": false})
	case "suite.aead_only":
		conditions = append(conditions, map[string]any{"aead": false})
	}
	for _, key := range []string{"deny", "forbid"} {
		items, _ := params[key].([]any)
		for _, item := range items {
			m, ok := item.(map[string]any)
			when, isCondition := m["when"].(map[string]any)
			switch {
			case ok && isCondition:
				conditions = append(conditions, when)
			default:
				for _, name := range canonical(namesAt([]any{item}, time.Time{})) {
					c.ruled[name] = true
				}
			}
		}
	}
	if when, ok := params["when"].(map[string]any); ok {
		conditions = append(conditions, when)
	}
	flat := maps.Clone(params)
	maps.DeleteFunc(flat, func(key string, _ any) bool { return !slices.Contains(conditionKeys, key) })
	if len(flat) > 0 {
		conditions = append(conditions, flat)
	}
	for _, when := range conditions {
		for _, s := range tlsreg.Suites() {
			if s.Status == "iana" && meets(when, s) {
				c.ruled[s.Name] = true
			}
		}
	}
	return c
}

var conditionKeys = []string{"enc", "auth", "kx", "mac", "mode", "export", "pfs", "aead", "strength_lt", "rfc10015_section"}

// meets reports whether a suite has all the properties of a condition. A
// property it does not know is not claimed.
func meets(when map[string]any, s tlsreg.Suite) bool {
	word := map[string]string{"enc": s.Enc, "auth": s.Auth, "kx": s.KX, "mac": s.MAC, "mode": s.Mode, "rfc10015_section": s.RFC10015}
	flag := map[string]bool{"export": s.Export, "pfs": s.PFS, "aead": s.AEAD}
	for key, v := range when {
		switch want := v.(type) {
		case bool:
			if is, known := flag[key]; !known || is != want {
				return false
			}
		case int:
			if key != "strength_lt" || s.StrengthBits >= want {
				return false
			}
		default:
			is, known := word[key]
			if !known || !slices.ContainsFunc(namesAt(v, time.Time{}), func(w string) bool { return strings.EqualFold(w, is) }) {
				return false
			}
		}
	}
	return len(when) > 0
}

// groupClaims speaks of groups at one version each, since the same group may
// be allowed at one and not at the other.
func groupClaims(params map[string]any, list func(string) []string) []claim {
	versions := list("versions")
	if len(versions) == 0 {
		versions = []string{audit.TLSv13.String()}
	}
	var out []claim
	for _, v := range versions {
		kind := groupKind + " at " + v
		c := claim{kind: kind, all: canonicalGroups(list("all")), any: canonicalGroups(list("any")),
			ruled: set(canonicalGroups(slices.Concat(list("deny"), list("forbid"))))}
		if allow := list("allow"); len(allow) > 0 {
			c.listed, c.closed = set(canonicalGroups(allow)), true
		}
		out = append(out, c)
	}
	return out
}

// namesAt reads a list parameter: a word, or a list of words and of entries
// that are on it for a time. The zero time stands for any.
func namesAt(v any, at time.Time) []string {
	items, ok := v.([]any)
	if !ok {
		if v == nil {
			return nil
		}
		items = []any{v}
	}
	var names []string
	for _, item := range items {
		m, ok := item.(map[string]any)
		if !ok {
			names = append(names, fmt.Sprint(item))
			continue
		}
		var from, until date
		if s, ok := m["from"].(string); ok && from.UnmarshalText([]byte(s)) != nil {
			continue
		}
		if s, ok := m["until"].(string); ok && until.UnmarshalText([]byte(s)) != nil {
			continue
		}
		if !at.IsZero() && (at.Before(from.first) || !until.after.IsZero() && !at.Before(until.after)) {
			continue
		}
		if name, ok := m["name"].(string); ok {
			names = append(names, name)
		} else if id, ok := m["id"].(string); ok {
			names = append(names, id)
		}
	}
	return names
}

// canonical gives suites their IANA names, and leaves out what is none.
func canonical(list []string) []string {
	var out []string
	for _, name := range list {
		if s, ok := tlsreg.SuiteByName(name); ok {
			out = append(out, s.Name)
		}
	}
	return out
}

func canonicalGroups(list []string) []string {
	var out []string
	for _, name := range list {
		if g, ok := tlsreg.GroupByName(name); ok {
			out = append(out, g.Name)
		}
	}
	return out
}

func set(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, name := range list {
		m[name] = true
	}
	return m
}
