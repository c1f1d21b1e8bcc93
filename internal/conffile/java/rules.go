package java

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

var securityRules = []*confdoc.Rule{
	{
		ID: "JVM-01", Check: "config.protocol", Title: "jdk.tls.disabledAlgorithms takes old protocol versions away", Of: confdoc.OfServer,
		Level: audit.Must, Severity: audit.High,
		Doc:    "Every TLS connection of a JVM that asks for nothing else uses what this list leaves. A line that sets it replaces the list of the JDK as a whole, an empty one clears it.",
		Detect: "The last definition in the file, without TLSv1, TLSv1.1 or what else is below the policy's lowest version. Where the file does not set the list, that of the JDK, if its version is known.",
		Text:   tlsList + "=" + strictList + "\nin <WAS_HOME>/properties/java.security, or the file named by -Djava.security.properties, which survive an update of the JDK",
		Judge:  oldVersions,
	},
	{
		ID: "JVM-03", Check: "config.ciphers", Title: "Diffie-Hellman groups below 2048 bits are disabled", Of: confdoc.OfServer,
		Level: audit.Must, Severity: audit.Medium,
		Doc:    "Groups of 1024 bits can be broken once and for all who use them (Logjam). The JDK's own list stops below 1024 bits only.",
		Detect: "The list is set and leaves groups of 1024 to 2047 bits.",
		Text:   "write DH keySize < 2048 in " + tlsList,
		Judge:  smallGroups,
	},
	{
		ID: "JVM-04", Check: "config.certificate", Title: "jdk.certpath.disabledAlgorithms takes broken signatures and short keys away", Of: confdoc.OfDocument,
		Level: audit.Should, Severity: audit.Medium,
		Doc:    "Certificates signed with MD2 or MD5, and RSA keys below 1024 bits, can be forged.",
		Detect: "The list is set and does not name MD2 and MD5, or sets no lower limit for RSA keys.",
		Text:   certpathList + "=MD2, MD5, SHA1 jdkCA & usage TLSServer, RSA keySize < 2048, DSA keySize < 2048, EC keySize < 224",
		Judge:  weakCertificates,
	},
	{
		ID: "JVM-05", Check: "config.ciphers", Title: "jdk.tls.disabledAlgorithms takes 3DES and RC4 away", Of: confdoc.OfServer,
		Level: audit.Must, Severity: audit.High,
		Doc:    "Both are enabled by default in one or the other release of Java, unless the list names them.",
		Detect: "The list is set and names neither the cipher nor all that it is made of.",
		Text:   "add 3DES_EDE_CBC and RC4 to " + tlsList,
		Judge:  weakCiphers,
	},
}

func propertiesOf(c *confdoc.Case) *properties { return c.Doc.Syntax.(*properties) }

func oldVersions(c *confdoc.Case) []confdoc.Result {
	var bad, open []string
	place := *c.Listener.Place
	advice := ""
	for _, f := range c.Listener.Versions {
		if f.Version >= c.Min {
			continue
		}
		switch {
		case f.Answer == audit.Accepted || f.Answer == audit.Latent:
			bad = append(bad, javaNames[f.Version])
		case f.Answer == audit.Refused:
		case f.Version == audit.SSLv3 && strings.Contains(f.Evidence, "programs may"):
			advice = f.Evidence
		default:
			open = append(open, f.Evidence)
		}
	}
	switch {
	case len(bad) > 0:
		evidence, _ := propertiesOf(c).origin()
		r := confdoc.Violated(place, fmt.Sprintf("%s leaves %s enabled", evidence, strings.Join(bad, " and ")))
		return []confdoc.Result{r.Wants(audit.Want{MinVersion: c.Min})}
	case len(open) > 0:
		return []confdoc.Result{confdoc.Undecided(place, open[0])}
	case advice != "":
		return []confdoc.Result{confdoc.Advice(place, advice).Wants(audit.Want{MinVersion: c.Min})}
	}
	return nil
}

// own returns the list the file sets; the answer of a rule if it does not.
func own(c *confdoc.Case, key string) (d definition, a algorithms, answer []confdoc.Result) {
	p := propertiesOf(c)
	d, set := p.last[key]
	if !set {
		return d, a, confdoc.Moot("the file does not set " + key)
	}
	return d, p.list(key), nil
}

func smallGroups(c *confdoc.Case) []confdoc.Result {
	d, a, answer := own(c, tlsList)
	if answer != nil || a.refusesDH(1024) && a.refusesDH(2047) {
		return answer
	}
	return []confdoc.Result{confdoc.Violated(d.valuePlace(), tlsList+" leaves Diffie-Hellman groups below 2048 bits").With(d.raiseDH(2048)...)}
}

func weakCertificates(c *confdoc.Case) []confdoc.Result {
	if _, _, answer := own(c, certpathList); answer != nil {
		return answer
	}
	if r := propertiesOf(c).certificates(); r != nil {
		return []confdoc.Result{*r}
	}
	return nil
}

// certificates objects to the list for certificates, if it is set.
func (p *properties) certificates() *confdoc.Result {
	d, set := p.last[certpathList]
	if !set {
		return nil
	}
	a := p.list(certpathList)
	var missing, add []string
	for _, name := range []string{"MD2", "MD5"} {
		if !a.has(name) {
			missing, add = append(missing, name), append(add, name)
		}
	}
	limited := a.has("RSA")
	for _, it := range a.items {
		if op, n, ok := keySize(javaTrim(it.policy)); ok && strings.EqualFold(it.algorithm, "RSA") && operators[op](1023, n) {
			limited = true
		}
	}
	if !limited {
		missing, add = append(missing, "a limit for RSA keys"), append(add, "RSA keySize < 2048")
	}
	if len(missing) == 0 {
		return nil
	}
	r := confdoc.Violated(d.valuePlace(), certpathList+" lacks "+strings.Join(missing, ", ")).With(d.prepend(add...)...)
	return &r
}

func weakCiphers(c *confdoc.Case) []confdoc.Result {
	d, a, answer := own(c, tlsList)
	if answer != nil {
		return answer
	}
	left := propertiesOf(c).weakLeft(a)
	if len(left) == 0 {
		return nil
	}
	return []confdoc.Result{confdoc.Violated(d.valuePlace(), tlsList+" leaves suites with "+strings.Join(left, " and ")).With(d.prepend(left...)...)}
}
