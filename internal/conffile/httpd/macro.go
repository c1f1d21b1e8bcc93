package httpd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// macro is a <Macro> of mod_macro: lines with names to replace.
type macro struct {
	parameters []string
	lines      []line
}

// defineMacro takes in the lines up to </Macro>.
func (p *parser) defineMacro(src *source, args string, d *directive) {
	list := words(args)
	m := &macro{}
	depth := 1
	for {
		l, ok := src.next()
		if !ok {
			p.refuse(d.place(), "the section <Macro> is never closed", "close it with </Macro>")
			p.stopped = true
			return
		}
		name, _ := word(l.text)
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "<macro") {
			depth++
		}
		if strings.HasPrefix(name, "</macro") {
			if depth--; depth == 0 {
				break
			}
		}
		if l.text != "" && !l.comment() {
			m.lines = append(m.lines, l)
		}
	}
	if len(list) == 0 {
		p.refuse(d.place(), "<Macro> without a name", "")
		return
	}
	m.parameters = list[1:]
	p.macros[strings.ToLower(list[0])] = m
}

// useMacro puts the lines of a macro in front of what the source has left.
func (p *parser) useMacro(src *source, d *directive) {
	list := words(d.args)
	if len(list) == 0 {
		p.refuse(d.place(), "Use names no macro", "")
		return
	}
	m, ok := p.macros[strings.ToLower(list[0])]
	if !ok {
		why := fmt.Sprintf("Use %s: no file read defines that macro", clip(list[0]))
		p.doubt(d.place(), why)
		p.leaveOpen(anything(why))
		return
	}
	if len(list)-1 != len(m.parameters) {
		p.refuse(d.argument(), fmt.Sprintf("the macro %s takes %d arguments, not %d", quote(list[0]), len(m.parameters), len(list)-1), "")
		return
	}
	if p.macroLines += len(m.lines) + 1; p.macroLines > maxMacros {
		p.stop(d.line, "macros produce more lines than are read")
		return
	}
	replace := replacer(m.parameters, list[1:])
	if len(src.macros) >= maxDeep {
		p.refuse(d.place(), fmt.Sprintf("the macro %s uses itself", quote(list[0])), "")
		p.stopped = true
		return
	}
	lines := make([]line, 0, len(m.lines))
	for _, l := range m.lines {
		text := replace(l.text)
		if p.vars.spent += len(text); len(text) > maxLine || p.vars.spent > maxExpanded {
			p.stop(d.line, "macros grow beyond what is read")
			return
		}
		l.macro, l.text = true, text
		lines = append(lines, l)
	}
	src.macros = append(src.macros, lines)
}

// maxDeep is how deep macros may use macros.
const maxDeep = 64

// replacer replaces parameters by arguments in one pass, longer names first.
func replacer(parameters, values []string) func(string) string {
	order := make([]int, len(parameters))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(parameters[b]), len(parameters[a])) })
	var pairs []string
	for _, i := range order {
		if parameters[i] != "" {
			pairs = append(pairs, parameters[i], values[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace
}
