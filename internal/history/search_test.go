package history_test

import (
	"iter"
	"slices"
	"strings"
	"testing"
	"unicode"

	"tlsaudit/internal/history"
)

// testSearch: what is looked for is found in capitals and without them, whatever
// the alphabet, as strings.ToLower has it and in every database alike.
func testSearch(t *testing.T, where place) {
	s := opened(t, where(t))
	systems := []string{"Übergang Köln", "ÜBERGANG KÖLN", "Поиск", "ПОИСК", "Straße", "STRA\u1E9EE", "\u212Aelvin", "\u0130zmir", "Σίσυφος", "plain", "PLAIN_100%", "日本"}
	report := small(0)
	var records recordList
	for i, system := range systems {
		r := told("h" + string(rune('a'+i)) + ".example.com tls R1=fail")
		r.Evidence.Observed.Target.System = system
		r.Findings[0].Message = "about " + system
		records = append(records, r)
	}
	report.Records = records
	keep(t, s, 0, report)
	for _, words := range []string{
		"übergang", "ÜBERGANG", "kÖln", "поиск", "ПОИСК", "Поис", "straße", "STRA\u1E9EE", "strasse", "kelvin", "KELVIN", "izmir", "\u0130ZMIR", "ΣΊΣΥ", "σίσ", "ς",
		"Plain", "n_100%", "n%", "日", "köln ", "\x00", "�",
	} {
		var want []string
		for _, system := range systems {
			if strings.Contains(strings.ToLower(system), strings.ToLower(strings.ReplaceAll(words, "\x00", "\uFFFD"))) {
				want = append(want, system)
			}
		}
		subjects, _, err := s.Subjects(t.Context(), history.SubjectQuery{Text: words})
		findings, _, err2 := s.Findings(t.Context(), history.FindingQuery{Text: words})
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		var got, told []string
		for i := range subjects {
			got = append(got, subjects[i].System)
		}
		for i := range findings {
			told = append(told, strings.TrimPrefix(findings[i].Message, "about "))
		}
		slices.Sort(want)
		slices.Sort(got)
		slices.Sort(told)
		if !slices.Equal(got, want) || !slices.Equal(told, want) {
			t.Errorf("%q: %q and %q, want %q", words, got, told, want)
		}
	}
	if _, _, err := s.Subjects(t.Context(), history.SubjectQuery{Text: strings.Repeat("ä", 201)}); err == nil || !strings.Contains(err.Error(), "201 characters") {
		t.Error(err)
	}
	various := string(slices.Collect(lowers(200)))
	if _, _, err := s.Findings(t.Context(), history.FindingQuery{Text: various}); err != nil {
		t.Errorf("as many letters as there may be: %v", err)
	}
}

// lowers yields letters that have a capital beyond ASCII.
func lowers(n int) iter.Seq[rune] {
	return func(yield func(rune) bool) {
		for r := rune(0xe0); n > 0; r++ {
			if unicode.IsLower(r) && unicode.ToUpper(r) != r {
				if n--; !yield(r) {
					return
				}
			}
		}
	}
}

// TestCapitals: every character that is folded to another one is known.
func TestCapitals(t *testing.T) {
	folded := 0
	for r := rune(unicode.MaxASCII + 1); r <= unicode.MaxRune; r++ {
		if low := unicode.ToLower(r); low != r {
			if folded++; !slices.Contains(history.Capitals(string(low)), r) {
				t.Errorf("%U is folded to %U", r, low)
			}
		}
	}
	if folded < 1000 {
		t.Errorf("%d characters are folded", folded)
	}
}
