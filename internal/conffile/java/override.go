package java

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// readOverride opens the file that overrides java.security, if it is there.
func (o *options) readOverride(r *confdoc.Reader, doc *confdoc.Document) {
	opt := o.last[confdoc.SecurityOverride]
	if opt == nil {
		return
	}
	o.overrideOption = opt
	name, whole := confdoc.OverridePath(opt.value)
	o.whole = whole
	f := findFile(r, o.file, name)
	if f == nil || f.Path == o.file.Path {
		o.open(doc, "a file overrides java.security, and what it says is not known")
		return
	}
	inner := &confdoc.Document{Files: []*conftree.File{f}}
	p := loadProperties(r, inner, f)
	for _, file := range inner.Files {
		if file.Path != o.file.Path && len(doc.Files) < confdoc.MaxFiles {
			doc.Files = append(doc.Files, file)
		}
	}
	if broken := inner.Broken(); broken != nil {
		o.open(doc, "the file that overrides java.security has no meaning: "+broken.Message)
		return
	}
	if len(inner.Gaps) > 0 {
		o.open(doc, "a file overrides java.security, and what it says is not known: "+inner.Gaps[0].Message)
		return
	}
	doc.Faults = append(doc.Faults, inner.Faults...)
	p.full = p.full || whole
	o.override = p
}

// open tells that the file that overrides java.security is not known.
func (o *options) open(doc *confdoc.Document, why string) {
	o.overrideDoubt = why
	doc.Open(o.overrideOption.place(), why)
}

// overridden is JVM-02.
func overridden(c *confdoc.Case) (results []confdoc.Result) {
	o := optionsOf(c)
	opt, p := o.overrideOption, o.override
	if opt == nil {
		return nil
	}
	object := func(message string, edits ...conftree.Edit) {
		results = append(results, confdoc.Violated(opt.place(), message).Quoting(opt.setting()).With(edits...))
	}
	if p == nil {
		object(o.overrideDoubt, o.removeAll(opt.name)...)
		return results
	}
	if left, edits := p.leaves(c.Min); len(left) > 0 {
		object("the file that overrides java.security leaves "+strings.Join(left, ", ")+" enabled", edits...)
	}
	if r := p.certificates(); r != nil {
		object("the file that overrides java.security: "+r.Message, r.Edits...)
	}
	if !o.whole {
		return results
	}
	partly := opt.rewrite(strings.TrimPrefix(confdoc.JavaTrim(opt.value), "="))
	if !p.provides() {
		object("the file replaces java.security as a whole and names no security.provider: the JVM has no TLS", partly)
		return results
	}
	if len(results) > 0 {
		results[0].Edits = append(results[0].Edits, partly)
		return results
	}
	return []confdoc.Result{confdoc.Advice(opt.place(), "the file replaces java.security as a whole, with what updates of Java bring").Quoting(opt.setting()).With(partly)}
}

// removeAll deletes all options of a name: an earlier one would count where the
// last is gone.
func (o *options) removeAll(name string) (edits []conftree.Edit) {
	for _, opt := range o.all {
		if opt.name == name {
			edits = append(edits, opt.remove())
		}
	}
	return edits
}

// disarm deletes options by name, or gives them a good value where nothing about
// TLS would be left in the file: then nobody could tell that it was looked at.
func (o *options) disarm(good map[string]string) (edits []conftree.Edit) {
	alone := true
	for _, opt := range o.all {
		_, goes := good[opt.name]
		alone = alone && (goes || !interesting(opt.name))
	}
	for _, opt := range o.all {
		value, goes := good[opt.name]
		switch {
		case !goes:
		case !alone:
			edits = append(edits, opt.remove())
		case o.last[opt.name] == opt:
			edits = append(edits, opt.rewrite(value))
		}
	}
	return edits
}

// provides reports whether the file names a provider.
func (p *properties) provides() bool {
	for key := range p.last {
		if strings.HasPrefix(key, "security.provider.") {
			return true
		}
	}
	return false
}

// leaves names what the list should take away and does not, with the edits
// that add it where the list is set.
func (p *properties) leaves(lowest audit.Version) (left []string, edits []conftree.Edit) {
	a, known := p.algorithms()
	if !known {
		return nil, nil
	}
	for _, v := range audit.Versions {
		if v >= audit.TLSv10 && v < lowest && a.names.PermitsVersion(v) {
			left = append(left, javaNames[v])
		}
	}
	d, set := p.last[tlsList]
	if !set {
		if len(left) > 0 {
			edits = define(p.doc.Main(), tlsList, strictList)
		}
		return left, edits
	}
	add, _ := versionChanges(a, audit.Want{MinVersion: lowest})
	weak := p.weakLeft(a)
	left, add = append(left, weak...), append(add, weak...)
	if !a.refusesDH(1024) || !a.refusesDH(2047) {
		const bits = 2048
		left = append(left, fmt.Sprintf("Diffie-Hellman groups below %d bits", bits))
		if raw := d.file.Text[d.ValueStart:d.End]; dhSize.MatchString(raw) {
			edits = append(edits, d.raiseDH(bits)...)
		} else {
			add = append(add, fmt.Sprintf("DH keySize < %d", bits))
		}
	}
	if len(left) > 0 && len(add) > 0 {
		edits = append(edits, d.prepend(add...)...)
	}
	return left, edits
}
