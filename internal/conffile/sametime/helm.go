package sametime

import (
	"regexp"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// HelmValues is values.yaml of the Sametime chart.
var HelmValues = &confdoc.Format{
	Name: "helm-values", Aliases: []string{"helm"}, Title: "HCL Sametime Helm values", Product: "sametime",
	Names: []string{"values*.y*ml*"},
	Sniff: func(f *conftree.File) int {
		return min(95, matches(f, helmKeys, 70)+matches(f, helmNames, 25))
	},
	Read:  readHelm,
	Rules: append(rulesOfServers[:len(rulesOfServers):len(rulesOfServers)], keyStoreSecret), Establish: establish,
	Apply:  "helm upgrade NAME . in the helm directory, then kubectl scale --replicas=0 deployment/mux deployment/community, and back to 1",
	Verify: verifyServer, Rollback: "helm rollback NAME, then scale community and mux to 0 and back.",
}

var (
	helmKeys  = regexp.MustCompile(`(?m)^[\x{FEFF}# \t]*(sametimeIni|muxTlsConfigSecret)[ \t]*:`)
	helmNames = regexp.MustCompile(`(?m)^[# \t]*STI_+[A-Za-z0-9_]+[ \t]*:`)
)

// helm is what the chart is given besides parameters.
type helm struct {
	yaml document
	// secret is muxTlsConfigSecret where it is set; elsewhere is set if the key
	// stands below another one.
	secret    string
	key       yamlNode
	value     yamlNode
	elsewhere yamlNode
	// deeper is a key of a sametimeIni that is not at the top.
	deeper yamlNode
	// comment is the line on which it stands in a comment, 0 if there is none.
	comment int
}

const secretKey = "muxTlsConfigSecret"

func readHelm(_ *confdoc.Reader, f *conftree.File) *confdoc.Document {
	d := &confdoc.Document{Files: []*conftree.File{f}}
	if f.Encoding.UTF16() {
		damaged(d, f)
		return d
	}
	docs := readYAML(d, f, confdoc.Unclear)
	if d.Broken() != nil {
		return d
	}
	if len(docs) == 0 || docs[0].root.Kind != yamlMapping {
		d.Fail(confdoc.Unclear, f.Place(0), "the file holds no values", "write keys and values, as in the chart's own values.yaml")
		return d
	}
	y := docs[0]
	if len(docs) > 1 {
		d.Open(docs[1].place(docs[1].root), "a second YAML document begins here, which is not read")
	}
	endsAbruptly(d, f)
	h := readSecret(y)
	p := &params{home: f, form: formMap}
	ini := get(y.root, "sametimeIni")
	switch n := resolve(ini.value); {
	case n == nil && h.deeper != nil:
		const reason = "sametimeIni stands below another key: whether the chart reads it there is not known"
		p.missing = append(p.missing, missing{0, reason})
		p.home = nil
		d.Open(y.place(h.deeper), reason)
	case n == nil:
		p.grow = func(fresh []pair) ([]conftree.Edit, error) {
			lines := append([]string{"sametimeIni:"}, mapLines("  ", fresh)...)
			return []conftree.Edit{f.InsertAfter(textLines(f), lines...)}, nil
		}
	case n.Kind == yamlMapping && len(n.Content) == 0, n.Kind == yamlScalar && n.Value == "":
		p.grow = func(fresh []pair) ([]conftree.Edit, error) { return growEmpty(y, ini, fresh) }
	case n.Kind == yamlMapping:
		p.readMap(y, n, 0, false)
	default:
		d.Fail(confdoc.Unclear, y.place(ini.key), "sametimeIni is no mapping of names and values", "write STI__Section__NAME: \"value\" below it, each on a line of its own")
		return d
	}
	d.Syntax = &source{params: []*params{p}, texts: readTexts(y), helm: h}
	p.close(d, f)
	s := &server{service: mux, params: p, secret: h.secret, chart: true}
	declare(d, s, f)
	if p.has("STSRV_TLS_", "VPS_PORT", "VPS_TLS_PORT") {
		declare(d, &server{service: community, params: p, chart: true}, f)
	}
	for _, one := range []service{ldap, saml} {
		if p.has(one.prefix + "_TLS_") {
			declare(d, &server{service: one, params: p}, f)
		}
	}
	for _, l := range d.Listeners {
		if host, _, ok := scalar(get(get(y.root, "global").value, "hostName").value); ok && l.Server() {
			l.Names = []string{host}
		}
	}
	return d
}

func readSecret(y document) *helm {
	h := &helm{yaml: y, comment: commented(y.file, secretKey)}
	it := get(y.root, secretKey)
	h.key, h.value = it.key, it.value
	h.secret, _, _ = scalar(it.value)
	words(y.root, "", func(path string, key, _ yamlNode) {
		if strings.HasSuffix(path, "."+secretKey) {
			h.elsewhere = key
		}
		if strings.Contains(path, ".sametimeIni.") {
			h.deeper = key
		}
	})
	return h
}

// growEmpty writes parameters in the place of "sametimeIni: {}".
func growEmpty(y document, ini item, fresh []pair) ([]conftree.Edit, error) {
	f := y.file
	line, at := f.Line(f.LineAt(y.offset(ini.key)))
	indent, ok := indentOf(f, y.offset(ini.key))
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimLeft(line, " "), "sametimeIni"))
	if !ok || rest != ":" && strings.ReplaceAll(rest, " ", "") != ":{}" {
		return nil, errNoHome
	}
	lines := strings.Join(append([]string{indent + "sametimeIni:"}, mapLines(indent+"  ", fresh)...), f.EOL())
	return []conftree.Edit{f.Replace(at, at+len(line), lines)}, nil
}

