package exim

import (
	"fmt"
	"strings"

	"tlsaudit/internal/conftree"
)

// whole reports whether a line can be changed: all of it stands in one file.
func (l *line) whole() bool {
	for _, p := range l.parts {
		if p.file != l.parts[0].file {
			return false
		}
	}
	return true
}

// remove deletes the physical lines of a line; comments between them stay.
func (l *line) remove() (edits []conftree.Edit) {
	for _, p := range l.parts {
		edits = append(edits, p.file.Replace(p.from, p.to, ""))
	}
	return edits
}

// rewrite puts another value in the place of an option's. What a macro brings
// in is replaced by the value itself.
func (c *config) rewrite(o *option, value string) ([]conftree.Edit, error) {
	if err := c.writable(value); err != nil {
		return nil, err
	}
	l := o.line
	if !l.whole() {
		return nil, fmt.Errorf("%s is put together from several files", o.name)
	}
	if !o.given {
		return c.replaceLine(o, value)
	}
	// The physical line the value begins on, and those behind it.
	first := 0
	for i, p := range l.parts {
		if p.at <= o.at && (i == 0 || p.at < len(l.text) && p.at <= o.at) {
			first = i
		}
	}
	p := l.parts[first]
	start := p.start + o.at - p.at
	if !p.literal {
		start = p.start
		if p.at <= len(o.name) || first == 0 {
			eq := strings.IndexByte(p.file.Text[p.start:p.end], '=')
			head := strings.Join(strings.Fields(p.file.Text[p.start:p.start+max(eq, 0)]), " ")
			if eq < 0 || head != o.name && head != "hide "+o.name {
				return nil, fmt.Errorf("%s comes out of a macro as a whole", o.name)
			}
			start += eq + 1
			for start < p.end && strings.IndexByte(blanks, p.file.Text[start]) >= 0 {
				start++
			}
		}
	}
	text := value
	if before := p.file.Text[p.from:min(start, p.end)]; strings.HasSuffix(before, "=") {
		text = " " + value
	}
	edits := []conftree.Edit{p.file.Replace(min(start, p.end), p.end, text)}
	for _, p := range l.parts[first+1:] {
		edits = append(edits, p.file.Replace(p.from, p.to, ""))
	}
	return edits, nil
}

// replaceLine writes a boolean that stood alone with its value.
func (c *config) replaceLine(o *option, value string) ([]conftree.Edit, error) {
	p := o.line.parts[0]
	if len(o.line.parts) > 1 || !p.literal {
		return nil, fmt.Errorf("%s comes out of a macro as a whole", o.name)
	}
	return []conftree.Edit{p.file.Replace(p.start, p.end, o.name+" = "+value)}, nil
}

// writable reports a macro whose name is part of a text to be written: Exim
// would replace it.
func (c *config) writable(text string) error {
	for _, m := range c.macros {
		if strings.Contains(text, m.name) {
			return fmt.Errorf("the macro %s would be replaced within %q", short(m.name), text)
		}
	}
	return nil
}

// insertMain adds an option to the main section: behind the last one of its
// kind that always counts, else before the first other section.
func (c *config) insertMain(lines ...string) ([]conftree.Edit, error) {
	for _, text := range lines {
		if err := c.writable(text); err != nil {
			return nil, err
		}
	}
	if c.missing != nil {
		return nil, fmt.Errorf("%s: a second setting of the same option would make Exim refuse the file", c.missing.Message)
	}
	if c.part != "" && c.part != "main" {
		return nil, fmt.Errorf("the file is a part of a split configuration; the line belongs below conf.d/main")
	}
	var after *line
	for _, l := range c.mainLines {
		name := l.text[:nameLength(l.text)]
		if l.depth == 0 && l.parts[0].file == c.doc.Main() && l.whole() && (strings.HasPrefix(name, "tls_") || name == "openssl_options") {
			after = l
		}
	}
	f := c.doc.Main()
	switch {
	case after != nil:
		return []conftree.Edit{insertAt(f, after.parts[len(after.parts)-1].to, after.indent(), lines)}, nil
	case c.begin == nil:
		return []conftree.Edit{insertAt(f, len(f.Text), "", lines)}, nil
	case c.begin.parts[0].file == f && c.begin.depth == 0:
		return []conftree.Edit{insertAt(f, c.begin.parts[0].from, "", lines)}, nil
	}
	return nil, fmt.Errorf("the main section ends in an included file, or within a condition")
}

// insertDriver adds an option behind the driver of a transport.
func (c *config) insertDriver(d *driver, lines ...string) ([]conftree.Edit, error) {
	for _, text := range lines {
		if err := c.writable(text); err != nil {
			return nil, err
		}
	}
	if d.kind == nil || !d.kind.line.whole() {
		return nil, fmt.Errorf("the transport %s does not name its driver in one place", short(d.name))
	}
	l := d.kind.line
	last := l.parts[len(l.parts)-1]
	return []conftree.Edit{insertAt(last.file, last.to, l.indent(), lines)}, nil
}

// indent is what stands before a line.
func (l *line) indent() string {
	p := l.parts[0]
	return p.file.Text[p.from:p.start]
}

// insertAt puts lines where a line begins, or behind the last one.
func insertAt(f *conftree.File, at int, indent string, lines []string) conftree.Edit {
	eol := f.EOL()
	if eol == "\r" {
		eol = "\n"
	}
	text := indent + strings.Join(lines, eol+indent) + eol
	if at == len(f.Text) && at > 0 && f.Text[at-1] != '\n' {
		text = eol + strings.TrimSuffix(text, eol)
	}
	return f.Replace(at, at, text)
}
