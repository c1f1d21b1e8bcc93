package java

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

// establishSecurity writes the list that leaves a wanted posture.
func establishSecurity(d *confdoc.Document, _ *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	p := d.Syntax.(*properties)
	value, set := p.value(tlsList)
	a, known := p.algorithms()
	if !set {
		value = strictList
		a = parseAlgorithms(value, "")
		if known && !p.full {
			builtIn, _ := p.release.builtIn()
			value, a = builtIn, parseAlgorithms(builtIn, "")
		}
	}
	add, drop := versionChanges(a, want)
	add = append(add, suiteChanges(a, want)...)
	switch {
	case want.ServerOrder != nil && len(add)+len(drop) == 0 && want.MinDHBits == 0:
		return nil, errors.New("no property of Java says whose order of suites counts: the program does")
	case len(want.Groups) > 0:
		return nil, errors.New("groups are chosen by the system property jdk.tls.namedGroups, which is an option of the JVM")
	}
	raise := want.MinDHBits > 0 && !a.refusesDH(want.MinDHBits-1)
	if len(add)+len(drop) == 0 && !raise && set {
		return nil, errors.New("no property of Java says this")
	}
	if !set {
		list := drops(value, drop)
		if raise {
			add = append(add, fmt.Sprintf("DH keySize < %d", want.MinDHBits))
		}
		list = append(add, list...)
		return define(p.doc.Main(), tlsList, strings.Join(list, ", ")), nil
	}
	def := p.last[tlsList]
	switch {
	case javaTrim(value) == "" && len(drop) == 0 && len(want.ForbidSuites) == 0:
		return def.rewrite(strings.Join(append(add, drops(strictList, names(add))...), ", ")), nil
	case len(drop) > 0:
		if raise {
			add = append(add, fmt.Sprintf("DH keySize < %d", want.MinDHBits))
		}
		return def.drop(drop, add...), nil
	case raise && len(add) > 0:
		return def.drop(nil, append(add, fmt.Sprintf("DH keySize < %d", want.MinDHBits))...), nil
	case raise:
		return def.raiseDH(want.MinDHBits), nil
	}
	return def.prepend(add...), nil
}

func names(list []string) map[string]bool {
	m := map[string]bool{}
	for _, n := range list {
		m[strings.ToLower(n)] = true
	}
	return m
}

// drops is a list without some of its names.
func drops(value string, without map[string]bool) (list []string) {
	for _, it := range split(value) {
		if it.policy != "" || !without[strings.ToLower(it.text)] {
			list = append(list, it.text)
		}
	}
	return list
}

// versionChanges are the names to add to the list and to take out of it.
func versionChanges(a algorithms, want audit.Want) (add []string, drop map[string]bool) {
	drop = map[string]bool{}
	if want.MinVersion == 0 && len(want.Versions) == 0 {
		return nil, drop
	}
	for _, v := range audit.Versions {
		allow := v >= want.MinVersion
		if len(want.Versions) > 0 {
			allow = slices.Contains(want.Versions, v)
		}
		name := javaNames[v]
		switch {
		case v == audit.SSLv2:
		case !allow && a.names.PermitsVersion(v):
			add = append(add, name)
		case allow && len(want.Versions) > 0 && !a.names.PermitsVersion(v):
			drop[strings.ToLower(name)] = true
		}
	}
	return add, drop
}

// suiteChanges are the names of suites to add to the list.
func suiteChanges(a algorithms, want audit.Want) (add []string) {
	forbid := func(s tlsreg.Suite) bool {
		switch {
		case slices.Contains(want.ForbidSuites, s.Name):
			return true
		case len(want.AllowSuites) > 0:
			return !slices.Contains(want.AllowSuites, s.Name) && !slices.Contains(want.TLS13Suites, s.Name) && (s.Min != audit.TLSv13 || len(want.TLS13Suites) > 0)
		}
		return want.Strong && s.Min != audit.TLSv13 && (s.KX != "ECDHE" && s.KX != "DHE" || !strings.Contains(s.Name, "GCM") && !strings.Contains(s.Name, "CHACHA20"))
	}
	if !want.Strong && len(want.ForbidSuites)+len(want.AllowSuites) == 0 {
		return nil
	}
	for _, name := range defaultSuites {
		if s, ok := tlsreg.SuiteByName(name); ok && a.names.Permits(s) && forbid(s) {
			add = append(add, name)
		}
	}
	return add
}
