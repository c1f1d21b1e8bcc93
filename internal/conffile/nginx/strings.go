package nginx

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

// maxStrings bounds the different combinations of settings that are worked out
// for one document.
const maxStrings = 300

// evaluated keeps what OpenSSL makes of strings: a document has few of them,
// for many listeners.
type evaluated struct {
	postures map[string]audit.Posture
	studies  map[string]*study
}

// classes are the versions OpenSSL may have.
func (p *parser) classes() []cipherstring.OpenSSLVersion {
	if version, known := p.r.Version("openssl"); known {
		if class, err := cipherstring.ParseOpenSSLVersion(version); err == nil {
			return []cipherstring.OpenSSLVersion{class}
		}
	}
	return cipherstring.OpenSSLVersions
}

// evaluate returns what OpenSSL makes of settings, without the suites that
// nginx never completes: those with keys shared beforehand, DHE
// where there are no parameters.
func (p *parser) evaluate(o confdoc.OpenSSL, noDHE bool) audit.Posture {
	text := func(w *confdoc.Written) string {
		if w == nil {
			return "-"
		}
		return "=" + w.Text
	}
	order := "?"
	if o.ServerOrder != nil {
		order = fmt.Sprint(*o.ServerOrder)
	}
	key := fmt.Sprintf("%s %d %t %s\x00%s\x00%s", order, o.SecurityLevel, noDHE, o.Default, text(o.Ciphers), text(o.Ciphersuites))
	bare := o
	bare.Enabled = map[audit.Version]confdoc.Fact{}
	for _, v := range audit.Versions {
		key += fmt.Sprint(" ", o.Enabled[v].Answer)
		bare.Enabled[v] = confdoc.Fact{Answer: o.Enabled[v].Answer}
	}
	if p.worked.postures == nil {
		p.worked = evaluated{map[string]audit.Posture{}, map[string]*study{}}
	}
	posture, ok := p.worked.postures[key]
	if !ok && len(p.worked.postures) < maxStrings {
		posture, _ = bare.Posture(p.r)
		for i := range posture.Versions {
			fact := &posture.Versions[i]
			fact.Suites = slices.DeleteFunc(fact.Suites, func(s audit.Suite) bool {
				r, ok := tlsreg.SuiteByCode(s.ID)
				return ok && fact.Version < audit.TLSv13 && (helpless(r) || noDHE && r.KX == "DHE")
			})
			fact.SuitesOffered = len(fact.Suites)
			if len(fact.Suites) < 2 {
				fact.Preference = ""
			}
		}
		p.worked.postures[key] = posture
	} else if !ok {
		p.tooMany(o)
		for _, v := range audit.Versions {
			fact := audit.VersionFact{Version: v, Answer: o.Enabled[v].Answer, Suites: []audit.Suite{}}
			if fact.Answer == audit.Accepted {
				fact.SuitesAnswer = audit.Undetermined
			}
			posture.Versions = append(posture.Versions, fact)
		}
	}
	posture.Versions = slices.Clone(posture.Versions)
	for i := range posture.Versions {
		fact := &posture.Versions[i]
		enabled := o.Enabled[fact.Version]
		fact.Evidence = enabled.Evidence + fact.Evidence
		if enabled.Place.File != "" {
			place := enabled.Place
			fact.Place = &place
		}
	}
	return posture
}

// tooMany notes once that strings were left out.
func (p *parser) tooMany(o confdoc.OpenSSL) {
	if p.cut {
		return
	}
	p.cut = true
	place := p.doc.Main().Place(0)
	if o.Ciphers != nil {
		place = o.Ciphers.Place
	}
	p.open(place, fmt.Sprintf("more than %d different settings of suites: the others are not worked out", maxStrings))
}

// study is what is to be said about a cipher string by itself.
type study struct {
	// refused is what the library says if no version that may be meant takes it.
	refused string
	// broken are suites that protect nothing in version by, and everywhere if
	// all is set.
	broken []string
	by     cipherstring.OpenSSLVersion
	all    bool
	// unknown is set if it was not worked out.
	unknown bool
}

// studyOf asks every version of OpenSSL that may be meant about a string.
func (p *parser) studyOf(text string) *study {
	if s, ok := p.worked.studies[text]; ok {
		return s
	}
	if len(p.worked.studies) >= maxStrings {
		return &study{unknown: true}
	}
	s := &study{all: true}
	refused := 0
	classes := p.classes()
	for _, class := range classes {
		selected, err := p.r.Memo.Ciphers(class, text)
		if err != nil {
			refused++
			s.refused = oneLine(err)
			continue
		}
		names := brokenIn(class, selected)
		if len(names) > 0 {
			s.broken, s.by = names, class
		} else {
			s.all = false
		}
	}
	if refused < len(classes) {
		s.refused = ""
	}
	p.worked.studies[text] = s
	return s
}

// study13 returns what the library says of a list of TLS 1.3 suites no version
// takes, otherwise an empty string.
func (p *parser) study13(text string) (refused string) {
	for _, class := range p.classes() {
		if class == cipherstring.OpenSSL102 {
			continue
		}
		_, err := class.Ciphersuites(text)
		if err == nil {
			return ""
		}
		refused = oneLine(err)
	}
	return refused
}

// refusedStrings notes cipher strings no version of OpenSSL takes.
func (p *parser) refusedStrings(o confdoc.OpenSSL) {
	note := func(w *confdoc.Written, message string) {
		if message != "" && !slices.ContainsFunc(p.doc.Faults, func(f confdoc.Fault) bool { return f.Place == w.Place }) && len(p.doc.Faults) < 100 {
			p.doc.Fail(confdoc.NotLoaded, w.Place, "nginx does not load the file: "+message, "")
		}
	}
	if o.Ciphers != nil {
		note(o.Ciphers, p.studyOf(o.Ciphers.Text).refused)
	}
	if o.Ciphersuites != nil {
		note(o.Ciphersuites, p.study13(o.Ciphersuites.Text))
	}
}

func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return confdoc.RedactText(line)
}

// clip cuts a text that is evidence only.
func clip(s string) string {
	const most = 200
	if runes := []rune(s[:min(len(s), 4*most)]); len(runes) > most {
		return string(runes[:most]) + " ..."
	}
	return s
}
