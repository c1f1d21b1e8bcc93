package conffile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// node is a node of a cell, as far as files tell of it.
type node struct {
	name string
	// profiles are the profiles whose repository holds the node, servers the
	// servers whose server.xml is in it.
	profiles, servers []string
}

// below returns what stands behind an element of a path.
func below(file, element string) string {
	parts := strings.Split(path.Clean(file), "/")
	for i := len(parts) - 3; i >= 0; i-- { // the last element is the file
		if strings.EqualFold(parts[i], element) {
			return parts[i+1]
		}
	}
	return ""
}

// nodesOf are the nodes the paths of files and the scopes of SSL configurations
// name, in the order of their names.
func nodesOf(e *Estate) []*node {
	byName := map[string]*node{}
	get := func(name string) *node {
		if byName[name] == nil {
			byName[name] = &node{name: name}
		}
		return byName[name]
	}
	for _, d := range e.Of(connectionsFormat, propsFormat, securityFormat, serverFormat) {
		file := d.Main().Path
		if name := below(file, "nodes"); name != "" {
			n := get(name)
			n.profiles = appendNew(n.profiles, below(file, "profiles"))
			n.servers = appendNew(n.servers, below(file, "servers"))
		}
		if d.Format.Name != securityFormat {
			continue
		}
		for _, l := range d.Listeners {
			if s, ok := setting(l.Settings, "node"); ok {
				get(s.Value)
			}
		}
	}
	var list []*node
	for _, n := range byName {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	return list
}

func appendNew(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// manager reports whether a name is that of a deployment manager.
func manager(name string) bool { return strings.Contains(strings.ToLower(name), "dmgr") }

// unmanaged reports whether a node is one of a web server alone, which has no
// profile.
func (n *node) unmanaged() bool {
	return len(n.servers) > 0 && !slices.ContainsFunc(n.servers, func(s string) bool { return !strings.HasPrefix(strings.ToLower(s), "webserver") })
}

// owner returns the profile of a node: the one whose repository holds the node
// and no other, or that of the deployment manager if it runs there.
func (n *node) owner(all []*node) string {
	for _, profile := range n.profiles {
		if manager(profile) {
			if slices.ContainsFunc(n.servers, manager) {
				return profile
			}
			continue
		}
		if !slices.ContainsFunc(all, func(o *node) bool { return o != n && slices.Contains(o.profiles, profile) }) {
			return profile
		}
	}
	return ""
}

// profileOf is the profile a ssl.client.props belongs to.
func profileOf(d *confdoc.Document) string {
	if p := below(d.Main().Path, "profiles"); p != "" {
		return p
	}
	if s, ok := setting(d.Settings, "user.root"); ok {
		return path.Base(strings.ReplaceAll(s.Value, `\`, "/"))
	}
	return ""
}

// missingFiles says which files the procedure touches are not among those read.
func missingFiles(e *Estate) (missing []string) {
	for _, kind := range []struct{ format, name string }{
		{ihsFormat, "httpd.conf of IBM HTTP Server"}, {propsFormat, "ssl.client.props"}, {securityFormat, "security.xml"}, {serverFormat, "server.xml of an application server"},
	} {
		if len(e.Of(kind.format)) == 0 {
			missing = append(missing, "no "+kind.name+" is among the files")
		}
	}
	nodes := nodesOf(e)
	if props := e.Of(propsFormat); len(props) > 0 {
		missing = append(missing, withoutProps(nodes, props)...)
	}
	for _, n := range nodes {
		if len(n.servers) == 0 && len(e.Of(serverFormat)) > 0 {
			missing = append(missing, "no server.xml of the node "+n.name+" is among the files")
		}
	}
	return missing
}

// withoutProps says whose ssl.client.props is not among the files.
func withoutProps(nodes []*node, props []*confdoc.Document) (missing []string) {
	ofManager := false
	for _, d := range props {
		ofManager = ofManager || manager(profileOf(d)) || manager(d.Main().Path)
	}
	for _, n := range nodes {
		owner := n.owner(nodes)
		covered := n.unmanaged() || slices.ContainsFunc(props, func(d *confdoc.Document) bool {
			return owner != "" && strings.EqualFold(profileOf(d), owner) || hasElement(d.Main().Path, n.name)
		})
		if covered && slices.ContainsFunc(n.servers, manager) {
			ofManager = true
		}
		if !covered {
			missing = append(missing, fmt.Sprintf("no ssl.client.props of the node %s is among the files", n.name))
		}
	}
	if len(nodes) > 0 && !ofManager {
		missing = append(missing, "no ssl.client.props of the deployment manager is among the files")
	}
	return missing
}

func hasElement(file, name string) bool {
	return slices.ContainsFunc(strings.Split(file, "/"), func(part string) bool { return strings.EqualFold(part, name) })
}

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
			for _, r := range differences(d, master) {
				results = append(results, EstateResult{r, d})
			}
		}
	}
	return results
}

// differences between a copy and the master.
func differences(d, master *confdoc.Document) (results []confdoc.Result) {
	mine, theirs := configurations(d), configurations(master)
	for _, l := range d.Listeners {
		other, ok := theirs[identity(l)]
		if !ok {
			results = append(results, confdoc.Violated(placeOf(d, l), fmt.Sprintf("%s is not in %s", l.Listener, master.Main().Name)))
			continue
		}
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
	}
	for _, l := range master.Listeners {
		if _, ok := mine[identity(l)]; !ok {
			results = append(results, confdoc.Violated(d.Main().Place(0), fmt.Sprintf("%s, at %s, is not here", l.Listener, placeOf(master, l))))
		}
	}
	a, b := disabledLists(d), disabledLists(master)
	if values(a) != values(b) {
		place := d.Main().Place(0)
		if len(a) > 0 {
			place = a[0].Place
		}
		results = append(results, confdoc.Violated(place, disabledKey+" differs from that of "+master.Main().Name))
	}
	return results
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
