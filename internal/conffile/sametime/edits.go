package sametime

import (
	"errors"
	"fmt"
	"strings"

	"tlsaudit/internal/conftree"
)

var errNoHome = errors.New("the parameters come from a file that is not there, or that cannot be changed line by line; see the text")

// set returns the edits that give parameters their values: in place where they
// are written, as new lines where they are not.
func (p *params) set(wanted ...pair) (edits []conftree.Edit, err error) {
	var fresh []pair
	for _, w := range wanted {
		f := p.get(w.section, w.name)
		if !f.set() {
			fresh = append(fresh, w)
			continue
		}
		for _, i := range p.index[w.section+"\x00"+w.name] {
			e := &p.entries[i]
			if e != f.entry && !p.twice || e.value == w.value && e.number == "" && e.open == "" {
				continue
			}
			if e.start < 0 {
				return nil, fmt.Errorf("%s has no value in the file that could be replaced", e.key)
			}
			edits = append(edits, e.file.Replace(e.start, e.end, e.written(w.value)))
		}
	}
	more, err := p.insert(fresh)
	return append(edits, more...), err
}

// written is a value as it goes into the place of the old one.
func (e *entry) written(value string) string {
	if e.form == formMap {
		return `"` + value + `"`
	}
	return value
}

// insert writes new parameters.
func (p *params) insert(fresh []pair) (edits []conftree.Edit, err error) {
	switch {
	case len(fresh) == 0:
		return nil, nil
	case p.home == nil:
		return nil, errNoHome
	}
	switch p.form {
	case formINI:
		return p.insertINI(fresh), nil
	case formEnv:
		lines := make([]string, len(fresh))
		for i, w := range fresh {
			lines[i] = variable(w.section, w.name) + "=" + w.value
		}
		return []conftree.Edit{p.home.InsertAfter(textLines(p.home), lines...)}, nil
	}
	return p.insertYAML(fresh)
}

// textLines is the number of lines of a file, without an empty last one.
func textLines(f *conftree.File) int {
	n := f.Lines()
	if _, at := f.Line(n); at == len(f.Text) {
		n--
	}
	return n
}

// insertINI puts each parameter at the end of its section, which is added if
// there is none.
func (p *params) insertINI(fresh []pair) (edits []conftree.Edit) {
	bySection := map[string][]string{}
	var order []string
	for _, w := range fresh {
		if bySection[w.section] == nil {
			order = append(order, w.section)
		}
		bySection[w.section] = append(bySection[w.section], w.name+"="+w.value)
	}
	var behind []string
	for _, section := range order {
		if after := sectionEnd(p.home, section); after > 0 {
			edits = append(edits, p.home.InsertAfter(after, bySection[section]...))
			continue
		}
		behind = append(append(behind, "["+section+"]"), bySection[section]...)
	}
	if behind != nil {
		edits = append(edits, p.home.InsertAfter(textLines(p.home), behind...))
	}
	return edits
}

// insertYAML puts parameters in front of the first one of the mapping or list
// that holds variables in the file, or where grow knows a place.
func (p *params) insertYAML(fresh []pair) ([]conftree.Edit, error) {
	for i := range p.entries {
		e := &p.entries[i]
		if e.file != p.home || e.form != formMap && e.form != formList || e.keyEnd == e.keyStart {
			continue
		}
		line, at := p.home.Line(p.home.LineAt(e.keyStart))
		lead := line[:e.keyStart-at]
		dash := strings.TrimLeft(lead, " ")
		switch {
		case e.form == formMap && dash == "", e.form == formMap && (dash == `"` || dash == `'`):
			return []conftree.Edit{p.home.InsertBefore(p.home.LineAt(e.keyStart), mapLines(strings.TrimRight(lead, `"'`), fresh)...)}, nil
		case e.form == formList && strings.HasPrefix(dash, "-") && strings.Trim(dash, `-"' `) == "":
			indent := lead[:len(lead)-len(dash)]
			lines := make([]string, len(fresh))
			for i, w := range fresh {
				lines[i] = indent + "- " + variable(w.section, w.name) + "=" + w.value
			}
			return []conftree.Edit{p.home.InsertBefore(p.home.LineAt(e.keyStart), lines...)}, nil
		}
		return nil, errNoHome
	}
	if p.grow == nil {
		return nil, errNoHome
	}
	return p.grow(fresh)
}

func mapLines(indent string, fresh []pair) []string {
	lines := make([]string, len(fresh))
	for i, w := range fresh {
		lines[i] = indent + variable(w.section, w.name) + `: "` + w.value + `"`
	}
	return lines
}
