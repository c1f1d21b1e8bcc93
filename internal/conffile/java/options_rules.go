package java

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

var optionsRules = []*confdoc.Rule{
	{
		ID: "JVM-02", Check: "config.options", Title: "java.security is not overridden by a file nobody has looked at", Of: confdoc.OfDocument,
		Level: audit.Should, Severity: audit.Medium,
		Doc:    "-Djava.security.properties=FILE adds to java.security and overrides it; ==FILE replaces it as a whole, and what that file leaves out is gone.",
		Detect: "The option is there, and the file is not, or leaves old versions enabled, or replaces java.security.",
		Text:   "delete -Djava.security.properties, or bring the file into the audit and put TLSv1, TLSv1.1 into its jdk.tls.disabledAlgorithms; write = instead of ==",
		Judge:  overridden,
	},
	{
		ID: "WAS-06", Check: "config.protocol", Title: "no JVM argument brings old versions back", Of: confdoc.OfDocument,
		Level: audit.Must, Severity: audit.High,
		Doc:    "These options decide which versions every client or server of the JVM begins with, beside what the application server is set to.",
		Detect: "-Djdk.tls.client.protocols, -Djdk.tls.server.protocols, -Dhttps.protocols and -Dcom.ibm.jsse2.overrideDefaultProtocol with a version below the policy's, and -Dcom.ibm.jsse2.disableSSLv3=false.",
		Text:   "delete the option from jvm.options, or from genericJvmArguments",
		Judge:  oldProtocols,
	},
	{
		ID: "WAS-07", Check: "config.secret", Title: "no password stands in the JVM arguments", Of: confdoc.OfDocument,
		Level: audit.Should, Severity: audit.Medium,
		Doc:    "Options of a process can be read by every user of the machine, and end up in logs.",
		Detect: "An option whose name is that of a password and that has a value.",
		Text:   "refer to a key store by its alias, or let the server keep the password",
		Judge:  passwords,
	},
	{
		ID: "JVM-06", Check: "config.options", Title: "security properties are not given as options of the JVM", Of: confdoc.OfDocument,
		Level: audit.Should, Severity: audit.Low,
		Doc:    "jdk.tls.disabledAlgorithms and its kind are read from java.security only. As -D they have no effect, though they look as if they had.",
		Detect: "-Djdk.tls.disabledAlgorithms, -Djdk.certpath.disabledAlgorithms, -Djdk.tls.legacyAlgorithms.",
		Text:   "put the line into a file and name it with -Djava.security.properties=FILE",
		Judge:  noEffect,
	},
	{
		ID: "JVM-07", Check: "config.options", Title: "no option of the JVM switches a protection of TLS off", Of: confdoc.OfDocument,
		Level: audit.Must, Severity: audit.High,
		Doc:    "Unbound renegotiation, servers that change their certificate within a session, and names that are not compared open connections to somebody in between.",
		Detect: "-Dsun.security.ssl.allowUnsafeRenegotiation=true, -Djdk.tls.allowUnsafeServerCertChange=true, -Djdk.internal.httpclient.disableHostnameVerification, -Dcom.sun.jndi.ldap.object.disableEndpointIdentification=true, -Dcom.ibm.jsse2.renegotiate=ALL, -Djdk.tls.ephemeralDHKeySize below 2048.",
		Text:   "delete the option",
		Judge:  unsafe,
	},
}

func optionsOf(c *confdoc.Case) *options { return c.Doc.Syntax.(*options) }

func overridden(c *confdoc.Case) []confdoc.Result {
	o := optionsOf(c)
	opt := o.overrideOption
	if opt == nil {
		return nil
	}
	finding := func(message string, edits ...conftree.Edit) []confdoc.Result {
		return []confdoc.Result{confdoc.Violated(opt.place(), message).Quoting(opt.setting()).With(edits...)}
	}
	if o.override == nil {
		return finding("a file overrides java.security, and what it says is not known", opt.remove())
	}
	a, known := o.override.algorithms()
	for _, v := range audit.Versions {
		if known && v >= audit.TLSv10 && v < c.Min && a.names.PermitsVersion(v) {
			if def, set := o.override.last[tlsList]; set {
				add, _ := versionChanges(a, audit.Want{MinVersion: c.Min})
				return finding("the file that overrides java.security leaves "+javaNames[v]+" enabled", def.prepend(add...)...)
			}
			return finding("the file that overrides java.security leaves "+javaNames[v]+" enabled", opt.remove())
		}
	}
	if o.whole {
		return finding("the file replaces java.security as a whole", opt.rewrite(strings.TrimPrefix(opt.value, "=")))
	}
	return nil
}

