package conffile

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// DriftRules are the rules that compare what files declare with what was
// observed. They are judged by [Judge.Drift], for endpoints.
var DriftRules = []*confdoc.Rule{
	{
		ID: "DRIFT-01", Check: "config.drift", Title: "what is declared is what is observed, or weaker is not declared",
		Doc:    "A file that allows more than the server does today is a latent weakness: the next restart, library update or change of a default makes it real. Or the file is not the one that is in force.",
		Detect: "A version, suite or plain-text dialect the file allows and the wire refused or could not carry out. Undecided while file or wire leave one open and the others agree.",
		Level:  audit.Should, Severity: audit.Medium,
		Text: "Take out of the file what it should not allow, or find out why the server does not offer what it should; then restart and audit again.",
	},
	{
		ID: "DRIFT-02", Check: "config.drift", Title: "nothing is observed that the files rule out",
		Doc:    "The wire accepts what the file switches off: the server was not restarted, another virtual host or file decides, a proxy in front ends TLS, or the inventory names the wrong host.",
		Detect: "A version, suite or plain-text dialect that the wire accepted and the file rules out. Undecided while file or wire leave one open and the others agree.",
		Level:  audit.Must, Severity: audit.High,
		Text: "Restart or reload the service and audit again. If it stays: look for another virtual host on the same port, another file, or a TLS offloader in front of the server.",
	},
	{
		ID: "DRIFT-03", Check: "config.drift", Title: "a file declares the endpoint",
		Doc:    "The files of the system do not mention a listener that answers on the wire: nobody reviews its configuration.",
		Detect: "The inventory gives the system files, TLS was observed, and no file declares a listener for the port. Undecided while a file has gaps.",
		Level:  audit.Should, Severity: audit.Medium,
		Text: "Add the file that configures the port to config_files of the system, or stop the listener.",
	},
}

// drift is the comparison of one endpoint with what files declare about it.
type drift struct {
	o   *audit.Observation
	min audit.Version
	// weaker: declared, not observed; wider: observed, ruled out.
	weaker, wider []difference
	compared      int
	// doubts are what file or wire leave open of either, narrow of wider alone.
	doubts, narrow []string
}

// difference is one fact on which file and wire do not agree.
type difference struct {
	message string
	place   *audit.Place
	// harmless: what is accepted beyond the file is nothing a policy objects to.
	harmless bool
}

// Drift compares an endpoint with the listeners it is served by. Files tells
// what the system has: without any there is nothing to say.
func (j *Judge) Drift(o *audit.Observation, declared []audit.Declared, files Files) []audit.Finding {
	if !files.Any {
		return nil
	}
	d := &drift{o: o, min: j.Min}
	for i := range declared {
		d.compare(&declared[i])
	}
	open := d.open(declared)
	return []audit.Finding{
		d.finding(DriftRules[0], d.weaker, append(open, d.doubts...)),
		d.finding(DriftRules[1], d.wider, slices.Concat(open, d.doubts, d.narrow)),
		d.undeclared(DriftRules[2], len(declared), files.Doubt),
	}
}

// open says why nothing was compared; empty if something was.
func (d *drift) open(declared []audit.Declared) []string {
	switch {
	case d.compared > 0:
		return nil
	case len(declared) == 0:
		return []string{"no file of the system declares a listener for this port"}
	case d.o.Reach == audit.ReachUnreachable || d.o.Reach == audit.ReachUnknown:
		return []string{"nothing was observed: " + d.o.Reason}
	}
	return []string{fmt.Sprintf("%s leaves open what it declares for this endpoint", declared[0].File)}
}

func (d *drift) compare(l *audit.Declared) {
	d.plain(l)
	for _, gap := range l.Gaps {
		d.doubts = append(d.doubts, at(l.Place, l.File)+": "+gap)
	}
	if d.o.Reach != audit.ReachTLS {
		if d.o.Reach == audit.ReachNoTLS && l.TLS == audit.Accepted {
			d.compared++
			d.weaker = append(d.weaker, difference{message: "TLS is declared by " + at(l.Place, l.File) + "; observed: none (" + d.o.Reason + ")", place: l.Place})
		}
		return
	}
	if l.TLS == audit.Refused {
		d.compared++
		d.wider = append(d.wider, difference{message: "TLS is off by " + at(l.Place, l.File) + "; observed: TLS is spoken", place: l.Place, harmless: true})
		return
	}
	for _, v := range audit.Versions {
		d.version(l, l.Version(v), d.o.Version(v))
	}
}

// version compares one protocol version.
func (d *drift) version(l *audit.Declared, says, is audit.VersionFact) {
	switch {
	case !says.Answer.Known():
		d.doubts = append(d.doubts, fmt.Sprintf("%s leaves %s open", at(l.Place, l.File), says.Version))
		return
	case !is.Answer.Known():
		d.doubts = append(d.doubts, strings.TrimSuffix(fmt.Sprintf("whether %s is accepted was not observed: %s", says.Version, is.Evidence), ": "))
		return
	}
	d.compared++
	place := says.Place
	if place == nil {
		place = l.Place
	}
	line := fmt.Sprintf("%s is %s by %s (%s); observed: %s (%s)", says.Version, words(says.Answer), at(place, l.File), says.Evidence, is.Answer, is.Evidence)
	weak := says.Version < d.min
	switch {
	case says.Answer == audit.Refused && is.Answer == audit.Accepted:
		d.wider = append(d.wider, difference{line, place, !weak})
	case says.Answer == audit.Refused && is.Answer == audit.Latent:
		d.wider = append(d.wider, difference{line, place, true})
	case says.Answer != audit.Refused && is.Answer != audit.Accepted && weak:
		d.weaker = append(d.weaker, difference{message: line + ": latent, a change elsewhere makes it real", place: place})
	case says.Answer == audit.Accepted && is.Answer != audit.Accepted:
		d.weaker = append(d.weaker, difference{message: line, place: place})
	case says.Answer == audit.Latent && is.Answer == audit.Accepted:
		d.wider = append(d.wider, difference{line, place, !weak})
	case is.Answer == audit.Accepted:
		d.suites(says, is, place, l)
	}
}

