package dashboard

import (
	"fmt"
	"html/template"
	"reflect"
	"strings"

	"tlsaudit/internal/hypertext"
)

// href is an address made by link: it needs no cleaning, which would change it.
type href string

// exact is a value that is sent back as it is, such as that of a form's field.
// Nobody reads it.
type exact string

// load reads the templates and puts clean at the end of all they print.
func load(clean func(string) string) (*template.Template, error) {
	t, err := template.New("page").Funcs(words(clean)).ParseFS(web, "web/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("reading the templates: %w", err)
	}
	hypertext.CleanActions(t, "clean")
	return t, nil
}

// words are the functions of the templates. They depend on nothing but what they
// are handed.
func words(clean func(string) string) template.FuncMap {
	return template.FuncMap{
		"clean":   func(v any) any { return cleanAny(clean, v) },
		"exact":   func(s string) exact { return exact(escaped(clean, s)) },
		"pieces":  func(v any) []piece { return pieces(fmt.Sprint(cleanAny(clean, v))) },
		"diff":    func(s string) []hypertext.DiffLine { return diffLines(clean, s) },
		"lines":   func(s string) []string { return cleanLines(clean, s) },
		"num":     num,
		"plural":  plural,
		"stamp":   stamp,
		"day":     day,
		"share":   hypertext.ShareText,
		"class":   verdictClass,
		"word":    verdictWord,
		"holds":   holds,
		"answer":  answerWord,
		"key":     keyText,
		"join":    func(list []string) string { return strings.Join(list, ", ") },
		"runAt":   func(run string) href { return link("/runs/" + run) },
		"subject": func(s string) href { return link("/subject", "s", s) },
		"system":  func(s string) href { return link("/system", "name", s) },
		"rule":    func(profile, rule string) href { return link("/rule", "profile", profile, "rule", rule) },
	}
}

// cleanAny is clean for whatever a template prints.
func cleanAny(clean func(string) string, v any) any {
	switch v := v.(type) {
	case string:
		return clean(v)
	case int:
		return v
	case href:
		return string(v)
	case exact:
		return string(v)
	case fmt.Stringer:
		return clean(v.String())
	case []string:
		return clean(strings.Join(v, ", "))
	case nil:
		return ""
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return clean(r.String())
	}
	return clean(fmt.Sprint(v))
}
