package jsonstream

import (
	"encoding/json"
	"iter"
	"strconv"
)

// Members walks the object at hand and yields the name of each member, whose
// value is then at hand; a value the caller leaves is skipped. A fault is
// yielded once and ends the walk.
func (r *Reader) Members() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		seen := map[string]bool{}
		err := r.walk('{', '}', func(int) (bool, error) {
			place := r.Place()
			name, err := r.name()
			switch {
			case err != nil:
				return false, err
			case seen[name]:
				return false, r.Fault(place, "the member %q stands here a second time", name)
			case len(seen) == MaxMembers:
				return false, r.Fault(place, "more than %d members", MaxMembers)
			}
			seen[name] = true
			return r.visit(name, func() bool { return yield(name, nil) })
		})
		if err != nil {
			yield("", err)
		}
	}
}

// Elements walks the list at hand and yields nil for each element, which is
// then at hand; one the caller leaves is skipped. A fault is yielded once and
// ends the walk.
func (r *Reader) Elements() iter.Seq[error] {
	return func(yield func(error) bool) {
		err := r.walk('[', ']', func(i int) (bool, error) {
			return r.visit("["+strconv.Itoa(i)+"]", func() bool { return yield(nil) })
		})
		if err != nil {
			yield(err)
		}
	}
}

// walk calls each at every member or element; each reports whether to go on.
func (r *Reader) walk(open, end byte, each func(i int) (bool, error)) error {
	r.pending = false
	if _, err := r.take(string(open)); err != nil {
		return err
	}
	if r.depth++; r.depth > MaxDepth {
		return r.Fault(r.Place(), "nested deeper than %d levels", MaxDepth)
	}
	c, err := r.peek()
	if err != nil {
		return err
	}
	if c == end {
		_, err := r.take(string(end))
		r.depth--
		return err
	}
	for i := 0; ; i++ {
		if _, err := r.peek(); err != nil {
			return err
		}
		if more, err := each(i); err != nil || !more {
			return err
		}
		c, err := r.take("," + string(end))
		if err != nil {
			return err
		}
		if c == end {
			r.depth--
			return nil
		}
	}
}

// visit puts a value at hand, calls f, and skips the value if f left it.
func (r *Reader) visit(step string, f func() bool) (bool, error) {
	r.path = append(r.path, step)
	r.pending = true
	if !f() {
		return false, nil
	}
	if r.pending {
		if err := r.Skip(); err != nil {
			return false, err
		}
	}
	r.path = r.path[:len(r.path)-1]
	return true, nil
}

// maxName is the size of a name in bytes, with its quotes and escapes.
const maxName = 1 << 10

// name reads the name of a member and the colon behind it.
func (r *Reader) name() (string, error) {
	c, err := r.peek()
	if err != nil {
		return "", err
	}
	if c != '"' {
		return "", r.Fault(r.Place(), "not valid JSON: %s where the name of a member is wanted", strconv.QuoteRune(rune(c)))
	}
	place := r.Place()
	raw, err := r.raw(maxName)
	if err != nil {
		return "", err
	}
	var name string
	if err := json.Unmarshal(raw, &name); err != nil {
		return "", r.undecodable(place, raw, &name, err)
	}
	if _, err := r.take(":"); err != nil {
		return "", err
	}
	_, err = r.peek() // so that Place is of the value
	return name, err
}
