package haproxy

import (
	"strconv"
	"strings"

	"tlsaudit/internal/confdoc"
)

// truth is the value of a condition.
type truth uint8

const (
	no truth = iota
	yes
	open // it depends on what the file does not tell
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// maxCondition bounds the length of a condition.
const maxCondition = 4096

// condition evaluates the expression behind .if: terms joined by || and &&,
// negated by !, grouped by parentheses.
func (p *parser) condition(text string) truth {
	text = strings.TrimSpace(text)
	if len(text) > maxCondition {
		return open
	}
	if text == "" {
		return no
	}
	v, rest := p.anyOf(text, 0)
	if strings.TrimSpace(rest) != "" {
		return open
	}
	return v
}

func (p *parser) anyOf(s string, depth int) (v truth, rest string) {
	v, rest = p.allOf(s, depth)
	for {
		after, ok := strings.CutPrefix(strings.TrimSpace(rest), "||")
		if !ok {
			return v, rest
		}
		var other truth
		other, rest = p.allOf(after, depth)
		switch {
		case v == yes || other == yes:
			v = yes
		case v == open || other == open:
			v = open
		}
	}
}

func (p *parser) allOf(s string, depth int) (v truth, rest string) {
	v, rest = p.term(s, depth)
	for {
		after, ok := strings.CutPrefix(strings.TrimSpace(rest), "&&")
		if !ok {
			return v, rest
		}
		var other truth
		other, rest = p.term(after, depth)
		switch {
		case v == no || other == no:
			v = no
		case v == open || other == open:
			v = open
		}
	}
}

// maxParentheses bounds nesting.
const maxParentheses = 50

func (p *parser) term(s string, depth int) (v truth, rest string) {
	s = strings.TrimSpace(s)
	if after, ok := strings.CutPrefix(s, "!"); ok {
		negations := 1
		for {
			after = strings.TrimSpace(after)
			more, ok := strings.CutPrefix(after, "!")
			if !ok {
				break
			}
			after = more
			negations++
		}
		v, rest = p.term(after, depth)
		if v != open && negations%2 == 1 {
			v = truthOf(v == no)
		}
		return v, rest
	}
	if after, ok := strings.CutPrefix(s, "("); ok {
		if depth == maxParentheses {
			return open, ""
		}
		v, rest = p.anyOf(after, depth+1)
		rest, ok = strings.CutPrefix(strings.TrimSpace(rest), ")")
		if !ok {
			return open, ""
		}
		return v, rest
	}
	end := 0
	for end < len(s) && (s[end] == '_' || s[end] == '-' || s[end] >= '0' && s[end] <= '9' || s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z') {
		end++
	}
	word := s[:end]
	rest = s[end:]
	if after, ok := strings.CutPrefix(rest, "("); ok {
		args, behind, ok := strings.Cut(after, ")")
		if !ok {
			return open, ""
		}
		return p.predicate(word, strings.Split(args, ",")), behind
	}
	if n, err := strconv.Atoi(word); err == nil {
		return truthOf(n != 0), rest
	}
	return open, ""
}

func (p *parser) predicate(name string, args []string) truth {
	for i := range args {
		args[i] = strings.Trim(strings.TrimSpace(args[i]), `"'`)
	}
	compare := func(product string) (int, bool) {
		version, known := p.r.Version(product)
		return confdoc.CompareVersions(version, args[0]), known
	}
	switch name {
	case "defined":
		if _, known := p.env.values[args[0]]; known {
			return yes
		}
	case "version_atleast", "version_before":
		if c, known := compare("haproxy"); known {
			return truthOf((c >= 0) == (name == "version_atleast"))
		}
	case "openssl_version_atleast", "openssl_version_before":
		if c, known := compare("openssl"); known {
			return truthOf((c >= 0) == (name == "openssl_version_atleast"))
		}
	case "streq", "strneq":
		if len(args) == 2 {
			return truthOf((args[0] == args[1]) == (name == "streq"))
		}
	case "strstr":
		if len(args) == 2 {
			return truthOf(strings.Contains(args[0], args[1]))
		}
	}
	return open
}
