package nginx

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// directive is a directive or a block of a file.
type directive struct {
	file  *conftree.File
	words []word // the name first
	// start is the offset of the name, end that behind ";" or "}".
	start, end int
	block      bool
	// open is the offset of "{".
	open     int
	children []*directive
}

func (d *directive) name() string { return d.words[0].text }

func (d *directive) args() []word { return d.words[1:] }

// value returns the arguments as one line.
func (d *directive) value() string {
	var texts []string
	for _, w := range d.args() {
		texts = append(texts, w.text)
	}
	return strings.Join(texts, " ")
}

func (d *directive) place() audit.Place { return d.file.Place(d.start) }

// Bounds of a document besides those of confdoc.
const (
	maxNesting  = 200
	maxIncludes = confdoc.MaxFiles
	maxWalked   = 400_000 // directives, those of a file included twice counted twice
	maxServers  = 5000
	maxListens  = 20_000
)

// parser reads a file and what it includes.
type parser struct {
	r      *confdoc.Reader
	doc    *confdoc.Document
	folder string // relative includes are meant from here
	whole  bool   // the file that was named is a whole nginx.conf
	parsed map[string][]*directive
	// including is the chain of files being read.
	including []string
	includes  int
	walked    int
	full      bool // a bound was met and told
	ciphers   *confdoc.CipherStrings
	// protocolsOn and commandsOn keep what levels come to.
	protocolsOn map[levelKey]protocols
	commandsOn  map[levelKey]commands
	listens     int
	// candidates are names of directives, for hints.
	candidates []string
}

// levelKey is a level and a directive.
type levelKey struct {
	level *scope
	name  string
}

// opaque blocks hold entries in the place of directives.
var opaque = map[string]bool{"map": true, "geo": true, "types": true, "split_clients": true, "charset_map": true, "match": true, "scgi_cache_map": true}

// text reads one file's directives, includes not yet followed.
func (p *parser) text(f *conftree.File) []*directive {
	if list, ok := p.parsed[f.Path]; ok {
		return list
	}
	if !slices.Contains(p.doc.Files, f) {
		p.doc.Files = append(p.doc.Files, f)
	}
	var list []*directive
	switch {
	case f.Encoding.UTF16():
		p.refuse(f, 0, "the file is UTF-16, which nginx does not read", "save it as UTF-8 without a byte order mark")
	case f.Encoding.BOM:
		p.refuse(f, 0, "the file begins with a byte order mark: nginx takes it for a part of the first word", "save it as UTF-8 without a byte order mark")
	default:
		x := &lexer{f: f, text: f.Text}
		list = p.level(x, 0, nil)
		if x.swallowed > 0 {
			p.misread(f.Place(x.swallowed), "a carriage return alone does not end a comment: nginx takes what follows for a part of it", "end lines with LF or CR LF")
		}
	}
	p.parsed[f.Path] = list
	return list
}

// maxTold bounds the faults and gaps that are told.
const maxTold = 100

// open notes what could not be followed or decided.
func (p *parser) open(place audit.Place, message string) {
	if len(p.doc.Gaps) < maxTold {
		p.doc.Open(place, message)
	}
}

// misread notes text that is read otherwise than it is written.
func (p *parser) misread(place audit.Place, message, hint string) {
	if len(p.doc.Faults) < maxTold {
		p.doc.Fail(confdoc.Misread, place, message, hint)
	}
}

// refuse notes that nginx does not take the file.
func (p *parser) refuse(f *conftree.File, at int, message, hint string) {
	if len(p.doc.Faults) >= maxTold {
		return
	}
	p.doc.Fail(confdoc.NotLoaded, f.Place(at), "nginx does not load the file: "+message, hint)
}

// level reads directives up to the end of the block it is in, nil for a file.
func (p *parser) level(x *lexer, depth int, in *directive) (list []*directive) {
	hidden := in != nil && opaque[in.name()]
	for {
		words, end, fault := x.next()
		switch {
		case fault != nil:
			p.refuse(x.f, fault.at, fault.message, "")
			x.pos = len(x.text)
			return list
		case end == endOfFile:
			if in != nil {
				p.refuse(x.f, in.start, fmt.Sprintf("the block %q is not closed: unexpected end of file, expecting \"}\"", in.name()), "")
			}
			return list
		case end == endClose:
			if in == nil {
				p.refuse(x.f, x.pos-1, `unexpected "}"`, "")
				x.pos = len(x.text)
			}
			return list
		}
		d := &directive{file: x.f, words: words, start: words[0].start, end: x.pos, block: end == endOpen, open: x.pos - 1}
		if !hidden {
			p.checkName(d)
		}
		if d.block {
			switch {
			case strings.HasSuffix(d.name(), "_by_lua_block"):
				if fault := x.skipLua(); fault != nil {
					p.refuse(x.f, d.start, fault.message, "")
					return list
				}
			case depth == maxNesting:
				p.doc.Fail(confdoc.Unclear, d.place(), fmt.Sprintf("blocks are nested more than %d deep: the file is not read on", maxNesting), "")
				x.pos = len(x.text)
				return list
			default:
				d.children = p.level(x, depth+1, d)
			}
			d.end = x.pos
		}
		if !hidden && (known(d.name()) || len(d.children) > 0) {
			list = append(list, d)
		}
	}
}

