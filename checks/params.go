package checks

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/near"
)

// reader takes typed values out of the untyped parameters of a rule. It keeps
// the first error and remembers which keys were asked for, so that done can
// refuse the others.
type reader struct {
	in    map[string]any
	asked []string
	err   error
}

func read(in map[string]any) *reader { return &reader{in: in} }

// done returns the first fault: an unknown key, or else a value of the wrong
// type. A misspelt key is often why another is missing, so it comes first.
func (r *reader) done() error {
	for _, key := range slices.Sorted(maps.Keys(r.in)) {
		if slices.Contains(r.asked, key) {
			continue
		}
		return &unknownParamError{key, r.asked}
	}
	return r.err
}

// unknownParamError is a key the check does not take.
type unknownParamError struct {
	key   string
	known []string
}

func (e *unknownParamError) Error() string {
	if len(e.known) == 0 {
		return fmt.Sprintf("unknown parameter %q: this check takes none", e.key)
	}
	return fmt.Sprintf("unknown parameter %q: one of %s%s", e.key, strings.Join(e.known, ", "), didYouMean(e.key, e.known))
}

// didYouMean is the end of a message about a word nobody knows: the known word
// most likely meant, or nothing.
func didYouMean(word string, known []string) string {
	if found := near.Word(word, known); found != "" {
		return fmt.Sprintf("; did you mean %q?", found)
	}
	return ""
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// get returns the value of key and whether it was given. A key given without a
// value is a fault: it looks set and is not.
func (r *reader) get(key string) (any, bool) {
	if !slices.Contains(r.asked, key) {
		r.asked = append(r.asked, key)
	}
	v, ok := r.in[key]
	if ok && v == nil {
		r.fail("parameter %q has no value", key)
		return nil, false
	}
	return v, ok
}

func (r *reader) has(key string) bool { _, ok := r.in[key]; return ok }

// bool returns a yes-or-no parameter, or def.
func (r *reader) bool(key string, def bool) bool {
	v, ok := r.get(key)
	if !ok {
		return def
	}
	b, isBool := v.(bool)
	if !isBool {
		r.fail("parameter %q: %v is not a yes-or-no value: true or false", key, v)
		return def
	}
	return b
}

// int returns a whole number within [low, high], or def.
func (r *reader) int(key string, def, low, high int) int {
	v, ok := r.get(key)
	if !ok {
		return def
	}
	n, isInt := whole(v)
	if !isInt || n < low || n > high {
		r.fail("parameter %q: %v is not a whole number from %d to %d", key, v, low, high)
		return def
	}
	return n
}

func whole(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, true
	case int64:
		return int(n), true
	case uint64:
		return int(n), n <= math.MaxInt32
	case float64:
		return int(n), n == math.Trunc(n) && math.Abs(n) <= math.MaxInt32
	}
	return 0, false
}

// list returns the items of a list parameter; a single value stands for a list
// of one. An empty list is a fault: it would demand nothing, or everything.
func (r *reader) list(key string) []any {
	v, ok := r.get(key)
	if !ok {
		return nil
	}
	var items []any
	switch l := v.(type) {
	case []any:
		items = l
	case []string:
		for _, s := range l {
			items = append(items, s)
		}
	default:
		items = []any{v}
	}
	if len(items) == 0 {
		r.fail("parameter %q is an empty list", key)
	}
	return items
}

// words returns a list of strings. With allowed given, each must be one of
// them, in any letter case, and is returned as spelt there.
func (r *reader) words(key string, allowed ...string) []string {
	var words []string
	for _, item := range r.list(key) {
		s, ok := item.(string)
		if !ok || s == "" {
			r.fail("parameter %q: %v is not a word", key, item)
			return nil
		}
		if len(allowed) > 0 {
			i := slices.IndexFunc(allowed, func(a string) bool { return strings.EqualFold(a, s) })
			if i < 0 {
				r.fail("parameter %q: %q is not one of %s%s", key, s, strings.Join(allowed, ", "), didYouMean(s, allowed))
				return nil
			}
			s = allowed[i]
		}
		if slices.Contains(words, s) {
			r.fail("parameter %q: %q is given twice", key, s)
			return nil
		}
		words = append(words, s)
	}
	return words
}

// word returns one string out of allowed, or def.
func (r *reader) word(key, def string, allowed ...string) string {
	if !r.has(key) {
		r.get(key)
		return def
	}
	words := r.words(key, allowed...)
	if len(words) > 1 {
		r.fail("parameter %q: one value is wanted, not %d", key, len(words))
	}
	if len(words) != 1 {
		return def
	}
	return words[0]
}

// versions returns a list of protocol versions.
func (r *reader) versions(key string) []audit.Version {
	var versions []audit.Version
	for _, name := range r.words(key) {
		v, err := audit.ParseVersion(name)
		if err != nil {
			r.fail("parameter %q: %w%s", key, err, didYouMean(name, versionNames()))
			return nil
		}
		versions = append(versions, v)
	}
	return versions
}

func versionNames() []string {
	list := make([]string, len(audit.Versions))
	for i, v := range audit.Versions {
		list[i] = v.String()
	}
	return list
}

// require records a fault unless at least one of keys was given.
func (r *reader) require(keys ...string) {
	for _, key := range keys {
		if r.has(key) {
			return
		}
	}
	if len(keys) == 1 {
		r.fail("parameter %q is missing", keys[0])
		return
	}
	r.fail("one of the parameters %s is missing", strings.Join(keys, ", "))
}

// entryKeys are the keys a registry entry of a profile may carry besides its
// name and number; they document it.
var entryKeys = []string{"id", "name", "control", "note", "until", "from", "level"}

// entry returns the name of a registry entry, given as a word or as a mapping
// {id, name, ...}. The number wins where both are there.
func (r *reader) entry(key string, item any) (string, bool) {
	switch e := item.(type) {
	case string:
		return e, true
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(e)) {
			if !slices.Contains(entryKeys, k) {
				r.fail("parameter %q: unknown key %q: one of %s%s", key, k, strings.Join(entryKeys, ", "), didYouMean(k, entryKeys))
				return "", false
			}
		}
		for _, k := range []string{"id", "name"} {
			if name, ok := e[k].(string); ok && name != "" {
				return name, true
			}
		}
	}
	r.fail("parameter %q: %v is neither a name nor a mapping with id or name", key, item)
	return "", false
}
