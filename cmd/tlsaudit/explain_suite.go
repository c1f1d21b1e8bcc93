package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/tlsreg"
)

// explainSuite prints what a suite is made of, what its vendors call it, what
// every profile says about a server that accepts it, and how to have it or not.
func explainSuite(out *page, s *tlsreg.Suite, loaded []*policy.Policy, now time.Time) error {
	out.line("%s  %s", s.Name, s.Code)
	for _, f := range [][2]string{
		{"OpenSSL", strings.Join(slices.DeleteFunc(append([]string{s.OpenSSL}, s.OpenSSLAliases...), isEmpty), ", ")},
		{"GnuTLS", s.GnuTLS}, {"JSSE", s.JSSE}, {"GSKit", s.GSKit}, {"IHS", s.IHSShort},
	} {
		out.entry(2, 18, f[0], f[1])
	}
	out.heading("WHAT IT IS MADE OF")
	for _, f := range suiteParts(s) {
		out.entry(2, 18, f[0], f[1])
	}
	if s.Status != "iana" && s.Status != "unregistered" {
		return nil // signals and GREASE values encrypt nothing; SSLv2 goes with its version
	}
	out.heading("WHAT THE PROFILES SAY about an endpoint that accepts it")
	o := acceptingSuite(s)
	tell(out, loaded, func(p *policy.Policy) []string {
		return opinionsOn(p, o, s.Name, []string{"suite.", "crypto."}, suiteIn(s), now)
	})
	if s.AEAD && s.PFS {
		explainRemedy(out, "TO ACCEPT IT AND NO OTHER of its time", audit.Want{AllowSuites: []string{s.Name}})
	} else {
		explainRemedy(out, "TO REFUSE IT", audit.Want{ForbidSuites: []string{s.Name}})
	}
	return nil
}

func isEmpty(s string) bool { return s == "" }

