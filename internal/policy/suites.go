package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
	"tlsaudit/internal/tlsreg"
)

// suitesDoc is the section on cipher suites. Its mode says which lists it has.
type suitesDoc struct {
	Place   audit.Place `yaml:",place"`
	Mode    suiteMode   `yaml:"mode,required"`
	Control string      `yaml:"control"`
	// Level is the force of an allow list; must, if left out.
	Level level `yaml:"level"`

	Allow             suiteList       `yaml:"allow"`
	TransitionOnly    []suiteDoc      `yaml:"transition_only"`
	CNSA1TLS12        []suiteDoc      `yaml:"cnsa1_tls12"`
	Deny              []denyDoc       `yaml:"deny"`
	Recommended       []suiteDoc      `yaml:"recommended"`
	RequiredAnyServer []suiteDoc      `yaml:"required_any_server"`
	RequiredTLS13     []suiteDoc      `yaml:"required_tls13"`
	RequiredClient    []suiteDoc      `yaml:"required_client"`
	Good              []suiteDoc      `yaml:"good"`
	Sufficient        []suiteDoc      `yaml:"sufficient"`
	PhaseOut          []suiteDoc      `yaml:"phase_out"`
	Insufficient      strictyaml.Node `yaml:"insufficient"`
	Degraded          []suiteDoc      `yaml:"degraded"`
	Forbidden         strictyaml.Node `yaml:"forbidden"`

	ServerPreference *bool           `yaml:"server_preference"`
	PSKAppendix      string          `yaml:"psk_appendix"`
	Preference       []string        `yaml:"preference"`
	Note             strictyaml.Node `yaml:"note"`
	// RFC10015Counts documents how many suites each section of RFC 10015 names.
	RFC10015Counts map[string]int `yaml:"rfc10015_counts"`
}

// suiteModes names, for each mode, the lists it must have and those it may
// have.
var suiteModes = map[suiteMode][2][]string{
	"allowlist":              {{"allow"}, {"transition_only", "cnsa1_tls12"}},
	"allowlist+required_any": {{"allow", "required_any_server"}, {"required_tls13", "required_client"}},
	"denylist":               {{"deny"}, nil},
	"denylist+recommended":   {{"deny", "recommended"}, nil},
	"tiers":                  {nil, {"good", "sufficient", "phase_out", "insufficient", "recommended", "degraded", "forbidden"}},
}

type suiteMode string

func (m *suiteMode) UnmarshalText(b []byte) error {
	*m = suiteMode(b)
	return strictyaml.Choose(string(b), []string{"allowlist", "allowlist+required_any", "denylist", "denylist+recommended", "tiers"})
}

// suiteDoc is a suite by number and name, which must agree.
type suiteDoc struct{ entry }

// UnmarshalNode implements strictyaml.Unmarshaler.
func (s *suiteDoc) UnmarshalNode(n strictyaml.Node) error {
	return s.read(n, "cipher suite", func(id string) (string, bool) {
		suite, ok := tlsreg.SuiteByName(id)
		return suite.Name, ok
	})
}

