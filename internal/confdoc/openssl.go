package confdoc

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/tlsreg"
)

// Fact is one answer with where it comes from.
type Fact struct {
	Answer   audit.Answer
	Evidence string
	// Place is zero for a default.
	Place audit.Place
}

// Written is a value as it stands in a file.
type Written struct {
	Text  string
	Place audit.Place
}

// OpenSSL is what the settings of a product that uses OpenSSL come to.
type OpenSSL struct {
	// Enabled says which versions the product's own settings allow. A version
	// that is not there is undetermined.
	Enabled map[audit.Version]Fact
	// Ciphers is the cipher string up to TLS 1.2 and Ciphersuites the list for
	// TLS 1.3; nil where none is set. Default is the string the product uses then.
	Ciphers, Ciphersuites *Written
	Default               string
	// ServerOrder says who chooses, nil if that is not known.
	ServerOrder *bool
	// SecurityLevel is a level set outside the string, -1 if there is none.
	SecurityLevel int
}

// Posture says what OpenSSL makes of the settings, and returns what it refuses
// or ignores in them. If nobody vouches for the library's version, the suites
// are complete only if all versions of the library read the strings alike.
//
// At security level 1 and above OpenSSL 3 signs nothing below TLS 1.2: a
// version that is allowed but cannot be used is latent. That is said only if
// the library's version is known.
func (o OpenSSL) Posture(r *Reader) (p audit.Posture, refused []error) {
	classes, known := openSSLClasses(r)
	read := readStrings(o, r.Memo, classes, &refused)
	for _, v := range audit.Versions {
		enabled := o.Enabled[v]
		fact := audit.VersionFact{Version: v, Answer: enabled.Answer, Evidence: enabled.Evidence, Suites: []audit.Suite{}}
		if enabled.Place.File != "" {
			place := enabled.Place
			fact.Place = &place
		}
		if v <= audit.TLSv11 && fact.Answer == audit.Accepted && known && is3(classes[0]) && read.level(o) >= 1 {
			fact.Answer = audit.Latent
			fact.Evidence += fmt.Sprintf("; OpenSSL %s at security level %d does not carry it out", classes[0], read.level(o))
		}
		if fact.Answer == audit.Accepted || fact.Answer == audit.Latent {
			fact.Suites, fact.SuitesAnswer = read.suites(v)
			fact.SuitesOffered = len(fact.Suites)
			fact.Preference = preference(o.ServerOrder, len(fact.Suites))
		}
		p.Versions = append(p.Versions, fact)
	}
	return p, refused
}

func is3(v cipherstring.OpenSSLVersion) bool {
	return v == cipherstring.OpenSSL30 || v == cipherstring.OpenSSL32
}

// openSSLClasses are the versions the library may be.
func openSSLClasses(r *Reader) (classes []cipherstring.OpenSSLVersion, known bool) {
	if version, ok := r.Version("openssl"); ok {
		if class, err := cipherstring.ParseOpenSSLVersion(version); err == nil {
			return []cipherstring.OpenSSLVersion{class}, true
		}
	}
	return cipherstring.OpenSSLVersions, false
}

// readings is what each version of the library reads.
type readings struct {
	upTo12, tls13 [][]tlsreg.Suite
	levels        []int
	// refused is set if some version of the library refuses a string.
	refused bool
}

func readStrings(o OpenSSL, memo *Memo, classes []cipherstring.OpenSSLVersion, refused *[]error) readings {
	var read readings
	note := func(err error, at *Written) {
		read.refused = true
		var fault *cipherstring.Error
		if errors.As(err, &fault) && at != nil {
			err = fault.At(at.Place)
		}
		if !slices.ContainsFunc(*refused, func(e error) bool { return e.Error() == err.Error() }) {
			*refused = append(*refused, err)
		}
	}
	for _, class := range classes {
		text := o.Default
		if o.Ciphers != nil {
			text = o.Ciphers.Text
		}
		selected, err := memo.Ciphers(class, cmp.Or(text, "DEFAULT"))
		if err != nil {
			note(err, o.Ciphers)
		}
		level := selected.Level
		if level < 0 {
			level = o.SecurityLevel
		}
		if level >= 0 {
			selected.Suites = class.AtLevel(selected.Suites, level)
		}
		read.levels = append(read.levels, level)
		read.upTo12 = append(read.upTo12, selected.Suites)
		if class == cipherstring.OpenSSL102 {
			continue // it has no TLS 1.3
		}
		list := "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
		if o.Ciphersuites != nil {
			list = o.Ciphersuites.Text
		}
		later, err := class.Ciphersuites(list)
		if err != nil {
			note(err, o.Ciphersuites)
		}
		read.tls13 = append(read.tls13, later.Suites)
	}
	return read
}

