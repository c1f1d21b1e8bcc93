package inventory

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Targets joins what is named on the command line, each a target or a file, and
// the inventory files, into one sequence without duplicates. A file is YAML if
// its name ends in .yaml or .yml, a table if it ends in .csv, otherwise a list
// of targets; "-" is a list read from stdin. Targets written as arguments have
// the place "argument N".
//
// The sequence may be run through more than once. Files are opened each time; a
// pipe and stdin are read once and kept, up to 64 MiB.
func Targets(args, files []string, stdin io.Reader, protocols []audit.Protocol) iter.Seq2[audit.Target, error] {
	var all []iter.Seq2[audit.Target, error]
	for i, arg := range args {
		if arg == "-" || IsFile(arg) {
			all = append(all, read(newSource(arg, stdin), protocols))
		} else {
			all = append(all, argument(i+1, arg, protocols))
		}
	}
	for _, file := range files {
		all = append(all, read(newSource(file, stdin), protocols))
	}
	return unique(all...)
}

// IsFile tells a file from a target by its name alone: a misspelt file must not
// be audited as a host, nor a host be read as a file that happens to lie about.
func IsFile(arg string) bool {
	if strings.Contains(arg, "://") {
		return false
	}
	switch strings.ToLower(filepath.Ext(arg)) {
	case ".yaml", ".yml", ".csv", ".txt":
		return true
	}
	return strings.ContainsAny(arg, `/\`)
}

func argument(n int, arg string, protocols []audit.Protocol) iter.Seq2[audit.Target, error] {
	return func(yield func(audit.Target, error) bool) {
		t, err := ParseTarget(arg, protocols)
		if err == nil {
			t.Place = &audit.Place{File: fmt.Sprintf("argument %d", n)}
		}
		yield(t, err)
	}
}

// read runs through the targets of a source, in the format its name tells.
func read(s *source, protocols []audit.Protocol) iter.Seq2[audit.Target, error] {
	return func(yield func(audit.Target, error) bool) {
		f, err := s.open()
		if err != nil {
			yield(audit.Target{}, openError(s.name, err))
			return
		}
		defer f.Close()
		var targets iter.Seq2[audit.Target, error]
		switch strings.ToLower(filepath.Ext(s.name)) {
		case ".yaml", ".yml":
			targets = openYAML(s.name, f, protocols)
		case ".csv":
			targets = readCSV(s.name, f, protocols)
		default:
			targets = readText(s.name, f, protocols)
		}
		for t, err := range targets {
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// ReadFile reads an inventory of systems; nil without an error if the file is
// none, but a table or a list of targets.
func ReadFile(path string, protocols []audit.Protocol) (*Inventory, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
	default:
		return nil, nil
	}
	data, err := strictyaml.ReadFile(path, maxYAML)
	if err != nil {
		return nil, openError(path, err)
	}
	return ReadYAML(path, data, protocols)
}

func openYAML(path string, f io.Reader, protocols []audit.Protocol) iter.Seq2[audit.Target, error] {
	return func(yield func(audit.Target, error) bool) {
		// One byte more than allowed, so that the reader sees the excess.
		data, err := io.ReadAll(io.LimitReader(f, maxYAML+1))
		if err != nil {
			yield(audit.Target{}, openError(path, err))
			return
		}
		inventory, err := ReadYAML(path, data, protocols)
		if err != nil {
			yield(audit.Target{}, err)
			return
		}
		inventory.Targets()(yield)
	}
}

func openError(path string, err error) error {
	return strictyaml.Unreadable(path, "the inventory", "name an existing YAML, CSV or text file, or a target such as https://www.example.com", err)
}
