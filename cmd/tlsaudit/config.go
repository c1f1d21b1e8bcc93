package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conffile"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/inventory"
)

// configFlags are the flags that say how configuration files are read.
type configFlags struct {
	as       string
	root     string
	ignore   []string
	versions []string
}

func (f *configFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.as, "as", "", "read the configuration files named as this `FORMAT` (default: find out)")
	flags.StringVar(&f.root, "root", "", "absolute paths in configuration files are meant from this `FOLDER` on, and nothing outside it is read")
	flags.StringArrayVar(&f.ignore, "ignore", nil, "leave out files of folders that match this `PATTERN`, as in .gitignore (repeatable)")
	flags.StringArrayVar(&f.versions, "product-version", nil, "the files are for this `NAME=VERSION`, such as nginx=1.22.1 or openssl=3.0 (repeatable)")
	completeFrom(c, "as", conffile.Names())
}

// format returns the format --as names; nil if it was not given.
func (f *configFlags) format() (*confdoc.Format, error) {
	if f.as == "" {
		return nil, nil
	}
	if format := conffile.ByName(f.as); format != nil {
		return format, nil
	}
	return nil, usageError(fmt.Sprintf("--as %q is not a format: one of %s", f.as, joinOr(conffile.Names())), "leave it off to find out")
}

// given reads --product-version.
func (f *configFlags) given() (map[string]string, error) {
	for _, pattern := range f.ignore {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, usageError(fmt.Sprintf("--ignore %q is not a pattern", pattern), "write it as in .gitignore: *.old, archive/, a[0-9]")
		}
	}
	versions := map[string]string{}
	for _, text := range f.versions {
		name, version, ok := strings.Cut(text, "=")
		if !ok || name == "" || version == "" {
			return nil, usageError(fmt.Sprintf("--product-version %q is not NAME=VERSION", text), "write openssl=3.0.19")
		}
		if !slices.Contains(confdoc.Versioned, name) {
			return nil, usageError(fmt.Sprintf("--product-version: %q is not a product whose version is asked for: one of %s", name, joinOr(confdoc.Versioned)), "")
		}
		versions[name] = version
	}
	return versions, nil
}

// configuration is the configuration files of a run, read.
type configuration struct {
	systems []configSystem
	join    *conffile.Join
}

// configSystem is what belongs together.
type configSystem struct {
	inventory.System
	loaded *conffile.Loaded
}

// files counts the documents, and what was named and could not be read.
func (c *configuration) files() (n int) {
	if c == nil {
		return 0
	}
	for _, s := range c.systems {
		n += len(s.loaded.Documents) + len(s.loaded.Unknown)
	}
	return n
}

// readConfiguration reads the files that arguments and inventories name.
func (f *configFlags) readConfiguration(args []string, inventories []string) (*configuration, error) {
	c := &configuration{join: conffile.NewJoin()}
	format, err := f.format()
	if err != nil {
		return nil, err
	}
	versions, err := f.given()
	if err != nil {
		return nil, err
	}
	var sources []conffile.Source
	for _, path := range args {
		s, err := f.source(path, f.root)
		if err != nil {
			return nil, err
		}
		s.As, s.Versions = format, versions
		sources = append(sources, s)
	}
	if len(sources) > 0 {
		c.add(inventory.System{}, conffile.Load(sources))
	}
	for _, file := range inventories {
		if err := f.readSystems(c, file, versions); err != nil {
			return nil, err
		}
	}
	var all []*conffile.Loaded
	for _, s := range c.systems {
		all = append(all, s.loaded)
	}
	conffile.Number(all)
	return c, nil
}