// level is the lowest security level in force; one that nobody set is that of
// the library, 1 at least in OpenSSL 3.
func (read readings) level(o OpenSSL) int {
	lowest := read.levels[0]
	if lowest < 0 {
		return max(o.SecurityLevel, 1)
	}
	return lowest
}

// suites returns the suites of a version that every reading has in common, and
// whether that is all of them. Suites that only some readings have are taken
// along as long as they are good: whichever the library is, it accepts no more
// than is told, and nothing that matters.
func (read readings) suites(v audit.Version) ([]audit.Suite, audit.Answer) {
	lists := read.upTo12
	if v == audit.TLSv13 {
		lists = read.tls13
	}
	answer := audit.Accepted
	if read.refused {
		answer = audit.Undetermined
	}
	if len(lists) == 0 {
		return []audit.Suite{}, audit.Undetermined
	}
	// Suites are large and lists long, so they are counted instead of copied.
	uses := map[audit.Code]int{}
	var all []*tlsreg.Suite
	for i := len(lists) - 1; i >= 0; i-- { // the newest first: it knows most names
		for j := range lists[i] {
			s := &lists[i][j]
			if !spokenAt(s, v) {
				continue
			}
			if uses[s.Code]++; uses[s.Code] == 1 {
				all = append(all, s)
			}
		}
	}
	doubtful := slices.ContainsFunc(all, func(s *tlsreg.Suite) bool { return uses[s.Code] < len(lists) && !good(s) })
	if doubtful {
		answer = audit.Undetermined
	}
	told := make([]audit.Suite, 0, len(all))
	for _, s := range all {
		if !doubtful || uses[s.Code] == len(lists) {
			told = append(told, suiteOf(s))
		}
	}
	return told, answer
}

// good reports whether no policy can object to a suite that may be there or not.
func good(s *tlsreg.Suite) bool { return s.AEAD && s.PFS && s.StrengthBits >= 128 }

// spokenAt reports whether a suite may be negotiated at a version.
func spokenAt(s *tlsreg.Suite, v audit.Version) bool {
	if v == audit.TLSv13 || s.Min == audit.TLSv13 {
		return v == audit.TLSv13 && s.Min == audit.TLSv13
	}
	return s.Min <= v && (s.Max == 0 || v <= s.Max)
}

// SuitesAt returns those of the suites that may be negotiated at a version.
func SuitesAt(suites []tlsreg.Suite, v audit.Version) []audit.Suite {
	list := []audit.Suite{}
	for i := range suites {
		if spokenAt(&suites[i], v) {
			list = append(list, suiteOf(&suites[i]))
		}
	}
	return list
}

// SuitesOf writes suites as evidence.
func SuitesOf(suites []tlsreg.Suite) []audit.Suite {
	list := make([]audit.Suite, 0, len(suites))
	for i := range suites {
		list = append(list, suiteOf(&suites[i]))
	}
	return list
}

func suiteOf(s *tlsreg.Suite) audit.Suite {
	return audit.Suite{ID: s.Code, Name: s.Name, OpenSSL: s.OpenSSL, Bits: s.StrengthBits}
}

func preference(server *bool, suites int) audit.Preference {
	switch {
	case server == nil || suites < 2:
		return ""
	case *server:
		return audit.PreferenceServer
	}
	return audit.PreferenceClient
}
