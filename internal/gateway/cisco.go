package gateway

import (
	"cmp"
	"slices"
	"strings"
)

var ciscoDestinations = &Format{
	Name: "cisco-esa", Title: "Cisco ESA destination controls, exported INI", Product: "Cisco ESA",
	Detect: func(file, text string) bool {
		return strings.Contains(text, "[") && (strings.Contains(text, "table_tls") || strings.Contains(text, "ip_sort_pref") || fileNamed(file, "*destconfig*"))
	},
	read: readCisco,
}

// ciscoLevels maps the values of table_tls. Their names are inferred; the words
// of the console are taken too.
var ciscoLevels = map[string]Level{
	"off": None, "no": None,
	"on": Opportunistic, "preferred": Opportunistic,
	"on_verify": Opportunistic, "preferred-verify": Opportunistic,
	"require": Encrypt, "required": Encrypt,
	"require_verify": VerifyCN, "required-verify": VerifyCN,
	"required-verifyhosteddomains": VerifyCN,
}

type ciscoSection struct {
	head     word
	settings map[string]word
}

// usual reports whether the section is for all domains without one.
func (c *ciscoSection) usual() bool { return strings.EqualFold(c.head.text, "DEFAULT") }

// readCisco reads the sections: one per domain, and DEFAULT for all others.
func readCisco(s *source) (*Table, error) {
	sections, err := s.ciscoSections()
	if err != nil {
		return nil, err
	}
	t := &Table{}
	usual := word{text: "default"}
	for _, c := range sections {
		if tls, ok := c.settings["table_tls"]; ok && c.usual() {
			usual = tls
		}
	}
	depth := map[string]int{}
	for _, c := range sections {
		r, err := s.ciscoRow(c, usual)
		if err != nil {
			return nil, err
		}
		if err := s.count(t, c.head.at, 1); err != nil {
			return nil, err
		}
		depth[r.Name] = -1
		if !r.Match.Any {
			depth[r.Name] = strings.Count(r.Name, ".")
			if !strings.HasPrefix(r.Name, ".") {
				depth[r.Name] += 1000
			}
		}
		t.Rows = append(t.Rows, r)
	}
	slices.SortStableFunc(t.Rows, func(a, b Row) int { return -cmp.Compare(depth[a.Name], depth[b.Name]) })
	for i := range t.Rows {
		t.Rows[i].Priority = i + 1
	}
	return t, nil
}

func (s *source) ciscoSections() ([]ciscoSection, error) {
	lines, err := s.lines()
	if err != nil {
		return nil, err
	}
	var list []ciscoSection
	seen := map[string]int{}
	for i, line := range lines {
		text := strings.TrimSpace(line)
		p := at{i + 1, column(line, len(line)-len(strings.TrimLeft(line, " \t")))}
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
		case text[0] == '[':
			if !strings.HasSuffix(text, "]") {
				return nil, s.fault(p, "close the bracket", "%s is not a section", quote(text))
			}
			name := strings.TrimSpace(text[1 : len(text)-1])
			if first, twice := seen[strings.ToLower(name)]; twice {
				return nil, s.fault(p, "keep one of the two", "the section %s stands here a second time; the first is on line %d", quote(name), first)
			}
			seen[strings.ToLower(name)] = p.line
			list = append(list, ciscoSection{word{name, p}, map[string]word{}})
		case len(list) == 0:
			return nil, s.fault(p, "begin with [DEFAULT] or [example.com]", "a setting before the first section")
		default:
			name, value, found := strings.Cut(text, "=")
			name = strings.ToLower(strings.TrimSpace(name))
			if !found {
				return nil, s.fault(p, "write name = value", "%s is not a setting", quote(text))
			}
			if name != "table_tls" && near(name, "table_tls") {
				return nil, s.fault(p, `did you mean "table_tls"?`, "unknown setting %s", quote(name))
			}
			settings := list[len(list)-1].settings
			if first, twice := settings[name]; twice {
				return nil, s.fault(p, "keep one of the two", "the setting %s stands here a second time; the first is on line %d", quote(name), first.at.line)
			}
			settings[name] = word{strings.TrimSpace(value), p}
		}
	}
	if len(list) == 0 {
		return nil, s.fault(at{1, 1}, "export them with destconfig", "no section of destination controls")
	}
	return list, nil
}

func (s *source) ciscoRow(c ciscoSection, usual word) (Row, error) {
	r := Row{Direction: Outbound, Place: s.place(c.head.at), Note: "the meaning of table_tls values is inferred"}
	var err error
	if r.Name, err = s.rowName(c.head.at, c.head.text); err != nil {
		return r, err
	}
	if c.usual() {
		r.Match.Any = true
	} else {
		d, err := s.domain(c.head.at, c.head.text)
		if err != nil {
			return r, err
		}
		r.Match.Domains = []string{d}
	}
	tls, ok := c.settings["table_tls"]
	if !ok || strings.EqualFold(tls.text, "default") {
		tls = usual
	}
	value := strings.ReplaceAll(strings.ToLower(tls.text), " ", "")
	if value == "default" { // said nowhere
		r.Level, r.Undecided = Opportunistic, "table_tls is not set, also not under DEFAULT"
		return r, nil
	}
	allowed := []string{"default", "off", "on", "on_verify", "require", "require_verify", "no", "preferred", "preferred-verify", "required", "required-verify", "required-verifyhosteddomains"}
	if value == "required-verify-hosteddomains" {
		value = "required-verifyhosteddomains"
	}
	if err := s.choose(tls.at, "table_tls", value, allowed); err != nil {
		return r, err
	}
	r.Level = ciscoLevels[value]
	if value == "required-verifyhosteddomains" {
		r.Names = []string{"the recipient's domain"}
	}
	return r, nil
}
