package httpd

import (
	"strings"

	"tlsaudit/internal/conftree"
)

// set returns the edits that give a host a value for a directive of which one
// holds: where it is set today, or in the host if it is set nowhere. None if
// the line is not one an edit can reach.
func (h *host) set(name, args string) []conftree.Edit {
	if d := h.value(name); d != nil {
		if !d.editable() {
			return nil
		}
		return []conftree.Edit{d.withArgs(args)}
	}
	return h.insert(h.conf.spell(name) + " " + args)
}

// anchors are the directives behind which new lines go.
var anchors = []string{"sslproxyengine", "sslengine", "sslenable"}

// insert returns the edit that puts lines into a host's section, next to what
// switches TLS on.
func (h *host) insert(lines ...string) []conftree.Edit {
	if h.proxy {
		if d := h.scope.last("sslproxyengine"); d != nil && !d.line.macro {
			return []conftree.Edit{d.line.after("", lines...)}
		}
	} else if d := h.scope.last(anchors[1:]...); d != nil && !d.line.macro {
		return []conftree.Edit{d.line.after("", lines...)}
	}
	if h.scope.open == nil {
		for i := len(h.scope.lines) - 1; i >= 0; i-- {
			if d := h.scope.lines[i]; !d.line.macro {
				return []conftree.Edit{d.line.after("", lines...)}
			}
		}
		return nil
	}
	open := &h.scope.open.line
	if open.macro {
		return nil
	}
	return []conftree.Edit{open.after(h.deeper(), lines...)}
}

// deeper is how much further in than its section the lines of a host stand.
func (h *host) deeper() string {
	open := &h.scope.open.line
	outer := indentation(open.file, open.start)
	for n := open.file.LineAt(open.end) + 1; n <= min(open.file.Lines(), open.file.LineAt(open.end)+50); n++ {
		line, _ := open.file.Line(n)
		text := strings.TrimLeft(line, " \t")
		if text == "" {
			continue
		}
		if in, ok := strings.CutPrefix(line[:len(line)-len(text)], outer); ok && !strings.HasPrefix(text, "</") {
			return in
		}
		break
	}
	return "    "
}

// apart returns the edit that moves a remark behind a directive to a line of
// its own above it; false if there is none, or the line is no simple one.
func (d *directive) apart() (edit conftree.Edit, ok bool) {
	l := &d.line
	if !d.editable() || l.joined() {
		return conftree.Edit{}, false
	}
	for i := 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '"' || c == '\'':
			return conftree.Edit{}, false
		case c == '#' && strings.ContainsRune(blanks, rune(l.text[i-1])):
			return d.become(l.text[i:], strings.TrimRight(l.text[:i], blanks)), true
		}
	}
	return conftree.Edit{}, false
}

// blank returns the edits that make blanks of the no-break spaces of a line.
func (l *line) blank() (edits []conftree.Edit) {
	if l.macro {
		return nil
	}
	for at := l.start; at < l.end; {
		i := strings.Index(l.file.Text[at:l.end], noBreak)
		if i < 0 {
			break
		}
		edits = append(edits, l.file.Replace(at+i, at+i+len(noBreak), " "))
		at += i + len(noBreak)
	}
	return edits
}

const noBreak = "\u00a0"
