package conffile

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

var demands = confdoc.Demands{Min: audit.TLSv12, Now: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}

// verdicts lists findings as "rule verdict", by subject.
func verdicts(records []audit.Record) map[string]string {
	all := map[string]string{}
	for _, r := range records {
		for _, f := range r.Findings {
			if f.Verdict != audit.Pass {
				all[strings.TrimPrefix(r.Evidence.Subject, "config:")+" "+f.Rule] = f.Verdict.String()
			}
		}
	}
	return all
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s is %q, want %q", k, got[k], v)
		}
	}
	for k, v := range got {
		if want[k] == "" {
			t.Errorf("%s is %q, and nobody expects it", k, v)
		}
	}
}

func TestJudging(t *testing.T) {
	tests := []struct {
		name  string
		texts map[string]string
		paths []string
		want  map[string]string
	}{
		{"in order", map[string]string{"a": "listen 443 a TLSv1.2\n"}, []string{"a"}, nil},
		{"old", map[string]string{"a": "listen 443 a TLSv1.0\nlisten 444 b TLSv1.3\n"}, []string{"a"}, map[string]string{"a#443 a TOY-01": "fail"}},
		{"would not load", map[string]string{"a": "listen 443 a TLSv1.0\nrefuse\n"}, []string{"a"}, map[string]string{"a LOAD-01": "fail", "a#443 a TOY-01": "unknown"}},
		{"missing include", map[string]string{"a": "listen 443 a TLSv1.2\nlisten 444 b TLSv1.1\ninclude gone\n"}, []string{"a"},
			map[string]string{"a LOAD-02": "unknown", "a#443 a TOY-01": "unknown", "a#444 b TOY-01": "fail"}},
		{"parts are judged once", map[string]string{"a": "listen 443 b TLSv1.1\n", "b": "include a\n"}, []string{"a", "b"}, map[string]string{"b#443 b TOY-01": "fail"}},
		{"each includes the other", map[string]string{"a": "include b\nlisten 443 a TLSv1.1\n", "b": "include a\n"}, []string{"a", "b"}, map[string]string{"a#443 a TOY-01": "fail"}},
		{"twice the same name", map[string]string{"a": "listen 443 a TLSv1.1\nlisten 443 a TLSv1.1\n"}, []string{"a"},
			map[string]string{"a#443 a TOY-01": "fail", "a#443 a~2 TOY-01": "fail"}},
		{"a reader that panics", map[string]string{"a": "listen 443 a SSLv9\n"}, []string{"a"}, map[string]string{"a LOAD-02": "unknown"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := &Judge{Demands: demands, Prove: true}
			same(t, verdicts(j.Records(toys(tt.texts, tt.paths...).Documents, "")), tt.want)
		})
	}
}

// TestProof wants a change shown only if it mends what it is for and breaks
// nothing else.
func TestProof(t *testing.T) {
	texts := map[string]string{"a": "# kept\r\nlisten 443 a  TLSv1.0\r\ninclude b\r\n", "b": "listen 444 b TLSv1.1\n"}
	j := &Judge{Demands: demands, Prove: true}
	loaded := toys(texts, "a")
	for _, r := range j.Records(loaded.Documents, "") {
		for _, f := range r.Findings {
			if f.Verdict == audit.Fail && (!f.Remedy.Proven || f.Remedy.Diff == "" || f.Remedy.Apply != "restart the toy") {
				t.Errorf("%s: the change is not proven: %+v", f.Subject, f.Remedy)
			}
		}
	}
	m := j.Mend(loaded.Documents[0], loaded.Documents, "")
	if len(m.Gone) != 2 || len(m.Left) != 0 || len(m.Changes) != 2 {
		t.Fatalf("%d gone, %d left, %d files changed", len(m.Gone), len(m.Left), len(m.Changes))
	}
	if want := "# kept\r\nlisten 443 a  TLSv1.2\r\ninclude b\r\n"; m.Changes[0].After != want {
		t.Errorf("got %q, want %q", m.Changes[0].After, want)
	}

	// a gap keeps everything from passing; the line is mended all the same
	gap := toys(map[string]string{"a": "listen 443 a TLSv1.0\ninclude gone\n"}, "a").Documents
	if m := j.Mend(gap[0], gap, ""); len(m.Gone) != 1 || len(m.Changes) != 1 {
		t.Errorf("beside a gap: %d gone, %d files changed", len(m.Gone), len(m.Changes))
	}

	// a format whose change mends one thing and breaks another
	documents := toys(map[string]string{"a": "listen 443 a TLSv1.0\n"}, "a").Documents
	format := documents[0].Format
	establish := format.Establish
	for name, spoil := range map[string]string{"brings a fault": "\nrefuse", "brings a listener that fails": "\nlisten 444 x TLSv1.0", "takes the listener away": "\x00"} {
		format.Establish = func(d *confdoc.Document, l *confdoc.Listener, w audit.Want) (edits []conftree.Edit, err error) {
			if edits, err = establish(d, l, w); spoil == "\x00" {
				edits[0].Start, edits[0].Text = 0, "nothing"
			} else {
				edits[0].Text += spoil
			}
			return edits, err
		}
		for _, r := range j.Records(documents, "") {
			for _, f := range r.Findings {
				if f.Remedy != nil && (f.Remedy.Proven || f.Remedy.Diff != "") {
					t.Errorf("a change that %s is shown:\n%s", name, f.Remedy.Diff)
				}
			}
		}
		if m := j.Mend(documents[0], documents, ""); len(m.Changes) > 0 || len(m.Left) != 1 {
			t.Errorf("a change that %s is made", name)
		}
	}
}

