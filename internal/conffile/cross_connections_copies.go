package conffile

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// cellOf is the cell a security.xml is of: by its path, else by its scopes.
func cellOf(d *confdoc.Document) string {
	if cell := below(d.Main().Path, "cells"); cell != "" {
		return cell
	}
	for _, l := range d.Listeners {
		if s, ok := setting(l.Settings, "cell"); ok {
			return s.Value
		}
	}
	return ""
}

// securityCopies are the files of cells that have more than one.
func securityCopies(e *Estate) (list []*confdoc.Document) {
	count := map[string]int{}
	for _, d := range e.Of(securityFormat) {
		count[cellOf(d)]++
	}
	for _, d := range e.Of(securityFormat) {
		if cell := cellOf(d); cell != "" && count[cell] > 1 {
			list = append(list, d)
		}
	}
	return list
}

// compared are the settings of an SSL configuration that have to be the same.
var compared = []string{"sslProtocol", "securityLevel", "enabledCiphers", "jsseProvider", "clientAuthentication", "clientAuthenticationSupported"}

// inSync judges WAS-09.
func inSync(c *EstateCase) (results []EstateResult) {
	byCell := map[string][]*confdoc.Document{}
	for _, d := range securityCopies(c.Estate) {
		byCell[cellOf(d)] = append(byCell[cellOf(d)], d)
	}
	for _, d := range securityCopies(c.Estate) {
		all := byCell[cellOf(d)]
		master := all[0]
		for _, other := range all {
			if manager(other.Main().Path) {
				master = other
				break
			}
		}
		switch {
		case d == master:
			results = append(results, EstateResult{confdoc.Moot("the one the copies on nodes are compared with")[0], d})
		case d.Broken() != nil:
		case master.Broken() != nil:
			results = append(results, EstateResult{confdoc.Undecided(d.Main().Place(0), "the file it is compared with, "+master.Main().Name+", is not read"), d})
		default:
			for _, r := range differences(d, master, confdoc.Demands{Min: c.Min, Now: c.Now}) {
				results = append(results, EstateResult{r, d})
			}
		}
	}
	return results
}

// differences between a copy and the master. Where the copy is in order and the
// master is not, the rules about the master say so: a copy that was mended
// before its master is not to be held against that.
func differences(d, master *confdoc.Document, demands confdoc.Demands) (results []confdoc.Result) {
	mine, theirs := configurations(d), configurations(master)
	here, there := objected(d, demands), objected(master, demands)
	ahead := false
	for _, l := range d.Listeners {
		other, ok := theirs[identity(l)]
		switch {
		case !ok:
			results = append(results, confdoc.Violated(placeOf(d, l), fmt.Sprintf("%s is not in %s", l.Listener, master.Main().Name)))
		case there[other] && !here[l]:
			ahead = true
		default:
			results = append(results, apart(d, l, master, other)...)
		}
	}
	for _, l := range master.Listeners {
		if _, ok := mine[identity(l)]; !ok {
			results = append(results, confdoc.Violated(d.Main().Place(0), fmt.Sprintf("%s, at %s, is not here", l.Listener, placeOf(master, l))))
		}
	}
	a, b := disabledLists(d), disabledLists(master)
	switch {
	case values(a) == values(b):
	case there[nil] && !here[nil]:
		ahead = true
	default:
		place := d.Main().Place(0)
		if len(a) > 0 {
			place = a[0].Place
		}
		results = append(results, confdoc.Violated(place, disabledKey+" differs from that of "+master.Main().Name))
	}
	if len(results) == 0 && ahead {
		return confdoc.Moot(master.Main().Name + " is not in order itself: mend that one, then synchronise")
	}
	return results
}

