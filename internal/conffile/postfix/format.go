package postfix

import (
	"errors"
	"path"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Format reads main.cf together with the master.cf beside it, whichever of the
// two is named.
var Format = &confdoc.Format{
	Name: "postfix", Aliases: []string{"main.cf", "master.cf"}, Title: "Postfix main.cf and master.cf", Product: "postfix",
	Names: []string{"main.cf*", "master.cf*"},
	Sniff: sniff,
	Read:  read,
	Rules: append(append([]*confdoc.Rule{}, rules...), rowRules...),

	Establish: establish,
	Apply:     "postfix check && postfix reload",
	Verify:    "postconf -n; postconf -P; openssl s_client -starttls smtp -connect HOST:25",
	Rollback:  "Put the saved main.cf and master.cf back, then postfix reload.",
}

// PolicyMap reads the source of a table of smtp_tls_policy_maps by itself.
var PolicyMap = &confdoc.Format{
	Name: "postfix-tls-policy", Aliases: []string{"smtp_tls_policy_maps"}, Title: "Postfix table of smtp_tls_policy_maps", Product: "postfix",
	Names: []string{"tls_policy*", "tls-policy*", "*tls_policy*", "*tls-policy*"},
	Sniff: sniffPolicy,
	Read:  readPolicy,
	Rules: rowRules,

	Establish: establish,
	Apply:     "postmap the table, which its clients notice; postfix reload for texthash",
	Verify:    "postmap -q NEXTHOP hash:/etc/postfix/tls_policy; posttls-finger NEXTHOP",
	Rollback:  "Put the saved table back and run postmap on it.",
}

// newConfig makes an empty configuration of a document.
func newConfig(r *confdoc.Reader, main *conftree.File) *config {
	doc := &confdoc.Document{Files: []*conftree.File{main}}
	c := &config{doc: doc, reader: r, global: map[string]*definition{}, cache: map[place]value{}, strings: map[string]*evaluated{}, excluding: map[string][]string{}}
	doc.Syntax = c
	return c
}

func read(r *confdoc.Reader, named *conftree.File) *confdoc.Document {
	c := newConfig(r, named)
	if isMaster(named) {
		c.readMaster(named)
		if f := c.twin(named, "master.cf", "main.cf"); f != nil {
			c.readMain(f)
		} else {
			c.doc.Open(audit.Place{File: named.Name, Line: 1}, "main.cf is not beside master.cf: what the options leave out is not told")
		}
	} else {
		c.readMain(named)
		if f := c.twin(named, "main.cf", "master.cf"); f != nil {
			c.readMaster(f)
		}
	}
	c.levelOfCompatibility()
	if c.doc.Broken() == nil {
		if c.main != nil {
			c.policyTables()
		}
		c.listeners()
		c.unexpanded()
	}
	c.strays()
	return c.doc
}

// twin opens the other of the two files, with the same addition to its name if
// there is one.
func (c *config) twin(named *conftree.File, from, to string) *conftree.File {
	base := path.Base(named.Path)
	candidates := []string{to}
	if i := strings.Index(strings.ToLower(base), from); i >= 0 && len(base) > len(from) {
		candidates = []string{base[:i] + to + base[i+len(from):], to}
	}
	for _, name := range candidates {
		p := path.Join(path.Dir(named.Path), name)
		if p == named.Path || c.reader.Tree.Exists(p) != "file" {
			continue
		}
		if f, err := c.reader.Tree.Read(p); err == nil {
			c.doc.Files = append(c.doc.Files, f)
			return f
		}
	}
	return nil
}

// levelOfCompatibility reports a compatibility level Postfix stops for.
func (c *config) levelOfCompatibility() {
	d := c.global["compatibility_level"]
	if d == nil {
		return
	}
	v := c.everywhere().value("compatibility_level")
	if v.err != nil || v.open {
		return
	}
	if _, err := level(v.text); err != nil {
		c.fail(confdoc.NotLoaded, d.place(), "Postfix refuses main.cf: compatibility_level is no number", "Write compatibility_level = 3.6, or the version that was installed first.")
	}
}

// unexpanded reports values of TLS that Postfix cannot expand, which stops the
// program that reads them.
func (c *config) unexpanded() {
	for _, d := range c.defined {
		if d.next != nil || !strings.Contains(d.name, "tls") || !known[d.name] {
			continue
		}
		v := c.everywhere().value(d.name)
		switch {
		case errors.Is(v.err, errMacro):
			c.fail(confdoc.NotLoaded, d.place(), "Postfix stops at "+d.name+": macro processing error", "postconf -x "+d.name+" names the fault.")
		case errors.Is(v.err, errExpanded):
			c.fail(confdoc.Unclear, d.place(), d.name+" expands to more than is read", "")
		}
	}
}

// strays lists settings that belong to no listener.
func (c *config) strays() {
	for _, d := range c.defined {
		if len(c.doc.Listeners) > 0 && (strings.Contains(d.name, "tls") || d.name == "compatibility_level") && known[d.name] {
			continue
		}
		if strings.Contains(strings.ToLower(d.name), "tls") || known[d.name] {
			note := ""
			if !known[d.name] {
				note = "not a parameter that is known here"
			}
			c.doc.Settings = append(c.doc.Settings, d.setting(note))
		}
	}
}

func readPolicy(r *confdoc.Reader, named *conftree.File) *confdoc.Document {
	c := newConfig(r, named)
	c.tables = []*table{c.readTable(named, path.Base(named.Path))}
	if c.doc.Broken() == nil {
		c.rows()
	}
	return c.doc
}
