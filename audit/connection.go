package audit

// Connection is one row of a mail gateway's table of enforced connections, as
// evidence of the findings about the table itself. The text in it comes from
// files and is hostile.
type Connection struct {
	// Direction is "outbound" or "inbound"; Priority orders the rows of one
	// direction, the lowest that matches wins.
	Direction string `json:"direction"`
	Priority  int    `json:"priority"`
	Name      string `json:"name"`
	// Security is the level as configured, such as "verify+cn"; Effective what
	// the gateway makes of it at the time of judgement, empty if that cannot
	// be told.
	Security  string `json:"security"`
	Effective string `json:"effective,omitempty"`
	// Strength is "medium" or "high".
	Strength string `json:"strength"`
	// Match says in words which peers the row is for.
	Match string `json:"match"`
	// Source is the product or format the row was read from.
	Source string `json:"source,omitempty"`
	Place  *Place `json:"place,omitempty"`
}

// WhatIf says what one mail peer satisfies today, for every level and strength
// a gateway's row could demand of it.
type WhatIf struct {
	Direction string `json:"direction,omitempty"`
	// Row is the name of the row that governs the peer, RowSubject its
	// subject; both empty if none does. Demands is what the row demands now,
	// such as "encrypt/medium".
	Row        string `json:"row,omitempty"`
	RowSubject string `json:"row_subject,omitempty"`
	Demands    string `json:"demands,omitempty"`
	// Cells holds the answer for every level and strength, in the order of
	// WhatIfLevels, medium before high.
	Cells []WhatIfCell `json:"cells"`
	// Highest lists the strongest cells that hold, as "level/strength". There
	// may be two: encrypt+cn and verify do not contain each other.
	Highest []string `json:"highest"`
}

// WhatIfCell is one level and strength. Verdict is pass when the peer would
// keep receiving mail, fail when mail to it would queue, and unknown when that
// could not be told.
type WhatIfCell struct {
	Level    string  `json:"level"`
	Strength string  `json:"strength"`
	Verdict  Verdict `json:"verdict"`
	// Why names the parts that are broken or undecided, one line.
	Why string `json:"why,omitempty"`
}

// WhatIfLevels are the security levels of a gateway's row. Encrypt+CN is not a
// stage between encrypt and verify: chain and name are independent demands.
var WhatIfLevels = []string{"encrypt", "encrypt+cn", "verify", "verify+cn"}

// WhatIfStrengths are the encryption strengths of a gateway's row.
var WhatIfStrengths = []string{"medium", "high"}

// RowImpact says what raising one row of the table would break.
type RowImpact struct {
	Row        string `json:"row"`
	RowSubject string `json:"row_subject"`
	Direction  string `json:"direction"`
	Demands    string `json:"demands"`
	// Peers counts the targets the row governs.
	Peers int        `json:"peers"`
	Cells []RowBreak `json:"cells"`
}

// RowBreak is one level and strength of a RowImpact.
type RowBreak struct {
	Level    string `json:"level"`
	Strength string `json:"strength"`
	// Breaks and Unknown count peers; the lists name at most MaxNamed of them,
	// with the reason behind a colon.
	Breaks       int      `json:"breaks"`
	Unknown      int      `json:"unknown"`
	BreaksNamed  []string `json:"breaks_named"`
	UnknownNamed []string `json:"unknown_named"`
}

// MaxNamed bounds the lists of names in summaries.
const MaxNamed = 20