// apart lists the settings of an SSL configuration that differ.
func apart(d *confdoc.Document, l *confdoc.Listener, master *confdoc.Document, other *confdoc.Listener) (results []confdoc.Result) {
	for _, key := range compared {
		a, inMine := setting(l.Settings, key)
		b, inTheirs := setting(other.Settings, key)
		if inMine == inTheirs && strings.TrimSpace(a.Value) == strings.TrimSpace(b.Value) {
			continue
		}
		place, there := placeOf(d, l), placeOf(master, other)
		if inMine {
			place = a.Place
		}
		if inTheirs {
			there = b.Place
		}
		results = append(results, confdoc.Violated(place, fmt.Sprintf("%s: %s is %q, and %q at %s", l.Listener, key, a.Value, b.Value, there)))
	}
	return results
}

// objected tells which SSL configurations fail a rule of their own; nil stands
// for the document.
func objected(d *confdoc.Document, demands confdoc.Demands) map[*confdoc.Listener]bool {
	failed := map[*confdoc.Listener]bool{}
	for _, j := range confdoc.Judge(d, demands) {
		for _, f := range j.Findings {
			failed[j.Listener] = failed[j.Listener] || f.Verdict == audit.Fail || f.Verdict == audit.Warn
		}
	}
	return failed
}

// identity is alias and scope.
func identity(l *confdoc.Listener) string {
	alias, _ := setting(l.Settings, "alias")
	scope, _ := setting(l.Settings, "scopeName")
	return alias.Value + "\x00" + scope.Value
}

func configurations(d *confdoc.Document) map[string]*confdoc.Listener {
	byIdentity := map[string]*confdoc.Listener{}
	for _, l := range d.Listeners {
		byIdentity[identity(l)] = l
	}
	return byIdentity
}

const disabledKey = "com.ibm.websphere.tls.disabledAlgorithms"

// disabledLists are the lists of a security.xml that replace Java's.
func disabledLists(d *confdoc.Document) (list []audit.Setting) {
	for _, s := range d.Settings {
		if s.Key == disabledKey && !strings.HasPrefix(s.Note, "not in force") {
			list = append(list, s)
		}
	}
	return list
}

// values are the entries of lists, without the blanks between them.
func values(list []audit.Setting) string {
	var all []string
	for _, s := range list {
		for entry := range strings.SplitSeq(s.Value, ",") {
			all = append(all, strings.Join(strings.Fields(entry), " "))
		}
	}
	return strings.Join(all, ",")
}

// disables reports whether a list switches a version off.
func disables(list string, v audit.Version) bool {
	name := v.String()
	if v == audit.TLSv10 {
		name = "TLSv1"
	}
	return slices.ContainsFunc(strings.Split(list, ","), func(entry string) bool { return strings.EqualFold(strings.TrimSpace(entry), name) })
}

// overridden judges WAS-11.
func overridden(c *EstateCase) (results []EstateResult) {
	for _, d := range c.Estate.Of(securityFormat) {
		lists := disabledLists(d)
		if len(lists) == 0 {
			continue
		}
		own := lists[len(lists)-1]
		for _, j := range c.Estate.Of("java-security") {
			for _, l := range j.Listeners {
				if javas, ok := setting(l.Settings, "jdk.tls.disabledAlgorithms"); ok && j.Broken() == nil {
					results = append(results, EstateResult{override(own, javas, c.Min), d})
				}
			}
		}
	}
	return results
}

// override compares the list in force with the one it replaces.
func override(own, javas audit.Setting, lowest audit.Version) confdoc.Result {
	var lost []audit.Version
	for _, v := range audit.Versions {
		if v > audit.SSLv2 && v < lowest && disables(javas.Value, v) && !disables(own.Value, v) {
			lost = append(lost, v)
		}
	}
	facts := fmt.Sprintf("%s is in force for the servers of the cell, jdk.tls.disabledAlgorithms at %s is not", disabledKey, javas.Place)
	if len(lost) > 0 {
		return confdoc.Violated(own.Place, fmt.Sprintf("%s: it no longer switches %s off", facts, names(lost))).Quoting(own)
	}
	return confdoc.Result{Kind: audit.Met, Message: facts, Place: own.Place}
}
