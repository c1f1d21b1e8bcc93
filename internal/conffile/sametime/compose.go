package sametime

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Compose is the docker-compose file of Sametime.
var Compose = &confdoc.Format{
	Name: "compose", Aliases: []string{"docker-compose"}, Title: "HCL Sametime containers (docker-compose)", Product: "sametime",
	Names: []string{"docker-compose*", "compose.y*ml", "compose.*.y*ml"},
	Sniff: func(f *conftree.File) int {
		if matches(f, composeServices, 1) == 0 || matches(f, composeSametime, 1) == 0 {
			return 0
		}
		return 40 + matches(f, composeKeys, 45)
	},
	Read:  readCompose,
	Rules: rulesOfServers, Establish: establish,
	Apply: "docker compose up -d", Verify: verifyServer, Rollback: rollbackServer,
}

var (
	composeServices = regexp.MustCompile(`(?m)^[\x{FEFF}]?services[ \t]*:`)
	composeSametime = regexp.MustCompile(`(?i)sametime|STI_|\bmux\b|1533`)
	composeKeys     = regexp.MustCompile(`(?m)^[ \t]+(image|env[_ -]?file|environment|build)[ \t]*:`)
)

// environmentRank is above that of every environment file.
const environmentRank = 1 << 30

// composition is a compose file being read.
type composition struct {
	doc    *confdoc.Document
	reader *confdoc.Reader
	main   *conftree.File
	yaml   document
	src    *source
}

func readCompose(r *confdoc.Reader, f *conftree.File) *confdoc.Document {
	d := &confdoc.Document{Files: []*conftree.File{f}}
	if f.Encoding.UTF16() {
		damaged(d, f)
		return d
	}
	docs := readYAML(d, f, confdoc.NotLoaded)
	if d.Broken() != nil {
		return d
	}
	if len(docs) == 0 || len(items(get(docs[0].root, "services").value)) == 0 {
		d.Fail(confdoc.NotLoaded, f.Place(0), "no service is declared", "write the services below \"services:\"")
		return d
	}
	c := &composition{doc: d, reader: r, main: f, yaml: docs[0], src: &source{texts: readTexts(docs[0])}}
	d.Syntax = c.src
	if len(docs) > 1 {
		d.Open(docs[1].place(docs[1].root), "a second YAML document begins here, which is not read")
	}
	if inc := get(c.yaml.root, "include"); inc.key != nil {
		d.Open(c.yaml.place(inc.key), "other compose files are included, which are not read")
	}
	c.overridden()
	endsAbruptly(d, f)
	for _, it := range items(get(c.yaml.root, "services").value) {
		c.service(it)
		if d.Broken() != nil {
			break
		}
	}
	return d
}

// overridden notes a file that compose merges with this one unasked.
func (c *composition) overridden() {
	dir, base := path.Split(c.main.Path)
	switch base {
	case "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml":
	default:
		return
	}
	for _, name := range []string{"docker-compose.override.yml", "docker-compose.override.yaml", "compose.override.yml", "compose.override.yaml"} {
		if c.reader.Tree.Exists(dir+name) == "file" {
			c.doc.Open(c.main.Place(0), name+" lies beside this file: docker compose merges it with this one, which is not done here")
		}
	}
}

// service reads one service.
func (c *composition) service(it item) {
	d, name, body := c.doc, it.key.Value, resolve(it.value)
	if body.Kind != yamlMapping {
		d.Fail(confdoc.NotLoaded, c.yaml.place(it.key), "the service has no mapping of keys", "indent its keys below it")
		return
	}
	p := &params{form: formMap}
	c.src.params = append(c.src.params, p)
	for _, key := range items(body) {
		if key.key.Value == "env file" || key.key.Value == "env-file" {
			place := c.yaml.place(key.key)
			d.Fail(confdoc.NotLoaded, place, fmt.Sprintf("%q is no key of a service: docker compose refuses the file", key.key.Value), "write env_file:")
			if start, end, ok := c.yaml.span(key.key); ok {
				d.Faults[len(d.Faults)-1].Edits = []conftree.Edit{c.main.Replace(start, end, "env_file")}
			}
			return
		}
	}
	image, _, _ := scalar(get(body, "image").value)
	c.envFiles(p, get(body, "env_file"))
	c.environment(p, get(body, "environment"), body)
	if ext := get(body, "extends"); ext.key != nil {
		reason := fmt.Sprintf("service %s extends another one, which is not read", clip(name))
		p.missing = append(p.missing, missing{-1, reason})
		d.Open(c.yaml.place(ext.key), reason)
	}
	var always *service
	if isMux.MatchString(image) || isMux.MatchString(name) {
		always = &mux
	}
	first := len(d.Listeners)
	listeners(d, p, c.main, always)
	for _, l := range d.Listeners[first:] {
		if l.Place.Line == 1 && l.Place.File == c.main.Name {
			place := c.yaml.place(it.key)
			l.Place, l.Scope.(*server).at = &place, place
		}
		c.publish(l, get(body, "ports"))
	}
}

var isMux = regexp.MustCompile(`(?i)(^|[/_.}-])(st)?mux([:_@.$0-9-]|$)`)

