package liberty

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/javaprops"
)

// variables are the values ${name} may stand for.
type variables struct {
	// declared are those of <variable value>, which beat all files beside
	// server.xml; defaults those of <variable defaultValue>, which none do.
	declared, defaults map[string]string
	// files are those of the folder variables, then jvm.options, then
	// bootstrap.properties; environment those of server.env.
	files       []map[string]string
	environment map[string]string
	builtin     map[string]string
}

// maxValue bounds a value after expansion, maxNested variables in variables.
const (
	maxValue  = 64 << 10
	maxNested = 32
)

// readVariables reads the files beside server.xml.
func readVariables(l *loader) *variables {
	v := &variables{declared: map[string]string{}, defaults: map[string]string{}, environment: map[string]string{}}
	folder := l.folder
	v.builtin = map[string]string{"server.config.dir": folder, "wlp.server.name": path.Base(folder)}
	if servers, user := path.Dir(folder), path.Dir(path.Dir(folder)); path.Base(servers) == "servers" {
		v.builtin["wlp.user.dir"] = user
		v.builtin["shared.config.dir"] = path.Join(user, "shared", "config")
		v.builtin["shared.resource.dir"] = path.Join(user, "shared", "resources")
		v.builtin["shared.app.dir"] = path.Join(user, "shared", "apps")
		if path.Base(user) == "usr" {
			v.builtin["wlp.install.dir"] = path.Dir(user)
			l.env(path.Join(path.Dir(user), "etc", "server.env"), v)
		}
		l.env(path.Join(user, "shared", "server.env"), v)
	}
	l.env(path.Join(folder, "server.env"), v)
	v.files = []map[string]string{l.variablesFolder(), l.jvmOptions(), l.bootstrap()}
	return v
}

// side reads a file beside server.xml; nil if there is none.
func (l *loader) side(name string) *conftree.File {
	if l.reader.Tree.Exists(name) != "file" {
		return nil
	}
	f, err := l.reader.Tree.Read(name)
	if err != nil {
		l.doc.Open(l.doc.Main().Place(0), short(name)+" is not read: "+cause(err))
		return nil
	}
	return f
}

// env reads a server.env: NAME=value lines; a later file beats an earlier one.
func (l *loader) env(name string, v *variables) {
	f := l.side(name)
	if f == nil {
		return
	}
	for n := 1; n <= f.Lines(); n++ {
		line, _ := f.Line(n)
		key, value, found := strings.Cut(line, "=")
		if key = confdoc.JavaTrim(key); found && key != "" && key[0] != '#' {
			v.environment[key] = strings.Trim(confdoc.JavaTrim(value), `"`)
		}
	}
}

// bootstrap reads bootstrap.properties and those it includes.
func (l *loader) bootstrap() map[string]string {
	values := map[string]string{}
	name, seen := path.Join(l.folder, "bootstrap.properties"), []string{}
	for name != "" && !slices.Contains(seen, name) && len(seen) < maxNested {
		seen = append(seen, name)
		f := l.side(name)
		if f == nil {
			break
		}
		entries := javaprops.Parse(f)
		name = ""
		for _, e := range entries {
			if _, taken := values[e.Key]; !taken || len(seen) == 1 {
				values[e.Key] = e.Value
			}
		}
		if e, ok := javaprops.Last(entries, "bootstrap.include"); ok {
			next, err := l.reader.Tree.Resolve(path.Dir(f.Path), e.Value)
			if err != nil {
				l.doc.Open(l.doc.Main().Place(0), "bootstrap.include is not followed: "+cause(err))
				break
			}
			name = next
		}
	}
	return values
}

// jvmOptions reads the system properties of jvm.options.
func (l *loader) jvmOptions() map[string]string {
	values := map[string]string{}
	for _, name := range []string{"configDropins/defaults/jvm.options", "jvm.options", "configDropins/overrides/jvm.options"} {
		f := l.side(path.Join(l.folder, name))
		for n := 1; f != nil && n <= f.Lines(); n++ {
			line, _ := f.Line(n)
			if rest, ok := strings.CutPrefix(confdoc.JavaTrim(line), "-D"); ok {
				key, value, _ := strings.Cut(rest, "=")
				values[key] = value
			}
		}
	}
	return values
}

