package httpd

import (
	"strings"

	"tlsaudit/internal/confdoc"
)

// limits on what variables may grow to.
const (
	maxLine     = 64 << 10 // one line after replacement
	maxExpanded = 8 << 20  // all of them
)

// vars are what Define says at one point of reading. Names of variables ignore
// case, names of defines do not (apr_table_t against strcmp).
type vars struct {
	values  map[string]string
	defined map[string]bool
	// unknown are variables that a branch nobody can decide sets.
	unknown map[string]bool
	spent   int
}

func newVars() *vars {
	return &vars{values: map[string]string{}, defined: map[string]bool{}, unknown: map[string]bool{}}
}

func (v *vars) define(name string, value *string) {
	v.defined[name] = true
	if value != nil {
		// what is called a password is none of the words of TLS
		v.values[strings.ToLower(name)] = confdoc.Redact(name, *value)
		delete(v.unknown, strings.ToLower(name))
	}
}

func (v *vars) undefine(name string) {
	delete(v.defined, name)
	delete(v.values, strings.ToLower(name))
	delete(v.unknown, strings.ToLower(name))
}

// expand replaces ${NAME} once, not in what it puts in. Names that are not
// defined stay as they are, and are returned: they may come from the
// environment. ok is false if the text grows without reason.
func (v *vars) expand(s string) (text string, missing []string, ok bool) {
	if !strings.Contains(s, "${") {
		return s, nil, true
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			break
		}
		length := strings.IndexByte(s[i:], '}')
		if length < 0 {
			break
		}
		name := s[i+2 : i+length]
		b.WriteString(s[:i])
		value, known := v.values[strings.ToLower(name)]
		if v.unknown[strings.ToLower(name)] {
			known = false
		}
		if known {
			b.WriteString(value)
		} else {
			missing = append(missing, name)
			b.WriteString(s[i : i+length+1])
		}
		s = s[i+length+1:]
		if b.Len() > maxLine {
			return "", nil, false
		}
	}
	b.WriteString(s)
	v.spent += b.Len()
	return b.String(), missing, v.spent <= maxExpanded
}
