package confdoc

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/tlsreg"
)

// maxStrings bounds the different combinations of settings that are worked out
// for one document, and maxNoted the faults and gaps that are told because of
// them.
const (
	maxStrings = 300
	maxNoted   = 100
)

// CipherStrings works out the cipher strings of one document, and keeps what OpenSSL
// makes of them: a document has few strings, for many listeners. What single
// strings select is kept beyond the document, by the reader's Memo.
//
// It is for products that have no setting for keys shared beforehand: suites
// that take such keys are left out.
type CipherStrings struct {
	product  string // as it is called in messages
	r        *Reader
	doc      *Document
	postures map[string]audit.Posture
	studies  map[string]*study
	cut      bool // strings were left out, and that was told
}

// NewCipherStrings returns what works out the strings of a document; product is the
// name of who reads it, for messages. A reader without a Memo gets one for this
// document.
func NewCipherStrings(r *Reader, doc *Document, product string) *CipherStrings {
	if r.Memo == nil {
		own := *r
		own.Memo = &Memo{}
		r = &own
	}
	return &CipherStrings{product: product, r: r, doc: doc, postures: map[string]audit.Posture{}, studies: map[string]*study{}}
}

// Posture returns what OpenSSL makes of settings, without the suites that are
// never completed: those with keys shared beforehand, and DHE if noDHE says that
// there are no parameters. The facts have the places and the evidence of
// o.Enabled.
func (s *CipherStrings) Posture(o OpenSSL, noDHE bool) audit.Posture {
	bare := o
	bare.Enabled = map[audit.Version]Fact{}
	for _, v := range audit.Versions {
		bare.Enabled[v] = Fact{Answer: o.Enabled[v].Answer}
	}
	key := stringsKey(o, noDHE)
	posture, ok := s.postures[key]
	switch {
	case ok:
	case len(s.postures) < maxStrings:
		posture, _ = bare.Posture(s.r)
		for i := range posture.Versions {
			completed(&posture.Versions[i], noDHE)
		}
		s.postures[key] = posture
	default:
		s.tooMany(o)
		posture = notWorkedOut(o)
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

// stringsKey is the same for settings OpenSSL makes the same of.
func stringsKey(o OpenSSL, noDHE bool) string {
	text := func(w *Written) string {
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
	for _, v := range audit.Versions {
		key += fmt.Sprint(" ", o.Enabled[v].Answer)
	}
	return key
}

// completed takes the suites away that are never completed.
func completed(fact *audit.VersionFact, noDHE bool) {
	fact.Suites = slices.DeleteFunc(fact.Suites, func(s audit.Suite) bool {
		r, ok := tlsreg.SuiteByCode(s.ID)
		return ok && fact.Version < audit.TLSv13 && (preShared(r) || noDHE && r.KX == "DHE")
	})
	fact.SuitesOffered = len(fact.Suites)
	if len(fact.Suites) < 2 {
		fact.Preference = ""
	}
}

// notWorkedOut is the posture of settings whose strings were left out.
func notWorkedOut(o OpenSSL) (posture audit.Posture) {
	for _, v := range audit.Versions {
		fact := audit.VersionFact{Version: v, Answer: o.Enabled[v].Answer, Suites: []audit.Suite{}}
		if fact.Answer == audit.Accepted {
			fact.SuitesAnswer = audit.Undetermined
		}
		posture.Versions = append(posture.Versions, fact)
	}
	return posture
}

// tooMany notes once that strings were left out.
func (s *CipherStrings) tooMany(o OpenSSL) {
	if s.cut {
		return
	}
	s.cut = true
	place := s.doc.Main().Place(0)
	if o.Ciphers != nil {
		place = o.Ciphers.Place
	}
	if len(s.doc.Gaps) < maxNoted {
		s.doc.Open(place, fmt.Sprintf("more than %d different settings of suites: the others are not worked out", maxStrings))
	}
}

// MarkMissing makes versions latent that the library is built without.
func (s *CipherStrings) MarkMissing(l *Listener) {
	version, known := s.r.Version("openssl")
	if !known {
		return
	}
	for i := range l.Versions {
		fact := &l.Versions[i]
		if fact.Answer != audit.Accepted {
			continue
		}
		switch {
		case fact.Version <= audit.SSLv3 && CompareVersions(version, "1.1.0") >= 0:
			fact.Answer = audit.Latent
			fact.Evidence += "; OpenSSL " + version + " is built without " + fact.Version.String()
		case fact.Version == audit.TLSv13 && CompareVersions(version, "1.1.1") < 0:
			fact.Answer = audit.Latent
			fact.Evidence += "; OpenSSL " + version + " does not have it"
		}
	}
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

// study asks every version of OpenSSL that may be meant about a string.
func (s *CipherStrings) study(text string) *study {
	if known, ok := s.studies[text]; ok {
		return known
	}
	if len(s.studies) >= maxStrings {
		return &study{unknown: true}
	}
	found := &study{all: true}
	refused := 0
	classes, _ := openSSLClasses(s.r)
	for _, class := range classes {
		selected, err := s.r.Memo.Ciphers(class, text)
		if err != nil {
			refused++
			found.refused = oneLine(err)
			continue
		}
		names := brokenIn(class, selected)
		if len(names) > 0 {
			found.broken, found.by = names, class
		} else {
			found.all = false
		}
	}
	if refused < len(classes) {
		found.refused = ""
	}
	s.studies[text] = found
	return found
}

// refused13 returns what the library says of a list of TLS 1.3 suites no version
// takes, otherwise an empty string.
func (s *CipherStrings) refused13(text string) (refused string) {
	classes, _ := openSSLClasses(s.r)
	for _, class := range classes {
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

// NoteRefused adds a fault for strings that no version of OpenSSL takes: the
// product then does not load the file.
func (s *CipherStrings) NoteRefused(o OpenSSL) {
	note := func(w *Written, message string) {
		if message != "" && !slices.ContainsFunc(s.doc.Faults, func(f Fault) bool { return f.Place == w.Place }) && len(s.doc.Faults) < maxNoted {
			s.doc.Fail(NotLoaded, w.Place, s.product+" does not load the file: "+message, "")
		}
	}
	if o.Ciphers != nil {
		note(o.Ciphers, s.study(o.Ciphers.Text).refused)
	}
	if o.Ciphersuites != nil {
		note(o.Ciphersuites, s.refused13(o.Ciphersuites.Text))
	}
}

func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return RedactText(line)
}
