package history

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"tlsaudit/audit"
)

// The limits of one part of a list.
const (
	usualLimit = 50
	maxLimit   = 1000
)

// limit is how many items a page may have.
func (p Page) limit() int {
	if p.Limit <= 0 {
		return usualLimit
	}
	return min(p.Limit, maxLimit)
}

// maxCursor bounds what names the item a page begins behind.
const maxCursor = 4096

// cursor is the place behind which a page begins: the name of the order, and the
// values by which the last item was ordered, each int64 or string.
type cursor struct {
	order  string
	values []any
}

// String is the cursor as callers hand it back.
func (c cursor) String() string {
	text, err := json.Marshal(append([]any{c.order}, c.values...))
	if err != nil {
		return "" // numbers and strings can always be written
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseCursor reads what a caller hands back. A cursor is of one order and has
// the kinds of values that example has; any other was not given out for the list.
// There is none if nothing was handed back.
func parseCursor(from, order string, example ...any) (*cursor, error) {
	if from == "" {
		return nil, nil
	}
	fault := &audit.InputError{Cause: "the place to go on from is not one of this list", Hint: "begin with the first page again"}
	if len(from) > maxCursor {
		return nil, fault
	}
	plain, err := base64.RawURLEncoding.DecodeString(from)
	if err != nil {
		return nil, fault
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(plain, &parts); err != nil || len(parts) != len(example)+1 {
		return nil, fault
	}
	c := &cursor{}
	if err := json.Unmarshal(parts[0], &c.order); err != nil || c.order != order {
		return nil, fault
	}
	for i, want := range example {
		switch want.(type) {
		case int64:
			var n int64
			err = json.Unmarshal(parts[i+1], &n)
			c.values = append(c.values, n)
		case string:
			var s string
			err = json.Unmarshal(parts[i+1], &s)
			c.values = append(c.values, text(s))
		default:
			err = fmt.Errorf("a %T is no part of a cursor", want)
		}
		if err != nil {
			return nil, fault
		}
	}
	return c, nil
}
