package tlsreg

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"tlsaudit/audit"
)

// row is one record of a table, by column name.
type row struct {
	column map[string]int
	fields []string
}

func (r row) text(name string) string {
	i, ok := r.column[name]
	if !ok {
		panic("tlsreg: no column " + name)
	}
	return r.fields[i]
}

func (r row) bool(name string) bool { return r.text(name) == "true" }

// int returns 0 for an empty field, which the tables use for "not applicable".
func (r row) int(name string) int {
	n, _ := strconv.Atoi(r.text(name))
	return n
}

func (r row) list(name string) []string {
	if r.text(name) == "" {
		return nil
	}
	return strings.Split(r.text(name), "|")
}

func (r row) code() audit.Code {
	c, err := ParseCode(r.text("code"))
	if err != nil {
		panic(fmt.Sprintf("tlsreg: %v", err))
	}
	return c
}

// version returns 0 for what is not a version of TLS or SSL, such as TLCP1.1.
func (r row) version(name string) audit.Version {
	v, _ := audit.ParseVersion(r.text(name))
	return v
}

// rows reads a table. The tables are part of the program, so a fault in one is
// a fault of the build and panics; the tests of this package read them all.
func rows(table string) []row {
	records, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("tlsreg: reading an embedded table: %v", err))
	}
	column := make(map[string]int, len(records[0]))
	for i, name := range records[0] {
		column[name] = i
	}
	list := make([]row, 0, len(records)-1)
	for _, fields := range records[1:] {
		list = append(list, row{column, fields})
	}
	return list
}

// ParseCode reads a registry number as "0xC02F" or, as IANA writes suites,
// "0xC0,0x2F" (three bytes for SSLv2 cipher kinds). Case is ignored.
func ParseCode(s string) (audit.Code, error) {
	var digits strings.Builder
	for part := range strings.SplitSeq(s, ",") {
		hex, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(part)), "0x")
		if !ok {
			return 0, codeError(s)
		}
		digits.WriteString(hex)
	}
	n, err := strconv.ParseUint(digits.String(), 16, 24)
	if err != nil {
		return 0, codeError(s)
	}
	return audit.Code(n), nil
}

func codeError(s string) error {
	return fmt.Errorf("%q is not a registry number such as 0xC02F or 0xC0,0x2F", s)
}

// index maps names to positions in a table, ignoring case. The first name
// added wins, so that callers add the more telling names first.
type index map[string]int

func (x index) add(position int, names ...string) {
	for _, name := range names {
		key := strings.ToUpper(name)
		if _, taken := x[key]; !taken && key != "" {
			x[key] = position
		}
	}
}

func (x index) find(name string) (int, bool) {
	i, ok := x[strings.ToUpper(strings.TrimSpace(name))]
	return i, ok
}
