package postfix

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// table is a policy table of the client.
type table struct {
	// name is how main.cf refers to it.
	name string
	rows []*row
}

// row is one entry of a policy table: what holds for one next hop.
type row struct {
	key  string
	line *logical
	// level is one of levels, empty if Postfix does not know the word.
	level   string
	levelAt quoted
	// attributes are those Postfix takes, by name in lower case.
	attributes map[string]*definition
	order      []*definition
	// invalid says why Postfix defers all mail for the next hop.
	invalid string
	end     int
}

var attributeNames = []string{
	"ciphers", "connection_reuse", "enable_rpk", "exclude", "match", "mx_host_pattern", "policy_domain", "policy_failure",
	"policy_string", "policy_ttl", "policy_type", "protocols", "servername", "tafile",
}

// many are the attributes that may come several times.
var many = []string{"match", "tafile", "connection_reuse", "enable_rpk", "policy_string", "mx_host_pattern"}

// maxRows bounds the entries that become listeners of a document.
const maxRows = 2000

// readTable reads a table in the source form of postmap. The first entry of a
// key counts.
func (c *config) readTable(f *conftree.File, name string) *table {
	t := &table{name: name}
	if c.unreadable(f) {
		return t
	}
	lines := logicalLines(f)
	seen := map[string]bool{}
	for i := range lines {
		l := &lines[i]
		place := f.Place(l.offset(0))
		if l.orphan {
			c.fail(confdoc.Misread, place, "the line begins with blanks and continues none: it is left out", "Remove the blanks at the start of the line.")
			continue
		}
		if len(t.rows) >= maxRows {
			c.doc.Open(place, fmt.Sprintf("the table has more than %d entries; those behind are not read", maxRows))
			return t
		}
		at := strings.IndexFunc(l.text, spaceRune)
		if at < 0 {
			c.fail(confdoc.Misread, place, "a line without a level is left out", "Write the next hop, a blank and the level.")
			continue
		}
		if l.prefix > 0 || l.cut {
			c.fail(confdoc.Misread, place, "a byte order mark or a NUL byte is part of the entry, which matches nothing or is cut", "Save the file as UTF-8 without a byte order mark and without NUL bytes.")
		}
		key := strings.ToLower(l.text[:at])
		if seen[key] {
			c.fail(confdoc.Misread, place, "the key "+plainName(key)+" stands here a second time; postmap keeps the first entry", "Remove one of the two.")
			continue
		}
		seen[key] = true
		t.rows = append(t.rows, readRow(l, key, at, len(l.text)))
	}
	return t
}

// readRow reads level and attributes that stand between two offsets of a line.
func readRow(l *logical, key string, from, to int) *row {
	r := &row{key: key, line: l, attributes: map[string]*definition{}}
	list := quotedWords(l.text[from:to], listSeparators)
	for i := range list {
		list[i].offset += from
	}
	if len(list) == 0 {
		r.invalid, r.end, r.levelAt = "the entry is empty", to, quoted{"", from}
		return r
	}
	r.levelAt = list[0]
	r.end = list[len(list)-1].offset + len(list[len(list)-1].text)
	if i := slices.Index(levels, strings.ToLower(list[0].text)); i >= 0 {
		r.level = levels[i]
	} else {
		r.invalid = fmt.Sprintf("there is no level %q", shown(key, list[0].text))
		return r
	}
	if r.level == "none" {
		return r // attributes are left out
	}
	for _, w := range list[1:] {
		r.attribute(w)
	}
	return r
}

func (r *row) attribute(w quoted) {
	fault := func(format string, args ...any) {
		if r.invalid == "" {
			r.invalid = fmt.Sprintf(format, args...)
		}
	}
	if strings.HasPrefix(w.text, "{") {
		inner, ok := unbrace(w)
		if !ok {
			fault("the braces of an attribute do not balance")
			return
		}
		w = inner
	}
	name, text, start, problem := nameValue(w.text)
	if problem != "" {
		fault("%q is no attribute: %s", shown("", w.text), problem)
		return
	}
	d := &definition{name: strings.ToLower(name), value: text, line: r.line, nameAt: w.offset, start: w.offset + start}
	d.end = d.start + len(text)
	twice := r.attributes[d.name] != nil && !slices.Contains(many, d.name)
	switch {
	case !slices.Contains(attributeNames, d.name):
		fault("there is no attribute %q", plainName(name))
	case twice:
		fault("the attribute %s is given twice", d.name)
	case text == "" && slices.Contains([]string{"ciphers", "match", "tafile"}, d.name):
		fault("the attribute %s is empty", d.name)
	case d.name == "match" && !slices.Contains([]string{"fingerprint", "verify", "secure"}, r.level),
		d.name == "tafile" && !slices.Contains([]string{"verify", "secure"}, r.level):
		fault("the attribute %s is none of level %s", d.name, r.level)
	}
	r.attributes[d.name] = d
	r.order = append(r.order, d)
}

// settings lists what the row says.
func (r *row) settings() []audit.Setting {
	list := []audit.Setting{confdoc.NewSetting("level", oneLine(r.levelAt.text), r.place())}
	for _, d := range r.order {
		list = append(list, d.setting(""))
	}
	return list
}

func (r *row) place() audit.Place { return r.line.file.Place(r.line.offset(r.levelAt.offset)) }

// rows turns the entries of all tables into clients.
func (c *config) rows() {
	for _, t := range c.tables {
		for _, r := range t.rows {
			c.doc.Listeners = append(c.doc.Listeners, c.rowListener(r))
		}
	}
}

