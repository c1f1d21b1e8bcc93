package report

import (
	"fmt"

	"github.com/xuri/excelize/v2"

	"tlsaudit/audit"
)

// The colours of the workbook. Every colour repeats a word.
const (
	ink     = "1F2937"
	navy    = "1F3A5F"
	line    = "D0D7DE"
	lightly = "EEF2F7"
	// paperInput is the ground of cells for people to fill in.
	paperInput = "FFFBE6"
)

// styles holds the ids of the styles of one workbook.
type styles struct {
	header int
	cell   map[kind]int
	rules  map[kind][]excelize.ConditionalFormatOptions

	title, complete, incomplete, section, label, value, count, when, head, wrapped, fine, blank, big, leads int
	tags                                                                                                    []excelize.ConditionalFormatOptions
}

// tone is a pair of colours for text and ground; they keep a contrast of 4.5:1.
type tone struct{ text, ground string }

var (
	toneBad     = tone{"9B1C1C", "FBD5D5"}
	toneUnknown = tone{"5B21B6", "E4D7FB"}
	toneWarn    = tone{"7C4A03", "FDEBB3"}
	toneGood    = tone{"14532D", "D3F2DC"}
	toneQuiet   = tone{"4B5563", "E9ECF0"}
	toneInfo    = tone{"1E4E8C", "D6E6FA"}
)

// words gives the tone of each word a verdict or severity column may hold, and
// factWords those of the answer columns: facts are coloured by how well they
// are known, never by whether they are good.
var (
	words = []struct {
		word string
		tone tone
	}{
		{"FAIL", toneBad}, {"UNKNOWN", toneUnknown}, {"WARN", toneWarn}, {"PASS", toneGood}, {"WAIVED", toneInfo}, {"N/A", toneQuiet}, {"WAIVED (fail)", toneInfo}, {"WAIVED (warn)", toneInfo}, {noRule, toneQuiet},
		{"critical", toneBad}, {"high", toneBad}, {"medium", toneWarn},
	}
	factWords = []struct {
		word string
		tone tone
	}{
		{"accepted", toneInfo}, {"refused", toneQuiet}, {"yes", toneInfo}, {"no", toneQuiet}, {"latent", toneWarn}, {"undetermined", toneUnknown}, {"not-asked", toneUnknown},
		{"unreachable", toneUnknown}, {"unknown", toneUnknown}, {"no-tls", toneWarn}, {"legacy-only", toneWarn}, {"both", toneWarn},
	}
	remedyWords = []struct {
		word string
		tone tone
	}{{statuses[0], toneBad}, {statuses[1], toneWarn}, {statuses[2], toneGood}, {statuses[3], toneInfo}, {statuses[4], toneQuiet}}
	outcomeWords = []struct {
		word string
		tone tone
	}{{"ok", toneGood}, {"no", toneBad}, {"unknown", toneUnknown}, {"yes", toneGood}}
	stateWords = []struct {
		word string
		tone tone
	}{
		{"0-7 days", toneBad}, {"8-30 days", toneWarn}, {"31-60 days", toneInfo}, {"61-90 days", toneQuiet},
		{string(audit.ChangeRegressed), toneBad}, {string(audit.ChangeFixed), toneGood}, {string(audit.ChangeUndecided), toneUnknown}, {string(audit.ChangeUnreachable), toneUnknown},
		{string(audit.ChangeGone), toneWarn}, {string(audit.ChangePosture), toneInfo}, {string(audit.ChangeCertificate), toneInfo}, {string(audit.ChangeUnchanged), toneQuiet},
		{"expired", toneBad}, {"expiring", toneWarn}, {"unused", toneWarn}, {"active", toneInfo}, {statusNew, toneBad}, {"known", toneQuiet},
		{manualRule, toneWarn}, {disabledRule, toneQuiet},
	}
)

