// Package near finds the word a person most likely meant, for hints such as
// "did you mean ...?".
//
// It knows no vocabulary: callers say which words there are. It never guesses
// where nothing is near.
package near

import "strings"

// Word returns the known word a person most likely meant, or "" if none is
// near: at most one edit in three letters apart, ignoring case.
func Word(word string, known []string) string {
	word = strings.ToLower(word)
	if len(word) > 100 {
		return ""
	}
	best, least := "", len(word)/3+1
	for _, candidate := range known {
		if d := distance(word, strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// Slip reports whether a word is the known one but for case, or but for one
// letter more, less or other, or two neighbours changed about. It takes no more
// time than reading both.
func Slip(word, known string) bool {
	if strings.EqualFold(word, known) {
		return true
	}
	i := 0
	for i < len(word) && i < len(known) && word[i] == known[i] {
		i++
	}
	x, y := word[i:], known[i:]
	switch {
	case x != "" && y != "" && x[1:] == y[1:], x != "" && x[1:] == y, y != "" && y[1:] == x:
		return true
	}
	return len(x) > 1 && len(y) > 1 && x[0] == y[1] && x[1] == y[0] && x[2:] == y[2:]
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour to turn a into b (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			rows[i][j] = min(replace, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
