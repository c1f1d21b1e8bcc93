package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// expander turns the sections of a profile into demands. Rule ids are made of
// the section and key they come from, such as "protocols.forbidden".
type expander struct {
	profile string
	list    []demand
}

// add appends a demand. The pointer is good until the next call.
func (x *expander) add(id, title, control string, l audit.Level, place audit.Place, check string, params map[string]any) *demand {
	x.list = append(x.list, demand{params: params, rule: audit.Rule{
		Profile: x.profile, ID: id, Title: title, Control: control, Level: l, Check: check, Place: &place,
	}})
	return &x.list[len(x.list)-1]
}

func (x *expander) protocols(doc *protocolsDoc) {
	for _, s := range []struct {
		key    string
		docs   []protocolDoc
		level  audit.Level
		check  string
		params string
		title  string
		join   string
	}{
		{"forbidden", doc.Forbidden, audit.MustNot, "protocol.offered", "versions", "Not offered: ", ", "},
		{"discouraged", doc.Discouraged, audit.ShouldNot, "protocol.offered", "versions", "Better not offered: ", ", "},
		{"required", doc.Required, audit.Must, "protocol.tls_enabled", "all", "Offered: ", " and "},
		{"required_any", doc.RequiredAny, audit.Must, "protocol.tls_enabled", "any", "Offered: ", " or "},
		{"recommended", doc.Recommended, audit.Should, "protocol.tls_enabled", "all", "Better offered: ", " and "},
	} {
		for i, group := range groupProtocols(s.docs) {
			id := "protocols." + s.key
			if i > 0 {
				id += "." + string(group[0].Name)
			}
			var versions []string
			for _, p := range group {
				versions = append(versions, string(p.Name))
			}
			d := x.add(id, s.title+strings.Join(versions, s.join), group[0].Control, s.level, group[0].Place, s.check, map[string]any{s.params: words(versions)})
			d.rule.From, d.rule.Until, d.rule.Note = group[0].From.first, group[0].Until.after, group[0].Note
		}
	}
}

// groupProtocols keeps together what is demanded by the same clause for the
// same time, so that one rule speaks of all of it.
func groupProtocols(docs []protocolDoc) [][]protocolDoc {
	var groups [][]protocolDoc
	for _, p := range docs {
		i := slices.IndexFunc(groups, func(g []protocolDoc) bool {
			return g[0].Control == p.Control && g[0].From == p.From && g[0].Until == p.Until && g[0].Note == p.Note
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], p)
	}
	return groups
}

func (x *expander) suites(doc *suitesDoc) error {
	switch {
	case doc.Mode == "allowlist" && len(doc.Allow) == 0:
		return &audit.InputError{Place: doc.Place, Cause: "suites: an allowlist without allow", Hint: "list the suites under allow"}
	case doc.Mode == "allowlist" && len(doc.Deny) > 0:
		return &audit.InputError{Place: doc.Place, Cause: "suites: an allowlist with deny", Hint: "what is not allowed is denied; leave deny off"}
	case doc.Mode == "denylist" && len(doc.Deny) == 0:
		return &audit.InputError{Place: doc.Place, Cause: "suites: a denylist without deny", Hint: "list the conditions under deny"}
	case doc.Mode == "denylist" && len(doc.Allow)+len(doc.TransitionOnly) > 0:
		return &audit.InputError{Place: doc.Place, Cause: "suites: a denylist with allow", Hint: "what is not denied is allowed; leave allow off"}
	}
	if doc.Mode == "allowlist" {
		params := map[string]any{"allow": names(doc.Allow)}
		if len(doc.TransitionOnly) > 0 {
			params["transition"] = names(doc.TransitionOnly)
		}
		x.add("suites.allow", "Only the suites listed are accepted", doc.Control, audit.Must, doc.Place, "suite.predicate", params)
	}
	for i, deny := range doc.Deny {
		if !deny.When.IsMapping() {
			return deny.When.Fault("write property: value, such as enc: [RC4]", "when must be a mapping")
		}
		d := x.add(fmt.Sprintf("suites.deny.%d", i+1), "No suite is accepted with "+properties(deny.When), cmp.Or(deny.Control, doc.Control), audit.Level(deny.Level), deny.Place, "suite.predicate",
			map[string]any{"deny": []any{map[string]any{"when": deny.When.Any()}}})
		d.rule.From, d.rule.Until, d.rule.Note = deny.From.first, deny.Until.after, deny.Note
	}
	if doc.ServerPreference != nil {
		x.add("suites.server_preference", "The choice among suites is with the side the standard names", doc.Control, audit.Must, doc.Place, "suite.server_order", map[string]any{"value": *doc.ServerPreference})
	}
	return nil
}

