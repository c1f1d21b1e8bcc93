package schedule

import (
	"strconv"
	"strings"
)

// field is one of the five fields of an expression.
type field struct {
	name        string
	first, last int
	// names stand for first, first+1 and so on.
	names []string
}

// fields are in the order they are written. The last value of the weekdays is
// Sunday again.
var fields = [...]field{
	{name: "minute", first: 0, last: 59},
	{name: "hour", first: 0, last: 23},
	{name: "day of the month", first: 1, last: 31},
	{name: "month", first: 1, last: 12, names: []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{name: "weekday", first: 0, last: 7, names: []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

// parse returns the set of values a field names.
func (f field) parse(text string) (set uint64, err error) {
	for item := range strings.SplitSeq(text, ",") {
		low, high, step, err := f.item(item)
		if err != nil {
			return 0, err
		}
		for value := low; value <= high; value += step {
			set |= 1 << value
		}
	}
	if f.last == 7 && set&(1<<7) != 0 {
		set = set&^(1<<7) | 1
	}
	return set, nil
}

// item reads one part of a list: *, a, a-b, */n or a-b/n.
func (f field) item(text string) (low, high, step int, err error) {
	values, stepText, stepped := strings.Cut(text, "/")
	from, to, ranged := strings.Cut(values, "-")
	step = 1
	if stepped {
		var ok bool
		if step, ok = number(stepText); !ok || step < 1 || step > f.last {
			return 0, 0, 0, fault("write a whole number behind the slash, such as */2", "%s: %q is not a step from 1 to %d", f.name, clip(stepText), f.last)
		}
	}
	if values == "*" {
		return f.first, f.open(), step, nil
	}
	if low, err = f.value(from); err != nil {
		return 0, 0, 0, err
	}
	if !ranged {
		if stepped {
			return 0, 0, 0, fault("write "+from+"-"+strconv.Itoa(f.open())+"/"+stepText, "%s: %q has a step without a range", f.name, clip(text))
		}
		return low, low, 1, nil
	}
	if high, err = f.value(to); err != nil {
		return 0, 0, 0, err
	}
	if f.last == 7 && high == 0 && low > 0 {
		high = 7 // fri-sun
	}
	if low > high {
		return 0, 0, 0, fault("write two ranges, such as "+from+"-"+strconv.Itoa(f.open())+","+strconv.Itoa(f.first)+"-"+to, "%s: the range %q ends before it begins", f.name, clip(text))
	}
	return low, high, step, nil
}

// open is the last value an asterisk stands for: Sunday once.
func (f field) open() int {
	if f.last == 7 {
		return 6
	}
	return f.last
}

func (f field) value(text string) (int, error) {
	if n, ok := number(text); ok && n >= f.first && n <= f.last {
		return n, nil
	}
	for i, name := range f.names {
		if strings.EqualFold(text, name) {
			return f.first + i, nil
		}
	}
	hint := "write a number, a range such as 1-5, a step such as */2, or *"
	if f.names != nil {
		hint = "write a number, or a name from " + f.names[0] + " to " + f.names[len(f.names)-1]
	}
	return 0, fault(hint, "%s: %q is not from %d to %d", f.name, clip(text), f.first, f.last)
}

// number reads digits only: no sign, no blanks, two digits at most.
func number(text string) (int, bool) {
	if text == "" || len(text) > 2 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// clip shortens text that is quoted in an error.
func clip(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}
