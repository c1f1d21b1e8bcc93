package nginx

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// reason says in one line why the tree does not give a file; target is what the
// message names before it.
func reason(err error, target string) string {
	why := err.Error()
	var input *audit.InputError
	if errors.As(err, &input) {
		why = input.Cause
	}
	why, _, _ = strings.Cut(why, "\n")
	return confdoc.RedactText(strings.TrimPrefix(why, strconv.Quote(target)+" "))
}

// dangling reports whether a name is there, though nothing can be read by it: a
// link to what is not among the files, which says nothing about the machine
// they come from.
func (p *parser) dangling(name string) bool {
	found, err := p.r.Tree.Glob(name)
	return err == nil && len(found) > 0
}

// closedFolders notes folders a pattern leads through that may not be looked
// into, such as a link out of the root: what matches there is not known.
func (p *parser) closedFolders(d *directive, pattern string) {
	elements := strings.Split(strings.ReplaceAll(pattern, "[!", "[^"), "/")
	for i := 1; i < min(len(elements), confdoc.MaxDepth); i++ {
		found, err := p.r.Tree.Glob(strings.Join(elements[:i], "/"))
		if err != nil {
			return // told for the whole pattern
		}
		for _, name := range found {
			if p.r.Tree.Exists(name) != "" {
				continue // a file: nothing is below it
			}
			if _, err := p.r.Tree.Real(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				p.open(d.place(), fmt.Sprintf("include %q is not followed everywhere: %s: %s", confdoc.RedactText(d.words[1].text), confdoc.RedactText(name), reason(err, name)))
				return // one says it
			}
		}
	}
}
