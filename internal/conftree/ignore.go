package conftree

import (
	"path"
	"strings"
)

// DefaultIgnore are the patterns of what Files leaves out unless told
// otherwise ("!*.bak").
var DefaultIgnore = []string{
	".git/", ".svn/", ".hg/", "node_modules/", "*~", "*.bak", "*.orig", "*.swp", "*.rej", "*.dpkg-dist", "*.rpmsave", "*.tlsaudit-*",
}

// keyStores are the endings, and names, of files that may hold private keys.
var keyStores = []string{
	".kdb", ".sth", ".rdb", ".p12", ".pfx", ".jks", ".jceks", ".bcfks", ".keystore", ".ks", ".pem", ".key", ".keys", ".crt", ".cer", ".der",
	".p7b", ".p8", ".pk8", ".kyr", ".id", ".ppk", ".gpg", ".kdbx",
}

// binaries are the endings of files that hold no configuration text.
var binaries = []string{
	".crl", ".nsf", ".ntf", ".jar", ".war", ".ear", ".class", ".so", ".dll", ".exe", ".o", ".a", ".bin", ".db", ".cdb", ".lmdb", ".zip", ".gz", ".tgz",
	".bz2", ".xz", ".tar", ".7z", ".rpm", ".deb", ".png", ".jpg", ".jpeg", ".gif", ".ico", ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".log",
}

// keyStore reports whether a file may hold a private key, by its name.
func keyStore(name string) bool {
	base := strings.ToLower(path.Base(name))
	return hasEnding(base, keyStores) || strings.HasPrefix(base, "id_") && !strings.Contains(base, ".")
}

func hasEnding(name string, endings []string) bool {
	for _, ending := range endings {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}

// ignoreRule is one line of the kind .gitignore files have.
type ignoreRule struct {
	elements []string
	// folder: only folders match; keep: what matches is not ignored after all;
	// anchored: matched from the top on, otherwise at any depth.
	folder, keep, anchored bool
}

func ignoreRules(patterns []string) (rules []ignoreRule) {
	for _, p := range patterns {
		var r ignoreRule
		p, r.keep = strings.CutPrefix(strings.TrimSpace(p), "!")
		p, r.folder = strings.CutSuffix(p, "/")
		if p == "" || strings.HasPrefix(p, "#") {
			continue
		}
		r.anchored = strings.Contains(p, "/")
		r.elements = strings.Split(strings.TrimPrefix(strings.ReplaceAll(p, "[!", "[^"), "/"), "/")
		rules = append(rules, r)
	}
	return rules
}

// ignored reports whether the last rule that matches a path below the top says
// so.
func ignored(rules []ignoreRule, name string, folder bool) (out bool) {
	elements := strings.Split(name, "/")
	for _, r := range rules {
		if r.folder && !folder {
			continue
		}
		mine := elements
		if !r.anchored {
			mine = elements[len(elements)-1:]
		}
		if matchElements(r.elements, mine) {
			out = !r.keep
		}
	}
	return out
}

// matchElements matches a path with a pattern in which "**" stands for any
// number of elements. It goes back only to the last "**", as globs may.
func matchElements(pattern, name []string) bool {
	back, mark := -1, 0
	i, j := 0, 0
	for j < len(name) {
		switch {
		case i < len(pattern) && pattern[i] == "**":
			back, mark = i, j
			i++
		case i < len(pattern) && matchOne(pattern[i], name[j]):
			i, j = i+1, j+1
		case back >= 0:
			mark++
			i, j = back+1, mark
		default:
			return false
		}
	}
	for i < len(pattern) && pattern[i] == "**" {
		i++
	}
	return i == len(pattern)
}

func matchOne(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}
