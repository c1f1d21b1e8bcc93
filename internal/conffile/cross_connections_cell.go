package conffile

import (
	"fmt"
	"path"
	"slices"
	"strings"

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
