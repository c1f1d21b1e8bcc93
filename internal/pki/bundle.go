package pki

import (
	"bytes"
	"encoding/pem"

	"tlsaudit/audit"
)

// block is one PEM block of a file; damaged when it does not decode.
type block struct {
	place   audit.Place // where it begins
	kind    string
	data    []byte
	damaged bool
}

// blocks takes a PEM file apart. Unlike pem.Decode it does not step over a
// block it cannot read: a damaged anchor must not go missing in silence.
func blocks(name string, data []byte) (list []block) {
	begin := []byte("-----BEGIN ")
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	line := 0
	for rest := data; len(rest) > 0; {
		text, after, _ := bytes.Cut(rest, []byte("\n"))
		line++
		if bytes.HasPrefix(text, begin) {
			end := len(rest)
			if next := bytes.Index(after, begin); next >= 0 {
				end = len(text) + 1 + next
			}
			b := block{place: audit.Place{File: name, Line: line}, damaged: true}
			if p, _ := pem.Decode(rest[:end]); p != nil {
				b.kind, b.data, b.damaged = p.Type, p.Bytes, false
			}
			list = append(list, b)
		}
		rest = after
	}
	return list
}

// certificate reports whether the block holds one.
func (b *block) certificate() bool {
	return b.kind == "CERTIFICATE" || b.kind == "X509 CERTIFICATE"
}
