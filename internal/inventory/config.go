package inventory

import (
	"cmp"
	"path/filepath"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// ConfigFile is a configuration file, or a folder or archive of some. A path
// that is written relative is relative to the inventory's folder.
type ConfigFile struct {
	Path string
	// As is the name of the format it has, empty to find out. Root is the folder
	// that absolute paths in it are meant from, for files copied from another
	// machine.
	As, Root string
	// Endpoint, if it has a protocol, is the endpoint of the system that the file
	// configures, whatever ports are named in it; Listener, if not empty, is the
	// name of the listener that does.
	Endpoint audit.Target
	Listener string
	Place    audit.Place
	// AsPlace is where As stands.
	AsPlace audit.Place
}

type configDoc struct {
	Path     strictyaml.Node `yaml:"path,required"`
	As       strictyaml.Node `yaml:"as"`
	Root     strictyaml.Node `yaml:"root"`
	Endpoint strictyaml.Node `yaml:"endpoint"`
	Listener strictyaml.Node `yaml:"listener"`
}

// readConfigFile reads a path written as text or as a mapping.
func readConfigFile(file string, n strictyaml.Node, protocols []audit.Protocol) (ConfigFile, error) {
	c := ConfigFile{Place: n.Place()}
	e := configDoc{Path: n}
	if n.IsMapping() {
		e = configDoc{}
		if err := n.Decode(&e); err != nil {
			return c, err
		}
	}
	for _, one := range []struct {
		node strictyaml.Node
		to   *string
	}{{e.Path, &c.Path}, {e.As, &c.As}, {e.Root, &c.Root}, {e.Listener, &c.Listener}} {
		if one.node.IsZero() {
			continue
		}
		text, err := one.node.Text()
		if err != nil {
			return c, err
		}
		if text == "" {
			return c, one.node.Fault("write a value", "must not be empty")
		}
		*one.to = text
	}
	c.AsPlace = cmp.Or(e.As, n).Place()
	for _, path := range []*string{&c.Path, &c.Root} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(filepath.Dir(file), *path)
		}
	}
	if e.Endpoint.IsZero() {
		return c, nil
	}
	d, err := readEndpoint(e.Endpoint, protocols)
	c.Endpoint = d.Target
	return c, err
}

// versionsOf reads the versions of products somebody vouches for.
func versionsOf(nodes map[string]strictyaml.Node) (map[string]string, error) {
	versions := make(map[string]string, len(nodes))
	for _, name := range sortedKeys(nodes) {
		text, err := nodes[name].Text()
		if err != nil {
			return nil, err
		}
		if text == "" || len(text) > 60 {
			return nil, nodes[name].Fault("write it as the product prints it, such as 1.22.1, in quotes", "%q is not a version", clip(text))
		}
		versions[name] = text
	}
	return versions, nil
}
