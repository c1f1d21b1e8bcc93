package sametime

import "regexp"

// expandsBeyond is the size of expanded entities that expat gives up at, if it
// is a hundredfold of the file as well; other parsers draw the line elsewhere.
const expandsBeyond = 8 << 20

var (
	entityDeclared = regexp.MustCompile(`<!ENTITY\s+([A-Za-z_][\w.-]*)\s+(?:"([^"]*)"|'([^']*)')`)
	entityUsed     = regexp.MustCompile(`&([A-Za-z_][\w.-]*);`)
)

// explodes reports whether the entities of a document grow so large that every
// parser with limits refuses it. Nothing is expanded: sizes are added up in the
// order of the declarations.
func explodes(text string) bool {
	sizes := map[string]float64{}
	end := 0
	for _, m := range entityDeclared.FindAllStringSubmatchIndex(text, 1000) {
		value := ""
		for _, group := range []int{4, 6} {
			if m[group] >= 0 {
				value = text[m[group]:m[group+1]]
			}
		}
		if name := text[m[2]:m[3]]; sizes[name] == 0 {
			sizes[name] = float64(len(value)) + grows(value, sizes)
		}
		end = m[1]
	}
	size := grows(text[end:], sizes)
	return size > expandsBeyond && size > 100*float64(len(text))
}

// grows is how much the references in a text stand for.
func grows(text string, sizes map[string]float64) (total float64) {
	for _, m := range entityUsed.FindAllStringSubmatchIndex(text, -1) {
		total += sizes[text[m[2]:m[3]]]
	}
	return total
}
