package confdoc

import (
	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// Format is one kind of configuration file: how to know it, read it and mend it.
type Format struct {
	// Name is what --as takes; Aliases are other words for it.
	Name    string
	Aliases []string
	// Title is one line for help texts.
	Title string
	// Product is one of audit.Products: the dialect of remedies.
	Product string
	// Names are patterns (path.Match, any case) of the base names files have.
	Names []string
	// Sniff says from a file's content, and its base name, how surely it is of
	// this format: 0 not at all, 100 beyond doubt. It need not look at more than
	// the first 64 KiB. Names count beside it.
	Sniff func(f *conftree.File) int
	// Read parses the file and all it includes. It never fails: faults and gaps
	// are part of the document. It must be bounded in time and memory.
	Read func(r *Reader, main *conftree.File) *Document
	// Rules are the demands of the domain on this format.
	Rules []*Rule
	// Establish returns the edits that make a listener satisfy want, as far as
	// this file can say it. The error says in one line why there are none. Nil if
	// the format cannot be edited.
	Establish func(d *Document, l *Listener, want audit.Want) ([]conftree.Edit, error)
	// Apply, Verify and Rollback are the words behind every change of this
	// format: what to restart, how to look, how to take it back.
	Apply, Verify, Rollback string
}

// Reader is what a format reads with.
type Reader struct {
	Tree *conftree.Tree
	// Versions are the versions of products and libraries that somebody vouches
	// for, by the names of Versioned.
	Versions map[string]string
	// Depth is how deep in includes the reading begins.
	Depth int
	// Memo keeps what cipher strings select; nil keeps nothing.
	Memo *Memo
}

// Versioned lists the products and libraries whose versions decide what a file
// means.
var Versioned = []string{
	"httpd", "ihs", "nginx", "haproxy", "postfix", "exim", "openssl", "gnutls", "java", "websphere", "liberty", "connections", "sametime", "domino",
}

// MaxDepth is the deepest nesting of includes that is followed, MaxFiles the
// number of files one document may have.
const (
	MaxDepth = 64
	MaxFiles = 1000
)

// Version returns the version of a product; known is false if nobody said.
func (r *Reader) Version(name string) (version string, known bool) {
	version, known = r.Versions[name]
	return version, known
}

// Since reports whether a product's version is at least the given one; known is
// false if nobody said which it is. Versions are compared number by number.
func (r *Reader) Since(name, first string) (since, known bool) {
	v, known := r.Version(name)
	return known && CompareVersions(v, first) >= 0, known
}
