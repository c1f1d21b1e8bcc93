package main

import (
	"fmt"
	"os"
	"path/filepath"

	"tlsaudit/internal/attest"
)

// namedPath is a file a flag names.
type namedPath struct{ flag, path string }

// writes are the files the flags have written.
func (f *auditFlags) writes() (list []namedPath) {
	for _, text := range f.outputs {
		if one, err := readOutput(text); err == nil && one.path != "" {
			list = append(list, namedPath{"--out", one.path})
		}
	}
	if f.metrics != "" {
		list = append(list, namedPath{"--metrics-file", f.metrics})
	}
	if f.writeBaseline != "" {
		list = append(list, namedPath{"--write-baseline", f.writeBaseline})
	}
	if f.manifest != "" {
		dir, file := filepath.Split(f.manifest)
		list = append(list, namedPath{"--manifest", f.manifest}, namedPath{"the signature of --manifest", dir + attest.SignatureName(file)},
			namedPath{"the chain of --manifest", dir + attest.ChainName})
	}
	return list
}

// reads are the files that are read, as far as they exist: a policy may be the
// id of a profile, and an argument a target.
func (f *auditFlags) reads(args []string) (list []namedPath) {
	add := func(flag string, paths ...string) {
		for _, path := range paths {
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				list = append(list, namedPath{flag, path})
			}
		}
	}
	add("the inventory", args...)
	add("--inventory", f.inventories...)
	add("--policy", f.policies...)
	add("--from", f.from...)
	add("--waivers", f.waivers...)
	add("--baseline", f.baseline)
	add("--ca", f.anchors...)
	add("--sign-key", f.signKey)
	if f.db != "" && !isDSN(f.db) {
		add("--db", f.db)
	}
	return list
}

// planFiles refuses files that cannot be written, or must not.
func planFiles(writes, reads []namedPath) error {
	for i, one := range writes {
		said := one.flag + " " + one.path
		for _, other := range writes[:i] {
			switch {
			case !sameFile(one.path, other.path):
			case one.flag == other.flag:
				return usageError(said+" is named twice", "give each report a name of its own")
			default:
				return usageError(fmt.Sprintf("%s is also what %s names", said, other.flag), "give each file a name of its own")
			}
		}
		for _, in := range reads {
			if sameFile(one.path, in.path) {
				return usageError(fmt.Sprintf("%s would overwrite what is read as %s", said, in.flag), "write to another file, such as "+beside(one.path))
			}
		}
		if dir := filepath.Dir(one.path); !isDirectory(dir) {
			return usageError(fmt.Sprintf("%s: %s is not a directory", said, dir), "mkdir -p "+shellWord(dir))
		}
		if info, err := os.Stat(one.path); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o222 == 0 {
			return usageError(said+" is read-only, so that it is not replaced", "write to another file, such as "+beside(one.path)+", or chmod u+w "+shellWord(one.path))
		}
		if isDirectory(one.path) {
			return usageError(said+" is a directory", "name a file in it, such as "+shellWord(filepath.Join(one.path, "report.json")))
		}
	}
	return nil
}

// beside is a name near another.
func beside(path string) string {
	ext := filepath.Ext(path)
	return shellWord(path[:len(path)-len(ext)] + "-new" + ext)
}

// sameFile reports whether two paths lead to one file, also to one that is not
// there yet.
func sameFile(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	same := func(a, b string) bool {
		one, err := os.Stat(a)
		other, otherErr := os.Stat(b)
		return err == nil && otherErr == nil && os.SameFile(one, other)
	}
	return same(a, b) || filepath.Base(a) == filepath.Base(b) && same(filepath.Dir(a), filepath.Dir(b))
}