// notices says what below the folders and archives was not looked into, though
// it may hold configuration: archives in them, and links to elsewhere.
func (c *configuration) notices() []string {
	if c == nil {
		return nil
	}
	var names []string
	for _, s := range c.systems {
		for _, left := range s.loaded.Left {
			if left.Single || bundle.MatchString(left.Name) {
				names = append(names, left.Name+" ("+left.Reason+")")
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("not looked into: %s below what was named: %s; name them to have them audited", plural(len(names), "archive or link", "archives and links"), named(names))}
}

// nothing is the error that there is no configuration file where one was looked
// for.
func (c *configuration) nothing(args []string) error {
	looked := 0
	for _, s := range c.systems {
		looked += s.loaded.Skipped + len(s.loaded.Left)
	}
	return withCode(exitNothing, &audit.InputError{
		Cause: fmt.Sprintf("no configuration file of any format known was found in %s: none of %s is one", strings.Join(args, ", "), plural(looked, "file", "files")),
		Hint:  "say what a file is with --as: one of " + strings.Join(conffile.Names(), ", "),
	})
}

func (c *configuration) add(system inventory.System, loaded *conffile.Loaded) {
	c.systems = append(c.systems, configSystem{system, loaded})
	c.join.Add(system.Name, loaded)
}

// readSystems reads the files an inventory names.
func (f *configFlags) readSystems(c *configuration, file string, versions map[string]string) error {
	listed, err := inventory.ReadFile(file, protocols())
	if err != nil || listed == nil {
		return err
	}
	for _, system := range listed.Systems {
		if len(system.ConfigFiles) == 0 {
			continue
		}
		for _, name := range sortedKeys(system.Versions) {
			if !slices.Contains(confdoc.Versioned, name) {
				return &audit.InputError{Place: system.Place, Cause: fmt.Sprintf("versions: %q is not a product whose version is asked for: one of %s", name, joinOr(confdoc.Versioned)), Hint: "leave it out"}
			}
		}
		all := &conffile.Loaded{}
		known := system.Versions
		if known == nil {
			known = map[string]string{}
		}
		for name, v := range versions {
			known[name] = v
		}
		for _, named := range system.ConfigFiles {
			s, err := f.source(named.Path, named.Root)
			if err != nil {
				return at(named.Place, err)
			}
			if named.As != "" {
				if s.As = conffile.ByName(named.As); s.As == nil {
					return &audit.InputError{Place: named.AsPlace, Cause: fmt.Sprintf("as: %q is not a format: one of %s", named.As, joinOr(conffile.Names())), Hint: "leave it out to find out"}
				}
			}
			s.Versions = known
			loaded := conffile.Load([]conffile.Source{s})
			if named.Endpoint.Protocol != "" {
				c.join.Bind(named.Endpoint.Subject(), named.Listener, loaded.Documents)
			}
			all.Join(loaded)
		}
		c.add(system, all)
	}
	return nil
}

// at puts the place an inventory names a file at before an error.
func at(place audit.Place, err error) error {
	var input *audit.InputError
	if errors.As(err, &input) {
		return &audit.InputError{Place: place, Cause: input.Error(), Err: err}
	}
	return fmt.Errorf("%s: %w", place, err)
}

// source opens a file, a folder or an archive.
func (f *configFlags) source(path, root string) (s conffile.Source, err error) {
	if s.Tree, err = conftree.Open(path, conftree.Options{Root: root, Ignore: f.ignore}); err != nil {
		return s, err
	}
	s.Paths, s.Skipped = s.Tree.Files()
	s.Named = s.Tree.Main() != ""
	return s, nil
}

// isConfiguration tells a configuration file, or a folder or archive of some,
// from a target and from an inventory.
func (f *configFlags) isConfiguration(arg string) bool {
	if strings.Contains(arg, "://") || arg == "-" {
		return false
	}
	if _, err := os.Stat(arg); err != nil {
		return false
	}
	if f.as != "" {
		return true
	}
	if bundle.MatchString(arg) {
		return true
	}
	tree, err := conftree.Open(arg, conftree.Options{})
	if err != nil {
		return !listed(arg)
	}
	if tree.Main() == "" {
		return true
	}
	file, err := tree.Read(tree.Main())
	if err != nil {
		return !listed(arg)
	}
	switch ext := strings.ToLower(filepath.Ext(arg)); {
	case inventoryHead.MatchString(file.Text):
		return false
	case conffile.Detect(file) != nil:
		return true
	case ext == ".yaml", ext == ".yml":
		return strings.TrimSpace(file.Text) != "" && !inventoryWords.MatchString(file.Text)
	case listed(arg):
		return false
	}
	return filepath.Ext(arg) != "" || !looksLikeList(file.Text)
}

var (
	// bundle are the names of archives, also of damaged ones.
	bundle = regexp.MustCompile(`(?i)\.(tar|tgz|tar\.gz|tar\.bz2|tbz2?|zip)$`)
	// inventoryHead is how an inventory begins, inventoryWords what one with a
	// misspelt beginning has.
	inventoryHead  = regexp.MustCompile(`(?m)^systems[ \t]*:`)
	inventoryWords = regexp.MustCompile(`(?m)^[ \t-]*(endpoints|config_files|targets?|hosts?|systems?)[ \t]*:`)
)

// listed reports whether a name is one an inventory has.
func listed(path string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".csv", ".txt"}, strings.ToLower(filepath.Ext(path)))
}

