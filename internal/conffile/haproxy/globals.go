package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/near"
)

// globals are the TLS settings of the section global in force at some place of
// the file: HAProxy copies them when it reads the word ssl of a line.
type globals struct {
	bind, server settings
	level        *word
	// options is the last line of options for binds, head the last section
	// global, above.
	options, head *line
}

// global reads a line of the section global. What it returns counts from the
// next line on.
func (p *parser) global(l *line, old *globals) *globals {
	name := l.name()
	switch name {
	case "setenv":
		if len(l.words) == 3 && l.words[2].open == "" {
			p.env.values[l.words[1].text] = l.words[2].text
		} else if len(l.words) > 1 {
			delete(p.env.values, l.words[1].text)
		}
		return old
	case "presetenv": // the environment may have it already
		return old
	case "unsetenv", "resetenv":
		for _, w := range l.args() {
			delete(p.env.values, w.text)
		}
		return old
	}
	if !strings.HasPrefix(name, "ssl-") {
		if !slices.ContainsFunc(globalWords, func(known string) bool { return near.Slip(name, known) }) {
			p.odd(l)
			return old
		}
	}
	if !slices.Contains(globalWords, name) {
		for _, known := range globalWords {
			if near.Slip(name, known) {
				p.refuse(l.file, l.words[0].start, fmt.Sprintf("unknown keyword %q in 'global' section", confdoc.RedactText(name)), "did you mean "+known+"?")
				return old
			}
		}
		p.open(l.place(), fmt.Sprintf("the keyword %q is not known", confdoc.RedactText(name)))
		return old
	}
	if p.globalLines++; p.globalLines > maxGlobals {
		if p.globalLines == maxGlobals+1 {
			p.open(l.place(), fmt.Sprintf("more than %d lines of TLS defaults: the others are not read", maxGlobals))
		}
		return old
	}
	next := *old
	args := l.args()
	side := &next.bind
	if strings.HasPrefix(name, "ssl-default-server-") {
		side = &next.server
	}
	switch name {
	case "ssl-default-bind-options", "ssl-default-server-options":
		if len(args) == 0 {
			p.refuse(l.file, l.words[0].start, fmt.Sprintf("global statement '%s' expects an option as an argument", name), "")
		}
		if name == "ssl-default-bind-options" {
			next.options = l
		}
		*side = side.clone()
		for i := 0; i < len(args); i++ {
			count, known := globalOptions[args[i].text]
			switch {
			case args[i].open != "":
				side.unknown = append(side.unknown, args[i].open)
			case !known:
				p.refuse(l.file, args[i].start, fmt.Sprintf("unknown option %q on global statement '%s'", confdoc.RedactText(args[i].text), name), "")
			default:
				i += p.take(side, l, i, count)
			}
		}
	case "ssl-server-verify":
		p.unverified = nil
		if len(args) == 1 && args[0].text == "none" {
			p.unverified = l
		}
	case "ssl-security-level":
		if len(args) == 1 {
			next.level = &args[0]
		}
	default:
		key := strings.TrimPrefix(strings.TrimPrefix(name, "ssl-default-bind-"), "ssl-default-server-")
		if key != name && len(args) == 0 {
			p.refuse(l.file, l.words[0].start, fmt.Sprintf("global statement '%s' expects an argument", name), "")
		} else if key != name {
			*side = side.clone()
			side.set(key, &given{line: l, value: &args[0]})
		}
	}
	return &next
}
