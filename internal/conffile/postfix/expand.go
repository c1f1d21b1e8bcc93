package postfix

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
)

// The limits of expansion: Postfix gives up at a depth of 100, and has no limit
// of size.
const (
	maxNesting  = 100
	maxExpanded = 64 << 10
	maxSteps    = 20000
)

// errMacro is what Postfix calls a macro processing error, and is fatal to it;
// errExpanded is our own limit.
var (
	errMacro    = errors.New("macro processing error")
	errExpanded = errors.New("the value expands to more than is read")
)

// lookup returns the value of a parameter as it is written; open is set if it
// has one that the files do not tell.
type lookup func(name string) (value string, open bool)

// expander expands one value.
type expander struct {
	lookup lookup
	out    strings.Builder
	level  int
	steps  *int
	open   bool
}

// expand returns a value with every $name in it replaced. Names without a value
// are empty. Open is set if the result depends on what the files do not tell.
func expand(value string, look lookup) (expanded string, open bool, err error) {
	steps := 0
	x := expander{lookup: look, steps: &steps}
	err = x.parse(value)
	return x.out.String(), x.open, err
}

// parse copies text and handles what begins with a dollar sign.
func (x *expander) parse(s string) error {
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			return x.write(s)
		}
		if err := x.write(s[:i]); err != nil {
			return err
		}
		s = s[i+1:]
		var name string
		switch {
		case strings.HasPrefix(s, "$"):
			s = s[1:]
			if err := x.write("$"); err != nil {
				return err
			}
			continue
		case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "("):
			end := closing(s)
			if end < 0 {
				return errMacro
			}
			name, s = s[1:end], s[end+1:]
		default:
			end := 0
			for end < len(s) && wordByte(s[end]) {
				end++
			}
			name, s = s[:end], s[end:]
		}
		if name == "" {
			return errMacro
		}
		if err := x.call(name); err != nil {
			return err
		}
	}
}

func (x *expander) write(s string) error {
	if *x.steps++; *x.steps > maxSteps || x.out.Len()+len(s) > maxExpanded {
		return errExpanded
	}
	x.out.WriteString(s)
	return nil
}

// closing returns where the parenthesis at the start of s is closed.
func closing(s string) int {
	opens, closes, level := s[0], byte('}'), 0
	if opens == '(' {
		closes = ')'
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case opens:
			level++
		case closes:
			if level--; level == 0 {
				return i
			}
		}
	}
	return -1
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// call replaces what stands between the braces.
func (x *expander) call(s string) error {
	if x.level++; x.level > maxNesting {
		return errMacro
	}
	defer func() { x.level-- }()
	var value string
	rest := strings.TrimLeftFunc(s, spaceRune)
	if strings.HasPrefix(rest, "{") {
		truth, after, err := x.relation(rest)
		if err != nil {
			return err
		}
		if truth {
			value = "true"
		}
		if rest = after; rest != "" && rest[0] != '?' && rest[0] != ':' {
			return errMacro
		}
	} else {
		end := 0
		for end < len(s) && wordByte(s[end]) {
			end++
		}
		if rest = s[end:]; rest != "" && rest[0] != '?' && rest[0] != ':' {
			return errMacro
		}
		var open bool
		value, open = x.lookup(s[:end])
		switch {
		case !open:
		case rest == "":
			x.open = true
		default:
			value = "true" // what the machine computes is never empty
		}
	}
	if rest == "" {
		return x.parse(value)
	}
	return x.choose(value != "", rest)
}

// choose expands one of the results behind a question mark or a colon.
func (x *expander) choose(truth bool, s string) error {
	op, s := s[0], s[1:]
	if op == '?' {
		result, rest, err := operand(s)
		if err != nil {
			return err
		}
		if truth {
			if err := x.parse(result); err != nil {
				return err
			}
		}
		if rest == "" {
			return nil
		}
		if rest[0] != ':' {
			return errMacro
		}
		s = rest[1:]
	}
	result, rest, err := operand(s)
	if err != nil {
		return err
	}
	if !truth {
		if err := x.parse(result); err != nil {
			return err
		}
	}
	if rest != "" {
		return errMacro
	}
	return nil
}

// operand is text in braces, or all the rest.
func operand(s string) (text, rest string, err error) {
	if t := strings.TrimLeftFunc(s, spaceRune); strings.HasPrefix(t, "{") {
		return payload(t)
	}
	return s, "", nil
}

// payload returns what stands in the braces at the start of s, and what is
// behind them without leading blanks.
func payload(s string) (text, rest string, err error) {
	end := closing(s)
	if end < 0 {
		return "", "", errMacro
	}
	return s[1:end], strings.TrimLeftFunc(s[end+1:], spaceRune), nil
}

// relation evaluates "{left} op {right}".
func (x *expander) relation(s string) (truth bool, rest string, err error) {
	left, rest, err := payload(s)
	if err != nil {
		return false, "", err
	}
	n := 0
	for n < len(rest) && strings.IndexByte("<>!=?+-*/~&|%", rest[n]) >= 0 {
		n++
	}
	op := rest[:n]
	rest = rest[n:]
	levels := strings.HasPrefix(rest, "level")
	if levels {
		rest = rest[len("level"):]
	}
	compare, ok := relations[op]
	if !ok {
		return false, "", errMacro
	}
	if rest = strings.TrimLeftFunc(rest, spaceRune); !strings.HasPrefix(rest, "{") {
		return false, "", errMacro
	}
	right, rest, err := payload(rest)
	if err != nil {
		return false, "", err
	}
	if left, err = x.inner(left); err != nil {
		return false, "", err
	}
	if right, err = x.inner(right); err != nil {
		return false, "", err
	}
	order, err := orderOf(left, right, levels)
	return compare(order), rest, err
}

var relations = map[string]func(int) bool{
	"==": func(n int) bool { return n == 0 },
	"!=": func(n int) bool { return n != 0 },
	"<":  func(n int) bool { return n < 0 },
	"<=": func(n int) bool { return n <= 0 },
	">=": func(n int) bool { return n >= 0 },
	">":  func(n int) bool { return n > 0 },
}

// inner expands an operand by itself.
func (x *expander) inner(s string) (string, error) {
	sub := expander{lookup: x.lookup, level: x.level, steps: x.steps}
	err := sub.parse(s)
	x.open = x.open || sub.open
	return sub.out.String(), err
}

// orderOf compares as numbers where both are, as text otherwise; levels are
// compared number by number.
func orderOf(a, b string, levels bool) (int, error) {
	if levels {
		x, err := level(a)
		if err != nil {
			return 0, err
		}
		y, err := level(b)
		return cmp.Compare(x, y), err
	}
	if digitsOnly(a) && digitsOnly(b) {
		x, errX := strconv.ParseInt(a, 10, 64)
		y, errY := strconv.ParseInt(b, 10, 64)
		if errX == nil && errY == nil {
			return cmp.Compare(x, y), nil
		}
	}
	return strings.Compare(a, b), nil
}

func digitsOnly(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// level reads a compatibility level: up to three numbers.
func level(s string) (n int64, err error) {
	fields := strings.Split(s, ".")
	if len(fields) > 3 {
		return 0, errMacro
	}
	for i := range 3 {
		n <<= 20
		if i >= len(fields) {
			continue
		}
		v, err := strconv.ParseInt(fields[i], 10, 20)
		if err != nil || !digitsOnly(fields[i]) {
			return 0, errMacro
		}
		n |= v
	}
	return n, nil
}
