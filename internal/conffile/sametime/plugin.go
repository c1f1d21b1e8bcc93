package sametime

import (
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/javaprops"
)

// Plugin is plugin_customization.ini of the package that installs clients.
var Plugin = &confdoc.Format{
	Name: "plugin-customization", Title: "HCL Sametime client package (plugin_customization.ini)", Product: "sametime",
	Names: []string{"plugin_customization*"},
	Sniff: func(f *conftree.File) int { return matches(f, pluginKeys, 90) },
	Read:  readPlugin,
	Rules: []*confdoc.Rule{packageType(pluginPrefix + "connectionType=tls-direct\n" +
		pluginPrefix + "altCommunityConfig.ID.connectionType=tls-direct for every alternate community"), plainAddresses, secrets},
	Establish: establish,
	Apply:     applyPackage,
	Verify:    "Install the package on a test machine and look at Preferences > Server Communities: \"Direct connection using TLS\".",
	Rollback:  "Put the saved file back into the deploy folder of the package.",
}

const (
	pluginPrefix = "com.ibm.collaboration.realtime.community/"
	settingsURL  = "com.ibm.rcp.managedsettings.provider.file/URL"
	applyPackage = "Build the package for clients anew. It takes effect for new installations only: installed clients are changed by managed-community-configs.xml (ST-01)."
)

var pluginKeys = regexp.MustCompile(`com\.ibm\.(collaboration\.realtime\.[a-z.]*community|rcp\.managedsettings)[A-Za-z.]*/`)

// packageType is ST-02 with the lines of one file.
func packageType(lines string) *confdoc.Rule {
	return &confdoc.Rule{
		ID: "ST-02", Check: "config.transport", Title: "new clients are installed with tls-direct", Of: confdoc.OfClient,
		Doc:    "A client that is installed without a connection type, or with direct, logs in by the legacy protocol. So does every alternate community, each of which has a connection type of its own.",
		Detect: "The connection type of the community and of every alternate one (both spellings of their keys). Missing is direct.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Text: lines, Judge: judgeClient,
	}
}

// properties are the entries of a file of Java properties.
type properties struct {
	file    *conftree.File
	entries []javaprops.Entry
	last    map[string]int
}

func readPlugin(_ *confdoc.Reader, f *conftree.File) *confdoc.Document {
	d := &confdoc.Document{Files: []*conftree.File{f}}
	loaded := javaprops.Load(f)
	switch {
	case loaded.Garbled:
		d.Fail(confdoc.Unclear, f.Place(0), "the file is in UTF-16: Java reads keys nobody asks for, so that no setting takes effect", "save it as ISO-8859-1 or plain ASCII")
		return d
	case loaded.Malformed:
		d.Fail(confdoc.NotLoaded, f.Place(loaded.At), "a backslash and u without four hexadecimal digits: Java refuses the file", "double the backslash")
		return d
	case loaded.Lost != "":
		d.Fail(confdoc.Misread, f.Place(0), "the file begins with a byte order mark, which becomes part of the first key: that setting is lost", "save the file without a byte order mark")
	case f.Encoding.BOM:
		d.Fail(confdoc.Misread, f.Place(0), "the file begins with a byte order mark: the comment or blank line behind it is read as a setting of an odd name, and a setting written there would be lost", "save the file without a byte order mark")
	}
	p := &properties{f, loaded.Entries, map[string]int{}}
	src := &source{}
	d.Syntax = src
	for i, e := range p.entries {
		p.last[e.Key] = i
	}
	for i, e := range p.entries {
		if p.last[e.Key] != i {
			continue
		}
		switch {
		case strings.HasPrefix(e.Key, pluginPrefix) && holdsPassword(e.Key):
			src.texts = append(src.texts, text{file: f, name: strings.TrimPrefix(e.Key, pluginPrefix), value: e.Value, at: e.Start, start: -1, shared: true})
		case e.Key == settingsURL:
			src.addresses = append(src.addresses, address{f, "the file of managed settings", e.Value, f.Place(e.Start), e.ValueStart, e.End})
		}
	}
	own := p.client("connectionType", "")
	host, _ := p.get("host")
	declareClient(d, "default community", host, own, p.settings(func(key string) bool { return !strings.HasPrefix(key, "altCommunityConfig.") }))
	p.alternates(d)
	return d
}

func (p *properties) get(key string) (value string, ok bool) {
	i, ok := p.last[pluginPrefix+key]
	if !ok {
		return "", false
	}
	return p.entries[i].Value, true
}

// client reads the connection type that stands under a key; near is the
// beginning of keys it belongs beside.
func (p *properties) client(key, near string) *client {
	c := &client{line: pluginPrefix + key + "=" + secureType, at: p.file.Place(0)}
	if i, ok := p.last[pluginPrefix+key]; ok {
		e := p.entries[i]
		c.set, c.value, c.at = true, e.Value, p.file.Place(e.Start)
		if c.value != secureType {
			c.edits = []conftree.Edit{p.file.Replace(e.ValueStart, e.End, p.separator(e)+secureType)}
		}
		return c
	}
	c.edits = p.insert(pluginPrefix+near, pluginPrefix+key+"="+secureType)
	if i := p.beside(pluginPrefix + near); i >= 0 {
		c.at = p.file.Place(p.entries[i].Start)
	}
	return c
}