func TestDrift(t *testing.T) {
	observe := func(port uint16, host string, accepted ...audit.Version) *audit.Observation {
		o := &audit.Observation{Target: audit.Target{Protocol: "https", Host: host, Port: port}, Reach: audit.ReachTLS, Address: netip.MustParseAddrPort("127.0.0.1:443")}
		for _, v := range audit.Versions {
			f := audit.VersionFact{Version: v, Answer: audit.Refused, Evidence: "alert 70"}
			for _, a := range accepted {
				if a == v {
					f.Answer = audit.Accepted
				}
			}
			o.Versions = append(o.Versions, f)
		}
		return o
	}
	latent := observe(443, "a", audit.TLSv12, audit.TLSv13)
	latent.Versions[2].Answer = audit.Latent
	silent := observe(443, "a")
	silent.Reach, silent.Reason, silent.Versions = audit.ReachUnreachable, "timeout", nil
	unsure := observe(443, "a", audit.TLSv12, audit.TLSv13)
	unsure.Versions[2].Answer = audit.Undetermined
	const strong, weak = "listen 443 a TLSv1.2\n", "listen 443 a TLSv1.0\n"
	tests := []struct {
		name, file string
		o          *audit.Observation
		want       string // DRIFT-01 DRIFT-02 DRIFT-03
		says       string
	}{
		{"as declared", strong, observe(443, "a", audit.TLSv12, audit.TLSv13), "pass pass pass", ""},
		{"declared weak, observed strong", weak, observe(443, "a", audit.TLSv12, audit.TLSv13), "warn pass pass", "a:1:14"},
		{"declared weak, latent on the wire", weak, latent, "warn pass pass", "latent"},
		{"declared strong, observed weak", strong, observe(443, "a", audit.TLSv10, audit.TLSv12, audit.TLSv13), "pass fail pass", "TLSv1.0 is ruled out by a:1:14"},
		{"not restarted after TLS 1.3", "listen 443 a TLSv1.3\n", observe(443, "a", audit.TLSv12, audit.TLSv13), "pass warn pass", "TLSv1.2"},
		{"declared, not offered", strong, observe(443, "a", audit.TLSv13), "warn pass pass", "TLSv1.2 is allowed"},
		{"another port", strong, observe(8443, "a", audit.TLSv12), "unknown unknown warn", "8443"},
		{"the name decides", weak + "listen 443 b TLSv1.2\n", observe(443, "b", audit.TLSv12, audit.TLSv13), "pass pass pass", ""},
		{"unreachable", strong, silent, "unknown unknown pass", "timeout"},
		{"file with a fault", strong + "refuse\n", observe(443, "a", audit.TLSv10), "unknown unknown pass", "leaves open"},
		{"file with a gap", "include gone\n" + strong, observe(443, "a", audit.TLSv12, audit.TLSv13), "unknown unknown pass", "cannot include gone"},
		{"file with a gap and a difference", "include gone\n" + strong, observe(443, "a", audit.TLSv10, audit.TLSv12, audit.TLSv13), "unknown fail pass", "ruled out"},
		{"another port and a gap", "include gone\n" + strong, observe(8443, "a", audit.TLSv12), "unknown unknown unknown", "cannot include gone"},
		{"a version not determined on the wire", strong, unsure, "unknown unknown pass", "was not observed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := NewJoin()
			x.Add("", toys(map[string]string{"a": tt.file}, "a"))
			j := &Judge{Demands: demands}
			var got, messages []string
			for _, f := range j.Drift(tt.o, x.Of(tt.o), x.Files(&tt.o.Target)) {
				got = append(got, f.Verdict.String())
				messages = append(messages, f.Message)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%v, want %s: %q", got, tt.want, messages)
			}
			if all := strings.Join(messages, "\n"); !strings.Contains(all, tt.says) {
				t.Errorf("%q does not say %q", all, tt.says)
			}
		})
	}
}

