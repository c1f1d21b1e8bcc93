package confdoc

import (
	"slices"
	"strings"

	"tlsaudit/audit"
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
