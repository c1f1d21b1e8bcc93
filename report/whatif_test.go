package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func whatIf(demands string, answers string, whys ...string) *audit.WhatIf {
	w := &audit.WhatIf{Demands: demands}
	i := 0
	eachCell(func(level, strength string) {
		c := audit.WhatIfCell{Level: level, Strength: strength, Verdict: map[byte]audit.Verdict{'p': audit.Pass, 'f': audit.Fail, 'u': audit.Unknown, 'w': audit.Warn}[answers[i]]}
		if c.Verdict != audit.Pass && len(whys) > 0 {
			c.Why = whys[i%len(whys)]
		}
		w.Cells = append(w.Cells, c)
		i++
	})
	return w
}

func TestMet(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   *audit.WhatIf
		want string
	}{
		{"met", whatIf("encrypt/high", "fpffffff"), "yes"},
		{"not met", whatIf("encrypt/medium", "fpffffff"), "no"},
		{"not known", whatIf("verify+cn/high", "fpfffffu"), "unknown"},
		{"a verdict that is no answer is not met", whatIf("encrypt/medium", "wpffffff"), "unknown"},
		{"no row", whatIf("", "pppppppp"), ""},
		{"several rows, all met", whatIf("encrypt/medium, verify/high", "pffffpff"), "yes"},
		{"several rows, one not met", whatIf("encrypt/high, encrypt/medium", "pfffffff"), "no"},
		{"several rows, one not known", whatIf("encrypt/medium, verify/high", "pffffuff"), "unknown"},
		{"several rows, one not known and one not met", whatIf("verify/high, encrypt/high", "pffffuff"), "no"},
		{"no strength, medium holds", whatIf("verify", "ffffpfff"), "yes"},
		{"no strength, medium does not hold", whatIf("verify", "ppppfppp"), "unknown"},
		{"nothing is enforced", whatIf("opportunistic", "ffffffff"), "yes"},
		{"a fingerprint", whatIf("fingerprint", "pppppppp"), "unknown"},
		{"a level nobody knows", whatIf("trust/high", "pppppppp"), "unknown"},
		{"no cells", &audit.WhatIf{Demands: "encrypt/high"}, "unknown"},
	} {
		if got := met(tt.in); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestHighestIsNotNoneWhereItIsUnknown: a peer of which nothing could be told is
// not one that satisfies nothing.
func TestHighestIsNotNoneWhereItIsUnknown(t *testing.T) {
	for want, in := range map[string]*audit.WhatIf{
		"none": whatIf("", "ffffffff"), "not known": whatIf("", "fffffffu"),
		"verify/high, encrypt+cn/high": {Highest: []string{"verify/high", "encrypt+cn/high"}},
	} {
		if got := highest(in); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := highest(&audit.WhatIf{}); got != "not known" {
		t.Errorf("nothing asked: %q", got)
	}
}

func TestReasons(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   *audit.WhatIf
		want []string
	}{
		{"by cells", whatIf("", "pfpfffff", "chain", "key"), []string{"any level/high: key", "verify/medium, verify+cn/medium: chain"}},
		{"one for all", whatIf("", "ffffffff", "not reached"), []string{"any level: not reached"}},
		{"parts", whatIf("", "ffffffff", "starttls: no; tls: no; medium: no", "starttls: no; tls: no; high: no"),
			[]string{"any level: starttls: no; tls: no", "any level/medium: medium: no", "any level/high: high: no"}},
		{"a part twice", whatIf("", "ppppfppp", "chain; chain; "), []string{"verify/medium: chain"}},
		{"four cells of two levels", whatIf("", "ppppffff", "chain"), []string{"verify, verify+cn: chain"}},
	} {
		if diff := cmp.Diff(tt.want, reasons(tt.in)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	if got := reasons(whatIf("", "pppppppp", "never")); got != nil {
		t.Errorf("a peer without faults: %q", got)
	}
}

func TestConsequences(t *testing.T) {
	row := zooImpact()[0]
	got := consequences(&row)
	if len(got) != 2 || cellNames(got[0].cells) != "encrypt, encrypt+cn" || got[0].says() != "breaks no peer" ||
		cellNames(got[1].cells) != "verify, verify+cn" || got[1].says() != "breaks 1 peer; 1 not known" {
		t.Errorf("%+v", got)
	}
	// The same numbers with other names are another outcome.
	row.Cells[6].BreaksNamed = []string{"smtp://other.example.org:25: name"}
	if got := consequences(&row); len(got) != 3 || cellNames(got[2].cells) != "verify+cn/medium" {
		t.Errorf("%+v", got)
	}
	for want, o := range map[string]consequence{
		"breaks no peer that is known; 2 not known": {RowBreak: audit.RowBreak{Unknown: 2}},
		"breaks 3 peers": {RowBreak: audit.RowBreak{Breaks: 3}},
	} {
		if got := o.says(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPeerTally(t *testing.T) {
	var tally peerTally
	tally.add(whatIf("", "pfuppppp"))
	tally.add(&audit.WhatIf{}) // nothing is known
	if tally.peers != 2 || *tally.cells[[2]string{"encrypt", "medium"}] != [3]int{1, 0, 1} || *tally.cells[[2]string{"encrypt", "high"}] != [3]int{0, 1, 1} ||
		*tally.cells[[2]string{"encrypt+cn", "medium"}] != [3]int{0, 0, 2} {
		t.Errorf("%+v", tally)
	}
}

// TestTableWhatIf: the view has nothing but what-if, and says what it leaves out.
func TestTableWhatIf(t *testing.T) {
	got := string(write(t, Table, fullReport(), Options{WhatIf: true, Limit: 1}))
	for _, want := range []string{"NOT SHOWN: 1 peer.", "All 2 peers:", "WHO BREAKS WHEN A ROW IS RAISED", "and 17 more", "INCOMPLETE: stopped after 8"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, not := range []string{"SSLv3", "REMEDIES", "WAIVERS", "COMPLIANCE", "smtps://mail.example.com:465"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is in\n%s", not, got)
		}
	}
	if got := string(write(t, Table, manyPeers(2, "gateway"), Options{WhatIf: true})); !strings.Contains(got, "None of the endpoints is a mail peer.") || !strings.Contains(got, "No gateway table was given") {
		t.Errorf("without peers:\n%s", got)
	}
	if got := string(write(t, Table, manyPeers(2, "gateway"), Options{})); strings.Contains(got, "WHAT IF") || strings.Contains(got, "WHO BREAKS") {
		t.Errorf("not asked for:\n%s", got)
	}
}