// looksLikeList reports whether a text is a list of targets: every line is one
// word, or a comment.
func looksLikeList(text string) bool {
	found := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if strings.ContainsAny(line, " \t=<>{}") {
			return false
		}
		found = true
	}
	return found
}

// compare has endpoints compared with the files that configure them: those of
// this run, or what was stored of an earlier one.
func (j *judging) compare(c *configuration) {
	if c == nil {
		j.judge.Join = func(o *audit.Observation, stored []audit.Declared) ([]audit.Declared, []audit.Finding) {
			return stored, j.config.Drift(o, stored, conffile.Files{Any: len(stored) > 0})
		}
		return
	}
	if c.files() > 0 {
		j.judge.Join = func(o *audit.Observation, _ []audit.Declared) ([]audit.Declared, []audit.Finding) {
			declared := c.join.Of(o)
			return declared, j.config.Drift(o, declared, c.join.Files(&o.Target))
		}
	}
}

// records judges all files; nil if there are none.
func (c *configuration) records(j *judging) (records []audit.Record) {
	if c == nil {
		return nil
	}
	for i := range c.systems {
		s := &c.systems[i]
		judge := j.config
		judge.Standards = j.standards(s.System)
		records = append(records, judge.Records(s.loaded.Documents, s.Name)...)
		for _, u := range s.loaded.Unknown {
			records = append(records, conffile.Unreadable(u))
		}
	}
	return records
}

// standards judges a listener by the chosen standards. What is said about the
// system selects the rules that are limited to some targets.
func (j *judging) standards(system inventory.System) func(string, *audit.Declared) []conffile.Demanded {
	declarations := j.judge.Declarations()
	return func(subject string, d *audit.Declared) (list []conffile.Demanded) {
		for _, one := range declarations.Findings(subject, targetOf(system, d), d) {
			list = append(list, conffile.Demanded{Finding: one.Finding, Want: one.Want})
		}
		return list
	}
}

// targetOf is a listener as policies know endpoints.
func targetOf(system inventory.System, d *audit.Declared) audit.Target {
	t := audit.Target{
		Protocol: d.Protocol, System: system.Name, Owner: system.Owner, Environment: system.Environment, Labels: system.Labels, Product: d.Product,
	}
	if t.Protocol == "" {
		t.Protocol = "tls"
	}
	if len(d.Names) > 0 {
		t.Host = d.Names[0]
	}
	for _, p := range protocols() {
		if p.Name == t.Protocol && len(p.Ports) > 0 {
			t.Port = p.Ports[0]
		}
	}
	if len(d.Binds) > 0 {
		i := strings.LastIndexByte(d.Binds[0], ':')
		var port uint16
		if _, err := fmt.Sscanf(d.Binds[0][i+1:], "%d", &port); err == nil {
			t.Port = port
		}
	}
	return t
}

// lowest is the lowest protocol version the policy allows everywhere; TLS 1.2
// at least, below which the rules of the domain let nothing pass.
func (d *demands) lowest() audit.Version {
	lowest := audit.TLSv12
	for i := range d.policy.Rules {
		r := &d.policy.Rules[i]
		check := checks.ByID(r.Check)
		if check == nil || check.Want == nil || check.Declared != audit.AspectVersions || r.Match != nil || len(r.Applies) > 0 || !r.InForce(d.now) ||
			r.Level != audit.Must && r.Level != audit.MustNot {
			continue
		}
		lowest = max(lowest, check.Want(r.Params).MinVersion)
	}
	return min(lowest, audit.TLSv13)
}
