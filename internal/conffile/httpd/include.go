package httpd

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// base is where relative paths begin.
type base struct {
	// folders are tried in order; the first that has the file wins. There is one
	// if ServerRoot is known.
	folders []string
	// root is ServerRoot as written, if the tree does not have it there: paths
	// below it are taken from folders.
	root string
}

// newBase guesses the root of a configuration that does not name one, or one
// that is not there: the folder of the main file, or its parent if it is called
// conf, as upstream and IBM lay it out.
func newBase(main string) base {
	folder := path.Dir(main)
	if folder == "." {
		folder = ""
	}
	parent := path.Dir(folder)
	if parent == "." {
		parent = ""
	}
	folders := []string{folder, parent, ""}
	if strings.EqualFold(path.Base(folder), "conf") {
		folders = []string{parent, folder, ""}
	}
	return base{folders: folders}
}

// setRoot acts on ServerRoot.
func (p *parser) setRoot(d *directive) {
	root, _ := word(d.args)
	if len(d.missing) > 0 {
		p.note(d, "ServerRoot", root, "not known: relative paths are taken from the folder of the file")
		return
	}
	if inside, err := p.r.Tree.Resolve("", root); err == nil && p.r.Tree.Exists(clean(inside)) == "dir" {
		p.base = base{folders: []string{clean(inside)}}
		return
	}
	p.base = newBase(p.doc.Main().Path)
	p.base.root = strings.TrimRight(path.Clean(strings.ReplaceAll(root, `\`, "/")), "/")
	p.note(d, "ServerRoot", root, "not among the files given: paths below it are taken from the folder of the main file, or the one above")
}

func clean(p string) string {
	if p = path.Clean(p); p == "." {
		return ""
	}
	return p
}

var errUNC = errors.New("the path of a file server")

// resolve returns the path in the tree of what a file names; the first folder
// that has it decides.
func (p *parser) resolve(target string) (string, error) {
	target = strings.ReplaceAll(target, `\`, "/")
	if strings.HasPrefix(target, "//") {
		return "", errUNC
	}
	if p.base.root != "" && p.base.root != "." {
		if below, ok := strings.CutPrefix(target, p.base.root+"/"); ok {
			target = below
		}
	}
	if path.IsAbs(target) || len(target) > 1 && target[1] == ':' {
		return p.r.Tree.Resolve("", target)
	}
	var first string
	var firstErr error
	for i, folder := range p.base.folders {
		at, err := p.r.Tree.Resolve(folder, target)
		if i == 0 {
			first, firstErr = at, err
		}
		if err == nil && p.there(at) {
			return at, nil
		}
	}
	return first, firstErr
}

func isPattern(target string) bool { return strings.ContainsAny(target, "*?[") }

// there reports whether a path, or what a pattern may match in, is in the tree.
func (p *parser) there(at string) bool {
	if isPattern(at) {
		found, err := p.r.Tree.Glob(at)
		return err == nil && len(found) > 0
	}
	return p.r.Tree.Exists(at) != ""
}

// include reads what Include and IncludeOptional name.
func (p *parser) include(d *directive) {
	target, _ := word(d.args)
	if len(d.missing) > 0 {
		p.holes, p.scope.server().hole = true, true
		p.doubt(d.place(), p.undefined(d))
		p.leaveOpen(anything(p.undefined(d)))
		return
	}
	shown := fmt.Sprintf("%s %s", p.spell(d.name), clip(target))
	if slices.Contains(strings.Split(target, "/"), "..") && isPattern(target) {
		p.missing(d, shown+" is not followed: a pattern must not lead upwards")
		return
	}
	at, err := p.resolve(target)
	if err != nil {
		p.missing(d, shown+" is not followed: "+reason(err))
		return
	}
	at = clean(at)
	files, err := p.matches(at)
	if err != nil {
		p.missing(d, shown+" is not followed: "+reason(err))
		return
	}
	if len(files) == 0 {
		if p.mayBeAbsent(d, at) {
			return
		}
		p.missing(d, shown+": nothing of that name is among the files given")
		return
	}
	for _, name := range files {
		if p.stopped {
			return
		}
		p.includeFile(d, name, shown)
	}
}

// missing opens a gap where something was not read.
func (p *parser) missing(d *directive, message string) {
	p.holes, p.scope.server().hole = true, true
	p.open(d.argument(), message)
	p.leaveOpen(anything(message))
}

// mayBeAbsent: what IncludeOptional names need not be there, if the folder it
// would be in is.
func (p *parser) mayBeAbsent(d *directive, at string) bool {
	if p.r.Tree.Exists(at) == "dir" {
		return true
	}
	if d.name != "includeoptional" {
		return false
	}
	folder := at
	for {
		folder = clean(path.Dir(folder))
		if !isPattern(folder) {
			return folder == "" || p.r.Tree.Exists(folder) == "dir"
		}
	}
}

// maxFolders is how deep folders are included with all that is in them.
const maxFolders = 20

// matches returns the files a path, a pattern or a folder stands for, in the
// order the server reads them: by name, folder by folder.
func (p *parser) matches(at string) ([]string, error) {
	if !isPattern(at) && p.r.Tree.Exists(at) == "file" {
		return []string{at}, nil
	}
	pattern := strings.ReplaceAll(at, "[!", "[^")
	var files []string
	if isPattern(at) {
		found, err := p.r.Tree.Glob(pattern)
		if err != nil {
			return nil, err
		}
		files = slices.DeleteFunc(found, func(name string) bool { return hiddenName(pattern, name) })
		if strings.Contains(path.Base(at), ".") {
			return sorted(files), nil // a folder is not called *.conf
		}
	} else if p.r.Tree.Exists(at) != "dir" {
		return nil, nil
	}
	empty := 0
	for level := 0; level < maxFolders && empty < 2 && len(files) <= confdoc.MaxFiles; level++ {
		pattern = strings.TrimPrefix(pattern+"/*", "/")
		found, err := p.r.Tree.Glob(pattern)
		if err != nil {
			return nil, err
		}
		if empty++; len(found) > 0 {
			empty = 0
		}
		files = append(files, found...)
	}
	return sorted(files), nil
}

// hiddenName reports whether a pattern matched a name that begins with a dot
// without saying so; the server's patterns do not.
func hiddenName(pattern, name string) bool {
	signs, names := strings.Split(pattern, "/"), strings.Split(name, "/")
	for i := range min(len(signs), len(names)) {
		if strings.HasPrefix(names[i], ".") && !strings.HasPrefix(signs[i], ".") {
			return true
		}
	}
	return false
}

// sorted orders paths element by element.
func sorted(files []string) []string {
	slices.SortFunc(files, func(a, b string) int {
		return cmp.Or(slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")))
	})
	return slices.Compact(files)
}

// includeFile reads one file in the place of the line.
func (p *parser) includeFile(d *directive, name, shown string) {
	// A file that includes itself ends only if a define stops it: twice is
	// enough to see that none does.
	uses := 0
	for _, open := range p.stack {
		if open == name {
			uses++
		}
	}
	p.files++
	switch {
	case uses >= 2:
		p.refuse(d.argument(), shown+" includes a file that is being read: the includes form a loop", "take the line out of "+clip(d.line.file.Name), p.removal(d)...)
		p.stopped = true
		return
	case len(p.stack) >= confdoc.MaxDepth:
		p.stop(d.line, fmt.Sprintf("includes are nested deeper than %d", confdoc.MaxDepth))
		return
	case p.files > confdoc.MaxFiles:
		p.stop(d.line, fmt.Sprintf("more than %d files are included", confdoc.MaxFiles))
		return
	}
	f, err := p.r.Tree.Read(name)
	if err != nil {
		p.missing(d, shown+" is not followed: "+reason(err))
		return
	}
	if p.bytes += len(f.Text); p.bytes > maxBytes {
		p.stop(d.line, "the files included are larger than is read")
		return
	}
	if !slices.ContainsFunc(p.doc.Files, func(g *conftree.File) bool { return g.Path == f.Path }) {
		p.doc.Files = append(p.doc.Files, f)
	}
	if !p.damage(f) {
		p.stopped = true
		return
	}
	p.stack = append(p.stack, name)
	p.read(f)
	p.stack = p.stack[:len(p.stack)-1]
}

// reason says why a path was not opened, without quoting what is there.
func reason(err error) string {
	switch {
	case errors.Is(err, conftree.ErrOutside):
		return "it leads out of the folder of files given"
	case errors.Is(err, conftree.ErrNotRegular):
		return "not a regular file"
	case errors.Is(err, conftree.ErrLimit):
		return "larger than is read"
	case errors.Is(err, errUNC):
		return "it names a file server"
	case errors.Is(err, path.ErrBadPattern):
		return "the pattern is not well-formed"
	}
	return "it cannot be opened"
}

// removal is the edit that deletes a line, if one can.
func (p *parser) removal(d *directive) []conftree.Edit {
	if !d.editable() {
		return nil
	}
	return []conftree.Edit{d.remove()}
}
