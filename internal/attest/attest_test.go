package attest

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tlsaudit/audit"
)

// findings are the records of a report of one subject.
type findings []audit.Finding

func (f findings) Findings() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) { yield(&audit.Record{Findings: f}, nil) }
}
func (f findings) BySubject() iter.Seq2[*audit.Record, error]  { return f.Findings() }
func (f findings) WorstFirst() iter.Seq2[*audit.Record, error] { return f.Findings() }

// hostile is text that must not reach a terminal.
const hostile = "\x1b[2J\u202e\u009b \"<script>\" \U000e0041"

func reportOf(verdicts ...audit.Verdict) *audit.Report {
	r := &audit.Report{
		Tool: audit.Tool{Name: "tlsaudit", Version: hostile}, Generated: time.Date(2026, 11, 20, 12, 0, 0, 0, time.FixedZone("", 3600)), Complete: true,
		Policies: []audit.PolicyRef{{ID: "corp", Version: "2", SHA256: Digest([]byte("corp"))}, {ID: "unnamed"}},
		Sources:  []audit.FileRef{{File: "inventory.yaml", SHA256: Digest([]byte("inventory"))}},
	}
	r.Summary.Subjects = 1
	var list findings
	for i, v := range verdicts {
		list = append(list, audit.Finding{Profile: "corp", Rule: string(rune('A' + i)), Verdict: v})
		*map[audit.Verdict]*int{audit.Fail: &r.Summary.Fail, audit.Warn: &r.Summary.Warn, audit.Pass: &r.Summary.Pass, audit.Waived: &r.Summary.Waived,
			audit.Unknown: &r.Summary.UnknownFindings, audit.NotApplicable: &r.Summary.NotApplicable}[v]++
	}
	r.Records = list
	return r
}

// folder is a run of two files after another run, signed and chained.
func folder(t *testing.T) (fstest.MapFS, ed25519.PublicKey) {
	t.Helper()
	private, public, id, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ReadPrivateKey(bytes.NewReader(private))
	if err != nil {
		t.Fatal(err)
	}
	pub, err := ReadPublicKey(bytes.NewReader(public))
	if err != nil {
		t.Fatal(err)
	}
	tree := fstest.MapFS{}
	put := func(name, text string) { tree[name] = &fstest.MapFile{Data: []byte(text)} }
	chain := &Chain{}
	for _, file := range []string{"first.json", "second.json"} {
		r := reportOf(audit.Fail, audit.Pass)
		var written []Artefact
		for _, name := range []string{"report.json", "parts/report.xlsx"} {
			put(name, "the text of "+name)
			meter := NewMeter()
			if _, err := meter.Write(tree[name].Data); err != nil {
				t.Fatal(err)
			}
			written = append(written, meter.Artefact(name, "json"))
		}
		m := NewManifest(r, 1, written)
		m.Follow(chain.Last())
		m.SignedBy = id
		text, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		statement, err := NewStatement(r, m, text, file)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := Sign(statement, key)
		if err != nil {
			t.Fatal(err)
		}
		if err := chain.Append(m, text, file); err != nil {
			t.Fatal(err)
		}
		put(file, string(text))
		put(SignatureName(file), string(signature))
	}
	var b bytes.Buffer
	if err := chain.Write(&b); err != nil {
		t.Fatal(err)
	}
	put(ChainName, b.String())
	return tree, pub
}

// matches reports whether nothing is wrong with a claim about second.json.
func matches(tree fs.FS, key ed25519.PublicKey) bool {
	c := Claim{Folder: tree, File: "second.json", Key: key, Chain: true}
	_, lines, err := c.Verify()
	return err == nil && !slices.ContainsFunc(lines, func(l Line) bool { return l.Mismatch })
}

// TestEveryByte: whichever byte of whichever file is changed, in whichever bit,
// cut off or doubled, it is seen.
func TestEveryByte(t *testing.T) {
	tree, key := folder(t)
	if !matches(tree, key) {
		t.Fatal("what nobody changed does not match")
	}
	for name, file := range tree {
		whole := file.Data
		for i := range whole {
			for _, bit := range []byte{1, 0x20} {
				changed := bytes.Clone(whole)
				changed[i] ^= bit
				if file.Data = changed; matches(tree, key) {
					t.Errorf("%s: byte %d, %q for %q, is not seen", name, i, changed[i], whole[i])
				}
			}
			if file.Data = whole[:i]; matches(tree, key) {
				t.Errorf("%s: cut at %d, which is not seen", name, i)
			}
			if file.Data = slices.Concat(whole[:i], whole[i:i+1], whole[i:]); matches(tree, key) {
				t.Errorf("%s: byte %d twice, which is not seen", name, i)
			}
		}
		file.Data = whole
		delete(tree, name)
		if seen := !matches(tree, key); seen == strings.HasPrefix(name, "first.") { // older manifests and signatures need not be kept
			t.Errorf("%s is missing: seen %v", name, seen)
		}
		tree[name] = file
	}
	if !matches(tree, key) {
		t.Fatal("not put back as it was")
	}
}

// TestNothingActsOnATerminal: manifests, chains and signatures are ASCII.
func TestNothingActsOnATerminal(t *testing.T) {
	tree, _ := folder(t)
	for name, file := range tree {
		if strings.ContainsFunc(string(file.Data), func(r rune) bool { return r != '\n' && (r < 0x20 || r > 0x7e) }) {
			t.Errorf("%s: %q", name, file.Data)
		}
	}
	m, _, err := ReadManifest(bytes.NewReader(tree["second.json"].Data))
	if err != nil || m.Tool.Version != hostile {
		t.Errorf("the text is lost: %q, %v", m.Tool.Version, err)
	}
}

