package policy

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// Fact is something a profile says that no rule demands: a table of scores, a
// schedule of the CAs, a remark. It is there for the reader.
type Fact struct {
	// Key is the key of the file, Title what it is called.
	Key, Title string
	// Lines are one value, or one row of a table, each.
	Lines []string
}

// factsDoc holds the keys of a profile that only inform, or that rules refer
// to by name.
type factsDoc struct {
	Note           string          `yaml:"note"`
	Tiers          []string        `yaml:"tiers"`
	Interfaces     []string        `yaml:"interfaces"`
	Algorithms     *algorithmsDoc  `yaml:"algorithms"`
	Timeline       []timelineDoc   `yaml:"timeline"`
	PQCTimeline    map[string]text `yaml:"pqc_timeline"`
	StrengthTable  []strengthDoc   `yaml:"strength_table"`
	Validity       []validityDoc   `yaml:"validity_schedule"`
	DCVReuse       []reuseDoc      `yaml:"dcv_reuse"`
	SIIReuse       []reuseDoc      `yaml:"sii_reuse"`
	DayDefinition  string          `yaml:"day_definition"`
	ClientAuth     []clientAuthDoc `yaml:"clientauth_eku_timeline"`
	NIST80053      []string        `yaml:"nist_800_53"`
	Defaults       map[string]text `yaml:"defaults"`
	Levels         []levelDoc      `yaml:"levels"`
	Counts         strictyaml.Node `yaml:"verified_counts_3.0.19"`
	Keywords       map[string]text `yaml:"strength_keywords"`
	Weights        map[string]text `yaml:"weights"`
	ProtocolScore  map[string]text `yaml:"protocol_score"`
	KXScore        []kxScoreDoc    `yaml:"key_exchange_score"`
	KXSpecial      map[string]text `yaml:"key_exchange_special"`
	CipherScore    map[string]text `yaml:"cipher_score"`
	Grades         []gradeDoc      `yaml:"grades"`
	ZeroScore      string          `yaml:"zero_in_any_category"`
	APlus          string          `yaml:"a_plus"`
	AMinus         string          `yaml:"a_minus"`
	Points         map[string]text `yaml:"points"`
	WorstStatus    map[string]text `yaml:"worst_status"`
	StatusOfTiers  map[string]text `yaml:"mapping"`
	ScoreThreshold map[string]text `yaml:"thresholds"`
}

// text is any one value, as it is written.
type text string

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *text) UnmarshalText(b []byte) error { *t = text(b); return nil }

type algorithmsDoc struct {
	Symmetric string   `yaml:"symmetric"`
	KeyEst    string   `yaml:"key_establishment"`
	Signature string   `yaml:"signature"`
	Hash      []string `yaml:"hash"`
	Firmware  []string `yaml:"firmware"`
}

type timelineDoc struct {
	Class       string `yaml:"class,required"`
	PreferBy    int    `yaml:"prefer_by"`
	ExclusiveBy int    `yaml:"exclusive_by"`
}

type strengthDoc struct {
	Bits  int    `yaml:"bits,required"`
	Sym   string `yaml:"sym"`
	RSADH int    `yaml:"rsa_dh"`
	EC    int    `yaml:"ec"`
}

// validityDoc is one row of the schedule certificates are judged by. Its own
// form is handed to the check; this one sees to its keys and dates.
type validityDoc struct {
	From    *date  `yaml:"issued_from"`
	Before  *date  `yaml:"issued_before"`
	MaxDays int    `yaml:"max_days,required"`
	Should  int    `yaml:"should"`
	Note    string `yaml:"note"`
}

type reuseDoc struct {
	From   *date `yaml:"from"`
	Before *date `yaml:"before"`
	Days   int   `yaml:"days,required"`
}

type clientAuthDoc struct {
	CA         string `yaml:"ca,required"`
	DefaultOff string `yaml:"default_off"`
	Final      string `yaml:"final"`
	Confidence string `yaml:"confidence"`
}