func (c *config) rowListener(r *row) *confdoc.Listener {
	e := &end{scope: c.everywhere(), program: "smtp", row: r}
	e.security = security{level: r.level, stops: r.invalid, from: []value{e.attribute("level", &definition{name: "level", value: r.levelAt.text, line: r.line, nameAt: r.levelAt.offset, start: r.levelAt.offset})}}
	e.clientTLS()
	if d := r.attributes["protocols"]; d != nil {
		v := e.attribute("protocols", d)
		e.versions = []versions{{v, readProtocols(v.text, c.since("3.6"))}}
	}
	if d := r.attributes["ciphers"]; d != nil {
		e.ciphers.grade = e.attribute("ciphers", d)
	}
	if d := r.attributes["exclude"]; d != nil {
		e.ciphers.exclude = []value{e.attribute("exclude", d)}
	}
	e.ciphers.fails, e.broken = "", ""
	e.complete(&e.ciphers)
	if r.level != "none" && r.level != "" {
		e.unusable()
	}
	l := e.listener("policy "+plainName(r.key), audit.RoleClient)
	l.Protocol = "smtp"
	if name, port, ok := strings.Cut(strings.Trim(r.key, "."), ":"); !ok || port != "" {
		if name = strings.Trim(name, "[]"); name != "" {
			l.Names = []string{plainName(name)}
		}
	}
	place := r.place()
	l.Place = &place
	return l
}

// attribute is a word of a row as a value: nothing in it is expanded.
func (e *end) attribute(name string, d *definition) value {
	return value{name: name, text: d.value, def: d}
}

// sourceTypes are the types of tables that postmap makes from a text of the same
// name, or that are that text.
var sourceTypes = []string{"hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash"}

// maxTables bounds the tables of one document.
const maxTables = 20

// policyTables reads the tables the clients are told of.
func (c *config) policyTables() {
	scopes := []*scope{c.everywhere()}
	for _, s := range c.services {
		if s.command == "smtp" && s.overrides["smtp_tls_policy_maps"] != nil {
			scopes = append(scopes, &scope{c, s})
		}
	}
	var done []string
	for _, s := range scopes {
		v := s.value("smtp_tls_policy_maps")
		if v.err != nil || v.open {
			c.unread = append(c.unread, confdoc.Gap{Message: "the policy tables are not told: " + c.origin(v), Place: c.at(v)})
			continue
		}
		for _, w := range quotedWords(v.text, listSeparators) {
			if w.text = strings.TrimPrefix(w.text, "proxy:"); !slices.Contains(done, w.text) && len(done) < maxTables {
				done = append(done, w.text)
				c.policyTable(w.text, v)
			}
		}
	}
}

func (c *config) policyTable(name string, v value) {
	kind, target, _ := strings.Cut(name, ":")
	missing := func(why string) {
		c.unread = append(c.unread, confdoc.Gap{Message: "the policy table " + shown(v.name, name) + " is not read: " + why, Place: c.at(v)})
	}
	switch {
	case kind == "static" || kind == "inline":
		c.inlineTable(kind, target, v)
	case !slices.Contains(sourceTypes, kind):
		missing("it is no text file")
	default:
		f, err := c.beside(target)
		if err != nil {
			missing("its text is not there")
			return
		}
		if !slices.Contains(c.doc.Files, f) {
			c.doc.Files = append(c.doc.Files, f)
		}
		c.tables = append(c.tables, c.readTable(f, name))
	}
}

// beside opens a file main.cf names: as it is named, or, since files are
// collected without their folders, beside main.cf if it lies in its folder.
func (c *config) beside(target string) (*conftree.File, error) {
	folder := path.Dir(c.main.Path)
	p, err := c.reader.Tree.Resolve(folder, target)
	if err == nil {
		var f *conftree.File
		if f, err = c.reader.Tree.Read(p); err == nil {
			return f, nil
		}
	}
	own := c.everywhere().value("config_directory").text
	if path.Dir(path.Clean(target)) != path.Clean(own) {
		return nil, err
	}
	return c.reader.Tree.Read(path.Join(folder, path.Base(target)))
}

// inlineTable reads a table that is part of main.cf itself. Its rows stand on
// the line of the parameter; nothing in them can be edited apart.
func (c *config) inlineTable(kind, target string, v value) {
	t := &table{name: kind + ":"}
	add := func(key, text string) {
		l := *v.def.line
		l.text = text
		r := readRow(&l, key, 0, len(text))
		at := v.def.start
		fixed := func(d *definition) { d.line, d.nameAt, d.start, d.end = v.def.line, at, at, at }
		for _, d := range r.order {
			fixed(d)
		}
		r.line, r.levelAt.offset, r.end = v.def.line, at, -1
		t.rows = append(t.rows, r)
	}
	if v.def == nil {
		return
	}
	if kind == "static" {
		add("static:", strings.Trim(target, "{}"))
	} else if inner, ok := unbrace(quoted{text: target}); !ok {
		c.unread = append(c.unread, confdoc.Gap{Message: "an inline table is not read: its braces do not balance", Place: c.at(v)})
	} else {
		for _, w := range quotedWords(inner.text, listSeparators) {
			if strings.HasPrefix(w.text, "{") {
				w, _ = unbrace(w)
			}
			key, text, _, fault := nameValue(w.text)
			if fault != "" || len(t.rows) >= maxRows {
				c.unread = append(c.unread, confdoc.Gap{Message: "an entry of an inline table is not read", Place: c.at(v)})
				break
			}
			add(strings.ToLower(key), text)
		}
	}
	c.tables = append(c.tables, t)
}