// checkName tells what no module of nginx can have as a name, and NUL bytes.
func (p *parser) checkName(d *directive) {
	for i, w := range d.words {
		odd := strings.IndexFunc(w.text, func(r rune) bool { return r == 0 || i == 0 && (r < ' ' || r >= 0x7f) })
		switch {
		case odd < 0:
		case i == 0:
			what := "no word of nginx"
			if strings.ContainsRune(w.text, 0) {
				what = "a NUL byte is in it"
			} else if strings.ContainsRune(w.text, 0xa0) {
				what = "a no-break space is in it"
			}
			p.refuse(d.file, d.start, "unknown directive: "+what, "write the name anew, in plain ASCII")
			return
		default:
			p.misread(d.file.Place(w.start), fmt.Sprintf("a NUL byte is in an argument of %s: nginx hands on what stands before it", d.name()), "take the NUL bytes out")
		}
	}
}

// expand returns the directives of a list with those of included files in the
// place of the include.
func (p *parser) expand(list []*directive) (all []*directive) {
	for _, d := range list {
		if p.walked++; p.walked > maxWalked {
			p.bound(d, fmt.Sprintf("more than %d directives, those of included files counted: the rest is not read", maxWalked))
			return all
		}
		if d.name() != "include" || d.block {
			all = append(all, d)
			continue
		}
		for _, f := range p.included(d) {
			p.including = append(p.including, f.Path)
			all = append(all, p.expand(p.text(f))...)
			p.including = p.including[:len(p.including)-1]
		}
	}
	return all
}

func (p *parser) bound(d *directive, message string) {
	if !p.full {
		p.open(d.place(), message)
		p.full = true
	}
}

// stock are files every nginx comes with; they say nothing about TLS.
var stock = []string{"mime.types", "fastcgi_params", "fastcgi.conf", "scgi_params", "uwsgi_params", "koi-utf", "koi-win", "win-utf", "proxy_params"}

// included returns the files an include means, in nginx's order.
func (p *parser) included(d *directive) (files []*conftree.File) {
	if len(d.words) != 2 {
		p.refuse(d.file, d.start, `invalid number of arguments in "include"`, "")
		return nil
	}
	target := d.words[1].text
	shown := confdoc.RedactText(target)
	if p.includes++; p.includes > maxIncludes || len(p.including) > confdoc.MaxDepth {
		p.bound(d, "includes are deeper, or more, than are followed")
		return nil
	}
	where, err := p.r.Tree.Resolve(p.folder, target)
	if err != nil {
		p.open(d.place(), fmt.Sprintf("include %q is not followed: %s", shown, reason(err, target)))
		return nil
	}
	paths := []string{where}
	glob := strings.ContainsAny(target, "*?[")
	if glob {
		if paths, err = p.r.Tree.Glob(strings.ReplaceAll(where, "[!", "[^")); err != nil {
			p.open(d.place(), fmt.Sprintf("include %q is not followed: %s", shown, reason(err, where)))
			return nil
		}
		p.closedFolders(d, where)
		paths = slices.DeleteFunc(paths, func(found string) bool { return hiddenFile(where, found) })
	} else if !p.whole {
		paths[0] = p.above(target, where)
	}
	for _, one := range paths {
		if slices.Contains(p.including, one) {
			p.refuse(d.file, d.start, fmt.Sprintf("include %q leads back to a file being read: nginx opens it again until it can open no more", shown), "remove the include that closes the circle")
			return files
		}
		f, err := p.r.Tree.Read(one)
		switch {
		case err == nil:
			files = append(files, f)
		case !errors.Is(err, fs.ErrNotExist):
			p.open(d.place(), fmt.Sprintf("include %q is not followed: %s: %s", shown, confdoc.RedactText(one), reason(err, one)))
		case glob || p.dangling(one):
			p.open(d.place(), fmt.Sprintf("include %q is not followed: %s is a link to what is not among the files", shown, confdoc.RedactText(one)))
		case !p.whole || slices.Contains(stock, path.Base(target)):
			p.open(d.place(), fmt.Sprintf("include %q is not among the files", shown))
		default:
			p.refuse(d.file, d.start, fmt.Sprintf("include %q: there is no such file", shown), "take the missing file along, or remove the include")
		}
	}
	return files
}

// above looks for the file a part includes in the folders above it: it is meant
// from where nginx.conf is, which a part does not tell.
func (p *parser) above(target, where string) string {
	if path.IsAbs(target) {
		return where
	}
	for folder := p.folder; ; folder = path.Dir(folder) {
		if candidate, err := p.r.Tree.Resolve(folder, target); err == nil && p.r.Tree.Exists(candidate) == "file" {
			return candidate
		}
		if folder == "." || folder == "/" || folder == "" {
			return where
		}
	}
}

// hiddenFile reports whether a pattern's sign would have to stand for the dot a
// name begins with, which it does not.
func hiddenFile(pattern, found string) bool {
	patterns, names := strings.Split(pattern, "/"), strings.Split(found, "/")
	for i := range min(len(patterns), len(names)) {
		if strings.HasPrefix(names[i], ".") && !strings.HasPrefix(patterns[i], ".") {
			return true
		}
	}
	return false
}