func names(docs []suiteDoc) []any {
	list := make([]any, len(docs))
	for i, d := range docs {
		list[i] = d.name
	}
	return list
}

func groupNames(docs []groupDoc) []any {
	list := make([]any, len(docs))
	for i, d := range docs {
		list[i] = d.name
	}
	return list
}

func words(list []string) []any {
	out := make([]any, len(list))
	for i, w := range list {
		out[i] = w
	}
	return out
}

// groups expands to rules on TLS 1.2 and 1.3, where the groups accepted can be
// told completely.
func (x *expander) groups(doc *groupsDoc) {
	versions := words([]string{audit.TLSv12.String(), audit.TLSv13.String()})
	if len(doc.Allow) > 0 {
		x.add("groups.allow", "Only the groups listed are accepted", doc.Control, audit.Must, doc.Place, "kx.tls13_groups",
			map[string]any{"allow": groupNames(doc.Allow), "versions": versions}).rule.Note = doc.Note
	}
	if len(doc.RequiredAny) > 0 {
		x.add("groups.required_any", "One of the groups listed is accepted", doc.Control, audit.Must, doc.Place, "kx.tls13_groups",
			map[string]any{"any": groupNames(doc.RequiredAny), "versions": versions})
	}
}

func (x *expander) keys(doc *keysDoc) {
	add := func(id, title string, l audit.Level, check string, params map[string]any) *demand {
		return x.add("keys."+id, title, doc.Control, l, doc.Place, check, params)
	}
	bits := map[string]any{}
	for key, n := range map[string]int{"rsa": cmp.Or(doc.RSAMin, doc.RSABits), "ecdsa": doc.ECDSAMin, "dsa": doc.DSAMin} {
		if n > 0 {
			bits[key] = n
		}
	}
	// a list of curves is a least size too: the check must not be left without
	// a word on ECDSA keys where the standard has one
	if bits["ecdsa"] == nil && len(bits) > 0 {
		if n := smallestCurve(doc.ECDSACurves); n > 0 {
			bits["ecdsa"] = n
		}
	}
	if len(bits) > 0 {
		add("min_bits", "Certificate keys have enough bits: "+atLeast(bits), audit.Must, "cert.key.min_bits", bits)
	}
	if n := cmp.Or(doc.DHMin, doc.DHBits); n > 0 {
		add("dh", fmt.Sprintf("Finite-field Diffie-Hellman has %d bits or more", n), audit.Must, "kx.dh.min_bits", map[string]any{"min": n})
	}
	kind := map[string]any{}
	if len(doc.Types) > 0 {
		kind["allow"] = words(doc.Types)
	}
	if len(doc.ECDSACurves) > 0 {
		kind["curves"] = groupNames(doc.ECDSACurves)
	}
	if len(kind) > 0 {
		add("types", "The certificate's key is of a type and curve listed", audit.Must, "cert.key.type", kind)
	}
	if len(doc.ECDSACurvesShould) > 0 {
		add("curves", "The certificate's ECDSA key is on a curve listed", audit.Should, "cert.key.type", map[string]any{"curves": groupNames(doc.ECDSACurvesShould)})
	}
	if doc.StrengthMin > 0 {
		add("strength", fmt.Sprintf("Everything negotiated has %d bits of strength or more", doc.StrengthMin), audit.Must, "crypto.strength.min_bits", map[string]any{"min": doc.StrengthMin})
	}
	if doc.ECDHBits > 0 {
		add("ecdh", fmt.Sprintf("Elliptic-curve Diffie-Hellman has %d bits or more", doc.ECDHBits), audit.Must, "kx.tls13_groups", nil).off = fmt.Sprintf("elliptic-curve key exchange of %d bits or more: read it off the groups in the evidence", doc.ECDHBits)
	}
}

// withoutRepeats drops a derived demand if a written rule asks the same: the
// rule has the better name and control.
func withoutRepeats(derived, written []demand) []demand {
	return slices.DeleteFunc(derived, func(d demand) bool {
		return d.off == "" && slices.ContainsFunc(written, func(w demand) bool { return w.same(&d) })
	})
}

// smallestCurve returns the size of the smallest curve listed, or 0.
func smallestCurve(docs []groupDoc) int {
	least := 0
	for _, d := range docs {
		if g, ok := tlsreg.GroupByName(d.name); ok && g.Bits > 0 && (least == 0 || g.Bits < least) {
			least = g.Bits
		}
	}
	return least
}
