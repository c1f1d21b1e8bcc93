package httpd

import (
	"fmt"
	"regexp"
	"strings"

	"tlsaudit/internal/confdoc"
)

// truth is the answer to a condition.
type truth uint8

const (
	undecided truth = iota
	holds
	fails
)

func truthOf(b bool) truth {
	if b {
		return holds
	}
	return fails
}

func (t truth) not(negate bool) truth {
	switch {
	case !negate || t == undecided:
		return t
	case t == holds:
		return fails
	}
	return holds
}

// branch decides one conditional section.
func (p *parser) branch(name, args string, d *directive) (sectionKind, *branch) {
	shown := d.word + " " + clip(strings.TrimSpace(args)) + ">"
	var answer truth
	var why string
	switch {
	case len(d.missing) > 0:
		why = fmt.Sprintf("${%s} is not defined in the files", clip(d.missing[0]))
	case name == "ifmodule":
		answer, why = p.ifModule(args, d)
	case name == "ifdefine":
		answer = p.ifDefine(args, d, shown)
	case name == "ifversion":
		answer, why = p.ifVersion(args, d)
	case name == "iffile":
		answer, why = p.ifFile(args, d)
	default:
		why = "the section is one of httpd 2.5, and its condition is not read here"
	}
	if answer == holds {
		return activeBranch, nil
	}
	b := &branch{condition: shown}
	if answer == undecided {
		b.undecided = why
	}
	return skippedBranch, b
}

// negated takes the exclamation mark off a condition.
func negated(args string) (rest string, not bool) {
	args = strings.TrimLeft(args, blanks)
	rest, not = strings.CutPrefix(args, "!")
	return rest, not
}

// static are modules that Debian or upstream build into the server.
var static = set(`core.c core_module mod_so.c so_module http_core.c http_module mod_log_config.c log_config_module mod_logio.c logio_module
	mod_version.c version_module mod_unixd.c unixd_module mod_watchdog.c watchdog_module`)

// tlsModules are the names of the two modules for TLS, of which a server has one:
// they share words.
var tlsModules = set("mod_ssl.c ssl_module mod_ibm_ssl.c ibm_ssl_module")

// ifModule: loaded means loaded by a line above this one.
func (p *parser) ifModule(args string, d *directive) (truth, string) {
	rest, not := negated(args)
	name, _ := word(rest)
	module := strings.ToLower(name)
	own := module == p.dialect.modules[0] || module == p.dialect.modules[1]
	switch {
	case p.modules[module] || static[module]:
		return holds.not(not), ""
	case p.late[module]:
		return fails.not(not), "" // a line below loads it
	case !own && tlsModules[module] && p.ownTLS():
		p.note(d, "IfModule", name, "taken not to hold: "+p.dialect.modules[1]+" is loaded, and that is the TLS module of the server")
		return fails.not(not), ""
	case p.wholeServer() && !(own && !p.otherTLS()):
		return fails.not(not), ""
	case own:
		p.assumed[module] = true
		p.note(d, "IfModule", name, "taken to hold: a configuration with TLS settings is of a server that has the module, and no file read loads it")
		return holds.not(not), ""
	}
	p.assumed[module] = true
	return undecided, fmt.Sprintf("no file read says whether the module %s is loaded", quote(name))
}

// wholeServer reports whether the files seem to hold everything the server
// loads: a module that does the work of the server is among those loaded, and
// nothing was missing.
func (p *parser) wholeServer() bool {
	if p.firstRun || p.wasOpen || p.holes {
		return false
	}
	if len(p.modules)+len(p.late) >= 16 { // two names each
		return true
	}
	for _, mpm := range []string{"mpm_event_module", "mpm_worker_module", "mpm_prefork_module"} {
		if p.modules[mpm] || p.late[mpm] {
			return true
		}
	}
	return false
}

// ownTLS reports whether a line loads the TLS module of the dialect.
func (p *parser) ownTLS() bool {
	return p.modules[p.dialect.modules[1]] || p.late[p.dialect.modules[1]]
}

// otherTLS reports whether another TLS module was loaded instead of the own.
func (p *parser) otherTLS() bool {
	for _, m := range []string{"ssl_module", "ibm_ssl_module", "gnutls_module", "nss_module"} {
		if m != p.dialect.modules[1] && p.modules[m] {
			return true
		}
	}
	return false
}

