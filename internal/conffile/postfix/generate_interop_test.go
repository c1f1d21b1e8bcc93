//go:build interop

package postfix

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
)

// generator writes configurations as people write them, and as they should not.
type generator struct {
	*rand.Rand
	// refs are the names a value may refer to: those of words defined so far,
	// since postconf follows two references in a circle for ever.
	refs *[]string
}

func newGenerator(seed uint64) generator {
	return generator{rand.New(rand.NewPCG(seed, 7)), &[]string{}}
}

func pick[T any](g generator, list ...T) T { return list[g.IntN(len(list))] }

// chance is true in so many of a hundred cases.
func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

// mail is a main.cf of definitions, with traps.
func (g generator) mail() string {
	var b strings.Builder
	eol := pick(g, "\n", "\n", "\n", "\r\n")
	if g.chance(3) {
		b.WriteString("\ufeff")
	}
	if g.chance(30) {
		b.WriteString("# made by hand" + eol)
	}
	if g.chance(4) {
		b.WriteString("   smtpd_tls_protocols = orphan" + eol)
	}
	if g.chance(60) {
		b.WriteString("compatibility_level = " + pick(g, "0", "2", "3.6", "3.7", "3.6.1", "3") + eol)
	}
	for range g.IntN(25) {
		b.WriteString(g.name())
		b.WriteString(pick(g, " = ", "=", " =", "\t=\t", " =   "))
		b.WriteString(g.value(0))
		for g.chance(15) {
			b.WriteString(eol)
			if g.chance(30) {
				b.WriteString(pick(g, "# a comment", "", "   ", "  # indented") + eol)
			}
			b.WriteString(pick(g, " ", "\t", "    ") + g.value(1))
		}
		b.WriteString(pick(g, "", "", "", " ", "\t ", " # note", "\x00 hidden"[:g.IntN(2)*8]))
		b.WriteString(eol)
		if g.chance(10) {
			b.WriteString(pick(g, "#comment", "", "  \t", "# smtpd_tls_protocols = no") + eol)
		}
	}
	if g.chance(3) {
		b.WriteString(pick(g, "smtpd_tls_prot", "= x", "name\u00a0= y", "a b = c"))
	}
	s := b.String()
	if g.chance(10) {
		s = strings.TrimRight(s, "\r\n")
	}
	return s
}

