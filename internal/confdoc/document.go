package confdoc

import (
	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// Document is one configuration as its product reads it: the file that was
// named, and all it includes.
type Document struct {
	Format *Format
	// Number counts the documents of a run whose names are written alike in
	// subjects, from 1; 0 is as good as 1.
	Number int
	// Files are the files read, the named one first, each once.
	Files []*conftree.File
	// Faults are what is wrong with the text as such.
	Faults []Fault
	// Gaps are what could not be followed or decided and concerns the whole
	// document, such as an include that is not there.
	Gaps []Gap
	// Listeners are the servers and clients declared, in the order of the file.
	Listeners []*Listener
	// Settings are settings that belong to no listener.
	Settings []audit.Setting
	// Syntax is the reader's own view of the files, for its rules and edits.
	Syntax any
	// Elsewhere is set if what the file says is judged elsewhere, as the rows of a
	// gateway's table are: then it declares no listener.
	Elsewhere bool
}

// Main is the file that was named.
func (d *Document) Main() *conftree.File { return d.Files[0] }

// Listener is one listener or client of a document.
type Listener struct {
	audit.Declared
	// Scope is the reader's own handle, for its rules and edits.
	Scope any
}

// Server reports whether it accepts connections.
func (l *Listener) Server() bool { return l.Role == audit.RoleServer }

// Spoken returns the versions that may be spoken, to be changed in place.
func (l *Listener) Spoken() (list []*audit.VersionFact) {
	for i := range l.Versions {
		if a := l.Versions[i].Answer; a == audit.Accepted || a == audit.Latent {
			list = append(list, &l.Versions[i])
		}
	}
	return list
}

// Gap is something that could not be decided.
type Gap struct {
	Message string
	Place   audit.Place
}

// FaultKind says what the product makes of a fault.
type FaultKind uint8

// The kinds of faults.
const (
	// NotLoaded: the product refuses the file (LOAD-01). Only for what is
	// documented or was seen.
	NotLoaded FaultKind = iota
	// Unclear: how the product reads the file is not known, or nothing in it
	// takes effect (LOAD-02). All else about the file is unknown.
	Unclear
	// Misread: the product reads on, and something other than what is written
	// (LOAD-03). The reader has modelled what.
	Misread
	// Incomplete: the product refuses the file (LOAD-01) for want of something
	// that does not change what it says about TLS, such as a certificate. What it
	// objects to is told all the same; nothing passes.
	Incomplete
)

// Fault is something wrong with a file as text in its format.
type Fault struct {
	Kind    FaultKind
	Message string
	Place   audit.Place
	// Hint says what to do about it.
	Hint string
	// Edits mend it; nil if that takes a person.
	Edits []conftree.Edit
}

// Broken returns the first fault that leaves the document without a meaning.
func (d *Document) Broken() *Fault {
	for i := range d.Faults {
		if k := d.Faults[i].Kind; k == NotLoaded || k == Unclear {
			return &d.Faults[i]
		}
	}
	return nil
}

// Doubt returns why nothing about the document may pass, though what it says is
// clear; empty if there is no such reason.
func (d *Document) Doubt() (message string, place audit.Place) {
	for _, f := range d.Faults {
		if f.Kind == Incomplete {
			return f.Message, f.Place
		}
	}
	if len(d.Gaps) > 0 {
		return d.Gaps[0].Message, d.Gaps[0].Place
	}
	return "", audit.Place{}
}

// Fail adds a fault.
func (d *Document) Fail(kind FaultKind, place audit.Place, message, hint string) {
	d.Faults = append(d.Faults, Fault{Kind: kind, Message: message, Place: place, Hint: hint})
}

// Open adds a gap about the whole document.
func (d *Document) Open(place audit.Place, message string) {
	d.Gaps = append(d.Gaps, Gap{message, place})
}