func (p *parser) ifDefine(args string, d *directive, shown string) truth {
	rest, not := negated(args)
	name, _ := word(rest)
	if p.vars.unknown[strings.ToLower(name)] {
		return undecided
	}
	if !p.vars.defined[name] {
		p.note(d, "IfDefine", name, "taken as not defined: -D on the command line of the server would change that")
	}
	return truthOf(p.vars.defined[name]).not(not)
}

var versionPattern = regexp.MustCompile(`^[0-9]{1,6}(\.[0-9]{1,6}){0,2}`)

// ifVersion compares with the version of the server, if somebody vouches for it.
func (p *parser) ifVersion(args string, d *directive) (truth, string) {
	list := words(args)
	if len(list) == 1 {
		list = []string{"=", list[0]}
	}
	if len(list) != 2 {
		p.refuse(d.argument(), "<IfVersion> takes an operator and a version", "write <IfVersion >= 2.4.37>")
		return undecided, ""
	}
	operator, not := strings.CutPrefix(list[0], "!")
	wanted := list[1]
	if !contains([]string{"=", "==", "~", "<", "<=", ">", ">="}, operator) {
		p.refuse(d.argument(), fmt.Sprintf("<IfVersion> does not know the operator %s", quote(list[0])), "one of = ~ < <= > >=, with a ! in front or without, and a blank behind it")
		return undecided, ""
	}
	if operator != "~" && !strings.HasPrefix(wanted, "/") && versionPattern.FindString(wanted) != wanted {
		p.refuse(d.argument(), fmt.Sprintf("%s is no version", quote(wanted)), "write <IfVersion >= 2.4.37>")
		return undecided, ""
	}
	version, known := p.baseVersion()
	if !known {
		return undecided, "nobody said which version of " + p.server + " reads the files"
	}
	if pattern, ok := strings.CutPrefix(wanted, "/"); ok && strings.HasPrefix(operator, "=") {
		operator, wanted = "~", strings.TrimSuffix(pattern, "/")
	}
	if operator == "~" {
		re, err := regexp.Compile(wanted)
		if err != nil || strings.Contains(version, "x") || len(wanted) > 200 {
			return undecided, "the pattern is not read here"
		}
		return truthOf(re.MatchString(version)).not(not), ""
	}
	return compare(version, operator, wanted).not(not), "the last part of the version is not known"
}

// compare holds "2.4.x", of which the last part is not known, against a version.
func compare(version, operator, wanted string) truth {
	low, high := version, version
	if prefix, ok := strings.CutSuffix(version, "x"); ok {
		low, high = prefix+"1", prefix+"999999"
	}
	ask := func(v string) bool {
		c := confdoc.CompareVersions(v, wanted)
		switch operator {
		case ">":
			return c > 0
		case ">=":
			return c >= 0
		case "<":
			return c < 0
		case "<=":
			return c <= 0
		}
		return c == 0
	}
	a, b := ask(low), ask(high)
	if a != b || low != high && !a && !b && (operator == "=" || operator == "==") && strings.HasPrefix(wanted, strings.TrimSuffix(version, "x")) {
		return undecided
	}
	return truthOf(a)
}

// baseVersion is the version of httpd that IfVersion sees. IBM HTTP Server 9 is
// built on some 2.4, 8.0 and 8.5 on some 2.2.
func (p *parser) baseVersion() (string, bool) {
	if p.dialect == apacheDialect {
		v, ok := p.r.Version("httpd")
		return v, ok && versionPattern.MatchString(v)
	}
	v, ok := p.r.Version("ihs")
	switch {
	case !ok || !versionPattern.MatchString(v):
		return "", false
	case confdoc.CompareVersions(v, "9") >= 0:
		return "2.4.x", true
	case confdoc.CompareVersions(v, "8") >= 0:
		return "2.2.x", true
	}
	return "", false
}

// ifFile: a file of the tree is there; of one that is not, nobody knows.
func (p *parser) ifFile(args string, d *directive) (truth, string) {
	rest, not := negated(args)
	name, _ := word(rest)
	target, err := p.resolve(name)
	if err == nil && p.r.Tree.Exists(target) != "" {
		return holds.not(not), ""
	}
	return undecided, fmt.Sprintf("whether there is a file %s on the server is not known", quote(name))
}

// note records a condition that rests on something that was taken for granted.
func (p *parser) note(d *directive, key, value, note string) {
	once := key + " " + value
	if p.noted[once] || len(p.doc.Settings) > maxSettings {
		return
	}
	p.noted[once] = true
	s := confdoc.NewSetting(key, clip(value), d.place())
	s.Note = note
	p.doc.Settings = append(p.doc.Settings, s)
}