// suites compares complete lists: what is accepted beyond the file. That a
// server accepts fewer than its file selects is usual: it has not every kind of
// certificate.
func (d *drift) suites(says, is audit.VersionFact, place *audit.Place, l *audit.Declared) {
	switch {
	case says.SuitesAnswer == audit.Undetermined:
		d.narrow = append(d.narrow, fmt.Sprintf("%s leaves the suites of %s open", at(place, l.File), says.Version))
		return
	case says.SuitesAnswer != audit.Accepted || len(is.Suites) == 0:
		return
	}
	var beyond []string
	for _, s := range is.Suites {
		if !slices.ContainsFunc(says.Suites, func(o audit.Suite) bool { return o.ID == s.ID }) {
			beyond = append(beyond, s.Name)
		}
	}
	if len(beyond) > 0 {
		d.wider = append(d.wider, difference{
			message: fmt.Sprintf("%s with %s is ruled out by %s; observed: accepted", is.Version, some(beyond), at(place, l.File)), place: place,
			harmless: is.Version == audit.TLSv13,
		})
	}
}

// plain compares the legacy dialect of a Sametime port.
func (d *drift) plain(l *audit.Declared) {
	if d.o.Sametime == nil || !l.Plain.Known() || !d.o.Sametime.Legacy.Known() {
		return
	}
	d.compared++
	line := fmt.Sprintf("legacy connections are %s by %s; observed: %s (%s)", words(l.Plain), at(l.Place, l.File), d.o.Sametime.Verdict, d.o.Sametime.Answered)
	switch {
	case l.Plain == audit.Refused && d.o.Sametime.Legacy == audit.Accepted:
		d.wider = append(d.wider, difference{message: line, place: l.Place})
	case l.Plain == audit.Accepted && d.o.Sametime.Legacy == audit.Refused:
		d.weaker = append(d.weaker, difference{message: line, place: l.Place})
	}
}

// finding makes the verdict of one direction.
func (d *drift) finding(rule *confdoc.Rule, found []difference, open []string) audit.Finding {
	f := d.empty(rule)
	switch {
	case len(found) > 0:
		f.Verdict = audit.Warn
		var messages []string
		for _, one := range found {
			messages = append(messages, one.message)
			if !one.harmless && rule.Level == audit.Must {
				f.Verdict = audit.Fail
			}
		}
		f.Message = some(messages)
		if found[0].place != nil {
			f.Place = found[0].place
		}
		f.Remedy = &audit.Remedy{Product: d.product(), Text: rule.Text, Confidence: "documented"}
	case len(open) > 0:
		f.Message = "not judged: " + some(open)
	default:
		f.Verdict, f.Message = audit.Pass, rule.Title
	}
	return f
}

func (d *drift) undeclared(rule *confdoc.Rule, declared int, doubt string) audit.Finding {
	f := d.empty(rule)
	switch {
	case declared > 0:
		f.Verdict, f.Message = audit.Pass, rule.Title
	case doubt != "":
		f.Message = "not judged: no file declares a listener for the port, and " + doubt
	case d.o.Reach == audit.ReachTLS || d.o.Reach == audit.ReachNoTLS:
		f.Verdict = audit.Warn
		f.Message = fmt.Sprintf("port %d answers, and no file of the system declares a listener for it", d.o.Target.Port)
		f.Remedy = &audit.Remedy{Product: d.product(), Text: rule.Text, Confidence: "documented"}
	default:
		f.Message = "not judged: nothing was observed, and no file declares a listener for the port"
	}
	return f
}

func (d *drift) empty(rule *confdoc.Rule) audit.Finding {
	subject := d.o.Target.Subject()
	return audit.Finding{
		Rule: rule.ID, Control: "configuration against wire", Profile: confdoc.Profile, Check: rule.Check, Subject: subject, Level: rule.Level,
		Severity: rule.Severity, Place: d.o.Target.Place, Fingerprint: audit.FindingFingerprint(confdoc.Profile, rule.ID, subject),
	}
}

func (d *drift) product() string {
	if d.o.Target.Product != "" {
		return d.o.Target.Product
	}
	return "generic"
}

// words says an answer of a file as a file would.
func words(a audit.Answer) string {
	switch a {
	case audit.Accepted:
		return "allowed"
	case audit.Latent:
		return "allowed, though not carried out,"
	}
	return "ruled out"
}

func at(p *audit.Place, file string) string {
	if p == nil || p.File == "" {
		return file
	}
	return p.String()
}

// some joins the first few of a list.
func some(list []string) string {
	if len(list) > 4 {
		list = append(slices.Clone(list[:3]), fmt.Sprintf("+%d more", len(list)-3))
	}
	return strings.Join(list, "; ")
}