func oldProtocols(c *confdoc.Case) (results []confdoc.Result) {
	o := optionsOf(c)
	for _, name := range []string{"jdk.tls.client.protocols", "jdk.tls.server.protocols", "https.protocols", "com.ibm.jsse2.overrideDefaultProtocol"} {
		opt := o.last[name]
		if opt == nil {
			continue
		}
		versions, unknown := protocolsOf(opt)
		if unknown != "" && opt.value != "" {
			results = append(results, confdoc.Undecided(opt.place(), unknown))
			continue
		}
		var old []string
		for _, v := range versions {
			if v < c.Min {
				old = append(old, javaNames[v])
			}
		}
		if len(old) > 0 {
			r := confdoc.Violated(opt.place(), fmt.Sprintf("-D%s enables %s", name, strings.Join(old, " and "))).Quoting(opt.setting())
			results = append(results, r.With(opt.rewrite(newer(opt, versions, c.Min))))
		}
	}
	if opt := o.last["com.ibm.jsse2.disableSSLv3"]; opt != nil && strings.EqualFold(strings.TrimSpace(opt.value), "false") {
		results = append(results, confdoc.Violated(opt.place(), "-Dcom.ibm.jsse2.disableSSLv3=false brings SSL 3.0 back").Quoting(opt.setting()).With(opt.remove()))
	}
	return results
}

// newer is the value of an option without old versions: what is left of it, or
// else the lowest version allowed.
func newer(opt *jvmOption, versions []audit.Version, lowest audit.Version) string {
	if opt.name == "com.ibm.jsse2.overrideDefaultProtocol" {
		if lowest >= audit.TLSv13 {
			return "TLSv13"
		}
		return "TLSv12"
	}
	var kept []string
	for name := range strings.SplitSeq(opt.value, ",") {
		for v, known := range javaNames {
			if javaTrim(name) == known && v >= lowest && slices.Contains(versions, v) {
				kept = append(kept, known)
			}
		}
	}
	if len(kept) == 0 {
		return javaNames[lowest]
	}
	return strings.Join(kept, ",")
}

func passwords(c *confdoc.Case) (results []confdoc.Result) {
	for _, opt := range optionsOf(c).all {
		value := strings.Trim(opt.value, " \t")
		if secretName(opt.name) && value != "" && !strings.HasPrefix(value, "$") && !strings.HasPrefix(value, "%") && value != "true" && value != "false" {
			results = append(results, confdoc.Violated(opt.place(), "-D"+clip(opt.name)+" holds a secret"))
		}
	}
	return results
}

func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "..."
	}
	return s
}

func noEffect(c *confdoc.Case) (results []confdoc.Result) {
	for _, opt := range optionsOf(c).all {
		switch opt.name {
		case tlsList, certpathList, "jdk.tls.legacyAlgorithms", "jdk.jar.disabledAlgorithms", curvesList:
			results = append(results, confdoc.Violated(opt.place(), "-D"+opt.name+" has no effect: it is a property of java.security").Quoting(opt.setting()).With(opt.remove()))
		}
	}
	return results
}

// switches are the options that must not have a value.
var switches = map[string]string{
	"sun.security.ssl.allowUnsafeRenegotiation": "true", "jdk.tls.allowUnsafeServerCertChange": "true", "jdk.internal.httpclient.disableHostnameVerification": "true",
	"com.sun.jndi.ldap.object.disableEndpointIdentification": "true", "com.ibm.jsse2.renegotiate": "ALL",
}

func unsafe(c *confdoc.Case) (results []confdoc.Result) {
	o := optionsOf(c)
	for _, opt := range o.all {
		if o.last[opt.name] != opt {
			continue
		}
		value := strings.Trim(opt.value, " \t")
		bad := switches[opt.name] != "" && (strings.EqualFold(value, switches[opt.name]) || value == "" && opt.name == "jdk.internal.httpclient.disableHostnameVerification")
		if opt.name == "jdk.tls.ephemeralDHKeySize" {
			bad = value == "legacy" || value == "1024"
		}
		if bad {
			results = append(results, confdoc.Violated(opt.place(), "-D"+opt.name+" weakens every connection").Quoting(opt.setting()).With(opt.remove()))
		}
	}
	return results
}

// establishOptions writes the versions a listener is wanted to have.
func establishOptions(_ *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	opt, ok := l.Scope.(*jvmOption)
	if !ok {
		return nil, errors.New("no option of the JVM is about this")
	}
	var names []string
	for _, v := range audit.Versions {
		allow := want.MinVersion != 0 && v >= want.MinVersion && slices.Contains(l.Configured, v)
		if len(want.Versions) > 0 {
			allow = slices.Contains(want.Versions, v)
		}
		if allow && v >= audit.TLSv10 {
			names = append(names, javaNames[v])
		}
	}
	switch {
	case want.MinVersion == 0 && len(want.Versions) == 0:
		return nil, errors.New("the options of the JVM that choose suites are read by clients only; set them in java.security")
	case len(names) == 0 && want.MinVersion != 0:
		names = []string{javaNames[want.MinVersion]}
	}
	if opt.name == "com.ibm.jsse2.overrideDefaultProtocol" {
		if len(names) != 1 {
			return nil, errors.New("-D" + opt.name + " takes one word; set the versions in java.security")
		}
		return []conftree.Edit{opt.rewrite(strings.Replace(strings.Replace(names[0], "1.2", "12", 1), "1.3", "13", 1))}, nil
	}
	slices.Reverse(names)
	return []conftree.Edit{opt.rewrite(strings.Join(names, ","))}, nil
}
