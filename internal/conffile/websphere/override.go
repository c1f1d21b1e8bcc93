package websphere

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/javaprops"
)

// javaList is the list that a file for java.security is looked at for.
const javaList = "jdk.tls.disabledAlgorithms"

// override is a file that overrides java.security for a JVM.
type override struct {
	property property
	whole    bool
	// doubt says why what the file says is not known; list is not set then, nor if
	// the file leaves the list alone.
	doubt     string
	list      value
	providers bool
}

// readOverrides opens the files that JVM arguments put over java.security.
func (j *jvm) readOverrides(r *confdoc.Reader, doc *confdoc.Document) {
	for _, p := range j.counts[confdoc.SecurityOverride] {
		name, whole := confdoc.OverridePath(p.value)
		o := override{property: p, whole: whole}
		o.read(r, doc, name)
		if o.doubt != "" {
			doc.Open(p.place, o.doubt)
		}
		j.overrides = append(j.overrides, o)
	}
}

// read opens one file.
func (o *override) read(r *confdoc.Reader, doc *confdoc.Document, name string) {
	f := findFile(r, doc.Main(), name)
	if f == nil || f == doc.Main() {
		o.doubt = "a file overrides java.security, and what it says is not known"
		return
	}
	if !slices.Contains(doc.Files, f) {
		doc.Files = append(doc.Files, f)
	}
	loaded := javaprops.Load(f)
	switch {
	case loaded.Garbled:
		o.doubt = "the file that overrides java.security is UTF-16, in which Java reads keys that nobody asks for"
		return
	case loaded.Malformed:
		o.doubt = `the file that overrides java.security has a \u without four hexadecimal digits, which Java refuses`
		return
	}
	doc.Marked(f, loaded.Lost)
	in := &reading{file: f}
	o.list = in.last(loaded.Entries, javaList)
	for _, e := range loaded.Entries {
		doc.NULs(f, e.Start, e.End)
		o.providers = o.providers || strings.HasPrefix(e.Key, "security.provider.")
		if e.Key == "include" {
			o.doubt = "the file that overrides java.security names another one, which was not read"
		}
	}
}

// findFile opens the file of a name; nil if it is not to be had. What is no
// absolute path begins at the profile, where servers are started.
func findFile(r *confdoc.Reader, main *conftree.File, name string) *conftree.File {
	folder, _, known := strings.Cut("/"+main.Path, "/config/cells/")
	folder = strings.TrimPrefix(folder, "/")
	switch {
	case known && folder == "":
		folder = "."
	case !known:
		folder = path.Dir(main.Path)
	}
	if rest, ok := strings.CutPrefix(name, "${USER_INSTALL_ROOT}/"); ok && known {
		name = rest
	}
	if name == "" || strings.Contains(name, "${") {
		return nil
	}
	where, err := r.Tree.Resolve(folder, name)
	if err != nil {
		return nil
	}
	f, err := r.Tree.Read(where)
	if err != nil {
		return nil
	}
	return f
}

// overridden is JVM-02 for server.xml.
var overridden = confdoc.OverrideRule(jvmPath+"delete -Djava.security.properties, or bring the file into the audit and put TLSv1, TLSv1.1 into its jdk.tls.disabledAlgorithms; write = instead of ==", judgeOverridden)

func judgeOverridden(c *confdoc.Case) (results []confdoc.Result) {
	jvms, _ := c.Doc.Syntax.([]*jvm)
	if len(jvms) == 0 {
		return confdoc.Moot("the server has no JVM of its own")
	}
	for _, j := range jvms {
		for _, o := range j.overrides {
			if r := j.judgeOverride(o, c.Min); r != nil {
				results = append(results, r.Quoting(note("-D"+confdoc.SecurityOverride, o.property.value, o.property.place)))
			}
		}
	}
	return results
}