// suiteParts takes a suite apart, as pairs of label and text.
func suiteParts(s *tlsreg.Suite) [][2]string {
	yesNo := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	strength := fmt.Sprintf("%d bits", s.Bits)
	if s.StrengthBits != s.Bits {
		strength += fmt.Sprintf(", %d effective", s.StrengthBits)
	}
	versions := ""
	if s.Min != 0 {
		versions = s.Min.String()
		if s.Max != s.Min && s.Max != 0 {
			versions += " to " + s.Max.String()
		}
	}
	recommended := map[string]string{"Y": "recommended", "N": "not recommended", "D": "discouraged"}[s.Recommended]
	deprecated := ""
	if s.RFC10015 != "" {
		deprecated = "deprecated, list " + s.RFC10015
	}
	return [][2]string{
		{"key exchange", s.KX}, {"authentication", s.Auth}, {"encryption", strings.TrimSpace(s.Enc + " " + s.Mode)}, {"integrity", s.MAC},
		{"strength", strength}, {"forward secrecy", yesNo(s.PFS)}, {"AEAD", yesNo(s.AEAD)}, {"export grade", map[bool]string{true: "yes"}[s.Export]},
		{"versions", versions}, {"IANA", recommended}, {"RFC 10015", deprecated},
		{"OpenSSL class", strings.Join(slices.DeleteFunc([]string{prefixed("1.0.2: ", s.Class102), prefixed("3.x: ", s.Class3)}, isEmpty), "; ")},
		{"status", map[string]string{"scsv": "a signal, not a suite", "grease": "a GREASE value, not a suite", "sslv2": "a cipher kind of SSLv2", "unregistered": "in no registry"}[s.Status]},
		{"defined in", s.Reference}, {"note", s.Note},
	}
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// acceptingSuite is a posture of an endpoint that accepts this suite and
// nothing else, so that the checks themselves say what they think of it.
func acceptingSuite(s *tlsreg.Suite) *audit.Observation {
	at := audit.TLSv12
	if s.Min > at {
		at = s.Min
	} else if s.Max != 0 && s.Max < at {
		at = s.Max
	}
	o := &audit.Observation{Reach: audit.ReachTLS, Target: audit.Target{Protocol: "https", Host: "www.example.com", Port: 443}}
	for _, v := range audit.Versions {
		fact := audit.VersionFact{Version: v, Answer: audit.Refused, Suites: []audit.Suite{}}
		if v == at {
			fact.Answer, fact.SuitesAnswer = audit.Accepted, audit.Accepted
			fact.Suites = []audit.Suite{{ID: s.Code, Name: s.Name, OpenSSL: s.OpenSSL, Bits: s.Bits}}
		}
		o.Versions = append(o.Versions, fact)
	}
	return o
}

// suiteIn finds the suite in a list as a profile writes it.
func suiteIn(s *tlsreg.Suite) func(name string) bool {
	return func(name string) bool {
		other, ok := tlsreg.SuiteByName(name)
		return ok && other.Code == s.Code
	}
}

// tell prints what each profile has to say, of its own; those with nothing come last, on
// one line.
func tell(out *page, loaded []*policy.Policy, opinions func(*policy.Policy) []string) {
	var silent []string
	for _, p := range loaded {
		list, id := opinions(p), p.Refs[0].ID
		for _, ref := range p.Refs[1:] {
			id += ", beside " + ref.ID
		}
		if len(list) == 0 {
			silent = append(silent, p.Refs[0].ID)
			continue
		}
		out.line("  %s", id)
		for _, text := range list {
			out.entry(4, 6, "-", text)
		}
	}
	if len(silent) > 0 {
		out.entry(2, 4, "", "no objection and no mention: "+strings.Join(silent, ", "))
	}
}

// opinionsOn puts a posture to the rules of a profile whose checks begin so,
// and keeps what they say about the one name in question; then come the rules
// that list it and do not object.
func opinionsOn(p *policy.Policy, o *audit.Observation, name string, beginnings []string, is func(string) bool, now time.Time) []string {
	var list []string
	for i := range p.Rules {
		r := &p.Rules[i]
		c := checks.ByID(r.Check)
		if c == nil || r.Profile != p.Refs[0].ID || !slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(r.Check, b) }) {
			continue
		}
		source := " (" + strings.Join(slices.DeleteFunc([]string{r.ID, prefixed("control ", r.Control), standing(r, now)}, isEmpty), "; ") + ")"
		said := false
		for _, outcome := range c.Run(&audit.Case{Target: &o.Target, Observation: o, Level: r.Level, Profile: r.Profile, Control: r.Control, Params: r.Params, Now: now}) {
			if (outcome.Kind == audit.Violated || outcome.Kind == audit.Advice) && mentions(outcome.Message, name) {
				list = append(list, objection(r.Level, outcome.Kind)+": "+outcome.Message+source)
				said = true
			}
		}
		if as := listedAs(r, is); as != "" && !said {
			list = append(list, as+source)
		}
	}
	return list
}

// objection is the force of a violation in a word.
func objection(l audit.Level, kind audit.OutcomeKind) string {
	switch {
	case kind == audit.Advice, l == audit.Should, l == audit.ShouldNot:
		return "WARNS"
	case l == audit.May:
		return "notes"
	}
	return "FAILS"
}

// listings are the parameters that list names, with what it means to be there.
var listings = []struct{ key, words string }{
	{"allow", "listed as allowed"}, {"transition", "listed for a transition"}, {"any", "one of those asked for"}, {"all", "asked for"},
}

// listedAs says under which parameter a rule lists the name.
func listedAs(r *audit.Rule, is func(string) bool) string {
	params := rawParams(r)
	for _, l := range listings {
		items, ok := params[l.key].([]any)
		if !ok {
			items = []any{params[l.key]} // a list of one may be written as a word
		}
		for _, item := range items {
			text, _ := item.(string)
			if m, ok := item.(map[string]any); ok {
				text, _ = cmp.Or(m["name"], m["id"]).(string)
			}
			if is(text) {
				return l.words
			}
		}
	}
	return ""
}

// mentions reports whether the text holds the name as a whole word: the names
// of suites begin with one another.
func mentions(text, name string) bool {
	return regexp.MustCompile(`(^|[^A-Za-z0-9_])` + regexp.QuoteMeta(name) + `($|[^A-Za-z0-9_])`).MatchString(text)
}

// rawParams are the parameters of a built-in rule as they were written.
func rawParams(r *audit.Rule) map[string]any {
	profile := profileByID(r.Profile)
	if profile == nil {
		return nil
	}
	i := slices.IndexFunc(profile.Rules, func(other audit.Rule) bool { return other.ID == r.ID })
	if i < 0 {
		return nil
	}
	params, _ := profile.Rules[i].Params.(map[string]any)
	return params
}