func newStyles(f *excelize.File) (styles, error) {
	s := styles{cell: map[kind]int{}, rules: map[kind][]excelize.ConditionalFormatOptions{}}
	var failed error
	style := func(st excelize.Style) int {
		id, err := f.NewStyle(&st)
		if err != nil && failed == nil {
			failed = fmt.Errorf("cell style: %w", err)
		}
		return id
	}
	font := func(size float64, color string, bold bool) *excelize.Font {
		return &excelize.Font{Family: "Calibri", Size: size, Color: color, Bold: bold}
	}
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	align := func(horizontal, vertical string, wrap bool) *excelize.Alignment {
		return &excelize.Alignment{Horizontal: horizontal, Vertical: vertical, WrapText: wrap}
	}
	rule := []excelize.Border{{Type: "bottom", Color: line, Style: 1}}
	box := []excelize.Border{{Type: "bottom", Color: line, Style: 1}, {Type: "left", Color: line, Style: 1}, {Type: "right", Color: line, Style: 1}}
	stamp, day, share := "yyyy-mm-dd hh:mm", "yyyy-mm-dd", "0.0%"

	s.header = style(excelize.Style{Font: font(11, "FFFFFF", true), Fill: fill(navy), Alignment: align("left", "center", true), Border: rule})
	s.cell[text] = style(excelize.Style{Font: font(10, ink, false), Alignment: align("left", "top", true), Border: rule})
	s.cell[short] = style(excelize.Style{Font: font(10, ink, false), Alignment: align("left", "top", false), Border: rule})
	s.cell[number] = style(excelize.Style{Font: font(10, ink, false), Alignment: align("center", "top", false), Border: rule})
	s.cell[date] = style(excelize.Style{Font: font(10, ink, false), Alignment: align("left", "top", false), Border: rule, CustomNumFmt: &stamp})
	s.cell[verdict] = style(excelize.Style{Font: font(10, ink, true), Alignment: align("center", "top", false), Border: rule})
	s.cell[answer] = style(excelize.Style{Font: font(10, ink, false), Alignment: align("center", "top", false), Border: rule})
	s.cell[days] = s.cell[number]
	s.cell[outcome], s.cell[state] = s.cell[answer], s.cell[answer]
	s.cell[ratio] = style(excelize.Style{Font: font(10, ink, true), Alignment: align("center", "top", false), Border: rule, CustomNumFmt: &share})
	follow := &excelize.Font{Family: "Calibri", Size: 10, Color: "1E4E8C", Underline: "single"}
	s.cell[leads] = style(excelize.Style{Font: follow, Alignment: align("left", "top", true), Border: rule})
	s.cell[link] = style(excelize.Style{Font: follow, Alignment: align("center", "top", false), Border: rule})
	s.cell[input] = style(excelize.Style{Font: font(10, ink, false), Fill: fill(paperInput), Alignment: align("left", "top", true), Border: box})
	s.cell[inputDay] = style(excelize.Style{Font: font(10, ink, false), Fill: fill(paperInput), Alignment: align("left", "top", false), Border: box, CustomNumFmt: &day})
	s.cell[inputState] = style(excelize.Style{Font: font(10, ink, false), Fill: fill(paperInput), Alignment: align("center", "top", false), Border: box})

	s.title = style(excelize.Style{Font: font(20, "FFFFFF", true), Fill: fill(navy), Alignment: &excelize.Alignment{Horizontal: "left", Indent: 1, Vertical: "center"}})
	s.complete = style(excelize.Style{Font: font(12, toneGood.text, true), Fill: fill(toneGood.ground), Alignment: &excelize.Alignment{Horizontal: "left", Indent: 1, Vertical: "center", WrapText: true}})
	s.incomplete = style(excelize.Style{Font: font(12, toneBad.text, true), Fill: fill(toneBad.ground), Alignment: &excelize.Alignment{Horizontal: "left", Indent: 1, Vertical: "center", WrapText: true}})
	s.section = style(excelize.Style{Font: font(13, navy, true), Alignment: align("left", "center", false), Border: []excelize.Border{{Type: "bottom", Color: navy, Style: 2}}})
	s.head = style(excelize.Style{Font: font(10, ink, true), Fill: fill(lightly), Alignment: align("left", "center", true), Border: rule})
	s.label = style(excelize.Style{Font: font(10, ink, true), Alignment: align("left", "top", true), Border: rule})
	s.value = style(excelize.Style{Font: font(10, ink, false), Alignment: align("left", "top", false), Border: rule})
	s.wrapped = s.cell[text]
	s.count = style(excelize.Style{Font: font(10, ink, false), Alignment: align("left", "top", false), Border: rule, NumFmt: 3})
	s.when = style(excelize.Style{Font: font(10, ink, false), Alignment: align("left", "top", false), Border: rule, CustomNumFmt: &stamp})
	s.fine = style(excelize.Style{Font: &excelize.Font{Family: "Consolas", Size: 8, Color: ink}, Alignment: align("left", "top", false), Border: rule})
	s.blank = style(excelize.Style{Font: font(10, ink, false), Border: []excelize.Border{{Type: "bottom", Color: ink, Style: 1}}})

	s.big = style(excelize.Style{Font: font(18, navy, true), Alignment: align("left", "center", false), Border: rule, CustomNumFmt: &share})
	s.leads = style(excelize.Style{Font: &excelize.Font{Family: "Calibri", Size: 10, Color: "1E4E8C", Bold: true, Underline: "single"}, Alignment: align("left", "top", true), Border: rule})

	conditional := func(t tone) *int {
		id, err := f.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Color: t.text}, Fill: fill(t.ground)})
		if err != nil && failed == nil {
			failed = fmt.Errorf("conditional style: %w", err)
		}
		return &id
	}
	for _, w := range words {
		s.tags = append(s.tags, excelize.ConditionalFormatOptions{Type: "cell", Criteria: "==", Value: `"` + w.word + `"`, Format: conditional(w.tone)})
	}
	s.rules[verdict] = s.tags
	for _, w := range factWords {
		s.rules[answer] = append(s.rules[answer], excelize.ConditionalFormatOptions{Type: "cell", Criteria: "==", Value: `"` + w.word + `"`, Format: conditional(w.tone)})
	}
	for _, w := range outcomeWords {
		s.rules[outcome] = append(s.rules[outcome], excelize.ConditionalFormatOptions{Type: "cell", Criteria: "==", Value: `"` + w.word + `"`, Format: conditional(w.tone)})
	}
	for _, w := range remedyWords {
		s.rules[inputState] = append(s.rules[inputState], excelize.ConditionalFormatOptions{Type: "cell", Criteria: "==", Value: `"` + w.word + `"`, Format: conditional(w.tone)})
	}
	for _, w := range stateWords {
		s.rules[state] = append(s.rules[state], excelize.ConditionalFormatOptions{Type: "cell", Criteria: "==", Value: `"` + w.word + `"`, Format: conditional(w.tone)})
	}
	// An empty cell counts as 0, so the rule for expired ones is strict and the
	// other begins at 1.
	s.rules[days] = []excelize.ConditionalFormatOptions{
		{Type: "cell", Criteria: "<", Value: "0", Format: conditional(toneBad)},
		{Type: "cell", Criteria: "between", MinValue: "1", MaxValue: "30", Format: conditional(toneWarn)},
	}
	s.rules[ratio] = []excelize.ConditionalFormatOptions{{Type: "data_bar", Criteria: "=", MinType: "num", MinValue: "0", MaxType: "num", MaxValue: "1", BarColor: "#A9C4E4"}}
	return s, failed
}
