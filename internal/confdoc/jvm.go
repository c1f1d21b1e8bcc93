package confdoc

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// JavaTrim strips what String.trim of Java does: a no-break space stays.
func JavaTrim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// SecurityOverride is the option that names a file which overrides
// java.security.
const SecurityOverride = "java.security.properties"

// OverridePath takes the value of SecurityOverride apart: with a second "=" the
// file replaces java.security as a whole.
func OverridePath(value string) (path string, whole bool) {
	path, whole = strings.CutPrefix(JavaTrim(value), "=")
	return strings.TrimPrefix(strings.TrimPrefix(path, "file://"), "file:"), whole
}

// SecurityProperty reports whether Java reads a property from java.security
// only, so that it has no effect as an option.
func SecurityProperty(name string) bool {
	return slices.Contains([]string{
		"jdk.tls.disabledAlgorithms", "jdk.certpath.disabledAlgorithms", "jdk.tls.legacyAlgorithms", "jdk.jar.disabledAlgorithms", "jdk.disabled.namedCurves",
	}, name)
}

// OverrideRule is JVM-02, for every format that has options of a JVM.
func OverrideRule(text string, judge func(*Case) []Result) *Rule {
	return &Rule{
		ID: "JVM-02", Check: "config.options", Title: "java.security is not overridden by a file that is weak, or that nobody has looked at", Of: OfDocument,
		Level: audit.Must, Severity: audit.High,
		Doc:    "-Djava.security.properties=FILE adds to java.security and overrides it; ==FILE replaces it as a whole, and what that file leaves out is gone.",
		Detect: "The option is there, and the file leaves old versions or broken ciphers enabled, or replaces java.security without the providers it needs, or is not there: then nothing else about the JVM passes either. A whole java.security in its place is a warning.",
		Text:   text,
		Judge:  judge,
	}
}

// NoEffectRule is JVM-06.
func NoEffectRule(judge func(*Case) []Result) *Rule {
	return &Rule{
		ID: "JVM-06", Check: "config.options", Title: "security properties are not given as options of the JVM", Of: OfDocument,
		Level: audit.Should, Severity: audit.Low,
		Doc:    "jdk.tls.disabledAlgorithms and its kind are read from java.security only. As -D they have no effect, though they look as if they had.",
		Detect: "-Djdk.tls.disabledAlgorithms, -Djdk.certpath.disabledAlgorithms, -Djdk.tls.legacyAlgorithms, -Djdk.jar.disabledAlgorithms, -Djdk.disabled.namedCurves.",
		Text:   "put the line into a file and name it with -Djava.security.properties=FILE",
		Judge:  judge,
	}
}

// Marked tells of a byte order mark in front of properties, which Java takes
// for a part of the first key; lost is that key, empty for a comment.
func (d *Document) Marked(f *conftree.File, lost string) {
	if !f.Encoding.BOM {
		return
	}
	message := "the file begins with a byte order mark: Java takes it for a part of the first key, which is lost"
	if lost == "" {
		message = "the file begins with a byte order mark: Java reads the line behind it as a key nobody asks for, a comment as well"
	}
	d.Fail(Misread, f.Place(0), message, "save the file without a byte order mark")
}

// maxNULs bounds the NUL bytes of a file that are told, and taken out.
const maxNULs = 100

// NULs tells of NUL bytes in an entry of properties, which Java keeps as a part
// of the key or value.
func (d *Document) NULs(f *conftree.File, start, end int) {
	first := strings.IndexByte(f.Text[start:end], 0)
	if first < 0 || len(d.Faults) >= maxNULs {
		return
	}
	var edits []conftree.Edit
	for at := start + first; at < end && len(edits) < maxNULs; at++ {
		if f.Text[at] == 0 {
			edits = append(edits, f.Replace(at, at+1, ""))
		}
	}
	d.Faults = append(d.Faults, Fault{
		Kind: Misread, Place: f.Place(start + first), Edits: edits,
		Message: "a NUL byte: Java keeps it as a part of the key or value, which is then another one than the text shows",
		Hint:    "delete the NUL bytes, then look whether the line still says what it should",
	})
}
