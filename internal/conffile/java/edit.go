package java

import (
	"regexp"
	"strconv"
	"strings"

	"tlsaudit/internal/conftree"
	"tlsaudit/internal/javaprops"
)

// strictList is what is written where there is nothing to build on.
const strictList = "SSLv3, TLSv1, TLSv1.1, DTLSv1.0, RC4, DES, MD5withRSA, DH keySize < 2048, EC keySize < 224, 3DES_EDE_CBC, anon, NULL, ECDH"

// rewrite puts another value in the place of a definition's.
func (d definition) rewrite(value string) []conftree.Edit {
	text := javaprops.Escape(value)
	start := d.ValueStart
	raw := d.file.Text[d.Start:d.End]
	if m := separator.FindStringIndex(raw); m != nil && (start >= d.End || javaTrim(d.Value) == "") {
		start = d.Start + m[1]
		if !strings.ContainsAny(raw[:m[1]], "=: \t") {
			text = "=" + text
		}
	}
	return []conftree.Edit{d.file.Replace(start, d.End, text)}
}

// separator is a key with what separates it from its value.
var separator = regexp.MustCompile(`^[^=:\s\\]+[ \t\f]*[=:]?[ \t\f]*`)

// prepend puts names in front of a list.
func (d definition) prepend(names ...string) []conftree.Edit {
	if javaTrim(d.Value) == "" {
		return d.rewrite(strings.Join(names, ", "))
	}
	at := d.ValueStart
	if strings.HasPrefix(d.file.Text[at:d.End], `"`) {
		at++
	}
	return []conftree.Edit{d.file.Replace(at, at, strings.Join(names, ", ")+", ")}
}

var dhSize = regexp.MustCompile(`(?i)\b(?:DH|DiffieHellman) +keySize\s*(<=?)\s*(\d+)`)

// raiseDH makes a list refuse Diffie-Hellman groups below a size.
func (d definition) raiseDH(bits int) []conftree.Edit {
	raw := d.file.Text[d.ValueStart:d.End]
	if m := dhSize.FindStringSubmatchIndex(raw); m != nil {
		return []conftree.Edit{d.file.Replace(d.ValueStart+m[2], d.ValueStart+m[5], "< "+strconv.Itoa(bits))}
	}
	return d.prepend("DH keySize < " + strconv.Itoa(bits))
}

// drop takes entries out of a list and writes the rest anew.
func (d definition) drop(names map[string]bool, add ...string) []conftree.Edit {
	var list []string
	for _, it := range split(d.Value) {
		if it.policy != "" || !names[strings.ToLower(it.text)] {
			list = append(list, it.text)
		}
	}
	return d.rewrite(strings.Join(append(add, list...), ", "))
}

// define adds a definition at the end of a file.
func define(f *conftree.File, key, value string) []conftree.Edit {
	line := key + "=" + javaprops.Escape(value)
	if strings.HasSuffix(strings.TrimRight(f.Text, "\r\n"), `\`) {
		// The last line would go on with it: put it in front.
		return []conftree.Edit{f.InsertBefore(1, line)}
	}
	return []conftree.Edit{f.InsertBefore(f.Lines()+1, line)}
}
