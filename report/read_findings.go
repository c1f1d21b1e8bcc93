package report

import (
	"io"
	"iter"

	"tlsaudit/audit"
	"tlsaudit/internal/jsonstream"
)

// ReadFindings reads the findings of a stored JSON report one by one, in the
// order they stand, holding no more than one. Names a later program added are
// passed over. The name of the file is used in errors only.
//
// A stored report is foreign: a fault is an *audit.InputError, yielded once,
// and ends the reading; what came before it has been yielded.
func ReadFindings(file string, in io.Reader) iter.Seq2[*audit.Finding, error] {
	return func(yield func(*audit.Finding, error) bool) {
		if err := findings(jsonstream.NewReader(file, in), file, yield); err != nil {
			yield(nil, err)
		}
	}
}

func findings(r *jsonstream.Reader, file string, yield func(*audit.Finding, error) bool) error {
	schema := ""
	for name, err := range r.Members() {
		switch {
		case err != nil:
			return err
		case name == "schema":
			if err := readSchema(r, &schema); err != nil {
				return err
			}
		case name == "findings" && schema == "":
			return noSchema(file)
		case name == "findings":
			for err := range r.Elements() {
				f := &audit.Finding{}
				if err == nil {
					err = r.Decode(f)
				}
				if err != nil {
					return err
				}
				if !yield(f, nil) {
					return nil
				}
			}
			return nil // what follows is not looked at
		}
	}
	if schema == "" {
		return noSchema(file)
	}
	return nil
}
