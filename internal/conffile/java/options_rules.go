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
	confdoc.OverrideRule("delete -Djava.security.properties, or bring the file into the audit and put TLSv1, TLSv1.1 into its jdk.tls.disabledAlgorithms; write = instead of ==", overridden),
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
		Level: audit.Must, Severity: audit.High,
		Doc:    "Options of a process can be read by every user of the machine, and end up in logs.",
		Detect: "An option whose name is that of a password and that has a value.",
		Text:   "refer to a key store by its alias, or let the server keep the password",
		Judge:  passwords,
	},
	confdoc.NoEffectRule(noEffect),
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
	if opt := o.last["com.ibm.jsse2.disableSSLv3"]; opt != nil && strings.EqualFold(confdoc.JavaTrim(opt.value), "false") {
		results = append(results, confdoc.Violated(opt.place(), "-Dcom.ibm.jsse2.disableSSLv3=false brings SSL 3.0 back").Quoting(opt.setting()).With(o.disarm(map[string]string{opt.name: "true"})...))
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
		if confdoc.SecurityProperty(opt.name) {
			results = append(results, confdoc.Violated(opt.place(), "-D"+opt.name+" has no effect: it is a property of java.security").Quoting(opt.setting()).With(opt.remove()))
		}
	}
	return results
}

// switches are the options that must not have a value, and one they may have.
var switches = map[string]struct{ bad, good string }{
	"sun.security.ssl.allowUnsafeRenegotiation": {"true", "false"}, "jdk.tls.allowUnsafeServerCertChange": {"true", "false"},
	"jdk.internal.httpclient.disableHostnameVerification":    {"true", "false"},
	"com.sun.jndi.ldap.object.disableEndpointIdentification": {"true", "false"}, "com.ibm.jsse2.renegotiate": {"ALL", "NONE"},
}

func unsafe(c *confdoc.Case) (results []confdoc.Result) {
	o := optionsOf(c)
	good := map[string]string{}
	for _, opt := range o.all {
		if o.last[opt.name] != opt {
			continue
		}
		value, one := strings.Trim(opt.value, " \t"), switches[opt.name]
		bad := one.bad != "" && (strings.EqualFold(value, one.bad) || value == "" && opt.name == "jdk.internal.httpclient.disableHostnameVerification")
		if opt.name == "jdk.tls.ephemeralDHKeySize" {
			bad, one.good = value == "legacy" || value == "1024", "2048"
		}
		if bad {
			good[opt.name] = one.good
			results = append(results, confdoc.Violated(opt.place(), "-D"+opt.name+" weakens every connection").Quoting(opt.setting()))
		}
	}
	if len(results) > 0 {
		results[0].Edits = o.disarm(good)
		for i := range results[1:] {
			results[i+1].Edits = results[0].Edits
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