// separator is what has to be written where a key has none.
func (p *properties) separator(e javaprops.Entry) string {
	if e.ValueStart == e.End && !strings.ContainsAny(p.file.Text[e.Start:e.End], "=:") {
		return "="
	}
	return ""
}

// beside returns the last entry whose key begins with a prefix, or any entry;
// -1 if there is none.
func (p *properties) beside(prefix string) int {
	for i := len(p.entries) - 1; i >= 0; i-- {
		if strings.HasPrefix(p.entries[i].Key, prefix) {
			return i
		}
	}
	return -1
}

// insert writes a new line in front of a logical one it belongs to. In front,
// because a backslash may end the file; not on the first line, where a byte
// order mark may stand.
func (p *properties) insert(prefix, line string) []conftree.Edit {
	i := p.beside(prefix)
	if i < 0 {
		i = len(p.entries) - 1
	}
	if i >= 0 && p.file.LineAt(p.entries[i].Start) > 1 {
		return []conftree.Edit{p.file.InsertBefore(p.file.LineAt(p.entries[i].Start), line)}
	}
	if i >= 0 {
		end := p.entries[i].End
		if end == len(p.file.Text) && strings.HasSuffix(p.file.Text, `\`) {
			return nil
		}
		return []conftree.Edit{p.file.InsertAfter(p.file.LineAt(end), line)}
	}
	return []conftree.Edit{p.file.InsertAfter(textLines(p.file), line)}
}

// alternateProperties are what an alternate community has.
var alternateProperties = []string{"targetCommunityHost", "host", "port", "connectionType", "enabled", "weight", "type", "proxyHost", "proxyPort", "name", "targetCommunityId", "targetCommunityPort", "proxyUserName", "proxyPassword"}

// alternate takes a key apart: altCommunityConfig.ID.property, or
// altCommunityConfig.altHost.ID.property.
func alternate(key string) (stem, id, property string, ok bool) {
	rest, ok := strings.CutPrefix(key, pluginPrefix+"altCommunityConfig.")
	i := strings.LastIndexByte(rest, '.')
	if !ok || i < 1 || !slices.Contains(alternateProperties, rest[i+1:]) {
		return "", "", "", false
	}
	stem, property = rest[:i], rest[i+1:]
	if id, ok = strings.CutPrefix(stem, "altHost."); !ok || id == "" {
		id = stem
	}
	return stem, id, property, true
}

// alternates declares the alternate communities: those listed, and those that
// have keys.
func (p *properties) alternates(d *confdoc.Document) {
	listed, has := p.get("altCommunityConfig.managedIds")
	var ids []string
	stems := map[string]string{}
	for id := range strings.SplitSeq(listed, ",") {
		if id = strings.TrimSpace(id); id != "" && stems[id] == "" && len(ids) <= maxClients {
			ids, stems[id] = append(ids, id), id
		}
	}
	managed := len(ids)
	spelt := map[string]bool{}
	for _, e := range p.entries {
		stem, id, property, ok := alternate(e.Key)
		if !ok {
			continue
		}
		if stems[id] == "" {
			if len(ids) > maxClients {
				break
			}
			ids = append(ids, id)
		}
		if !spelt[id] || property == "connectionType" {
			stems[id], spelt[id] = stem, true
		}
	}
	for i, id := range ids {
		if i >= maxClients {
			d.Open(p.file.Place(0), "more alternate communities are named than are read")
			break
		}
		stem := "altCommunityConfig." + stems[id] + "."
		c := p.client(stem+"connectionType", stem)
		if c.at.Line == 1 && !c.set {
			if k, ok := p.last[pluginPrefix+"altCommunityConfig.managedIds"]; ok {
				c.at = p.file.Place(p.entries[k].Start)
			}
		}
		if enabled, ok := p.get(stem + "enabled"); ok && strings.EqualFold(strings.TrimSpace(enabled), "false") {
			c.moot = "the alternate community is switched off"
		} else if has && i >= managed && c.kind() != tlsKind {
			c.open = "the alternate community is not among managedIds: whether it is used is not known"
		}
		host, _ := p.get(stem + "targetCommunityHost")
		declareClient(d, "alternate community "+id, host, c, p.settings(func(key string) bool { return strings.HasPrefix(key, stem) }))
	}
}

// settings lists the settings of the community whose keys are chosen.
func (p *properties) settings(chosen func(key string) bool) (list []audit.Setting) {
	for i, e := range p.entries {
		key, ours := strings.CutPrefix(e.Key, pluginPrefix)
		if !ours || !chosen(key) || len(list) >= maxSettings {
			continue
		}
		one := confdoc.NewSetting(e.Key, e.Value, p.file.Place(e.Start))
		if p.last[e.Key] != i {
			one.Note = "not in force: written again further down"
		}
		list = append(list, one)
	}
	return list
}
