package nginx

import (
	"strings"

	"tlsaudit/internal/conftree"
)

// setArgs returns the edits that give a directive other arguments. Comments
// between the arguments stay.
func setArgs(d *directive, value string) (edits []conftree.Edit) {
	args := d.args()
	first, last := args[0], args[len(args)-1]
	between := false
	for i := 1; i < len(args); i++ {
		between = between || strings.ContainsRune(d.file.Text[args[i-1].end:args[i].start], '#')
	}
	if !between {
		if d.file.Text[first.start:last.end] == value {
			return nil
		}
		return []conftree.Edit{d.file.Replace(first.start, last.end, value)}
	}
	edits = append(edits, d.file.Replace(first.start, first.end, value))
	for _, w := range args[1:] {
		edits = append(edits, d.file.Replace(w.start, w.end, ""))
	}
	return edits
}

// remove returns the edit that takes a directive away, with its lines if
// nothing else stands on them.
func remove(d *directive) conftree.Edit {
	first, last := d.file.LineAt(d.start), d.file.LineAt(d.end-1)
	head, from := d.file.Line(first)
	tail, to := d.file.Line(last)
	if strings.TrimSpace(head[:d.start-from]) == "" && strings.TrimSpace(tail[d.end-to:]) == "" {
		return d.file.DeleteLines(first, last)
	}
	start := d.start
	for start > from && (d.file.Text[start-1] == ' ' || d.file.Text[start-1] == '\t') {
		start--
	}
	if start == from {
		start = d.start
	}
	return d.file.Replace(start, d.end, "")
}

// insert returns the edit that puts a directive at the beginning of a block.
func insert(block *directive, line string) conftree.Edit {
	f := block.file
	n := f.LineAt(block.open)
	text, from := f.Line(n)
	if strings.TrimSpace(text[block.open+1-from:]) != "" || n == f.Lines() {
		return f.Replace(block.open+1, block.open+1, " "+line)
	}
	return f.InsertAfter(n, indentOf(block, n)+line)
}

// indentOf returns what lines inside a block begin with, that of its first
// line that is not empty.
func indentOf(block *directive, opened int) string {
	f := block.file
	for n := opened + 1; n <= f.Lines() && n < opened+50; n++ {
		text, _ := f.Line(n)
		rest := strings.TrimLeft(text, " \t")
		if strings.HasPrefix(rest, "}") {
			break
		}
		if rest != "" {
			return text[:len(text)-len(rest)]
		}
	}
	text, _ := f.Line(f.LineAt(block.start))
	return text[:len(text)-len(strings.TrimLeft(text, " \t"))] + "    "
}

// after returns the edit that puts a directive behind another.
func after(d *directive, line string) conftree.Edit {
	n := d.file.LineAt(d.end - 1)
	text, from := d.file.Line(n)
	head, start := d.file.Line(d.file.LineAt(d.start))
	if strings.TrimSpace(text[d.end-from:]) != "" || strings.TrimSpace(head[:d.start-start]) != "" {
		return d.file.Replace(d.end, d.end, " "+line)
	}
	return d.file.InsertAfter(n, head[:d.start-start]+line)
}

// home is the block a setting is added to that no level has: that of the
// module, or the server's own in a part of a tree.
func (s *scope) home() *directive {
	var at *directive
	for ; s != nil; s = s.parent {
		if s.block != nil && (s.kind == inModule || s.kind == inServer) {
			at = s.block
		}
	}
	return at
}

// maxEdits bounds the directives one change takes away.
const maxEdits = 100

// set returns the edits that make one directive with a value the one in force
// on a level.
func (s *scope) set(name, value string) (edits []conftree.Edit) {
	list, _ := s.lookup(name)
	if len(list) == 0 {
		if home := s.home(); home != nil {
			return []conftree.Edit{insert(home, name+" "+value+";")}
		}
		return nil
	}
	if len(list) > maxEdits {
		return nil
	}
	edits = setArgs(list[0], value)
	for _, d := range list[1:] {
		edits = append(edits, remove(d))
	}
	return edits
}