// envFiles reads the environment files of a service, the later above the
// earlier.
func (c *composition) envFiles(p *params, it item) {
	n := resolve(it.value)
	if n == nil {
		return
	}
	list := []yamlNode{n}
	if n.Kind == yamlSequence {
		list = n.Content
	}
	for rank, one := range list {
		one = resolve(one)
		if path := get(one, "path"); path.value != nil {
			one = resolve(path.value)
		}
		name, _, ok := scalar(one)
		if !ok || rank >= confdoc.MaxFiles {
			c.doc.Fail(confdoc.NotLoaded, c.yaml.place(it.key), "env_file names no file", "write a list of file names below it")
			return
		}
		c.envFile(p, one, name, rank)
	}
}

func (c *composition) envFile(p *params, n yamlNode, name string, rank int) {
	place := c.yaml.place(n)
	lost := func(reason string) {
		p.missing = append(p.missing, missing{rank, reason})
		c.doc.Open(place, reason)
	}
	if strings.Contains(name, "$") {
		lost("the name of an environment file is made of a variable")
		return
	}
	folder := path.Dir(c.main.Path)
	at, err := c.reader.Tree.Resolve(folder, name)
	var f *conftree.File
	if err == nil {
		f, err = c.reader.Tree.Read(at)
	}
	switch {
	case err == nil:
	case strings.HasPrefix(name, "-"):
		c.doc.Fail(confdoc.Unclear, place, fmt.Sprintf("env_file names %q: a space is missing behind the dash", clip(name)), "write \"- "+clip(strings.TrimLeft(name, "- "))+"\" on a line of its own")
		if start, end, ok := c.yaml.span(n); ok {
			c.doc.Faults[len(c.doc.Faults)-1].Edits = []conftree.Edit{c.main.Replace(start, end, strings.TrimLeft(name, "- "))}
		}
		return
	case errors.Is(err, fs.ErrNotExist):
		lost(fmt.Sprintf("the environment file %s is not among the files given", clip(name)))
		return
	default:
		lost(fmt.Sprintf("the environment file %s cannot be read", clip(name)))
		return
	}
	seen := false
	for _, other := range c.doc.Files {
		seen = seen || other.Path == f.Path
	}
	if !seen {
		if len(c.doc.Files) >= confdoc.MaxFiles {
			lost("more files are named than are read")
			return
		}
		c.doc.Files = append(c.doc.Files, f)
	}
	p.home, p.form = f, formEnv
	readEnv(c.doc, f, rank, p)
}

// environment reads what the compose file itself sets, which beats the files.
func (c *composition) environment(p *params, it item, body yamlNode) {
	n := resolve(it.value)
	switch {
	case n == nil:
		if p.home == nil {
			p.home = c.main
			p.grow = func(fresh []pair) ([]conftree.Edit, error) { return c.grow(body, fresh) }
		}
		return
	case n.Kind == yamlMapping:
		p.readMap(c.yaml, n, environmentRank, true)
	case n.Kind == yamlSequence:
		p.readList(c.yaml, n, environmentRank)
	default:
		if _, _, ok := scalar(n); ok {
			c.doc.Fail(confdoc.NotLoaded, c.yaml.place(n), "environment is neither a mapping nor a list", "write NAME: \"value\" below it")
		}
		return
	}
	if p.home == nil {
		p.home, p.form = c.main, formMap
	}
}

// grow adds "environment:" to a service.
func (c *composition) grow(body yamlNode, fresh []pair) ([]conftree.Edit, error) {
	if len(body.Content) == 0 {
		return nil, errNoHome
	}
	at := c.yaml.offset(body.Content[0])
	indent, ok := indentOf(c.main, at)
	if !ok || indent == "" {
		return nil, errNoHome
	}
	lines := append([]string{indent + "environment:"}, mapLines(indent+"  ", fresh)...)
	return []conftree.Edit{c.main.InsertBefore(c.main.LineAt(at), lines...)}, nil
}

// publish tells the ports of the host that lead to those of the container.
func (c *composition) publish(l *confdoc.Listener, it item) {
	n := resolve(it.value)
	s, ok := l.Scope.(*server)
	if n == nil || n.Kind != yamlSequence || !ok || s.section == "" {
		return
	}
	inside := map[string]bool{}
	for _, b := range l.Binds {
		inside[b[strings.LastIndexByte(b, ':')+1:]] = true
	}
	var binds []string
	for _, one := range n.Content {
		host, published, target := published(one)
		if target == "" || !inside[target] {
			continue
		}
		if _, err := strconv.ParseUint(published, 10, 16); err == nil {
			binds = append(binds, strings.TrimPrefix(host, "0.0.0.0")+":"+published)
		}
	}
	if binds != nil {
		l.Binds = binds
	}
}

// published reads an entry of "ports": "[host:]published:target[/tcp]", or a
// mapping.
func published(n yamlNode) (host, public, target string) {
	n = resolve(n)
	if n.Kind == yamlMapping {
		host, _, _ = scalar(get(n, "host_ip").value)
		public, _, _ = scalar(get(n, "published").value)
		target, _, _ = scalar(get(n, "target").value)
		return host, public, target
	}
	text, _, _ := scalar(n)
	text, _, _ = strings.Cut(text, "/")
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return "", "", text
	}
	text, target = text[:i], text[i+1:]
	if i = strings.LastIndexByte(text, ':'); i < 0 {
		return "", text, target
	}
	return text[:i], text[i+1:], target
}
