package websphere

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const (
	overrideKey  = "com.ibm.jsse2.overrideDefaultTLS"
	overrideLine = "-D" + overrideKey + "=true"
	jvmPath      = "Console: Servers > Server Types > WebSphere application servers > NAME > Java and Process Management > Process definition > Java Virtual Machine > Generic JVM arguments: "
)

var (
	passwordName = regexp.MustCompile(`(?i:passw|passphrase|secret|pwd$|[._-]pass$)|Pass$`)
	aboutOne     = regexp.MustCompile(`(?i)(file|path|location|encoder|encryption|policy|length|class|manager|enabled)$`)
)

// secretName reports whether a property is a password, by its name.
func secretName(name string) bool {
	return passwordName.MatchString(name) && !aboutOne.MatchString(name)
}

// telling reports whether a property is about TLS.
func telling(name string) bool {
	return slices.ContainsFunc([]string{"com.ibm.jsse2.", "com.ibm.ssl.", "com.ibm.SSL.", "javax.net.ssl.", "jdk.tls.", "https.", "java.security.properties", "com.ibm.websphere.tls.", "com.ibm.security.useFIPS", "sun.security.ssl."},
		func(prefix string) bool { return strings.HasPrefix(name, prefix) }) || confdoc.SecurityProperty(name)
}

// overrideDefault is WAS-03.
var overrideDefault = &confdoc.Rule{
	ID: "WAS-03", Check: "config.protocol", Title: "the JVM of the server lets the default context speak current versions", Of: confdoc.OfDocument,
	Doc:    "Without com.ibm.jsse2.overrideDefaultTLS=true a context of the name \"TLS\" is TLS 1.0 alone in IBM's JSSE: code of applications that asks for it cannot talk to a peer that is limited to TLS 1.2. The property allows, it does not restrict: that is the business of the SSL configurations and of the list of disabled algorithms.",
	Detect: "genericJvmArguments and systemProperties of every jvmEntries; the last argument wins. Variables, option files and quotes that are not closed make a missing one unknown.",
	Level:  audit.Must, Severity: audit.Medium, Confidence: "documented",
	Refs:  []string{"HCL Connections: Forcing traffic to use TLS 1.2", "IBM SDK 8: JSSE2 properties"},
	Text:  jvmPath + overrideLine,
	Judge: judgeOverride,
}

func judgeOverride(c *confdoc.Case) (results []confdoc.Result) {
	jvms, _ := c.Doc.Syntax.([]*jvm)
	if len(jvms) == 0 {
		return confdoc.Moot("the server has no JVM of its own")
	}
	for _, j := range jvms {
		found := j.counts[overrideKey]
		on := func(p property) bool { return strings.EqualFold(confdoc.JavaTrim(p.value), "true") }
		switch {
		case len(found) == 0 && len(j.doubts) > 0:
			results = append(results, confdoc.Undecided(j.doubts[0].Place, j.doubts[0].Message))
		case len(found) == 0:
			place := j.file.Place(j.element.Start)
			if j.arguments.set() {
				place = j.arguments.place()
			}
			results = append(results, confdoc.Violated(place, j.name+": "+overrideLine+" is missing from the JVM arguments").With(j.addition(overrideLine)))
		case slices.ContainsFunc(found, func(p property) bool { return strings.Contains(p.value, "${") }):
			results = append(results, confdoc.Undecided(found[0].place, j.name+": "+overrideKey+" is a variable, which is not known here"))
		case len(found) > 1 && on(found[0]) != on(found[1]):
			results = append(results, confdoc.Undecided(found[0].place, j.name+": "+overrideKey+" is an argument and a system property with different values; which one wins is not known"))
		case !on(found[0]):
			var edits []conftree.Edit
			for _, p := range found {
				edits = append(edits, j.setProperty(p, "true"))
			}
			results = append(results, confdoc.Violated(found[0].place, fmt.Sprintf("%s: %s is %q, not true", j.name, overrideKey, shorten(found[0].value))).With(edits...))
		}
	}
	return results
}

// addition returns the edit that adds an argument.
func (j *jvm) addition(argument string) conftree.Edit {
	if !j.arguments.set() {
		return addAttr(j.file, j.element, argumentsKey, argument)
	}
	end := j.arguments.end
	if len(j.tokens) > 0 {
		argument = " " + argument
	}
	return j.file.Replace(end, end, escapeAttr(argument))
}

// setProperty returns the edit that gives a property a value.
func (j *jvm) setProperty(p property, text string) conftree.Edit {
	if p.argument() {
		t := j.tokens[p.token]
		return j.file.Replace(t.start, t.end, escapeAttr("-D"+p.name+"="+text))
	}
	if a, ok := p.element.Attr("value"); ok {
		return j.file.Replace(a.ValueStart, a.ValueEnd, escapeAttr(text))
	}
	return addAttr(j.file, p.element, "value", text)
}

// oldArguments is WAS-06.
var oldArguments = &confdoc.Rule{
	ID: "WAS-06", Check: "config.protocol", Title: "no JVM argument brings old versions back", Of: confdoc.OfDocument,
	Doc:    "System properties set for one old peer, years ago, change the defaults of everything that runs in the JVM, and are not seen in the console's SSL pages.",
	Detect: "The values in force of com.ibm.jsse2.overrideDefaultProtocol, com.ibm.ssl.protocol, jdk.tls.client.protocols, jdk.tls.server.protocols and https.protocols that allow a version below the lowest one wanted, and com.ibm.jsse2.disableSSLv3=false. Variables and unknown words are unknown.",
	Level:  audit.Must, Severity: audit.High, Confidence: "documented",
	Refs:  []string{"IBM SDK 8: JSSE2 properties"},
	Text:  jvmPath + "delete the argument",
	Judge: judgeArguments,
}

