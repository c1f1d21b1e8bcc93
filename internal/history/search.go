package history

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tlsaudit/audit"
)

// maxWords bounds a text that is looked for, in characters.
const maxWords = 200

// contains adds the condition that one of the columns holds a text, in capitals or
// not, as strings.ToLower has it. What the text holds has no meaning of its own.
//
// The databases fold the capitals of ASCII alone, and PostgreSQL others as its
// locale is. So those of the other letters in the text, and of no others, are
// replaced in the columns.
func (l *list) contains(words string, columns ...string) {
	words = strings.ToLower(text(words))
	if words == "" {
		return
	}
	if n := utf8.RuneCountInString(words); n > maxWords {
		l.fault = &audit.InputError{Cause: fmt.Sprintf("the text to look for has %d characters, and %d are the most", n, maxWords), Hint: "look for a part of it"}
		return
	}
	pattern := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(words) + "%"
	pairs := capitals(words)
	var any []string
	for _, c := range columns {
		for _, p := range pairs {
			c = "REPLACE(" + c + ", ?, ?)"
			l.args = append(l.args, string(p.capital), string(p.letter))
		}
		any = append(any, "LOWER("+c+") LIKE ? ESCAPE '!'")
		l.args = append(l.args, pattern)
	}
	l.where = append(l.where, "("+strings.Join(any, " OR ")+")")
}

// capital is a letter, and one beyond ASCII that is folded to it.
type capital struct{ capital, letter rune }

// capitals are those beyond ASCII of the letters of a text.
func capitals(words string) (list []capital) {
	letters := slices.Sorted(slices.Values([]rune(words)))
	for _, letter := range slices.Compact(letters) {
		for c := unicode.SimpleFold(letter); c != letter; c = unicode.SimpleFold(c) {
			if c > unicode.MaxASCII && unicode.ToLower(c) == letter {
				list = append(list, capital{c, letter})
			}
		}
		if letter == 'i' {
			list = append(list, capital{'\u0130', letter}) // with a dot; it folds to nothing else by itself
		}
	}
	return list
}
