package gateway

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// The bounds of a file.
const (
	maxBytes   = 1 << 20
	maxRows    = 10_000
	maxMembers = 100_000
	maxLine    = 64 << 10
	maxName    = 200
)

// Format is one kind of file a table can be read from.
type Format struct {
	// Name is what a policy writes behind "as:".
	Name string
	// Title is one line for help texts, Product what rows say they are of.
	Title, Product string
	// UTF16 says that the file may be in UTF-16 with a byte order mark: it is
	// one people export from an office program, not one a mail server reads.
	UTF16 bool
	// Detect reports whether a file is most likely of this kind, by its name
	// and its text.
	Detect func(file, text string) bool
	read   func(*source) (*Table, error)
}

// Formats are the kinds of files a table can be read from. The first that
// detects a file reads it.
var Formats = []*Format{enforcedJSON, exchangeJSON, enforcedCSV, ciscoDestinations, eximConfiguration, sendmailAccess, postfixPolicy}

// FormatNames lists the names.
func FormatNames() []string {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = f.Name
	}
	return names
}

// Read reads a table. The name is that of a format, or empty to find out; the
// name of the file is used for that and in places. Every fault is an
// *audit.InputError.
func Read(name, file string, data []byte) (*Table, error) {
	format := (*Format)(nil)
	for _, f := range Formats {
		if f.Name == name {
			format = f
		}
	}
	var choice *strictyaml.ChoiceError
	if format == nil && name != "" && errors.As(strictyaml.Choose(name, FormatNames()), &choice) {
		return nil, &audit.InputError{Place: audit.Place{File: file}, Cause: "format of the gateway table: " + choice.Error(), Hint: choice.Hint()}
	}
	text, wide, err := plainText(file, data)
	if err != nil {
		return nil, err
	}
	for _, f := range Formats {
		if format == nil && f.Detect(file, text) {
			format = f
		}
	}
	if format == nil {
		return nil, &audit.InputError{Place: audit.Place{File: file, Line: 1, Col: 1}, Cause: "not recognised as a gateway table",
			Hint: "say what it is with as: one of " + strings.Join(FormatNames(), ", ")}
	}
	if wide && !format.UTF16 {
		return nil, &audit.InputError{Place: audit.Place{File: file, Line: 1, Col: 1}, Cause: "the file is UTF-16, which " + format.Product + " does not read as text",
			Hint: "look at the file the server really reads, or save this one as UTF-8"}
	}
	s := &source{file: file, format: format, text: text}
	table, err := format.read(s)
	if err != nil {
		return nil, err
	}
	table.Format = format.Name
	if table.Product == "" {
		table.Product = format.Product
	}
	table.Place = audit.Place{File: file, Line: 1, Col: 1}
	for i := range table.Rows {
		if table.Rows[i].Product == "" {
			table.Rows[i].Product = table.Product
		}
	}
	table.Sort()
	return table, nil
}

// source is a file being read.
type source struct {
	file   string
	format *Format
	text   string
	// members counts those of all rows.
	members int
	// starts are the offsets of the lines, once somebody asked for them.
	starts []int
}

// at is a position in the file.
type at struct{ line, col int }

func (s *source) place(p at) audit.Place { return audit.Place{File: s.file, Line: p.line, Col: p.col} }

// fault is the error that something is wrong at a position.
func (s *source) fault(p at, hint, format string, args ...any) error {
	return &audit.InputError{Place: s.place(p), Cause: fmt.Sprintf(format, args...), Hint: hint}
}

// choose reads a word that has to be one of a list.
func (s *source) choose(p at, what, word string, allowed []string) error {
	var choice *strictyaml.ChoiceError
	if errors.As(strictyaml.Choose(word, allowed), &choice) {
		return s.fault(p, choice.Hint(), "%s: %v", what, choice)
	}
	return nil
}

// count keeps the number of rows and members within bounds.
func (s *source) count(t *Table, p at, members int) error {
	if len(t.Rows) >= maxRows {
		return s.fault(p, "split the table", "more than %d rows", maxRows)
	}
	if s.members += members; s.members > maxMembers {
		return s.fault(p, "split the table", "more than %d members", maxMembers)
	}
	return nil
}

// rowName bounds the name of a row.
func (s *source) rowName(p at, name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len([]rune(name)) > maxName {
		return "", s.fault(p, fmt.Sprintf("1 to %d characters", maxName), "%s is not a name for a row", quote(name))
	}
	return name, nil
}

// domain reads a member of a domain group.
func (s *source) domain(p at, text string) (string, error) {
	d, f := Domain(text)
	if f != nil {
		return "", s.fault(p, f.Hint, "%s", f.Cause)
	}
	return d, nil
}

// fileNamed reports whether a file is called like one of the patterns.
func fileNamed(file string, patterns ...string) bool {
	base := strings.ToLower(filepath.Base(file))
	for _, p := range patterns {
		if ok, err := filepath.Match(p, base); ok && err == nil {
			return true
		}
	}
	return false
}

// near reports whether a word is most likely one of others misspelt.
func near(word string, known ...string) bool { return strictyaml.Nearest(word, known) != "" }