func judgeArguments(c *confdoc.Case) (results []confdoc.Result) {
	jvms, _ := c.Doc.Syntax.([]*jvm)
	if len(jvms) == 0 {
		return confdoc.Moot("the server has no JVM of its own")
	}
	for _, j := range jvms {
		var bad []property
		var messages []confdoc.Result
		for _, p := range j.properties {
			weak, unknown := oldVersions(p, c.Min)
			if weak == "" && unknown == "" || !j.inForce(p) {
				continue
			}
			if weak == "" {
				results = append(results, confdoc.Undecided(p.place, fmt.Sprintf("%s: -D%s: %s", j.name, p.name, unknown)))
				continue
			}
			bad = append(bad, p)
			r := confdoc.Violated(p.place, fmt.Sprintf("%s: -D%s=%s %s", j.name, p.name, shorten(confdoc.Redact(p.name, p.value)), weak))
			r.Text = jvmPath + "delete -D" + p.name
			messages = append(messages, r.Quoting(note("-D"+shorten(p.name), p.value, p.place)))
		}
		edits := j.without(bad)
		for _, r := range messages {
			results = append(results, r.With(edits...))
		}
	}
	return results
}

// without returns the edits that take properties away, earlier ones of the same
// names too, which would count otherwise.
func (j *jvm) without(bad []property) (edits []conftree.Edit) {
	names := map[string]bool{}
	for _, p := range bad {
		names[p.name] = true
	}
	var arguments []int
	for _, p := range j.properties {
		switch {
		case !names[p.name]:
		case p.argument():
			arguments = append(arguments, p.token)
		default:
			edits = append(edits, deleteElement(j.file, p.element))
		}
	}
	return append(edits, j.removal(arguments)...)
}

// overrideProtocols is what com.ibm.jsse2.overrideDefaultProtocol takes, with
// the oldest version each allows.
var overrideProtocols = map[string]audit.Version{
	"SSLv3": audit.SSLv3, "SSL_TLS": audit.TLSv10, "SSL_TLSv2": audit.TLSv10, "TLS": audit.TLSv10,
	"TLSv1": audit.TLSv10, "TLSv11": audit.TLSv11, "TLSv12": audit.TLSv12, "TLSv13": audit.TLSv13,
}

// javaProtocols are the names of versions in Java's lists.
var javaProtocols = map[string]audit.Version{
	"SSLv2Hello": audit.SSLv2, "SSLv3": audit.SSLv3, "TLSv1": audit.TLSv10, "TLSv1.1": audit.TLSv11, "TLSv1.2": audit.TLSv12, "TLSv1.3": audit.TLSv13,
}

// oldVersions says what a property allows that is too old, or why that cannot
// be told.
func oldVersions(p property, lowest audit.Version) (weak, unknown string) {
	value := confdoc.JavaTrim(p.value)
	switch p.name {
	case "com.ibm.jsse2.disableSSLv3":
		if strings.EqualFold(value, "false") {
			return "brings SSLv3 back", ""
		}
		return "", ""
	case "com.ibm.jsse2.overrideDefaultProtocol", "com.ibm.ssl.protocol", "jdk.tls.client.protocols", "jdk.tls.server.protocols", "https.protocols":
	default:
		return "", ""
	}
	if value == "" {
		return "", "" // as if it were not set
	}
	if strings.Contains(value, "${") {
		return "", "its value is a variable, which is not known here"
	}
	if p.name == "com.ibm.ssl.protocol" {
		read := readProtocol(value)
		if old := read.below(lowest); len(old) > 0 {
			return "allows " + versionNames(old), ""
		}
		return "", strings.Join(read.doubts, "; ")
	}
	names := javaProtocols
	if p.name == "com.ibm.jsse2.overrideDefaultProtocol" {
		names = overrideProtocols
	}
	var old []audit.Version
	for word := range strings.SplitSeq(value, ",") {
		v, ok := names[confdoc.JavaTrim(word)]
		switch {
		case !ok && unknown == "":
			unknown = fmt.Sprintf("%q is not a word it takes", shorten(confdoc.JavaTrim(word)))
		case ok && v < lowest:
			old = append(old, v)
		}
	}
	if len(old) > 0 {
		return "allows " + versionNames(merge(nil, old)), ""
	}
	return "", unknown
}

// argumentPasswords is WAS-07.
var argumentPasswords = &confdoc.Rule{
	ID: "WAS-07", Check: "config.secret", Title: "no password stands in the JVM arguments", Of: confdoc.OfDocument,
	Doc:    "Arguments of a process are read by every user of the machine, and stay in server.xml of every node in clear text.",
	Detect: "Properties whose name holds password, passphrase, secret or the like, with a value. The value is not told.",
	Level:  audit.Must, Severity: audit.High, Confidence: "documented",
	Text: "Let the SSL configuration name the key store (Security > SSL certificate and key management > Key stores and certificates) and delete the argument; then change the password.",
	Judge: func(c *confdoc.Case) (results []confdoc.Result) {
		jvms, _ := c.Doc.Syntax.([]*jvm)
		if len(jvms) == 0 {
			return confdoc.Moot("the server has no JVM of its own")
		}
		for _, j := range jvms {
			for _, p := range j.properties {
				if secretName(p.name) && confdoc.JavaTrim(p.value) != "" && !strings.EqualFold(p.value, "true") && !strings.EqualFold(p.value, "false") {
					r := confdoc.Violated(p.place, j.name+": a password stands in the JVM arguments (-D"+shorten(p.name)+")")
					r.Evidence = "-D" + shorten(p.name) + "=" + confdoc.Redacted
					results = append(results, r)
				}
			}
		}
		return results
	},
}