// endsAbruptly notes a file that may have been cut off: its last line has no
// end, and is not seen to be complete.
func endsAbruptly(d *confdoc.Document, f *conftree.File) {
	line, at := f.Line(f.Lines())
	text := strings.TrimSpace(line)
	if text == "" || text[0] == '#' || strings.ContainsAny(text[len(text)-1:], `"'}]`) {
		return
	}
	key, value, _ := strings.Cut(text, ":")
	if surely(strings.Trim(key, `"' `)) && whole(strings.Trim(key, `"' `), strings.TrimSpace(value)) {
		return
	}
	d.Open(f.Place(at), "the last line has no end: the file may have been cut off here")
}

var keyStoreSecret = &confdoc.Rule{
	ID: "ST-08", Check: "config.transport", Title: "the multiplexer gets its key store",
	Doc:    "In Kubernetes the key store of the multiplexer and its password come from a secret, whose name the chart delivers in a comment. As long as it is one, port 1533 has no certificate and answers the legacy protocol.",
	Detect: "At the top of the values, with a name: muxTlsConfigSecret.",
	Level:  audit.Must, Severity: audit.High, Confidence: "documented",
	Text: "kubectl create secret generic mux-secret --from-file=./keystore.p12 --from-file=./KeyStorePassword\nvalues.yaml: muxTlsConfigSecret: mux-secret\nhelm upgrade NAME . ; then scale community and mux to 0 and back",
	Judge: func(c *confdoc.Case) []confdoc.Result {
		h := sourceOf(c).helm
		switch {
		case h == nil:
			return confdoc.Moot("no values")
		case h.secret != "":
			return nil
		case h.key != nil:
			r := confdoc.Violated(h.yaml.place(h.key), "without a name: "+secretKey)
			if start, end, ok := h.yaml.span(resolve(h.value)); ok {
				r = r.With(h.yaml.file.Replace(start, end, "mux-secret"))
			}
			return []confdoc.Result{r}
		case h.elsewhere != nil:
			return []confdoc.Result{confdoc.Undecided(h.yaml.place(h.elsewhere), "whether the chart reads it below another key is not known: "+secretKey)}
		case h.comment > 0:
			_, at := h.yaml.file.Line(h.comment)
			return []confdoc.Result{confdoc.Violated(h.yaml.file.Place(at), "in a comment only: "+secretKey).With(h.uncomment())}
		}
		f := h.yaml.file
		return []confdoc.Result{confdoc.Violated(f.Place(0), "not set: "+secretKey).With(f.InsertAfter(textLines(f), secretKey+": mux-secret"))}
	},
}

// uncomment takes the sign off the line, or writes it anew at the end if it
// stands within something else.
func (h *helm) uncomment() conftree.Edit {
	f := h.yaml.file
	line, at := f.Line(h.comment)
	setting := strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "# \t"))
	if value := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(setting, secretKey), ":")); value == "" || value == `""` {
		setting = secretKey + ": mux-secret"
	}
	for n := h.comment + 1; n <= f.Lines(); n++ {
		next, _ := f.Line(n)
		if trimmed := strings.TrimSpace(next); trimmed == "" || trimmed[0] == '#' {
			continue
		}
		if next[0] == ' ' || next[0] == '-' {
			return f.InsertAfter(textLines(f), setting)
		}
		break
	}
	return f.Replace(at, at+len(line), setting)
}
