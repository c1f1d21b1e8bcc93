package audit

import "testing"

// partly is what depth quick saw of an endpoint: at TLS 1.2 one suite that was
// in question and one that was not are accepted, two were refused; at TLS 1.3 a
// group was refused.
func partly() *Observation {
	o := whole()
	o.Depth = DepthQuick
	for _, i := range []int{4, 5} {
		o.Versions[i].SuitesAnswer, o.Versions[i].GroupsAnswer, o.Versions[i].Preference = NotAsked, NotAsked, ""
	}
	o.Versions[4].SuitesRefused = []Code{0x04, 0x05}
	o.Groups = []GroupFact{{ID: 0x1D, Version: TLSv13, Answer: Accepted}, {ID: 0x1E, Version: TLSv13, Answer: Refused}}
	return o
}

// TestCaseLacks: of what a rule asks about each has to have an answer, and what
// else there may be does not matter. Without questions everything does.
func TestCaseLacks(t *testing.T) {
	suites := func(v Version, codes ...Code) *Questions {
		q := new(Questions)
		q.AskSuites(v, codes...)
		return q
	}
	groups := func(v Version, codes ...Code) *Questions {
		q := new(Questions)
		q.AskGroups(v, codes...)
		return q
	}
	const (
		standard = " is not asked at depth quick: --depth standard asks it"
		open6    = "whether 1 of the TLSv1.2 suites in question are accepted, such as 0x0006," + standard
	)
	for _, tt := range []struct {
		name   string
		asked  *Questions
		need   Need
		change func(*Observation)
		want   string
	}{
		{"nothing in question", new(Questions), NeedSuites, nil, ""},
		{"refused and accepted", suites(TLSv12, 0x05, 0x9E), NeedSuites, nil, ""},
		{"accepted though not in question", suites(TLSv12, 0xC02F), NeedSuites, nil, ""},
		{"not offered", suites(TLSv12, 0x05, 0x06), NeedSuites, nil, open6},
		{"two not offered", suites(TLSv12, 0x07, 0x06), NeedSuites, nil, "whether 2 of the TLSv1.2 suites in question are accepted, such as 0x0006," + standard},
		{"refused at another version", suites(TLSv13, 0x05), NeedSuites, nil, "whether 1 of the TLSv1.3 suites in question are accepted, such as 0x0005," + standard},
		{"at a version refused", suites(TLSv10, 0x06), NeedSuites, nil, ""},
		{"a version open", suites(TLSv12, 0x05), NeedSuites, func(o *Observation) { o.Versions[2].Answer = Undetermined }, "TLSv1.0 is undetermined"},
		{"no version accepted", suites(TLSv12, 0x05), NeedSuites, func(o *Observation) { o.Versions[4].Answer, o.Versions[5].Answer = Refused, Refused }, "no protocol version was accepted"},
		{"unreachable", suites(TLSv12, 0x05), NeedSuites, func(o *Observation) { o.Reach = ReachUnreachable }, "unreachable"},
		{"broken off", suites(TLSv12, 0x06), NeedSuites, func(o *Observation) { o.Versions[4].SuitesAnswer = Undetermined }, "the list of TLSv1.2 suites is not complete (undetermined)"},
		{"of no depth", suites(TLSv12, 0x06), NeedSuites, func(o *Observation) { o.Depth = "" }, "the list of TLSv1.2 suites is not complete (not-asked)"},
		{"enumerated", suites(TLSv12, 0x06), NeedSuites, func(o *Observation) { *o = *whole() }, ""},
		{"everything", nil, NeedSuites, nil, "the list of TLSv1.2 suites" + standard},
		{"primes read", suites(TLSv12, 0x9E, 0x05), NeedKeyExchange, nil, ""},
		{"prime not read", suites(TLSv12, 0x9E, 0x05), NeedKeyExchange, func(o *Observation) { o.Versions[4].Suites[0].DHBits = 0 },
			"the Diffie-Hellman parameters of TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 at TLSv1.2 were not read"},
		{"suite with a prime not offered", suites(TLSv12, 0x06), NeedKeyExchange, nil, open6},
		{"group refused", groups(TLSv13, 0x1E), NeedGroups, nil, ""},
		{"group not offered", groups(TLSv13, 0x1E, 0x17), NeedGroups, nil, "whether 1 of the TLSv1.3 groups in question are accepted, such as 0x0017," + standard},
		{"group without an answer", groups(TLSv13, 0x1E), NeedGroups, func(o *Observation) { o.Groups[1].Answer, o.Versions[5].GroupsAnswer = Undetermined, Undetermined },
			"group  at TLSv1.3 is undetermined"},
		{"all groups", nil, NeedGroups, nil, "the list of TLSv1.3 key-exchange groups" + standard},
		{"who decides", new(Questions), NeedPreference, nil, "the list of TLSv1.2 suites" + standard},
	} {
		o := partly()
		if tt.change != nil {
			tt.change(o)
		}
		c := Case{Observation: o}
		if tt.asked != nil {
			c.Asked = func() *Questions { return tt.asked }
		}
		if got := c.Lacks(tt.need); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	c := Case{Observation: partly(), Asked: func() *Questions { return suites(TLSv12, 0x06) }}
	for v, want := range map[Version]string{TLSv12: open6, TLSv13: "", TLSv10: ""} {
		if got := c.LacksSuites(v); got != want {
			t.Errorf("%s: %q, want %q", v, got, want)
		}
	}
	if got := c.Observation.LacksGroups(TLSv12); got != "the list of TLSv1.2 key-exchange groups"+standard {
		t.Errorf("groups of TLS 1.2: %q", got)
	}
}

func TestQuestions(t *testing.T) {
	var nobody *Questions
	if nobody.Suites(TLSv12) != nil || nobody.Groups(TLSv13) != nil {
		t.Error("nobody asks something")
	}
	q := new(Questions)
	q.AskSuites(TLSv12, 5, 4)
	q.AskSuites(TLSv12, 5)
	if got := q.Suites(TLSv12); len(got) != 2 || got[0] != 4 || got[1] != 5 {
		t.Errorf("%v", got)
	}
}