// levelDoc is one security level of a library.
type levelDoc struct {
	Place   audit.Place `yaml:",place"`
	Level   int         `yaml:"level"`
	Bits    int         `yaml:"bits"`
	RSADH   int         `yaml:"rsa_dh_dsa_min"`
	EC      int         `yaml:"ec_min"`
	Forbids []string    `yaml:"forbids"`
	Since30 string      `yaml:"since_3.0"`
	Note    string      `yaml:"note"`
}

type kxScoreDoc struct {
	RSADHBelow int  `yaml:"rsa_dh_lt"`
	ECBelow    int  `yaml:"ec_lt"`
	Else       bool `yaml:"else"`
	Score      int  `yaml:"score,required"`
}

type gradeDoc struct {
	Min   int    `yaml:"min"`
	Grade string `yaml:"grade,required"`
}

// factTitles names the keys that inform, in the order they are shown.
var factTitles = []struct{ key, title string }{
	{"note", "Note"},
	{"tiers", "Tiers"},
	{"interfaces", "Interfaces"},
	{"algorithms", "Algorithms"},
	{"timeline", "Timeline"},
	{"pqc_timeline", "Post-quantum timeline"},
	{"strength_table", "Equivalent strengths"},
	{"validity_schedule", "Validity of certificates by date of issue"},
	{"dcv_reuse", "Reuse of domain validation (a duty of the CA)"},
	{"sii_reuse", "Reuse of subject identity information (a duty of the CA)"},
	{"day_definition", "What a day is"},
	{"clientauth_eku_timeline", "When CAs stop issuing for client authentication"},
	{"nist_800_53", "Controls of SP 800-53"},
	{"defaults", "Default level"},
	{"levels", "Security levels"},
	{"verified_counts_3.0.19", "Suites left per level, counted with 3.0.19"},
	{"strength_keywords", "Keywords of cipher strings"},
	{"weights", "Weights of the score"},
	{"protocol_score", "Score of protocol versions"},
	{"key_exchange_score", "Score of the key exchange"},
	{"key_exchange_special", "Score of the key exchange, special cases"},
	{"cipher_score", "Score of the cipher"},
	{"grades", "Grades"},
	{"zero_in_any_category", "A zero in any category"},
	{"a_plus", "Grade A+"},
	{"a_minus", "Grade A-"},
	{"points", "Points"},
	{"worst_status", "What the statuses mean"},
	{"web", "Subtests of web servers"},
	{"mail", "Subtests of mail servers"},
	{"mapping", "Status of the tiers"},
	{"thresholds", "Thresholds"},
}

// facts collects what informs, from the document as written.
func facts(root strictyaml.Node) []Fact {
	var list []Fact
	for _, f := range factTitles {
		if n := root.Get(f.key); !n.IsZero() {
			list = append(list, Fact{Key: f.key, Title: f.title, Lines: factLines(n)})
		}
	}
	return list
}

// factLines writes a value on one line, and a list or mapping on one line per
// entry.
func factLines(n strictyaml.Node) []string {
	var lines []string
	switch {
	case n.IsMapping():
		for _, key := range n.Keys() {
			lines = append(lines, key+": "+inline(n.Get(key)))
		}
	case n.IsList():
		items, err := n.Items()
		if err != nil {
			return nil
		}
		flat := []string{}
		for _, item := range items {
			if item.IsMapping() {
				lines = append(lines, inline(item))
			} else {
				flat = append(flat, inline(item))
			}
		}
		if len(flat) > 0 {
			lines = append(lines, strings.Join(flat, ", "))
		}
	default:
		lines = append(lines, inline(n))
	}
	return lines
}

// inline writes a value on one line.
func inline(n strictyaml.Node) string {
	switch {
	case n.IsMapping():
		var parts []string
		for _, key := range n.Keys() {
			if v := n.Get(key); v.Any() != nil {
				parts = append(parts, strings.ReplaceAll(key, "_", " ")+" "+inline(v))
			}
		}
		return strings.Join(parts, ", ")
	case n.IsList():
		items, err := n.Items()
		if err != nil {
			return ""
		}
		var parts []string
		for _, item := range items {
			parts = append(parts, inline(item))
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(n.Any())
}