// judgeOverride judges one file.
func (j *jvm) judgeOverride(o override, lowest audit.Version) *confdoc.Result {
	say := func(r confdoc.Result, edits ...conftree.Edit) *confdoc.Result {
		r = r.With(edits...)
		return &r
	}
	violated := func(message string) confdoc.Result { return confdoc.Violated(o.property.place, j.name+": "+message) }
	if o.doubt != "" {
		return say(violated(o.doubt), j.without([]property{o.property})...)
	}
	var partly []conftree.Edit
	if o.whole {
		partly = append(partly, j.setProperty(o.property, strings.TrimPrefix(confdoc.JavaTrim(o.property.value), "=")))
	}
	if !o.list.set() {
		if o.whole {
			return say(violated("the file replaces java.security as a whole and does not set "+javaList+": nothing is disabled"), partly...)
		}
		return nil
	}
	text := confdoc.JavaTrim(o.list.text)
	if left := leftBy(text, lowest); len(left) > 0 {
		edit := o.list.edit(mendedList(smallGroups.ReplaceAllString(text, "${1}DH keySize < 2048"), lowest))
		return say(violated("the file that overrides java.security leaves "+strings.Join(left, ", ")+" enabled"), append(partly, edit)...)
	}
	switch {
	case o.whole && !o.providers:
		return say(violated("the file replaces java.security as a whole and names no security.provider: the JVM has no TLS"), partly...)
	case o.whole:
		return say(confdoc.Advice(o.property.place, j.name+": the file replaces java.security as a whole, with what updates of Java bring"), partly...)
	}
	return nil
}

// leftBy names what a list should take away and does not.
func leftBy(text string, lowest audit.Version) (left []string) {
	list := cipherstring.ParseDisabled(text)
	for _, v := range audit.Versions {
		if v >= audit.TLSv10 && v < lowest && list.PermitsVersion(v) {
			left = append(left, nameOf(v))
		}
	}
	for _, one := range brokenCiphers {
		if one.permitted(list) && (one.entry == "RC4" || one.entry == "3DES_EDE_CBC") {
			left = append(left, one.entry)
		}
	}
	if !refusesSmallGroups(text) {
		left = append(left, "Diffie-Hellman groups below 2048 bits")
	}
	return left
}

// smallGroups is an entry of a list about the size of groups.
var smallGroups = regexp.MustCompile(`(?i)((?:^|,)[\x00-\x20]*)(?:DH|DiffieHellman)[ \t]+keySize[ \t]*(<=?)[ \t]*(\d{1,6})\b`)

// refusesSmallGroups reports whether a list takes groups below 2048 bits away.
func refusesSmallGroups(text string) bool {
	for entry := range strings.SplitSeq(text, ",") {
		if entry = confdoc.JavaTrim(entry); strings.EqualFold(entry, "DH") || strings.EqualFold(entry, "DiffieHellman") {
			return true
		}
		m := smallGroups.FindStringSubmatch(entry)
		if m == nil || len(m[0]) != len(entry) {
			continue // one with more conditions takes away less
		}
		if bits, err := strconv.Atoi(m[3]); err == nil && (bits >= 2048 || m[2] == "<=" && bits == 2047) {
			return true
		}
	}
	return false
}

// noEffect is JVM-06 for server.xml.
var noEffect = confdoc.NoEffectRule(func(c *confdoc.Case) (results []confdoc.Result) {
	jvms, _ := c.Doc.Syntax.([]*jvm)
	if len(jvms) == 0 {
		return confdoc.Moot("the server has no JVM of its own")
	}
	for _, j := range jvms {
		var bad []property
		for _, p := range j.properties {
			if confdoc.SecurityProperty(p.name) {
				bad = append(bad, p)
			}
		}
		edits := j.without(bad)
		for _, p := range bad {
			r := confdoc.Violated(p.place, j.name+": -D"+p.name+" has no effect: it is a property of java.security")
			results = append(results, r.Quoting(note("-D"+p.name, p.value, p.place)).With(edits...))
		}
	}
	return results
})
