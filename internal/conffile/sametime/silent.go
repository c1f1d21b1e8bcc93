package sametime

import (
	"regexp"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// SilentInstall is silentinstall.ini, which answers the installer's questions.
var SilentInstall = &confdoc.Format{
	Name: "silentinstall", Title: "HCL Sametime silent installation", Product: "sametime",
	Names: []string{"silentinstall*"},
	Sniff: func(f *conftree.File) int { return matches(f, silentKeys, 85) },
	Read:  readSilent,
	Rules: []*confdoc.Rule{packageType(silentType + "=" + secureType), secrets}, Establish: establish,
	Apply:    applyPackage,
	Verify:   "Install with the file on a test machine and look at Preferences > Server Communities: \"Direct connection using TLS\".",
	Rollback: "Put the saved file back beside the installer.",
}

const silentType = "STCONNECTIONTYPE75"

var silentKeys = regexp.MustCompile(`(?m)^[\x{FEFF};# \t]*(STSERVERNAME|STSERVERPORT|STCONNECTIONTYPE75?|STCOMMUNITYNAME|STPROXY[A-Z]+)[\x{A0} \t]*=`)

func readSilent(_ *confdoc.Reader, f *conftree.File) *confdoc.Document {
	d := &confdoc.Document{Files: []*conftree.File{f}}
	if damaged(d, f) {
		return d
	}
	lines := iniLines(f)
	src := &source{}
	d.Syntax = src
	c := &client{at: f.Place(0), line: silentType + "=" + secureType}
	host := ""
	var found *iniLine
	for i := range lines {
		l := &lines[i]
		if strange(d, f, l.keyStart, l.end) {
			return d
		}
		switch {
		case l.key == silentType && !l.bare:
			if found != nil && found.value != l.value {
				c.open = silentType + " stands here twice, with different values; which counts is not documented"
			}
			found = l
		case strings.EqualFold(l.key, silentType) && found == nil, l.bare && strings.HasPrefix(l.key, silentType):
			c.open = clip(word(l.key)) + " is not written as documented (" + silentType + "=...): whether it counts is not known"
		case l.key == "STSERVERNAME":
			host = l.value
		}
		if holdsPassword(l.key) && len(src.texts) < maxResults {
			src.texts = append(src.texts, text{file: f, name: word(l.key), value: l.value, at: l.keyStart, start: -1, shared: true})
		}
	}
	c.read(f, lines, found)
	if n := len(lines); n > 0 {
		last := &entry{name: lines[n-1].key, value: lines[n-1].value, keyStart: lines[n-1].keyStart}
		if lines[n-1].bare {
			last.value = ""
		}
		if _, at := f.Line(f.Lines()); last.keyStart >= at {
			cut(d, f, last, at)
		}
	}
	declareClient(d, "default community", host, c, silentSettings(f, lines))
	return d
}

// read takes the connection type from its line, or finds where to write it.
func (c *client) read(f *conftree.File, lines []iniLine, found *iniLine) {
	if found == nil {
		after := textLines(f)
		for _, l := range lines {
			if strings.HasPrefix(l.key, "ST") {
				after = f.LineAt(l.keyStart)
				c.at = f.Place(l.keyStart)
			}
		}
		c.edits = []conftree.Edit{f.InsertAfter(after, c.line)}
		return
	}
	c.set, c.value, c.at = true, found.value, f.Place(found.keyStart)
	for _, l := range lines {
		if l.key == silentType && !l.bare && l.value != secureType {
			c.edits = append(c.edits, f.Replace(l.start, l.end, secureType))
		}
	}
}

func silentSettings(f *conftree.File, lines []iniLine) (list []audit.Setting) {
	for _, l := range lines {
		if strings.HasPrefix(l.key, "ST") && len(list) < maxSettings {
			list = append(list, confdoc.NewSetting(word(l.key), l.value, f.Place(l.keyStart)))
		}
	}
	return list
}
