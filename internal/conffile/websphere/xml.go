package websphere

import (
	"errors"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

// parseXML reads the document's file as XML with a root of a name; nil if that
// cannot be, with the fault in the document.
func parseXML(doc *confdoc.Document, f *conftree.File, space, name string) *strictxml.Document {
	tree, err := strictxml.Parse(f)
	if err != nil {
		var input *audit.InputError
		if !errors.As(err, &input) {
			input = &audit.InputError{Place: f.Place(0), Cause: err.Error()}
		}
		kind, message := confdoc.NotLoaded, "the XML is not well-formed: "
		if errors.Is(err, strictxml.ErrEntities) || errors.Is(err, strictxml.ErrLimit) {
			kind, message = confdoc.Unclear, "the XML is not read: "
		}
		doc.Fail(kind, input.Place, message+input.Cause, input.Hint)
		return nil
	}
	if tree.Root.Name != name || tree.Root.Space != space {
		doc.Fail(confdoc.Unclear, f.Place(tree.Root.Start), "the root element is not <"+name+"> of the namespace WebSphere uses", "check that this is the file it is taken for")
		return nil
	}
	if tree.Doctype {
		doc.Open(f.Place(tree.DoctypeStart), "a document type declaration names a file that was not read; it may change what the document says")
	}
	strictxml.Walk(tree.Root, func(e *strictxml.Element) bool {
		if e.Space == "http://www.w3.org/2001/XInclude" {
			doc.Open(f.Place(e.Start), "an XInclude names a file that was not read; WebSphere is not known to follow it")
			return false
		}
		return true
	})
	return tree
}

var attrEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "'", "&apos;")

// escapeAttr writes a value of an attribute.
func escapeAttr(s string) string { return attrEscaper.Replace(s) }

// addAttr returns the edit that adds an attribute to an element.
func addAttr(f *conftree.File, e *strictxml.Element, name, text string) conftree.Edit {
	at := e.Start + 1
	for at < e.StartEnd && !strings.ContainsRune(" \t\r\n/>", rune(f.Text[at])) {
		at++
	}
	for _, a := range e.Attrs {
		at = max(at, a.ValueEnd+1)
	}
	return f.Replace(at, at, " "+name+`="`+escapeAttr(text)+`"`)
}

// deleteElement returns the edit that removes an element, with its lines if
// nothing else stands there.
func deleteElement(f *conftree.File, e *strictxml.Element) conftree.Edit {
	first, last := f.LineAt(e.Start), f.LineAt(e.End)
	_, begin := f.Line(first)
	text, offset := f.Line(last)
	if strings.TrimSpace(f.Text[begin:e.Start]) == "" && strings.TrimSpace(f.Text[e.End:offset+len(text)]) == "" {
		return f.DeleteLines(first, last)
	}
	return f.Replace(e.Start, e.End, "")
}

// xmiID is the identity that references name.
func xmiID(e *strictxml.Element) string {
	a, _ := e.AttrOf("http://www.omg.org/XMI", "id")
	return a.Value
}

// pathSettings are the names a path below a profile tells.
func pathSettings(f *conftree.File) (list []audit.Setting) {
	parts := strings.Split(f.Path, "/")
	key := map[string]string{"profiles": "profile", "cells": "cell", "nodes": "node", "servers": "server"}
	for i, part := range parts[:len(parts)-1] {
		if name, ok := key[part]; ok && i+2 < len(parts) {
			list = append(list, note(name, parts[i+1], audit.Place{File: f.Name, Line: 1}))
		}
	}
	return list
}

// scopeParts takes "(cell):A:(node):B" apart.
func scopeParts(scope string) (parts [][2]string) {
	for rest := scope; ; {
		open := strings.Index(rest, "(")
		if open < 0 || len(parts) == 16 {
			return parts
		}
		kind, after, ok := strings.Cut(rest[open+1:], "):")
		if !ok {
			return parts
		}
		name, _, _ := strings.Cut(after, ":(")
		parts = append(parts, [2]string{kind, name})
		rest = after[len(name):]
	}
}
