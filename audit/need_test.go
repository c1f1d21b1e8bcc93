package audit

import "testing"

// whole returns an observation that lacks nothing.
func whole() *Observation {
	o := &Observation{
		Target: Target{Protocol: "smtp", Host: "mx.example.com", Port: 25}, Reach: ReachTLS,
		StartTLS: &StartTLS{Offered: Accepted}, Sametime: &Sametime{Legacy: Refused},
	}
	for _, v := range Versions {
		o.Versions = append(o.Versions, VersionFact{Version: v, Answer: Refused})
	}
	o.Versions[4] = VersionFact{Version: TLSv12, Answer: Accepted, SuitesAnswer: Accepted, Preference: PreferenceServer,
		Suites: []Suite{{ID: 0x9E, Name: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", DHBits: 2048}, {ID: 0xC02F, Name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}}
	o.Versions[4].GroupsAnswer = Accepted
	o.Versions[5] = VersionFact{Version: TLSv13, Answer: Accepted, SuitesAnswer: Accepted, GroupsAnswer: Accepted, Suites: []Suite{{ID: 0x1301, Name: "TLS_AES_128_GCM_SHA256"}}}
	o.Groups = []GroupFact{{ID: 0x1D, Name: "x25519", Version: TLSv13, Answer: Accepted}, {ID: 0x1D, Name: "x25519", Version: TLSv12, Answer: Accepted}}
	o.Chains = []Chain{{Certificates: []Certificate{{Subject: "CN=mx.example.com"}}, Trust: Trust{Answer: Refused}}}
	o.ChainsAnswer = Accepted
	return o
}

func TestLacks(t *testing.T) {
	all := []Need{NeedTLS, NeedVersions, NeedSuites, NeedPreference, NeedChains, NeedTrust, NeedGroups, NeedStartTLS, NeedSametime, NeedKeyExchange}
	for _, n := range all {
		if gap := whole().Lacks(n); gap != "" {
			t.Errorf("a whole observation lacks %s: %s", n, gap)
		}
		if gap := (&Observation{}).Lacks(n); gap == "" {
			t.Errorf("an empty observation lacks no %s", n)
		}
	}
	tests := []struct {
		name   string
		need   Need
		change func(*Observation)
		want   string
	}{
		{"unreachable", NeedTLS, func(o *Observation) { o.Reach, o.Reason = ReachUnreachable, "connection refused" }, "unreachable: connection refused"},
		{"no TLS", NeedChains, func(o *Observation) { o.Reach, o.Reason = ReachNoTLS, "EHLO without STARTTLS" }, "no TLS was offered: EHLO without STARTTLS"},
		{"interrupted", NeedVersions, func(o *Observation) { o.Reach = ReachUnknown }, "nothing was learnt"},
		{"latent is an answer", NeedVersions, func(o *Observation) { o.Versions[2].Answer = Latent }, ""},
		{"version undetermined", NeedVersions, func(o *Observation) {
			o.Versions[2] = VersionFact{Version: TLSv10, Answer: Undetermined, Evidence: "timeout"}
		},
			"TLSv1.0 is undetermined: timeout"},
		{"SSLv2 not asked", NeedVersions, func(o *Observation) { o.Versions[0].Answer = NotAsked }, "SSLv2 is not-asked"},
		{"SSLv2 not asked on Sametime", NeedVersions, func(o *Observation) { o.Target.Protocol, o.Versions[0].Answer = "sametime", NotAsked }, ""},
		{"suites of a version without an answer", NeedSuites, func(o *Observation) { o.Versions[3].Answer = Undetermined }, "TLSv1.1 is undetermined"},
		{"suites cut short", NeedSuites, func(o *Observation) { o.Versions[4].SuitesAnswer = Undetermined }, "the list of TLSv1.2 suites is not complete (undetermined)"},
		{"accepted without a suite", NeedSuites, func(o *Observation) { o.Versions[4].Suites = nil }, "no TLSv1.2 suite was learnt"},
		{"no version accepted", NeedSuites, func(o *Observation) { o.Versions[4].Answer, o.Versions[5].Answer = Refused, Refused }, "no protocol version was accepted"},
		{"preference open", NeedPreference, func(o *Observation) { o.Versions[4].Preference = PreferenceUndetermined }, "who decides the TLSv1.2 suite was not found out"},
		{"chain unreadable", NeedChains, func(o *Observation) { o.Chains[0].Certificates[0].Error = "too large" }, "no certificate was read: too large"},
		{"one chain readable", NeedChains, func(o *Observation) {
			o.Chains = append(o.Chains, Chain{Certificates: []Certificate{{Error: "too large"}}})
		}, ""},
		{"no anchors", NeedTrust, func(o *Observation) { o.Chains[0].Trust.Answer = NotAsked }, "no trust anchors were configured"},
		{"group open", NeedGroups, func(o *Observation) { o.Groups[0].Answer = Undetermined }, "group x25519 at TLSv1.3 is undetermined"},
		{"groups not enumerated", NeedGroups, func(o *Observation) { o.Versions[5].GroupsAnswer = NotAsked },
			"the list of TLSv1.3 key-exchange groups is not complete (not-asked)"},
		{"groups of another version", NeedGroups, func(o *Observation) { o.Versions[4].GroupsAnswer = NotAsked }, ""},
		{"chain unread", NeedChains, func(o *Observation) { o.ChainsAnswer, o.ChainsEvidence = Undetermined, "ECDSA" },
			"not every certificate the listener can present was read: ECDSA"},
		{"no group", NeedGroups, func(o *Observation) { o.Groups = nil }, "no TLSv1.3 key-exchange group was learnt"},
		{"no prime", NeedKeyExchange, func(o *Observation) { o.Versions[4].Suites[0].DHBits = 0 }, "the Diffie-Hellman parameters of TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 at TLSv1.2 were not read"},
		{"prime of one suite of two", NeedKeyExchange, func(o *Observation) {
			o.Versions[4].Suites = append(o.Versions[4].Suites, Suite{ID: 0x14, Name: "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"})
		}, "the Diffie-Hellman parameters of TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA at TLSv1.2 were not read"},
		{"no prime of an anonymous suite", NeedKeyExchange, func(o *Observation) {
			o.Versions[4].Suites = append(o.Versions[4].Suites, Suite{ID: 0xA6, Name: "TLS_DH_anon_WITH_AES_128_GCM_SHA256"})
		}, "the Diffie-Hellman parameters of TLS_DH_anon_WITH_AES_128_GCM_SHA256 at TLSv1.2 were not read"},
		{"named group instead of a prime", NeedKeyExchange, func(o *Observation) {
			o.Versions[4].Suites[0].DHBits, o.Versions[4].Suites[0].Group = 0, "ffdhe3072"
		}, ""},
		{"greeting broke off", NeedStartTLS, func(o *Observation) {
			o.StartTLS = &StartTLS{Offered: Undetermined, Reason: "421 too many connections"}
		},
			"the upgrade dialogue stayed without a clear answer: 421 too many connections"},
		{"STARTTLS refused is an answer", NeedStartTLS, func(o *Observation) { o.Reach, o.StartTLS.Offered = ReachNoTLS, Refused }, ""},
		{"legacy probe unanswered", NeedSametime, func(o *Observation) { o.Sametime = &Sametime{Legacy: Undetermined, Reason: "timeout"} },
			"the Virtual Places probe stayed without a clear answer: timeout"},
	}
	for _, tt := range tests {
		o := whole()
		tt.change(o)
		if got := o.Lacks(tt.need); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestLacksGroups(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Observation)
		want   string
	}{
		{"enumerated", func(*Observation) {}, ""},
		{"sampled only", func(o *Observation) { o.Versions[4].GroupsAnswer, o.Groups = NotAsked, nil },
			"the list of TLSv1.2 key-exchange groups is not complete (not-asked)"},
		{"broke off", func(o *Observation) { o.Versions[4].GroupsAnswer = Undetermined },
			"the list of TLSv1.2 key-exchange groups is not complete (undetermined)"},
		{"one without an answer", func(o *Observation) { o.Groups[1].Answer = Undetermined }, "group x25519 at TLSv1.2 is undetermined"},
		{"none answered", func(o *Observation) { o.Groups = o.Groups[:1] }, "no TLSv1.2 key-exchange group was learnt"},
		{"no suite uses one", func(o *Observation) {
			o.Versions[4].Suites, o.Versions[4].GroupsAnswer = o.Versions[4].Suites[:1], NotAsked
		}, ""},
		{"suites not all known", func(o *Observation) {
			f := &o.Versions[4]
			f.Suites, f.SuitesAnswer, f.GroupsAnswer = f.Suites[:1], Undetermined, NotAsked
		}, "the list of TLSv1.2 key-exchange groups is not complete (not-asked)"},
		{"version refused", func(o *Observation) { o.Versions[4] = VersionFact{Version: TLSv12, Answer: Refused} }, ""},
	}
	for _, tt := range tests {
		o := whole()
		tt.change(o)
		if got := o.LacksGroups(TLSv12); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestClipList(t *testing.T) {
	list := []string{"a", "b", "c"}
	if got := ClipList(list, 3); Clipped(got) || len(got) != 3 {
		t.Errorf("three of three: %q", got)
	}
	if got := ClipList(list, 2); !Clipped(got) || len(got) != 3 || got[2] != "... 1 more" {
		t.Errorf("two of three: %q", got)
	}
	if Clipped(nil) {
		t.Error("an empty list is whole")
	}
}
