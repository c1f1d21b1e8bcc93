package postfix

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// rules are the demands on main.cf and master.cf.
var rules = slices.Concat(protocolRules, levelRules, cipherRules)

// syntaxOf is the reader's view of a case.
func syntaxOf(c *confdoc.Case) *config { return c.Doc.Syntax.(*config) }

// endOf is the server or client of a case.
func endOf(c *confdoc.Case) *end { return c.Listener.Scope.(*end) }

// violated is an objection that a change mends.
func violated(place audit.Place, text string, edits []conftree.Edit, format string, args ...any) confdoc.Result {
	r := confdoc.Violated(place, fmt.Sprintf(format, args...))
	r.Text = text
	return r.With(edits...)
}

// own leaves rows of tables to their own rules, and programs that do not start
// to PF-08.
func ownEnd(judge func(*confdoc.Case, *end) []confdoc.Result) func(*confdoc.Case) []confdoc.Result {
	return func(c *confdoc.Case) []confdoc.Result {
		e := endOf(c)
		switch {
		case e.row != nil:
			return confdoc.Moot("an entry of a table has rules of its own")
		case e.security.stops != "":
			return confdoc.Moot("the program does not start")
		}
		return judge(c, e)
	}
}

// fourParameters are the lists of protocols PF-01 asks about.
var fourParameters = []string{"smtpd_tls_protocols", "smtpd_tls_mandatory_protocols", "smtp_tls_protocols", "smtp_tls_mandatory_protocols"}

var protocolRules = []*confdoc.Rule{
	{
		ID: "PF-01", Check: "config.protocol", Title: "all lists of protocols of main.cf keep to the minimum",
		Doc:    "Four parameters decide: those with mandatory in their names at the levels encrypt and above, the other two at level may. A server at level may with hardened mandatory lists takes old versions all the same.",
		Detect: "smtpd_tls_protocols, smtpd_tls_mandatory_protocols, smtp_tls_protocols and smtp_tls_mandatory_protocols of main.cf, by value or by the default of the version, also those no service uses at its present level.",
		Of:     confdoc.OfDocument, Level: audit.Must, Severity: audit.High, Confidence: "verified",
		Refs:  []string{"https://www.postfix.org/postconf.5.html#smtpd_tls_protocols"},
		Judge: fourLists,
	},
	{
		ID: "PF-02", Check: "config.protocol", Title: "no option of master.cf weakens what main.cf says",
		Doc:    "An option -o in master.cf beats main.cf for its service, and nobody who looks at main.cf sees it.",
		Detect: "Options of smtpd, postscreen, smtp and lmtp services that allow versions below the minimum, a lower level, a lower grade, fewer exclusions, or passwords in clear text. Not objected to: a lower level where only the machine itself gets there.",
		Of:     confdoc.OfListener, Level: audit.Must, Severity: audit.High, Confidence: "verified",
		Refs:  []string{"https://www.postfix.org/master.5.html"},
		Judge: ownEnd(overrides),
	},
}

func fourLists(c *confdoc.Case) []confdoc.Result {
	s := syntaxOf(c)
	if s.main == nil {
		return []confdoc.Result{confdoc.Undecided(s.start(), "main.cf is not here")}
	}
	var results []confdoc.Result
	all := s.everywhere()
	text := s.protocolText(c.Min)
	for _, name := range fourParameters {
		list := all.protocolsOf(name)
		users := s.users(name)
		switch weak := list.below(c.Min); {
		case list.open || list.err != nil:
			results = append(results, confdoc.Undecided(s.at(list.value), s.origin(list.value)))
		case len(weak) == 0:
		default:
			value, err := spell(kept(list.protocols, c.Min), s.bounds())
			if err != nil {
				continue
			}
			edits := all.setAll(name, value)
			switch {
			case len(users) > 0:
				results = append(results, violated(s.at(list.value), text, edits, "%s allows %s for %s", s.origin(list.value), names(weak), strings.Join(users, ", ")))
			case list.given():
				results = append(results, violated(s.at(list.value), text, edits, "%s allows %s; no service uses it at its present level", s.origin(list.value), names(weak)))
			default:
				results = append(results, violated(s.at(list.value), text, edits, "%s allows %s as soon as a service changes its level", s.origin(list.value), names(weak)))
			}
		}
	}
	return results
}

// users names the services that go by a parameter of main.cf.
func (c *config) users(name string) (list []string) {
	for _, l := range c.doc.Listeners {
		e, ok := l.Scope.(*end)
		if !ok || e.security.level == "none" || e.service != nil && e.service.overrides[name] != nil {
			continue
		}
		if slices.ContainsFunc(e.versions, func(v versions) bool {
			return v.name == name || e.program == "postscreen" && strings.Replace(v.name, "tlsproxy_", "smtpd_", 1) == name
		}) {
			list = append(list, l.Listener)
		}
	}
	if len(list) > 3 {
		list = append(list[:3:3], fmt.Sprintf("%d more", len(list)-3))
	}
	return list
}

