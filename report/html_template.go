package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"reflect"
	"strings"

	"tlsaudit/internal/hypertext"
)

//go:embed html
var pageFiles embed.FS

// load reads the templates, the style and the script, and allows the latter two
// by their hashes and nothing else (CSP Level 3 section 2.3.1). A form may not
// be sent and a base may not be set.
func (p *page) load() error {
	style, err := pageFiles.ReadFile("html/report.css")
	if err != nil {
		return fmt.Errorf("reading the style: %w", err)
	}
	script, err := pageFiles.ReadFile("html/report.js")
	if err != nil {
		return fmt.Errorf("reading the script: %w", err)
	}
	p.Style, p.Script = template.CSS(style), template.JS(script)
	p.CSP = "default-src 'none'; style-src " + sourceHash(style) + "; script-src " + sourceHash(script) + "; base-uri 'none'; form-action 'none'"
	p.templates, err = template.New("page").Funcs(template.FuncMap{"clean": cleanAny, "lines": CleanLines}).ParseFS(pageFiles, "html/*.tmpl")
	if err != nil {
		return fmt.Errorf("reading the templates: %w", err)
	}
	hypertext.CleanActions(p.templates, "clean")
	return nil
}

func sourceHash(b []byte) string {
	sum := sha256.Sum256(b)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// cleanAny is Clean for whatever a template prints. What is a text in any guise
// becomes a clean one; numbers stay, and so do the style and the script, which
// are our own.
func cleanAny(v any) any {
	switch v := v.(type) {
	case string:
		return Clean(v)
	case int, template.CSS, template.JS:
		return v
	case fmt.Stringer:
		return Clean(v.String())
	case []string:
		return Clean(strings.Join(v, ", "))
	case nil:
		return ""
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return Clean(r.String())
	}
	return Clean(fmt.Sprint(v))
}
