package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tlsaudit/audit"
)

// listing is a list of registry entries of a policy, some of them for a time
// only.
type listing struct {
	// order are the numbers as written, each once: the policy's preference.
	order []audit.Code
	// sorted are the entries by number.
	sorted []listEntry
}

// listEntry is one of them. Zero times mean no bound.
type listEntry struct {
	code        audit.Code
	from, after time.Time
	// since and until are the bounds as written.
	since, until string
}

func (l *listing) add(e listEntry) {
	if !slices.Contains(l.order, e.code) {
		l.order = append(l.order, e.code)
	}
	i, _ := slices.BinarySearchFunc(l.sorted, e.code, compareEntry)
	l.sorted = slices.Insert(l.sorted, i, e)
}

func compareEntry(e listEntry, code audit.Code) int { return cmp.Compare(e.code, code) }

func (l *listing) empty() bool { return len(l.order) == 0 }

// has reports whether an entry is on the list at the time of judgement.
func (l *listing) has(code audit.Code, now time.Time) bool {
	listed, _ := l.find(code, now)
	return listed
}

// find reports whether an entry is on the list at the time of judgement, and
// if it is not, since when it no longer, or when it will be.
func (l *listing) find(code audit.Code, now time.Time) (listed bool, why string) {
	i, found := slices.BinarySearchFunc(l.sorted, code, compareEntry)
	if !found {
		return false, ""
	}
	for _, e := range l.sorted[i:] {
		switch {
		case e.code != code:
			return false, why
		case !e.after.IsZero() && !now.Before(e.after):
			why = "was listed until " + e.until
		case now.Before(e.from):
			why = "is listed from " + e.since
		default:
			return true, ""
		}
	}
	return false, why
}

// current are the entries on the list at the time of judgement, as ordered.
func (l *listing) current(now time.Time) []audit.Code {
	return slices.DeleteFunc(slices.Clone(l.order), func(code audit.Code) bool { return !l.has(code, now) })
}

// listing reads a list of registry entries; code looks one up.
func (r *reader) listing(key string, code func(key string, item any) audit.Code) listing {
	var l listing
	for _, item := range r.list(key) {
		e := listEntry{code: code(key, item)}
		if m, ok := item.(map[string]any); ok {
			e.from, _, e.since = r.period(key, m, "from")
			_, e.after, e.until = r.period(key, m, "until")
		}
		if r.err != nil {
			return listing{}
		}
		if !e.after.IsZero() && !e.from.Before(e.after) {
			r.fail("parameter %q: from %s is not before until %s", key, e.since, e.until)
		}
		l.add(e)
	}
	return l
}

// period reads a date of a mapping: its first moment and the one after its
// last. A month and a year are periods too.
func (r *reader) period(key string, in map[string]any, name string) (first, after time.Time, text string) {
	v, ok := in[name]
	if !ok {
		return time.Time{}, time.Time{}, ""
	}
	text, ok = v.(string)
	if n, isInt := whole(v); isInt {
		text, ok = strconv.Itoa(n), true
	}
	if ok {
		if first, after, ok = parsePeriod(text); ok {
			return first, after, text
		}
	}
	if name == key {
		name = "the value"
	}
	r.fail("parameter %q: %s %q is not a date such as 2026-12-31", key, name, fmt.Sprint(v))
	return time.Time{}, time.Time{}, ""
}

func parsePeriod(text string) (first, after time.Time, ok bool) {
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{time.DateOnly, 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if t, err := time.Parse(form.layout, text); err == nil {
			return t, t.AddDate(form.years, form.months, form.days), true
		}
	}
	return time.Time{}, time.Time{}, false
}

// date returns the first moment of a date parameter, zero if it is not given.
func (r *reader) date(key string) time.Time {
	if _, ok := r.get(key); !ok {
		return time.Time{}
	}
	first, _, _ := r.period(key, r.in, key)
	return first
}
