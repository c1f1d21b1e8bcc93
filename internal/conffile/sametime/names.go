package sametime

import (
	"regexp"
	"slices"
	"strings"
)

// sections are the sections of sametime.ini that are known by name: where a
// name with wrong underscores has to be taken apart.
var sections = []string{"Config", "Connectivity", "Debug", "Directory", "ST_BB_NAMES", "Services", "STLinks"}

var stiName = regexp.MustCompile(`^STI__([A-Za-z0-9]+(?:_[A-Za-z0-9]+)*)__([A-Za-z0-9][A-Za-z0-9_.-]*)$`)

// sti takes the name of an environment variable apart: STI, two underscores, a
// section of sametime.ini, two underscores, a parameter. ours is false for a
// variable that is meant for somebody else; misnamed is set if the underscores
// are wrong, so that the variable most likely sets nothing.
func sti(key string) (section, name string, misnamed, ours bool) {
	if m := stiName.FindStringSubmatch(key); m != nil && !strings.Contains(m[2], "__") && !grown(m[1]) {
		return m[1], m[2], false, true
	}
	rest, ok := strings.CutPrefix(key, "STI_")
	if !ok {
		return "", "", false, false
	}
	rest = strings.TrimLeft(rest, "_")
	for _, s := range sections {
		if after, ok := strings.CutPrefix(rest, s+"_"); ok {
			return s, strings.TrimLeft(after, "_"), true, true
		}
	}
	section, name, ok = strings.Cut(rest, "_")
	return section, strings.TrimLeft(name, "_"), true, ok && section != "" && strings.Trim(name, "_") != ""
}

// grown reports whether a section is a known one with more behind a single
// underscore: "Config_ST" of STI__Config_ST__X.
func grown(section string) bool {
	return !slices.Contains(sections, section) && slices.ContainsFunc(sections, func(s string) bool { return strings.HasPrefix(section, s+"_") })
}

// variable is the name of the environment variable that sets a parameter.
func variable(section, name string) string { return "STI__" + section + "__" + name }
