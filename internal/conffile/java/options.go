package java

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// jvmOption is one -Dname=value.
type jvmOption struct {
	name, value string
	file        *conftree.File
	// start and end are the option, valueStart where its value begins; from and
	// to what goes when it is deleted.
	start, valueStart, end, from, to int
}

func (o *jvmOption) place() audit.Place { return o.file.Place(o.start) }

func (o *jvmOption) setting() audit.Setting { return confdoc.NewSetting(o.name, o.value, o.place()) }

// remove deletes the option, with its line if nothing else is on it.
func (o *jvmOption) remove() conftree.Edit { return o.file.Replace(o.from, o.to, "") }

// rewrite gives the option another value.
func (o *jvmOption) rewrite(value string) conftree.Edit {
	if o.valueStart == o.end && !strings.HasSuffix(o.file.Text[o.start:o.end], "=") {
		value = "=" + value
	}
	return o.file.Replace(o.valueStart, o.end, value)
}

// options are the options of a file, and what an override file they name says.
type options struct {
	file *conftree.File
	// last are those that count by name, all of them in order.
	last    map[string]*jvmOption
	all     []*jvmOption
	release release
	// override is the file named by -Djava.security.properties, nil if there is
	// none or it is not to be had, which overrideDoubt tells; whole is set for
	// "==".
	overrideOption *jvmOption
	override       *properties
	overrideDoubt  string
	whole          bool
}

// maxOptions bounds the options of one file.
const maxOptions = 5000

var assignment = regexp.MustCompile(`^[ \t]*(?:export[ \t]+|set[ \t]+|[Ss][Ee][Tt][ \t]+")?[A-Za-z_][A-Za-z0-9_]*[ \t]*\+?=[ \t]*`)

// readOptions reads jvm.options: one option to a line, # before comments.
// Several options on a line, as in argument files and shell variables, are read
// as well.
func readOptions(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
	doc := &confdoc.Document{Files: []*conftree.File{main}}
	o := &options{file: main, last: map[string]*jvmOption{}, release: releaseOf(r)}
	doc.Syntax = o
	if main.Encoding.UTF16() {
		doc.Fail(confdoc.Unclear, main.Place(0), "the file is UTF-16: what the start script makes of it is not known", "save the file as UTF-8 without a byte order mark")
		return doc
	}
	if main.Encoding.BOM {
		doc.Fail(confdoc.Unclear, main.Place(0), "the file begins with a byte order mark, which becomes a part of the first option: whether the JVM starts is not known", "save the file without a byte order mark")
	}
	if i := strings.IndexByte(main.Text, 0); i >= 0 {
		doc.Fail(confdoc.Unclear, main.Place(i), "the file holds a NUL byte: what the start script makes of it is not known", "take the NUL byte out")
	}
	for n := 1; n <= main.Lines(); n++ {
		text, offset := main.Line(n)
		o.line(text, offset)
	}
	o.readOverride(r, doc)
	for _, opt := range o.all {
		if interesting(opt.name) && len(doc.Settings) < 200 {
			s := opt.setting()
			if o.last[opt.name] != opt {
				s.Note = "not in force: a later option sets it again"
			}
			doc.Settings = append(doc.Settings, s)
		}
	}
	o.listeners(doc)
	return doc
}

// line reads the options of one line.
func (o *options) line(text string, offset int) {
	trimmed := strings.TrimLeft(text, " \t")
	if trimmed == "" || trimmed[0] == '#' {
		return
	}
	at := len(text) - len(trimmed)
	if m := assignment.FindStringIndex(text); m != nil && trimmed[0] != '-' && trimmed[0] != '"' && trimmed[0] != '\'' {
		at = m[1]
	}
	// Quotes are passed over as blanks are: they only hold options together.
	for at < len(text) {
		for at < len(text) && strings.IndexByte(" \t\"'", text[at]) >= 0 {
			at++
		}
		end := endOfOption(text, at)
		if strings.HasPrefix(text[at:], "-D") && len(o.all) < maxOptions {
			o.add(text, offset, at, end)
		}
		at = max(end, at+1)
	}
}

// endOfOption is where the option ends: before a blank that another option
// follows, or at a quote.
func endOfOption(text string, at int) int {
	for i := at; i < len(text); i++ {
		switch text[i] {
		case '"', '\'':
			return i
		case ' ', '\t':
			rest := strings.TrimLeft(text[i:], " \t")
			if rest == "" || rest[0] == '-' || rest[0] == '"' || rest[0] == '\'' || rest[0] == '$' {
				return i
			}
		}
	}
	return len(text)
}

func (o *options) add(text string, offset, at, end int) {
	body := text[at+2 : end]
	name, value := body, ""
	if i := strings.IndexAny(body, "= \t"); i >= 0 {
		name, value = body[:i], body[i+1:]
	}
	opt := &jvmOption{name: name, value: value, file: o.file, start: offset + at, end: offset + end, valueStart: offset + end - len(value)}
	if strings.TrimSpace(text[:at]) == "" && strings.TrimSpace(text[end:]) == "" {
		opt.from, opt.to = offset, len(o.file.Text)
		if n := o.file.LineAt(offset); n < o.file.Lines() {
			_, opt.to = o.file.Line(n + 1)
		}
	} else {
		opt.from, opt.to = opt.start, opt.end
		if opt.from > offset && strings.IndexByte(" \t", text[at-1]) >= 0 {
			opt.from--
		}
	}
	o.all = append(o.all, opt)
	o.last[name] = opt
}