// suiteList is a list of suites, or the id of the profile whose list it is.
type suiteList struct {
	list []suiteDoc
	from string
	node strictyaml.Node
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (l *suiteList) UnmarshalNode(n strictyaml.Node) error {
	l.node = n
	if n.IsText() {
		l.from, _ = n.Text()
		return nil
	}
	items, err := n.Items()
	if err != nil {
		return err
	}
	l.list = make([]suiteDoc, len(items))
	for i, item := range items {
		if err := item.Decode(&l.list[i]); err != nil {
			return err
		}
	}
	return nil
}

type denyDoc struct {
	Place   audit.Place     `yaml:",place"`
	When    strictyaml.Node `yaml:"when,required"`
	Level   level           `yaml:"level,required"`
	Control string          `yaml:"control"`
	From    date            `yaml:"from"`
	Until   date            `yaml:"until"`
	Note    string          `yaml:"note"`
}

// check holds the lists of the section to its mode.
func (doc *suitesDoc) check() error {
	mode := suiteModes[doc.Mode]
	present := map[string]bool{
		"allow": !doc.Allow.node.IsZero(), "transition_only": len(doc.TransitionOnly) > 0, "cnsa1_tls12": len(doc.CNSA1TLS12) > 0, "deny": len(doc.Deny) > 0,
		"recommended": len(doc.Recommended) > 0, "required_any_server": len(doc.RequiredAnyServer) > 0, "required_tls13": len(doc.RequiredTLS13) > 0,
		"required_client": len(doc.RequiredClient) > 0, "good": len(doc.Good) > 0, "sufficient": len(doc.Sufficient) > 0, "phase_out": len(doc.PhaseOut) > 0,
		"insufficient": !doc.Insufficient.IsZero(), "degraded": len(doc.Degraded) > 0, "forbidden": !doc.Forbidden.IsZero(),
	}
	for _, key := range mode[0] {
		if !present[key] {
			return &audit.InputError{Place: doc.Place, Cause: fmt.Sprintf("suites: the mode %s without %s", doc.Mode, key), Hint: "list the suites, or conditions, under " + key}
		}
	}
	for _, key := range sortedKeys(present) {
		if present[key] && !slices.Contains(mode[0], key) && !slices.Contains(mode[1], key) {
			return &audit.InputError{Place: doc.Place, Cause: fmt.Sprintf("suites: the mode %s with %s", doc.Mode, key),
				Hint: "this mode has " + strings.Join(slices.Concat(mode[0], mode[1]), ", ") + "; leave " + key + " off or change the mode"}
		}
	}
	if err := doc.checkEntries(); err != nil || doc.Mode != "tiers" {
		return err
	}
	ours := present["insufficient"] && len(doc.Good)+len(doc.Sufficient) > 0 && !present["recommended"] && !present["degraded"] && !present["forbidden"]
	theirs := present["forbidden"] && present["recommended"] && !present["good"] && !present["sufficient"] && !present["phase_out"] && !present["insufficient"]
	if ours || theirs {
		return nil
	}
	return &audit.InputError{Place: doc.Place, Cause: "suites: tiers that do not belong together",
		Hint: "write good, sufficient, phase_out and insufficient: '*', or recommended, degraded and forbidden: '*'"}
}

// checkEntries refuses what would be read and not judged.
func (doc *suitesDoc) checkEntries() error {
	if err := cmp.Or(everythingElse(doc.Insufficient, "insufficient"), everythingElse(doc.Forbidden, "forbidden")); err != nil {
		return err
	}
	lists := [][]suiteDoc{doc.Allow.list, doc.TransitionOnly, doc.CNSA1TLS12, doc.RequiredAnyServer, doc.RequiredTLS13, doc.RequiredClient, doc.Good, doc.Sufficient, doc.PhaseOut, doc.Degraded}
	if doc.Mode == "tiers" {
		lists = append(lists, doc.Recommended)
	}
	if err := withoutLevel(lists...); err != nil {
		return err
	}
	return inOneTier("suites", slices.Concat(tierOf("recommended", doc.Recommended), tierOf("good", doc.Good), tierOf("sufficient", doc.Sufficient),
		tierOf("phase_out", doc.PhaseOut), tierOf("degraded", doc.Degraded)))
}

func (x *expander) suites(doc *suitesDoc) error {
	if err := doc.check(); err != nil {
		return err
	}
	allow := doc.Allow.list
	if doc.Allow.from != "" {
		parent := x.find(doc.Allow.from)
		if parent == nil || parent.Suites == nil || len(parent.Suites.Allow.list) == 0 {
			return doc.Allow.node.Fault("write the id of a built-in profile with an allow list, or list the suites", "%q is no profile that lists suites", doc.Allow.from)
		}
		allow = parent.Suites.Allow.list
	}
	add := func(id, title string, l audit.Level, params map[string]any) {
		x.add("suites."+id, title, doc.Control, l, doc.Place, "suite.predicate", params)
	}
	if len(allow) > 0 {
		params := map[string]any{"allow": entries(allow)}
		if later := slices.Concat(doc.TransitionOnly, doc.CNSA1TLS12); len(later) > 0 {
			params["transition"] = entries(later)
		}
		add("allow", "Only the suites listed are accepted", doc.Level.or(audit.Must), params)
	}
	if len(doc.RequiredAnyServer) > 0 {
		add("required_any_server", "One of the suites listed is accepted at TLS 1.2", audit.Must, map[string]any{"any": entries(doc.RequiredAnyServer), "versions": at12})
	}
	if len(doc.RequiredTLS13) > 0 {
		add("required_tls13", "The suites listed are accepted at TLS 1.3", audit.Must, map[string]any{"all": entries(doc.RequiredTLS13), "versions": at13})
	}
	if len(doc.RequiredClient) > 0 {
		x.add("suites.required_client", "The client offers the suites listed", doc.Control, audit.Must, doc.Place, "suite.predicate", nil).off =
			"a demand on clients, and servers are looked at here: attach the client's cipher setting, which has to offer " + joinNames(names(doc.RequiredClient))
	}
	x.tiers(doc, add)
	if doc.Mode == "denylist+recommended" {
		x.recommended(doc)
	}
	if err := x.denied(doc); err != nil {
		return err
	}
	if doc.ServerPreference != nil {
		x.add("suites.server_preference", "The choice among suites is with the side the standard names", doc.Control, audit.Must, doc.Place, "suite.server_order", map[string]any{"value": *doc.ServerPreference})
	}
	return nil
}

// tiers expands the two ways to grade suites: what is in no tier is not
// listed, which is another thing than being listed as on its way out.
func (x *expander) tiers(doc *suitesDoc, add func(id, title string, l audit.Level, params map[string]any)) {
	if doc.Mode != "tiers" {
		return
	}
	if !doc.Insufficient.IsZero() {
		add("insufficient", "Only suites of "+tierWords(len(doc.Good), len(doc.Sufficient), len(doc.PhaseOut))+" are accepted", audit.Must, map[string]any{"allow": entries(slices.Concat(doc.Good, doc.Sufficient, doc.PhaseOut))})
		if len(doc.PhaseOut) > 0 {
			add("phase_out", "No suite of the tier phase-out is accepted", audit.ShouldNot, map[string]any{"deny": entries(doc.PhaseOut)})
		}
		return
	}
	add("forbidden", "Only recommended and degraded suites are accepted", audit.Must, map[string]any{"allow": entries(slices.Concat(doc.Recommended, doc.Degraded))})
	if len(doc.Degraded) > 0 {
		add("degraded", "No degraded suite is accepted", audit.ShouldNot, map[string]any{"deny": entries(doc.Degraded)})
	}
}

// phaseOutLast gives rules on the order of suites the list they speak of.
func phaseOutLast(written []demand, doc *suitesDoc) {
	for i := range written {
		if d := &written[i]; d.params["good_sufficient_before_phase_out"] == true && len(doc.PhaseOut) > 0 {
			d.params["phase_out"] = entries(doc.PhaseOut)
		}
	}
}

// recommended expands a list of suites that are good to have: one of those
// without a level has to be accepted, those with a level each, by clause.
func (x *expander) recommended(doc *suitesDoc) {
	var one []suiteDoc
	by := map[audit.Level][]suiteDoc{}
	for _, s := range doc.Recommended {
		if s.level == "" {
			one = append(one, s)
			continue
		}
		by[audit.Level(s.level)] = append(by[audit.Level(s.level)], s)
	}
	if len(one) > 0 {
		x.add("suites.recommended", "One of the suites recommended is accepted", cmp.Or(doc.Control, one[0].control), audit.Should, doc.Place, "suite.predicate", map[string]any{"any": entries(one)})
	}
	for _, l := range audit.Levels {
		list := by[l]
		if len(list) == 0 {
			continue
		}
		params := map[string]any{"all": entries(list)}
		if !slices.ContainsFunc(list, func(s suiteDoc) bool { reg, _ := tlsreg.SuiteByName(s.name); return reg.Min < audit.TLSv13 }) {
			params["versions"] = at13
		}
		x.add("suites.recommended."+string(l), "Accepted: "+joinNames(names(list)), cmp.Or(list[0].control, doc.Control), l, doc.Place, "suite.predicate", params)
	}
}

func (x *expander) denied(doc *suitesDoc) error {
	for i, deny := range doc.Deny {
		if !deny.When.IsMapping() {
			return deny.When.Fault("write property: value, such as enc: [RC4]", "when must be a mapping")
		}
		if err := checkDates(deny.Place, deny.From, deny.Until); err != nil {
			return err
		}
		d := x.add(fmt.Sprintf("suites.deny.%d", i+1), "No suite is accepted with "+properties(deny.When), cmp.Or(deny.Control, doc.Control), audit.Level(deny.Level), deny.Place, "suite.predicate",
			map[string]any{"deny": []any{map[string]any{"when": deny.When.Any()}}})
		d.rule.From, d.rule.Until, d.rule.Note = deny.From.first, deny.Until.after, deny.Note
	}
	return nil
}
