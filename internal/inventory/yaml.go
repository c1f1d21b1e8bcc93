package inventory

import (
	"iter"
	"maps"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// maxYAML bounds an inventory in YAML, which is held in memory: about 100,000
// endpoints. Larger ones are written as CSV.
const maxYAML = 16 << 20

// Inventory is what a YAML file lists.
type Inventory struct {
	Systems []System
}

// System is a group of endpoints and configuration files that belong together.
type System struct {
	Name, Owner, Environment, Product string
	Labels                            map[string]string
	// Targets are the endpoints, with what is said about the system filled in.
	Targets []audit.Target
	// ConfigFiles are configuration files of the system. They are named here
	// and read by whoever judges them.
	ConfigFiles []ConfigFile
	// Versions are the versions of products and libraries the files are for, by
	// name, such as "nginx" or "openssl".
	Versions map[string]string
	Place    audit.Place
}

type inventoryDoc struct {
	Systems []systemDoc `yaml:"systems,required"`
}

type systemDoc struct {
	Place       audit.Place                `yaml:",place"`
	Name        strictyaml.Node            `yaml:"name,required"`
	Owner       strictyaml.Node            `yaml:"owner"`
	Environment strictyaml.Node            `yaml:"environment"`
	Product     strictyaml.Node            `yaml:"product"`
	Labels      map[string]strictyaml.Node `yaml:"labels"`
	Endpoints   []strictyaml.Node          `yaml:"endpoints"`
	ConfigFiles []strictyaml.Node          `yaml:"config_files"`
	Versions    map[string]strictyaml.Node `yaml:"versions"`
}

type endpointDoc struct {
	Protocol  strictyaml.Node            `yaml:"protocol"`
	Host      strictyaml.Node            `yaml:"host,required"`
	Port      strictyaml.Node            `yaml:"port"`
	IP        strictyaml.Node            `yaml:"ip"`
	SNI       strictyaml.Node            `yaml:"sni"`
	Direction strictyaml.Node            `yaml:"direction"`
	Product   strictyaml.Node            `yaml:"product"`
	Labels    map[string]strictyaml.Node `yaml:"labels"`
}

// ReadYAML reads an inventory of systems:
//
//	systems:
//	- name: mail gateway
//	  owner: messaging team
//	  environment: production
//	  product: postfix
//	  labels: {zone: dmz}
//	  endpoints:
//	  - smtp://mx1.example.com
//	  - {protocol: smtp, host: mx2.example.com, port: 25, direction: inbound}
//	  config_files: [mx1/main.cf, {path: mx2.tar.gz, endpoint: smtp://mx2.example.com}]
//	  versions: {postfix: "3.7.11", openssl: "3.0"}
func ReadYAML(file string, data []byte, protocols []audit.Protocol) (*Inventory, error) {
	var doc inventoryDoc
	if err := strictyaml.Decode(file, data, maxYAML, &doc); err != nil {
		return nil, err
	}
	inventory := &Inventory{}
	seen := map[string]audit.Place{}
	for _, s := range doc.Systems {
		system, err := s.read(file, protocols)
		if err != nil {
			return nil, err
		}
		if first, ok := seen[system.Name]; ok {
			return nil, s.Name.Fault("join the two systems, or name them apart", "the system %q stands here a second time; the first is at %s", system.Name, first)
		}
		seen[system.Name] = s.Name.Place()
		inventory.Systems = append(inventory.Systems, *system)
	}
	for _, err := range unique(inventory.Targets()) {
		if err != nil {
			return nil, err
		}
	}
	return inventory, nil
}

// Targets yields the targets of all systems in the order written.
func (v *Inventory) Targets() iter.Seq2[audit.Target, error] {
	return func(yield func(audit.Target, error) bool) {
		for _, s := range v.Systems {
			for _, t := range s.Targets {
				if !yield(t, nil) {
					return
				}
			}
		}
	}
}

func (s *systemDoc) read(file string, protocols []audit.Protocol) (*System, error) {
	d := draft{protocols: protocols}
	err := setAll(&d, []entry{{"system", s.Name}, {"owner", s.Owner}, {"environment", s.Environment}, {"product", s.Product}}, s.Labels)
	if err != nil {
		return nil, err
	}
	if d.System == "" {
		return nil, s.Name.Fault("give it a value", "must not be empty")
	}
	if len(s.Endpoints)+len(s.ConfigFiles) == 0 {
		return nil, &audit.InputError{Place: s.Place, Cause: "the system has neither endpoints nor config_files", Hint: "add one, or remove the system"}
	}
	system := &System{Name: d.System, Owner: d.Owner, Environment: d.Environment, Product: d.Product, Labels: d.Labels, Place: s.Place}
	for _, n := range s.Endpoints {
		t, err := readEndpoint(n, protocols)
		if err != nil {
			return nil, err
		}
		t.inherit(system)
		system.Targets = append(system.Targets, t.Target)
	}
	for _, n := range s.ConfigFiles {
		c, err := readConfigFile(file, n, protocols)
		if err != nil {
			return nil, err
		}
		system.ConfigFiles = append(system.ConfigFiles, c)
	}
	if system.Versions, err = versionsOf(s.Versions); err != nil {
		return nil, err
	}
	return system, nil
}

// readEndpoint reads a target written as text or as a mapping.
func readEndpoint(n strictyaml.Node, protocols []audit.Protocol) (draft, error) {
	place := n.Place()
	d := draft{protocols: protocols}
	if !n.IsMapping() {
		text, err := n.Text()
		if err != nil {
			return d, err
		}
		if d.Target, err = parseTarget(text, protocols); err != nil {
			f := faultOf(err)
			return d, n.Fault(f.hint, "target %q: %s", clip(text), f.cause)
		}
		d.Place = &place
		return d, nil
	}
	var e endpointDoc
	if err := n.Decode(&e); err != nil {
		return d, err
	}
	err := setAll(&d, []entry{{"protocol", e.Protocol}, {"host", e.Host}, {"port", e.Port}, {"ip", e.IP}, {"sni", e.SNI},
		{"direction", e.Direction}, {"product", e.Product}}, e.Labels)
	if err != nil {
		return d, err
	}
	if err := d.finish(); err != nil {
		f := faultOf(err)
		return d, n.Fault(f.hint, "%s", f.cause)
	}
	d.Place = &place
	return d, nil
}

type entry struct {
	name string
	node strictyaml.Node
}

// chosen are the settings whose value is one of a list. In a table an empty
// cell means that nothing is said; who writes the key says something.
var chosen = []string{"protocol", "direction", "product"}

// setAll stores the values that were given; each error points at its value.
func setAll(d *draft, entries []entry, labels map[string]strictyaml.Node) error {
	for _, key := range sortedKeys(labels) {
		entries = append(entries, entry{"label." + key, labels[key]})
	}
	for _, e := range entries {
		if e.node.IsZero() {
			continue
		}
		var text string
		var err error
		if e.name == "port" {
			text, err = e.node.Number()
		} else {
			text, err = e.node.Text()
		}
		if err != nil {
			return err
		}
		if text == "" && slices.Contains(chosen, e.name) {
			return e.node.Fault("give it a value, or leave the key out", "must not be empty")
		}
		if err := d.set(e.name, text); err != nil {
			f := faultOf(err)
			return e.node.Fault(f.hint, "%s", f.cause)
		}
	}
	return nil
}

// inherit fills in what is said about the system and not about the endpoint.
func (d *draft) inherit(s *System) {
	for _, f := range []struct {
		to   *string
		from string
	}{{&d.System, s.Name}, {&d.Owner, s.Owner}, {&d.Environment, s.Environment}, {&d.Product, s.Product}} {
		if *f.to == "" {
			*f.to = f.from
		}
	}
	if len(s.Labels) > 0 {
		labels := maps.Clone(s.Labels)
		maps.Copy(labels, d.Labels)
		d.Labels = labels
	}
}