// maxVariableFiles bounds the files of the folder variables.
const maxVariableFiles = 500

// variablesFolder reads the folder variables: a file's name is the variable and
// its content the value, or it is a file of properties.
func (l *loader) variablesFolder() map[string]string {
	values := map[string]string{}
	names, err := l.reader.Tree.Glob(escapeGlob(path.Join(l.folder, "variables")) + "/*")
	if err != nil || len(names) > maxVariableFiles {
		l.doc.Open(l.doc.Main().Place(0), "the folder of variables is not read")
		return values
	}
	for _, name := range names {
		f := l.side(name)
		switch {
		case f == nil:
		case path.Ext(name) == ".properties":
			for _, e := range javaprops.Parse(f) {
				values[e.Key] = e.Value
			}
		default:
			values[path.Base(name)] = confdoc.JavaTrim(f.Text)
		}
	}
	return values
}

// declare takes in the elements <variable>.
func (v *variables) declare(all []*element) {
	for _, e := range all {
		if e.name != "variable" || e.unclear != "" {
			continue
		}
		if a, ok := e.attr("value"); ok {
			v.declared[e.id] = a.Value
		}
		if a, ok := e.attr("defaultValue"); ok {
			v.defaults[e.id] = a.Value
		}
	}
}

var notWord = regexp.MustCompile(`[^A-Za-z0-9_]`)

// lookup returns the value of a variable, unexpanded.
func (v *variables) lookup(name string) (string, bool) {
	if value, ok := v.declared[name]; ok {
		return value, true
	}
	for _, values := range v.files {
		if value, ok := values[name]; ok {
			return value, true
		}
	}
	env, isEnv := strings.CutPrefix(name, "env.")
	if !isEnv {
		env = name
	}
	plain := notWord.ReplaceAllString(env, "_")
	for _, spelling := range []string{env, plain, strings.ToUpper(plain)} {
		if value, ok := v.environment[spelling]; ok {
			return value, true
		}
		if isEnv {
			break
		}
	}
	if value, ok := v.builtin[name]; ok {
		return value, true
	}
	value, ok := v.defaults[name]
	return value, ok
}

// expand puts values in the place of variables; missing names one that has no
// value, or whose value has itself in it.
func (v *variables) expand(text string) (value, missing string) {
	e := expander{v, maxSteps}
	return e.expand(text, nil)
}

// maxSteps bounds the variables that are looked up for one value.
const maxSteps = 1000

type expander struct {
	*variables
	left int
}

func (v *expander) expand(text string, within []string) (value, missing string) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), ""
		}
		name, after, closed := strings.Cut(rest, "}")
		name = confdoc.JavaTrim(name)
		raw, known := v.lookup(name)
		v.left--
		if !closed || !known || v.left < 0 || slices.Contains(within, name) || len(within) >= maxNested {
			return "", name
		}
		value, missing := v.expand(raw, append(within[:len(within):len(within)], name))
		if missing != "" {
			return "", missing
		}
		if b.Len()+len(value) > maxValue {
			return "", name
		}
		b.WriteString(value)
		text = after
	}
}

// expandPath expands a path. FromRoot is set if it begins with one of the
// folders of the server, which are paths of the tree.
func (v *variables) expandPath(text string) (value string, fromRoot bool, missing string) {
	text = confdoc.JavaTrim(text)
	if rest, ok := strings.CutPrefix(text, "${"); ok {
		name, _, _ := strings.Cut(rest, "}")
		folder, is := v.builtin[name]
		current, _ := v.lookup(name)
		fromRoot = is && current == folder
	}
	value, missing = v.expand(text)
	return value, fromRoot, missing
}
