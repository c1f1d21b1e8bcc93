package policy

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// A test site such as internet.nl judges by the rules of a standard and says,
// for each subtest, what a violation costs. Such a profile extends the
// standard's and has the sections web and mail, subtest -> status. Its rules
// are those of the standard under a name of their own, at the level the status
// gives them; the standard's own rules are not judged beside them.

// status is what a violated subtest counts as.
type status string

func (s *status) UnmarshalText(b []byte) error {
	*s = status(b)
	return strictyaml.Choose(string(b), []string{"fail", "notice", "info"})
}

// subtest says which rules of the standard a subtest stands for, or, where the
// standard has none, which check decides it.
type subtest struct {
	title string
	// rules are ids of the standard's rules, or their beginnings followed by a
	// dot.
	rules  []string
	check  string
	params map[string]any
	// byHand says what a person does where nothing decides it.
	byHand string
}

// subtests are the subtests the sections web and mail may name.
var subtests = map[string]subtest{
	"https_exists":     {title: "HTTPS is offered", check: "protocol.tls_enabled", params: map[string]any{"any": words([]string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"})}},
	"forced_https":     {title: "HTTP redirects to HTTPS", check: "http.redirect"},
	"http_compression": {title: "HTTP compression", check: "http.compression", byHand: "look at the header Content-Encoding of responses that carry secrets, for example with curl -sI --compressed"},
	"hsts":             {rules: []string{"NL-HSTS"}},
	"starttls_exists":  {title: "STARTTLS is offered", check: "smtp.starttls.offered"},
	"protocols":        {rules: []string{"protocols."}},
	"suites":           {rules: []string{"suites.", "cert_sigalgs.insufficient_alg"}},
	"cipher_order":     {rules: []string{"NL-ORDER"}},
	"fs_params":        {rules: []string{"groups."}},
	"tls_compression":  {rules: []string{"NL-COMP"}},
	"secure_reneg":     {rules: []string{"NL-RENEG-SEC"}},
	"client_reneg":     {rules: []string{"NL-RENEG-CLIENT"}},
	"trusted":          {rules: []string{"NL-CHAIN"}},
	"pubkey":           {rules: []string{"keys."}},
	"signature":        {rules: []string{"cert_sigalgs.hash.", "cert_sigalgs.sufficient_alg"}},
	"hostmatch":        {title: "The certificate names the host", check: "cert.identity"},
	"ems":              {rules: []string{"NL-EMS"}},
	"caa":              {title: "A CAA record limits who may issue", check: "dns.caa", byHand: "attach the CAA records of the domain, for example from: dig CAA example.com"},
	"dane_exists":      {title: "A TLSA record is published", check: "smtp.dane", params: map[string]any{"published": true}},
	"dane_valid":       {rules: []string{"NL-DANE"}},
	"dane_rollover":    {title: "Two TLSA records allow for a change of keys", check: "smtp.dane.rollover", params: map[string]any{"min_records": 2}},
	"zero_rtt":         {rules: []string{"NL-0RTT"}},
	"ocsp_stapling":    {rules: []string{"NL-OCSP"}},
	"kex_hash":         {rules: []string{"NL-KEXHASH"}},
}

// scored are the demands of a profile whose subtests grade another's.
func (x *expander) scored(root strictyaml.Node, doc *profileDoc, standard []demand) error {
	for _, s := range []struct {
		key      string
		statuses map[string]status
		applies  []string
	}{{"web", doc.Web, []string{"https"}}, {"mail", doc.Mail, []string{"smtp"}}} {
		for _, name := range sortedKeys(s.statuses) {
			place := root.Get(s.key).Get(name)
			test, ok := subtests[name]
			if !ok {
				hint := "write one of those listed"
				if near := strictyaml.Nearest(name, sortedKeys(subtests)); near != "" {
					hint = fmt.Sprintf("did you mean %q?", near)
				}
				return place.Fault(hint, "%q is not a subtest; subtests: %s", name, strings.Join(sortedKeys(subtests), ", "))
			}
			graded := test.demands(s.key+"."+name, standard)
			if len(graded) == 0 {
				return place.Fault("extend the profile that has them", "no rule of the profile it extends decides the subtest %s", name)
			}
			for _, d := range graded {
				d.grade(s.statuses[name])
				if s.key == "web" && strings.HasPrefix(d.rule.Check, "smtp.") {
					d.off = "TLSA records of web servers are not looked up; attach those of the host, for example from: dig TLSA _443._tcp.example.com"
				}
				at := place.Place()
				d.rule.Profile, d.rule.Applies, d.rule.Place = x.profile, s.applies, &at
				d.rule.Control = s.key + ": " + name + strings.TrimRight(" ("+d.rule.Control, " (") + closing(d.rule.Control)
				x.list = append(x.list, d)
			}
		}
	}
	return nil
}

func closing(control string) string {
	if control == "" {
		return ""
	}
	return ")"
}

// demands are those the subtest stands for, under its name.
func (t *subtest) demands(id string, standard []demand) []demand {
	if t.check != "" {
		return []demand{{params: t.params, off: t.byHand, rule: audit.Rule{ID: id, Title: t.title, Check: t.check, Level: audit.Must}}}
	}
	var list []demand
	for _, d := range standard {
		if !slices.ContainsFunc(t.rules, func(r string) bool {
			return d.rule.ID == r || strings.HasSuffix(r, ".") && strings.HasPrefix(d.rule.ID, r)
		}) {
			continue
		}
		d.rule.ID = id + "." + d.rule.ID
		list = append(list, d)
	}
	if len(list) == 1 {
		list[0].rule.ID = id
	}
	return list
}

// grade sets the level a status gives to a violation. What is in a tier on its
// way out counts as a notice at most.
func (d *demand) grade(s status) {
	was := d.rule.Level
	switch {
	case was == audit.May || was == audit.Process:
	case s == "fail" && strings.Contains(d.rule.ID, "phase_out"):
	case s == "fail" && was.Forbids():
		d.rule.Level = audit.MustNot
	case s == "fail":
		d.rule.Level = audit.Must
	case s == "info":
		d.rule.Level = audit.May
		if was.Forbids() {
			d.rule.Lowered = was
		}
		d.severity = severe(audit.Info)
	case s == "notice" && was.Forbids():
		d.rule.Level, d.severity = audit.ShouldNot, severe(audit.Low)
	case s == "notice":
		d.rule.Level, d.severity = audit.Should, severe(audit.Low)
	}
}

func severe(s audit.Severity) *severity {
	one := severity(s)
	return &one
}