// protocolText is the command that sets all four lists.
func (c *config) protocolText(lowest audit.Version) string {
	command := func(value string) string {
		list := make([]string, len(fourParameters))
		for i, name := range fourParameters {
			list[i] = "'" + name + " = " + value + "'"
		}
		return "postconf -e " + strings.Join(list, " ") + " && postfix reload"
	}
	later, _ := spell(from(lowest), true)
	older, _ := spell(from(lowest), false)
	if _, known := c.reader.Version("postfix"); known {
		if c.since("3.6") {
			return command(later)
		}
		return command(older)
	}
	return command(later) + "\nbefore Postfix 3.6: " + command(older)
}

// overrides looks at the options of one service.
func overrides(c *confdoc.Case, e *end) []confdoc.Result {
	if e.config.master == nil {
		return []confdoc.Result{confdoc.Undecided(e.start(), "master.cf is not beside main.cf: options of services are not known")}
	}
	if e.service == nil || len(e.service.options) == 0 {
		return confdoc.Moot("the service has no options of its own")
	}
	var results []confdoc.Result
	object := func(name, value, format string, args ...any) {
		d := e.service.overrides[name]
		results = append(results, violated(d.place(), e.command(name, value), d.become(value), format, args...))
	}
	main := e.everywhere()
	for _, d := range e.service.options {
		if d.next != nil || !e.concerns(d.name) {
			continue
		}
		name, mine := d.name, e.value(d.name)
		before := main.value(name)
		switch {
		case mine.open || mine.err != nil:
			results = append(results, confdoc.Undecided(d.place(), e.origin(mine)))
		case strings.HasSuffix(name, "_protocols"):
			list := e.protocolsOf(name)
			if weak := list.below(c.Min); len(weak) > 0 {
				if value, err := spell(kept(list.protocols, c.Min), e.bounds()); err == nil {
					object(name, value, "%s allows %s", mine, names(weak))
				}
			}
		case strings.HasSuffix(name, "_tls_ciphers") || strings.HasSuffix(name, "_mandatory_ciphers"):
			if rankOf(mine) > rankOf(before) && slices.Contains(grades, strings.ToLower(before.text)) {
				object(name, strings.ToLower(before.text), "%s is less than %s of main.cf", mine, shown(name, before.text))
			}
		case strings.HasSuffix(name, "exclude_ciphers"):
			if less := missing(before.text, mine.text); len(less) > 0 {
				object(name, strings.Join(append(words(mine.text, colonSeparators), less...), ", "), "%s leaves out %s, which main.cf excludes", mine, strings.Join(less, ", "))
			}
		case name == "smtpd_tls_auth_only" && !mine.is() && before.is() && e.value("smtpd_sasl_auth_enable").is() && e.security.level != "encrypt":
			object(name, "yes", "%s takes passwords in clear text, which main.cf does not", mine)
		case strings.HasSuffix(name, "_tls_security_level"):
			if value, why := e.lowered(main); why != "" {
				object(name, value, "%s is less than %s", mine, why)
				if last := &results[len(results)-1]; e.security.level == "none" {
					last.Edits = append(last.Edits, e.started(name, value, c.Min)...)
				}
			}
		}
	}
	return results
}

func rankOf(grade value) int { return slices.Index(grades, strings.ToLower(grade.text)) }

// missing are the words of one list that another has not.
func missing(of, in string) (list []string) {
	mine := words(strings.ToLower(in), colonSeparators)
	for _, w := range words(of, colonSeparators) {
		if !slices.Contains(mine, strings.ToLower(w)) {
			list = append(list, w)
		}
	}
	return list
}

// lowered says which level main.cf has if that of the service is lower, and
// which one to write instead.
func (e *end) lowered(main *scope) (level, why string) {
	server := e.program == "smtpd" || e.program == "postscreen"
	if e.local || e.program == "lmtp" || !server && !e.usual() {
		return "", ""
	}
	var before security
	switch {
	case e.program == "smtpd":
		before = main.server()
	case server:
		before = main.levelOf("postscreen_tls_security_level", "postscreen_use_tls", "postscreen_enforce_tls")
	default:
		before = main.client(e.program)
	}
	level = before.level
	switch {
	case e.security.level == "none" && strength(level) < 1:
		return "may", "may, the least that is TLS"
	case strength(e.security.level) < strength(level):
		return level, level + " of main.cf"
	}
	return "", ""
}

// usual reports whether the service delivers to the world: others may be for a
// filter on the same machine, which transport tables decide.
func (e *end) usual() bool {
	return e.service == nil || e.service.name == "smtp" || e.service.name == "relay"
}