// tlsNames are the parameters compared.
var tlsNames = func() []string {
	var list []string
	for name := range defaults {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}()

var ownWords = []string{"my_protos", "my_level", "site", "my_ciphers", "a", "b_1"}

// name chooses a name to define, and with it what its value may refer to.
func (g generator) name() string {
	*g.refs = []string{"undefined_name", "compatibility_level", "mail_name", "undefined_name"}
	if g.chance(35) {
		i := g.IntN(len(ownWords))
		*g.refs = append(*g.refs, ownWords[:i]...)
		return ownWords[i]
	}
	*g.refs = append(*g.refs, ownWords...)
	name := g.parameter()
	if name > "smtpd_tls_cert_file" && g.chance(50) {
		*g.refs = append(*g.refs, "smtpd_tls_cert_file", "smtp_tls_security_level")
	}
	if strings.Contains(name, "smtp_tls_security_level") || strings.Contains(name, "tlsproxy") || strings.Contains(name, "dane") {
		*g.refs = append([]string{}, ownWords...)
	}
	return name
}

func (g generator) parameter() string {
	switch {
	case g.chance(3):
		return "SMTPD_TLS_PROTOCOLS"
	case g.chance(2):
		return "smtpd_tls_protocols\u00a0"
	case g.chance(50):
		return pick(g, "smtpd_tls_protocols", "smtpd_tls_mandatory_protocols", "smtp_tls_protocols", "smtp_tls_mandatory_protocols",
			"smtpd_tls_security_level", "smtp_tls_security_level", "smtpd_tls_ciphers", "smtpd_tls_exclude_ciphers")
	}
	name := pick(g, tlsNames...)
	if name == "compatibility_level" || name == "config_directory" || name == "inet_interfaces" || strings.HasSuffix(name, "_service_name") {
		return "smtpd_tls_loglevel"
	}
	return name
}

func (g generator) value(depth int) string {
	var parts []string
	for range g.IntN(4) {
		parts = append(parts, g.word(depth))
	}
	return strings.Join(parts, pick(g, " ", ", ", ",", ":", "  "))
}

func (g generator) word(depth int) string {
	if depth > 3 || g.chance(60) {
		return pick(g, ">=TLSv1.2", "!SSLv2", "!TLSv1", "TLSv1.2", "may", "encrypt", "none", "yes", "no", "high", "aNULL", "RC4", "/etc/ssl/a.pem", "$$x", "x{y}", "{}", "a:b", "q?")
	}
	ref := pick(g, *g.refs...)
	inner := func() string { return g.value(depth + 1) }
	switch g.IntN(9) {
	case 0, 1:
		return "$" + ref
	case 2:
		return "${" + ref + "}"
	case 3:
		return "$(" + ref + ")"
	case 4:
		return "${" + ref + "?" + inner() + "}"
	case 5:
		return "${" + ref + ":" + inner() + "}"
	case 6:
		return "${" + ref + "?{" + inner() + "}" + pick(g, ":", " : ", ":") + "{" + inner() + "}}"
	case 7:
		op := pick(g, "==", "!=", "<", ">", "<=", ">=", "==")
		return "${{" + inner() + "} " + op + " {" + inner() + "} ? {" + inner() + "} : {" + inner() + "}}"
	}
	return "${{$compatibility_level} " + pick(g, "<level", ">=level", "==level") + " {" + pick(g, "2", "3.6", "3.7") + "} ? {" + inner() + "} : {" + inner() + "}}"
}

// services is a master.cf.
func (g generator) services() string {
	var b strings.Builder
	if g.chance(50) {
		b.WriteString("# service type  private unpriv  chroot  wakeup  maxproc command + args\n")
	}
	names := []string{"smtp inet", "submission inet", "submissions inet", "127.0.0.1:10025 inet", "2525 inet", "smtp unix", "relay unix", "lmtp unix", "smtpd pass", "[::1]:587 inet"}
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:1+g.IntN(8)] {
		program := "smtpd"
		if strings.HasSuffix(name, "unix") {
			program = pick(g, "smtp", "lmtp", "smtp")
		}
		if g.chance(8) {
			b.WriteString("#")
		}
		fmt.Fprintf(&b, "%s %s %s %s %s %s %s", strings.ReplaceAll(name, " ", pick(g, " ", "\t", "      ")), pick(g, "n", "-", "y"), pick(g, "-", "n"), pick(g, "y", "n", "-"), pick(g, "-", "0", "60?"), pick(g, "-", "1", "100"), program)
		for range g.IntN(5) {
			b.WriteString(pick(g, "\n  ", " ", "\n\t", "\n# between\n  ", "\n\n   "))
			b.WriteString(g.option())
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (g generator) option() string {
	name := pick(g, "smtpd_tls_security_level", "smtpd_tls_protocols", "smtpd_tls_mandatory_protocols", "smtp_tls_security_level", "smtpd_tls_wrappermode", "syslog_name", "smtpd_sasl_auth_enable", "my_protos")
	word := func() string {
		return pick(g, "may", "encrypt", "none", ">=TLSv1.2", "!SSLv2,!SSLv3", "$my_protos", "${site?{x}:{yy}}", "", "no", "postfix/submission")
	}
	switch g.IntN(6) {
	case 0:
		return "-o { " + name + " = " + word() + pick(g, "", " ", ", ") + word() + " }"
	case 1:
		return "-o {" + name + "=" + word() + "}"
	case 2:
		return "-osmtpd_tls_security_level=" + pick(g, "may", "encrypt") // postconf splits at another o
	case 3:
		return "-v"
	case 4:
		return "-vo " + name + "=" + word()
	}
	return "-o " + name + "=" + word()
}
