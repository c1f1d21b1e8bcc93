package gateway

import (
	"strconv"
	"strings"
	"time"
)

// The columns of a row, in the order of the CSV form.
var columns = []string{"direction", "priority", "name", "security_level", "encryption_strength", "target_type", "target_name", "target_members"}

// enforcedSchema identifies the JSON form.
const enforcedSchema = "enforced-tls/1"

// cellText is one value of a row with its position.
type cellText struct {
	text string
	at   at
}

// enforcedRow turns the values of one row, by column, into a Row. Unknown words
// are refused: a level that was guessed would be judged as if it were set.
func (s *source) enforcedRow(t *Table, start at, get func(column string) cellText, members []cellText) error {
	if err := s.count(t, start, len(members)); err != nil {
		return err
	}
	r := Row{Place: s.place(start)}
	var err error
	lower := func(column string, allowed ...string) (string, error) {
		c := get(column)
		text := strings.ToLower(strings.TrimSpace(c.text))
		return text, s.choose(c.at, column, text, allowed)
	}
	if r.Direction, err = lower("direction", Inbound, Outbound); err != nil {
		return err
	}
	priority := get("priority")
	r.Priority, err = strconv.Atoi(strings.TrimSpace(priority.text))
	if err != nil || r.Priority < 1 || r.Priority > 1_000_000 {
		return s.fault(priority.at, "a number from 1 to 1000000; the lowest comes first", "%s is not a priority", quote(priority.text))
	}
	if r.Name, err = s.rowName(get("name").at, get("name").text); err != nil {
		return err
	}
	level := get("security_level")
	word := NormalLevel(level.text)
	if err := s.choose(level.at, "security_level", word, Levels); err != nil {
		return err
	}
	r.Level = Level(word)
	strength, err := lower("encryption_strength", "medium", "high")
	if err != nil {
		return err
	}
	r.MinBits = map[string]int{"medium": 128, "high": 129}[strength]
	kind, err := lower("target_type", "any", "ip_group", "domain_group")
	if err != nil {
		return err
	}
	if r.Match, err = s.enforcedMatch(kind, get("target_name").text, members); err != nil {
		return err
	}
	t.Rows = append(t.Rows, r)
	return nil
}

// NormalLevel writes a level as people write it, such as "Encrypt + CN",
// "encrypt_cn" or "verify-cn", in the gateway's word.
func NormalLevel(s string) string {
	return strings.NewReplacer(" ", "", "\t", "", "_", "+", "-", "+").Replace(strings.ToLower(strings.TrimSpace(s)))
}

func (s *source) enforcedMatch(kind, group string, members []cellText) (Match, error) {
	m := Match{Any: kind == "any", Group: strings.TrimSpace(group)}
	if m.Any && len(members) > 0 {
		return m, s.fault(members[0].at, "leave the members off, or name the type of the group", "a target of type any has no members")
	}
	for _, c := range members {
		text := strings.TrimSpace(c.text)
		if kind == "domain_group" {
			d, err := s.domain(c.at, text)
			if err != nil {
				return m, err
			}
			m.Domains = append(m.Domains, d)
			continue
		}
		p, fault := Address(text)
		if fault != nil {
			return m, s.fault(c.at, fault.Hint, "%s", fault.Cause)
		}
		m.Addresses = append(m.Addresses, p)
	}
	return m, nil
}

var enforcedJSON = &Format{
	Name: "enforced-tls-json", Title: "Table of enforced TLS connections, JSON with schema enforced-tls/1", Product: Forcepoint, UTF16: true,
	Detect: func(_, text string) bool {
		return strings.HasPrefix(strings.TrimSpace(text), "{") && strings.Contains(text, `"`+enforcedSchema[:strings.Index(enforcedSchema, "/")+1])
	},
	read: readEnforcedJSON,
}

func readEnforcedJSON(s *source) (*Table, error) {
	root, err := s.parseJSON()
	if err != nil {
		return nil, err
	}
	o, err := root.object("schema", "product", "deployment", "collected_at", "collected_by", "strict_outbound_message_authenticity_checks", "trusted_ca_for_outgoing_imported", "connections")
	if err != nil {
		return nil, err
	}
	schema, err := root.need(o, "schema")
	if err != nil {
		return nil, err
	}
	if text, _ := schema.text(); text != enforcedSchema {
		return nil, schema.fault("this program reads "+enforcedSchema, "not a schema of gateway tables")
	}
	t := &Table{}
	if err := t.readFacts(o); err != nil {
		return nil, err
	}
	connections, err := root.need(o, "connections")
	if err != nil {
		return nil, err
	}
	list, err := connections.list()
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		if err := s.enforcedObject(t, n); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readFacts reads what stands beside the rows.
func (t *Table) readFacts(o *jsonObject) error {
	for _, fact := range []struct {
		key string
		to  **bool
	}{{"strict_outbound_message_authenticity_checks", &t.StrictAuthenticity}, {"trusted_ca_for_outgoing_imported", &t.TrustedCA}} {
		if n := o.values[fact.key]; !n.absent() {
			b, err := n.truth()
			if err != nil {
				return err
			}
			*fact.to = &b
		}
	}
	if n := o.values["product"]; !n.absent() {
		text, err := n.text()
		if err != nil {
			return err
		}
		if err := n.s.choose(n.at, "product", text, []string{"forcepoint-email-security"}); err != nil {
			return err
		}
	}
	if n := o.values["deployment"]; !n.absent() {
		text, err := n.text()
		if err != nil {
			return err
		}
		if err := n.s.choose(n.at, "deployment", strings.ToLower(text), Deployments); err != nil {
			return err
		}
		t.Deployment = Deployment(strings.ToLower(text))
	}
	if n := o.values["collected_at"]; !n.absent() {
		text, err := n.text()
		if err != nil {
			return err
		}
		if t.CollectedAt, err = ParseTime(text); err != nil {
			return n.fault("write 2026-11-20 or 2026-11-20T09:00:00Z", "%s is not a time", quote(text))
		}
	}
	if n := o.values["collected_by"]; !n.absent() {
		if _, err := n.text(); err != nil {
			return err
		}
	}
	return nil
}

// ParseTime reads a day, or a moment with its zone.
func ParseTime(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, text)
}

// enforcedObject reads one entry of connections.
func (s *source) enforcedObject(t *Table, n *jsonNode) error {
	o, err := n.object("direction", "priority", "name", "security_level", "encryption_strength", "target")
	if err != nil {
		return err
	}
	target, err := n.need(o, "target")
	if err != nil {
		return err
	}
	inner, err := target.object("type", "name", "members")
	if err != nil {
		return err
	}
	if _, err := target.need(inner, "type"); err != nil {
		return err
	}
	cells := map[string]cellText{}
	for _, c := range columns {
		from, key := o, c
		if below, ok := strings.CutPrefix(c, "target_"); ok {
			from, key = inner, below
		}
		v := from.values[key]
		switch {
		case key == "members":
			continue
		case v.absent() && key == "name" && from == inner:
			continue
		case v.absent():
			return n.fault("add it", "the key %s is missing", quote(key))
		}
		if text, ok := jsonScalar(v, key == "priority"); ok {
			cells[c] = cellText{text, v.at}
		} else if key == "priority" {
			return v.fault("write digits only, without quotes", "a whole number is wanted")
		} else {
			return v.fault("write it in double quotes", "text is wanted")
		}
	}
	members, err := jsonTexts(inner.values["members"])
	if err != nil {
		return err
	}
	return s.enforcedRow(t, n.at, func(c string) cellText { return cells[c] }, members)
}