// TestVerdict: what is waived warns, and what is not known never passes.
func TestVerdict(t *testing.T) {
	tests := []struct {
		verdicts   []audit.Verdict
		incomplete bool
		want       Verdict
		result     string
	}{
		{[]audit.Verdict{audit.Pass, audit.NotApplicable}, false, Passed, "PASSED"},
		{[]audit.Verdict{audit.Pass}, true, Incomplete, "FAILED"},
		{[]audit.Verdict{audit.Pass, audit.Unknown}, false, Incomplete, "FAILED"},
		{[]audit.Verdict{audit.Warn}, true, Incomplete, "FAILED"},
		{[]audit.Verdict{audit.Pass, audit.Warn}, false, Warned, "WARNED"},
		{[]audit.Verdict{audit.Pass, audit.Waived}, false, Warned, "WARNED"},
		{[]audit.Verdict{audit.Fail, audit.Unknown}, true, Failed, "FAILED"},
		{[]audit.Verdict{audit.NotApplicable}, false, Incomplete, "FAILED"},
		{nil, false, Incomplete, "FAILED"},
	}
	for _, test := range tests {
		r := reportOf(test.verdicts...)
		r.Complete = !test.incomplete
		m := NewManifest(r, 0, []Artefact{NewMeter().Artefact("a", "json")})
		s, err := NewStatement(r, m, nil, "m.json")
		if err != nil {
			t.Fatal(err)
		}
		if m.Run.Verdict != test.want || s.Predicate.Result != test.result {
			t.Errorf("%v, incomplete %v: %s and %s, want %s and %s", test.verdicts, test.incomplete, m.Run.Verdict, s.Predicate.Result, test.want, test.result)
		}
	}
}

// TestStatement: rules by their worst verdict, and what the run was judged by.
func TestStatement(t *testing.T) {
	r := reportOf(audit.Fail, audit.Unknown, audit.Warn, audit.Waived, audit.Pass, audit.NotApplicable)
	r.Records = append(r.Records.(findings), audit.Finding{Profile: "corp", Rule: "E", Verdict: audit.Warn}, audit.Finding{Profile: "corp", Rule: "A", Verdict: audit.Pass})
	m := NewManifest(r, 1, []Artefact{NewMeter().Artefact("a", "json")})
	s, err := NewStatement(r, m, []byte("manifest"), "m.json")
	if err != nil {
		t.Fatal(err)
	}
	p := s.Predicate
	got := strings.Join(p.Failed, " ") + "|" + strings.Join(p.Warned, " ") + "|" + strings.Join(p.Passed, " ")
	if got != "corp/A corp/B|corp/C corp/D corp/E|" {
		t.Errorf("tests %s", got)
	}
	if len(p.Configuration) != 2 || p.Configuration[0].Name != "corp" || p.Configuration[1].Name != "inventory.yaml" {
		t.Errorf("configuration %+v", p.Configuration) // of what has no digest nothing can be said
	}
	if len(s.Subject) != 2 || s.Subject[0].Digest["sha256"] != Digest([]byte("manifest")) {
		t.Errorf("subjects %+v", s.Subject)
	}
	if p.Command != ByAudit || p.RenderedFrom != nil {
		t.Errorf("made by %q from %+v", p.Command, p.RenderedFrom)
	}
	unsaid := *m
	if unsaid.Command = ""; s.about(&unsaid, []byte("manifest"), "m.json") == nil {
		t.Error("the statement says another command than the manifest, which is not seen")
	}
	m.Render([]audit.FileRef{{File: "stored.json", SHA256: Digest([]byte("stored"))}})
	if err := s.about(m, []byte("manifest"), "m.json"); err == nil || !strings.Contains(err.Error(), "another command") {
		t.Errorf("the statement of a run about reports written again: %v", err)
	}
	s, err = NewStatement(r, m, []byte("manifest"), "m.json")
	if err != nil || s.Predicate.Command != ByReport || len(s.Predicate.RenderedFrom) != 1 || s.about(m, []byte("manifest"), "m.json") != nil {
		t.Errorf("reports written again: %+v, %v", s.Predicate, err)
	}
	r.Records = broken{}
	if _, err := NewStatement(r, m, nil, "m.json"); !errors.Is(err, errBroken) {
		t.Errorf("records that break off: %v", err)
	}
}

// TestBounds: lists of rules are cut, and say so.
func TestBounds(t *testing.T) {
	var list findings
	for i := range maxTests + 7 {
		list = append(list, audit.Finding{Profile: "p", Rule: strings.Repeat("R", 1+i%3) + string(rune('A'+i)), Verdict: audit.Pass})
	}
	r := reportOf(audit.Pass)
	r.Records = list
	s, err := NewStatement(r, NewManifest(r, 0, nil), nil, "m.json")
	if err != nil || len(s.Predicate.Passed) != maxTests || s.Predicate.Omitted != 7 {
		t.Errorf("%d listed, %d omitted: %v", len(s.Predicate.Passed), s.Predicate.Omitted, err)
	}
}

var errBroken = errors.New("the spool is gone")

type broken struct{ findings }

func (broken) Findings() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) { yield(nil, errBroken) }
}