// interesting tells options about TLS, and those that hold secrets.
func interesting(name string) bool {
	for _, prefix := range []string{"jdk.tls.", "https.protocols", "https.cipherSuites", "com.ibm.jsse2.", "com.ibm.ssl.", "javax.net.ssl.", "java.security.properties", "jdk.certpath.", "com.ibm.security.useFIPS", "sun.security.ssl.", "com.sun.jndi.ldap.", "jdk.internal.httpclient.disable"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return secretName(name)
}

func secretName(name string) bool {
	return confdoc.Redact(name, "x") == confdoc.Redacted
}

// protocolOptions are the options that choose versions, with the listener they
// are about.
var protocolOptions = []struct {
	name, listener string
	role           audit.Role
}{
	{"jdk.tls.client.protocols", "JSSE client default", audit.RoleClient},
	{"jdk.tls.server.protocols", "JSSE server default", audit.RoleServer},
	{"com.ibm.jsse2.overrideDefaultProtocol", "IBM JSSE2 default", audit.RoleServer},
}

// listeners makes one of each option that chooses versions, and of
// https.protocols if there is no other.
func (o *options) listeners(doc *confdoc.Document) {
	for _, p := range protocolOptions {
		if opt := o.last[p.name]; opt != nil {
			doc.Listeners = append(doc.Listeners, o.listener(opt, p.listener, p.role))
		}
	}
	if opt := o.last["https.protocols"]; opt != nil && o.last["jdk.tls.client.protocols"] == nil {
		doc.Listeners = append(doc.Listeners, o.listener(opt, "HttpsURLConnection", audit.RoleClient))
	}
}

func (o *options) listener(opt *jvmOption, name string, role audit.Role) *confdoc.Listener {
	d := audit.Declared{Listener: name, Role: role, TLS: audit.Accepted, Plain: audit.Undetermined, Product: "generic", ProductVersion: o.release.text, Assumed: !o.release.known}
	if opt.name == "https.protocols" {
		d.Protocol = "https"
	}
	versions, unknown := protocolsOf(opt)
	place := opt.place()
	d.Place = &place
	d.Configured = versions
	if unknown != "" {
		d.Gaps = append(d.Gaps, unknown)
	}
	a, known := o.taken()
	for _, v := range audit.Versions {
		fact := audit.VersionFact{Version: v, Answer: audit.Refused, Evidence: "-D" + opt.name + " does not name " + javaNames[v], Place: &place, Suites: []audit.Suite{}}
		switch {
		case unknown != "":
			fact.Answer, fact.Evidence = audit.Undetermined, unknown
		case slices.Contains(versions, v):
			fact.Answer, fact.Evidence = audit.Accepted, "-D"+opt.name+" "+javaNames[v]
			if known && !a.names.PermitsVersion(v) {
				fact.Answer = audit.Latent
				fact.Evidence += "; " + tlsList + " takes it away"
			}
			fact.SuitesAnswer = audit.Undetermined
		}
		d.Versions = append(d.Versions, fact)
	}
	d.Settings = []audit.Setting{opt.setting()}
	return &confdoc.Listener{Declared: d, Scope: opt}
}

// taken is the list of disabled algorithms that holds, if it is known.
func (o *options) taken() (a algorithms, known bool) {
	if o.override != nil {
		return o.override.algorithms()
	}
	if o.overrideOption != nil {
		return a, false
	}
	value, known := o.release.builtIn()
	return parseAlgorithms(value, ""), known
}

// ibmProtocols are the words of overrideDefaultProtocol.
var ibmProtocols = map[string][]audit.Version{
	"SSLv3": {audit.SSLv3}, "SSL_TLS": {audit.TLSv10}, "SSL_TLSv2": {audit.TLSv10, audit.TLSv11, audit.TLSv12}, "TLS": {audit.TLSv10, audit.TLSv11, audit.TLSv12},
	"TLSv1": {audit.TLSv10}, "TLSv11": {audit.TLSv11}, "TLSv12": {audit.TLSv12}, "TLSv13": {audit.TLSv13},
}

// protocolsOf reads the value of an option that chooses versions.
func protocolsOf(opt *jvmOption) (list []audit.Version, unknown string) {
	value := strings.Trim(opt.value, " \t")
	if strings.ContainsAny(value, "$%") {
		return nil, "-D" + opt.name + " holds a variable"
	}
	if opt.name == "com.ibm.jsse2.overrideDefaultProtocol" {
		list, ok := ibmProtocols[value]
		if !ok {
			return nil, fmt.Sprintf("-D%s has a value that IBM's documentation does not have", opt.name)
		}
		return list, ""
	}
	if value == "" {
		return nil, "-D" + opt.name + " is empty, which leaves the default of Java"
	}
	for name := range strings.SplitSeq(value, ",") {
		name = javaTrim(name)
		found := false
		for v, known := range javaNames {
			if name == known && v != audit.SSLv2 {
				found = true
				if !slices.Contains(list, v) {
					list = append(list, v)
				}
			}
		}
		if !found && name != "" && name != "SSLv2Hello" {
			return nil, fmt.Sprintf("-D%s names %.40q, which Java does not know", opt.name, confdoc.RedactText(name))
		}
	}
	slices.Sort(list)
	return list, ""
}