// TestNumber: what is written alike in subjects is told apart, before and after
// a change, and nothing else gets a number.
func TestNumber(t *testing.T) {
	const weak = "listen 443 a TLSv1.0\n"
	list := []*Loaded{
		toys(map[string]string{"a*.toy": weak, "aany.toy": weak, "b.toy": weak}, "a*.toy", "aany.toy", "b.toy"),
		toys(map[string]string{"b.toy": weak}, "b.toy", "gone.toy"),
		toys(map[string]string{"b.toy~2": weak}, "b.toy~2", "gone.toy"),
	}
	Number(list)
	j := &Judge{Demands: demands, Prove: true}
	var got []string
	for _, l := range list {
		for _, r := range j.Records(l.Documents, "") {
			got = append(got, r.Evidence.Subject)
			for _, f := range r.Findings {
				if f.Verdict == audit.Fail && (f.Remedy == nil || !f.Remedy.Proven) {
					t.Errorf("%s: the change is not proven", f.Subject)
				}
			}
		}
		for _, u := range l.Unknown {
			got = append(got, Unreadable(u).Evidence.Subject)
		}
	}
	want := []string{
		"config:aany.toy", "config:aany.toy#443 a", "config:aany.toy~2", "config:aany.toy~2#443 a", "config:b.toy", "config:b.toy#443 a",
		"config:b.toy~2", "config:b.toy~2#443 a", "config:gone.toy", "config:b.toy~2~2", "config:b.toy~2~2#443 a", "config:gone.toy~2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestMendWithWhatComesToLight: a standard that has nothing to say while only old
// versions are on objects to the new one. The change is made if that can be
// mended along with it, and not at all if it cannot.
func TestMendWithWhatComesToLight(t *testing.T) {
	for _, mendable := range []bool{true, false} {
		judge := &Judge{Demands: demands, Prove: true}
		judge.Standards = func(subject string, d *audit.Declared) []Demanded {
			f := audit.Finding{Profile: "p", Rule: "STD", Subject: subject, Fingerprint: audit.FindingFingerprint("p", "STD", subject)}
			demanded := Demanded{Finding: f}
			switch {
			case d.Version(audit.TLSv10).Answer == audit.Accepted:
				demanded.Finding.Verdict = audit.Unknown
			case d.Version(audit.TLSv12).Answer == audit.Accepted:
				demanded.Finding.Verdict = audit.Warn
				if mendable {
					demanded.Want = &audit.Want{MinVersion: audit.TLSv13}
				}
			default:
				demanded.Finding.Verdict = audit.Pass
			}
			return []Demanded{demanded}
		}
		d := toys(map[string]string{"a.toy": "listen 443 a TLSv1.0\n"}, "a.toy").Documents[0]
		m := judge.Mend(d, []*Document{d}, "")
		switch {
		case mendable && (len(m.Changes) != 1 || m.Changes[0].After != "listen 443 a TLSv1.3\n" || len(m.Left) != 0):
			t.Errorf("changes %v, left %v", m.Changes, m.Left)
		case !mendable && (len(m.Changes) != 0 || len(m.Left) != 1):
			t.Errorf("what cannot be mended: changes %v, left %v", m.Changes, m.Left)
		}
	}
}

// TestProofWork: a file of thousands of listeners, each of which would need a
// change of its own, is not read and judged for each.
func TestProofWork(t *testing.T) {
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "listen %d a TLSv1.0\n", i+1)
	}
	l := toys(map[string]string{"a": text.String()}, "a")
	reads, read := 0, l.Documents[0].Format.Read
	l.Documents[0].Format.Read = func(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
		reads++
		return read(r, main)
	}
	(&Judge{Demands: demands, Prove: true}).Records(l.Documents, "")
	if reads < 1 || reads > 3 {
		t.Errorf("read %d times", reads)
	}
}

// TestTogether: changes that hold one by one and not together are told.
func TestTogether(t *testing.T) {
	j := &Judge{Demands: demands}
	strong := toys(map[string]string{"a": "listen 443 a TLSv1.2\n", "b": "listen 443 b TLSv1.0\n"}, "a", "b").Documents
	spoilt, err := strong[0].with(map[string]string{"a": "listen 443 a TLSv1.0\n"})
	if err != nil {
		t.Fatal(err)
	}
	all := []*Mended{{Before: strong[0], After: spoilt}, {Before: strong[1], After: strong[1]}}
	if bad := j.Together(all, ""); len(bad) != 1 || bad[0].Subject != "config:a#443 a" {
		t.Errorf("%+v", bad)
	}
	all[0].After = strong[0]
	if bad := j.Together(all, ""); len(bad) != 0 {
		t.Errorf("what nothing changed is told: %+v", bad)
	}
}

// TestJoin tells which listener an endpoint belongs to.
func TestJoin(t *testing.T) {
	loaded := toys(map[string]string{"a": "listen 443 a TLSv1.2\nlisten 443 *.wild TLSv1.3\nlisten 444 c TLSv1.2\n"}, "a")
	x := NewJoin()
	x.Add("shop", loaded)
	x.Bind("https://offloader:443", "444 c", loaded.Documents)
	for _, tt := range []struct{ system, host, want string }{
		{"shop", "a", "443 a"}, {"shop", "www.wild", "443 *.wild"}, {"shop", "else", "443 a"}, {"", "a", ""}, {"", "offloader", "444 c"},
	} {
		o := &audit.Observation{Target: audit.Target{Protocol: "https", Host: tt.host, Port: 443, System: tt.system}}
		got := ""
		for _, d := range x.Of(o) {
			got += d.Listener
		}
		if got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.system, tt.host, got, tt.want)
		}
	}
	if x.Files(&audit.Target{System: "other"}).Any || !x.Files(&audit.Target{System: "shop"}).Any {
		t.Error("which systems have files is told wrong")
	}
}
