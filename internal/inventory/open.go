package inventory

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tlsaudit/audit"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Open reads an inventory file: YAML if its name ends in .yaml or .yml, a table
// if it ends in .csv, otherwise a list of targets. The file is opened when the
// sequence is run through.
func Open(path string, protocols []audit.Protocol) iter.Seq2[audit.Target, error] {
	return unique(open(path, protocols))
}

// Targets joins what is named on the command line, each a target or a file, and
// the inventory files, into one sequence without duplicates. Targets written as
// arguments have the place "argument N".
func Targets(args, files []string, protocols []audit.Protocol) iter.Seq2[audit.Target, error] {
	var all []iter.Seq2[audit.Target, error]
	for i, arg := range args {
		if isFile(arg) {
			all = append(all, open(arg, protocols))
		} else {
			all = append(all, argument(i+1, arg, protocols))
		}
	}
	for _, file := range files {
		all = append(all, open(file, protocols))
	}
	return unique(all...)
}

// ParseTargets reads targets, and names of files of them, from arguments.
func ParseTargets(args []string, protocols []audit.Protocol) iter.Seq2[audit.Target, error] {
	return Targets(args, nil, protocols)
}

// isFile tells a file from a target. A name that looks like a file is one even
// if it does not exist, so that a misspelt file is not audited as a host.
func isFile(arg string) bool {
	if strings.Contains(arg, "://") {
		return false
	}
	switch strings.ToLower(filepath.Ext(arg)) {
	case ".yaml", ".yml", ".csv", ".txt":
		return true
	}
	if strings.ContainsAny(arg, `/\`) {
		return true
	}
	info, err := os.Stat(arg)
	return err == nil && !info.IsDir()
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

func open(path string, protocols []audit.Protocol) iter.Seq2[audit.Target, error] {
	return func(yield func(audit.Target, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(audit.Target{}, openError(path, err))
			return
		}
		defer f.Close()
		var targets iter.Seq2[audit.Target, error]
		switch strings.ToLower(filepath.Ext(path)) {
		case ".yaml", ".yml":
			targets = openYAML(path, f, protocols)
		case ".csv":
			targets = readCSV(path, f, protocols)
		default:
			targets = readText(path, f, protocols)
		}
		for t, err := range targets {
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
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
	cause := err.Error()
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		cause = p.Err.Error()
	}
	return &audit.InputError{
		Place: audit.Place{File: path},
		Cause: "cannot read the inventory: " + cause,
		Hint:  "name an existing YAML, CSV or text file, or a target such as https://www.example.com",
		Err:   err,
	}
}
