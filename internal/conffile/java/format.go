package java

import (
	"regexp"
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Security is java.security, whole or as a file that overrides parts of it.
var Security = &confdoc.Format{
	Name:      "java-security",
	Aliases:   []string{"java.security"},
	Title:     "Java java.security",
	Product:   "generic",
	Names:     []string{"java.security*", "*.java.security"},
	Sniff:     sniffSecurity,
	Read:      readSecurity,
	Rules:     securityRules,
	Establish: establishSecurity,
	Apply:     "restart every JVM that reads the file",
	Verify:    "start the JVM with -Djava.security.debug=properties, or probe a port of it with old versions",
	Rollback:  "put the former file back and restart the JVM",
}

// Options are the options of a JVM: jvm.options of Liberty, argument files and
// lines of a shell that set them.
var Options = &confdoc.Format{
	Name:      "jvm-options",
	Aliases:   []string{"jvm.options"},
	Title:     "JVM options",
	Product:   "generic",
	Names:     []string{"jvm.options*", "*.jvmoptions", "jvm*.options"},
	Sniff:     sniffOptions,
	Read:      readOptions,
	Rules:     optionsRules,
	Establish: establishOptions,
	Apply:     "restart the JVM",
	Verify:    "jcmd PID VM.system_properties, then probe a port of the JVM with old versions",
	Rollback:  "put the former line back and restart the JVM",
}

// sniffed is how much of a file is looked at to tell what it is.
const sniffed = 64 << 10

var (
	securityKey = regexp.MustCompile(`(?m)^[ \t]*#?[ \t]*(jdk\.tls\.(disabledAlgorithms|legacyAlgorithms|keyLimits)|jdk\.certpath\.disabledAlgorithms|jdk\.jar\.disabledAlgorithms|security\.provider\.\d+|security\.overridePropertiesFile|networkaddress\.cache\.[a-z.]+|jdk\.disabled\.namedCurves|securerandom\.(source|drbg)[a-zA-Z.]*|login\.configuration\.provider|ssl\.(Key|Trust)ManagerFactory\.algorithm|policy\.provider)[ \t]*[=:]`)
	optionLine  = regexp.MustCompile(`(?m)^[ \t]*#?[ \t]*-(X[a-zA-Z:]|D[a-zA-Z]|javaagent:|server\b|verbose|agentlib|-add-opens)`)
	otherLine   = regexp.MustCompile(`(?m)^[ \t]*[^-#\s]`)
	shellLine   = regexp.MustCompile(`(?m)^[ \t]*(export[ \t]+|set[ \t]+)?[A-Za-z_]*(JAVA|JVM|CATALINA)_?[A-Z_]*(OPTS|ARGS|OPTIONS)[ \t]*=.*-[DX]`)
)

func head(f *conftree.File) string {
	text := strings.ReplaceAll(f.Text[:min(len(f.Text), sniffed)], "\x00", "")
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

func sniffSecurity(f *conftree.File) int {
	return min(100, 55*len(securityKey.FindAllString(head(f), 2)))
}

func sniffOptions(f *conftree.File) int {
	text := head(f)
	options := len(optionLine.FindAllString(text, 5))
	switch {
	case options == 0:
		return min(40, 40*len(shellLine.FindAllString(text, 1)))
	case len(otherLine.FindAllString(text, 4)) > options:
		return 0
	}
	return min(100, 45+20*options)
}
