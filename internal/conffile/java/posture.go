package java

import (
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

// posture is what is enabled where a program asks for nothing else.
func (p *properties) posture(a algorithms, known bool) (posture audit.Posture) {
	evidence, place := p.origin()
	suites, answer := p.suites(a)
	for _, v := range audit.Versions {
		fact := audit.VersionFact{Version: v, Suites: []audit.Suite{}, Place: place}
		switch {
		case v == audit.SSLv2:
			fact.Answer, fact.Evidence, fact.Place = audit.Refused, "Java has no SSL 2.0", nil
		case !known:
			fact.Answer, fact.Evidence = audit.Undetermined, "the file does not set "+tlsList+": the list of the JDK holds, and nobody says which version it is"
		case !a.names.PermitsVersion(v):
			fact.Answer, fact.Evidence = audit.Refused, evidence+" names "+javaNames[v]
		case v == audit.SSLv3:
			fact.Answer, fact.Evidence = audit.Undetermined, evidence+" does not name SSLv3, which programs may then enable; it is not on by default since 8u31"
		case v == audit.TLSv13 && !p.release.tls13():
			fact.Answer, fact.Evidence = audit.Refused, "Java "+p.release.text+" has no TLS 1.3"
		default:
			fact.Answer, fact.Evidence = audit.Accepted, evidence+" does not name "+javaNames[v]
			fact.Suites, fact.SuitesAnswer = confdoc.SuitesAt(suites, v), answer
			fact.SuitesOffered = len(fact.Suites)
		}
		posture.Versions = append(posture.Versions, fact)
	}
	return posture
}

// origin says where the list comes from.
func (p *properties) origin() (evidence string, place *audit.Place) {
	d, set := p.last[tlsList]
	switch {
	case set:
		at := d.place()
		return tlsList, &at
	case p.full:
		return tlsList + ", which this java.security does not set,", nil
	}
	return tlsList + " of Java " + p.release.text, nil
}

// suites are those left of what Java enables by default. They are complete
// only for the releases whose default is known.
func (p *properties) suites(a algorithms) (list []tlsreg.Suite, answer audit.Answer) {
	answer = audit.Undetermined
	if p.release.known && p.release.major >= 17 && p.release.major < 24 {
		answer = audit.Accepted
	}
	read, readKnown := p.release.patterns()
	for _, name := range defaultSuites {
		s, ok := tlsreg.SuiteByName(name)
		if !ok || !a.names.Permits(s) {
			continue
		}
		if !a.names.PatternsPermit(s) {
			if !readKnown {
				answer = audit.Undetermined
			}
			if read || !readKnown {
				continue
			}
		}
		list = append(list, s)
	}
	return list, answer
}

// weakLeft names what the list should take away and does not: 3DES is enabled
// by default, RC4 was in older releases.
func (p *properties) weakLeft(a algorithms) (names []string) {
	for _, suite := range []string{"SSL_RSA_WITH_3DES_EDE_CBC_SHA", "SSL_RSA_WITH_RC4_128_SHA"} {
		s, ok := tlsreg.SuiteByName(suite)
		if !ok || !a.names.Permits(s) {
			continue
		}
		word := map[string]string{"3DES": "3DES_EDE_CBC", "RC4": "RC4"}[s.Enc]
		if word != "" && !slices.Contains(names, word) {
			names = append(names, word)
		}
	}
	return names
}
